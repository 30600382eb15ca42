/* SPDX-License-Identifier: MIT */
/*
 * The frame of every benchmark.  The unit is the guest instruction: `mg bench`
 * runs QEMU so that the time-stamp counter counts them, those of the kernel and
 * of user mode together, and a second run gives the same figures.
 *
 * Each figure is printed only after must() has made sure that the work was
 * done, and beside it what instructions do not tell: faults and flushes.
 */
#pragma once

#include <abi/event_ids.h>
#include <merganser.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define PAGE 4096ul

/* Instructions so far. */
static inline uint64_t now(void)
{
	return __builtin_ia32_rdtsc();
}

/* The benchmark has not done what it claims to measure: no figure, status 1. */
#define must(cond) \
	do { \
		if (!(cond)) { \
			fprintf(stderr, "%s:%d: not so: %s\n", __FILE__, __LINE__, #cond); \
			exit(1); \
		} \
	} while (0)

static inline long event_count(enum event_id event)
{
	long n = mg_kctl(KCTL_EVENT_COUNT, event, 0);

	must(n >= 0);
	return n;
}

static inline struct kstat_mem mem_stat(void)
{
	struct kstat_mem mem;

	must(mg_kstat(KSTAT_MEM, &mem, sizeof(mem)) == sizeof(mem));
	return mem;
}

static inline struct kstat_pksm pksm_stat(void)
{
	struct kstat_pksm pksm;

	must(mg_kstat(KSTAT_PKSM, &pksm, sizeof(pksm)) == sizeof(pksm));
	return pksm;
}

/* What a measured stretch cost: begin() and end() around it. */
struct cost {
	uint64_t instr;
	long faults, flushes, shootdowns;
};

static inline struct cost cost_now(void)
{
	struct cost c = { .faults = event_count(EV_fault),
			  .flushes = event_count(EV_tlb_flush),
			  .shootdowns = event_count(EV_tlb_shootdown) };

	c.instr = now();
	return c;
}

static inline struct cost begin(void)
{
	cost_now(); /* touches all that the next call touches */
	return cost_now();
}

static inline struct cost end(const struct cost *start)
{
	uint64_t instr = now();
	struct cost c = cost_now();

	return (struct cost){ instr - start->instr, c.faults - start->faults,
			      c.flushes - start->flushes, c.shootdowns - start->shootdowns };
}

/* One row: the cost divided among n, and the remark. */
static inline void report(const char *row, const struct cost *c, uint64_t n, const char *remark)
{
	printf("bench %s %lu instr %s; faults %ld, flushes %ld, shootdowns %ld\n", row,
	       (c->instr + n / 2) / n, remark, c->faults, c->flushes, c->shootdowns);
}

static inline char *map_pages(size_t n)
{
	void *p = mmap(NULL, n * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	must(p != MAP_FAILED);
	return p;
}

static inline void unmap_pages(char *p, size_t n)
{
	must(!munmap(p, n * PAGE));
}

/* One byte into each page. */
static inline void touch(char *p, size_t n, char byte)
{
	for (size_t i = 0; i < n; i++)
		*(volatile char *)(p + i * PAGE) = byte;
}

static inline bool all_hold(const char *p, size_t n, char byte)
{
	for (size_t i = 0; i < n; i++)
		if (*(const volatile char *)(p + i * PAGE) != byte)
			return false;
	return true;
}

static inline void wait_for(pid_t pid)
{
	int status;

	must(waitpid(pid, &status, 0) == pid && !status);
}

/* A child that holds a copy of everything and sleeps until end_sleeper(). */
static inline pid_t start_sleeper(void)
{
	pid_t pid = fork();

	must(pid >= 0);
	if (!pid)
		for (;;)
			sleep(1000000);
	return pid;
}

static inline void end_sleeper(pid_t pid)
{
	must(!kill(pid, SIGKILL) && waitpid(pid, NULL, 0) == pid);
}
