/* SPDX-License-Identifier: MIT */
/*
 * The frame of a benchmark.  `make bench` runs it where the time stamp counter
 * counts guest instructions, one each, so a measurement is a difference of two
 * readings and needs no repetition.  A benchmark proves that the work was done
 * (contents, counters, frames) before it prints a figure; if not, it fails.
 */
#pragma once

#include <abi/event_ids.h>
#include <merganser.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define PAGE 4096ul

static inline uint64_t ticks(void)
{
	uint32_t lo, hi;

	__asm__ volatile("lfence; rdtsc" : "=a"(lo), "=d"(hi)::"memory");
	return (uint64_t)hi << 32 | lo;
}

/* Ends the program if the work was not done. */
#define MUST(cond, ...)                                                                            \
	do {                                                                                       \
		if (!(cond)) {                                                                     \
			fprintf(stderr, "%s:%d: not done: %s: ", __FILE__, __LINE__, #cond);       \
			fprintf(stderr, __VA_ARGS__);                                              \
			fputc('\n', stderr);                                                       \
			exit(1);                                                                   \
		}                                                                                  \
	} while (0)

/* One row: total ticks over n pieces of work. */
static inline void row(const char *name, unsigned long size, uint64_t total, unsigned long n,
		       const char *remark)
{
	if (size)
		printf("bench %s@%lu %.1f instr %s\n", name, size, (double)total / (double)n,
		       remark);
	else
		printf("bench %s %.1f instr %s\n", name, (double)total / (double)n, remark);
}

static inline unsigned char *map_pages(unsigned long n)
{
	unsigned char *p = mmap(NULL, n * PAGE, PROT_READ | PROT_WRITE,
				MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	MUST(p != MAP_FAILED, "no room for %lu pages", n);
	return p;
}

static inline struct kstat_mem mem_stat(void)
{
	struct kstat_mem mem;

	MUST(mg_kstat(KSTAT_MEM, &mem, sizeof(mem)) == sizeof(mem), "kstat");
	return mem;
}

static inline struct kstat_pksm pksm_stat(void)
{
	struct kstat_pksm st;

	MUST(mg_kstat(KSTAT_PKSM, &st, sizeof(st)) == sizeof(st), "kstat");
	return st;
}

static inline long event_count(enum event_id id)
{
	return mg_kctl(KCTL_EVENT_COUNT, id, 0);
}

static inline void set_knob(enum knob knob, unsigned long value)
{
	MUST(!mg_kctl(KCTL_SET_KNOB, knob, value), "knob %d = %lu", knob, value);
}

/* Gives the CPU away for a while, so that whoever else wants it runs undisturbed. */
static inline void rest_ms(unsigned long ms)
{
	struct timespec t = { .tv_sec = (time_t)(ms / 1000),
			      .tv_nsec = (long)(ms % 1000) * 1000000 };

	nanosleep(&t, NULL);
}

/* A child that sleeps until it is killed. */
static inline pid_t idle_child(void)
{
	pid_t pid = fork();

	MUST(pid >= 0, "fork");
	if (!pid)
		for (;;)
			rest_ms(1000000);
	return pid;
}

static inline void end_child(pid_t pid)
{
	int status;

	MUST(!kill(pid, SIGKILL), "kill %d", pid);
	MUST(waitpid(pid, &status, 0) == pid, "wait for %d", pid);
}
