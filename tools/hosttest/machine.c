/* SPDX-License-Identifier: MIT */
/*
 * The machine that the frame allocator believes to run on: RAM in one block of
 * host memory, CPUs played by threads, and what the floors below it provide.
 */
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "kernel/core/event.h"
#include "kernel/core/log.h"
#include "kernel/core/spinlock.h"
#include "kernel/x86/bootinfo.h"
#include "kernel/x86/paging.h"
#include "tools/hosttest/hosttest.h"

#define MAX_HOST_RAM  (64UL << 20)
#define MIN_HOST_PHYS 0x100000UL

char *host_ram;
__thread u32 host_cpu;
__thread bool host_irqs_on = true;
struct boot_info boot_info;
struct event_counts event_counts[MAXCPU];
u8 event_active[NR_EVENTS];
u8 fail_armed;

static u64 fail_countdown;
static u64 early_start, early_next;
static __thread jmp_buf *panic_jump;
static __thread jmp_buf panic_buf;
static __thread char panic_text[1024];

u64 early_alloc_pages(u64 n)
{
	u64 phys = early_next;

	early_next += n * PAGE_SIZE;
	memset(host_ram + phys, 0, n * PAGE_SIZE);
	return phys;
}

struct mem_range early_alloc_used(void)
{
	return (struct mem_range){ early_start, early_next };
}

void boot_info_reserve(u64 start, u64 end)
{
	boot_info.reserved[boot_info.nreserved++] = (struct mem_range){ start, end };
}

void event_hit(enum event_id id, u64 f0, u64 f1, u64 f2)
{
	(void)id, (void)f0, (void)f1, (void)f2;
}

bool should_fail_slow(void)
{
	return fail_countdown && --fail_countdown == 0;
}

void machine_fail_nth(u64 n)
{
	fail_countdown = n;
	fail_armed = n != 0;
}

/* The lock order is checked in the kernel; here only that locks are paired. */
#if CONFIG_LOCKDEP
void spin_lock(spinlock_t *lock)
{
	ticket_lock(lock);
	lock->holder = (u16)(cpu_id() + 1);
}

void spin_unlock(spinlock_t *lock)
{
	BUG_ON(lock->holder != cpu_id() + 1);
	lock->holder = 0;
	ticket_unlock(lock);
}

bool spin_is_held(const spinlock_t *lock)
{
	return lock->holder == cpu_id() + 1;
}
#endif

void printk(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	printf("# ");
	vprintf(fmt, args);
	printf("\n");
	va_end(args);
}

void __noreturn panic(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vsnprintf(panic_text, sizeof(panic_text), fmt, args);
	va_end(args);
	if (panic_jump) {
		panic_jump = NULL;
		longjmp(panic_buf, 1);
	}
	printf("# panic: %s\n", panic_text);
	exit(1);
}

jmp_buf *panic_expected(void)
{
	panic_jump = &panic_buf;
	return &panic_buf;
}

const char *panic_message(void)
{
	return panic_text;
}

void machine_init(u64 ram_end)
{
	host_ram = mmap(NULL, MAX_HOST_RAM, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1,
			0);
	if (host_ram == MAP_FAILED || ram_end > MAX_HOST_RAM)
		abort();
	boot_info = (struct boot_info){ .map = { { MIN_HOST_PHYS, ram_end } }, .nmap = 1 };
	early_start = early_next = MIN_HOST_PHYS;
}

struct cpu_start {
	pthread_t thread;
	u32 cpu;
	void (*fn)(u32 cpu);
};

static void *play_cpu(void *arg)
{
	struct cpu_start *start = arg;

	host_cpu = start->cpu;
	start->fn(start->cpu);
	return NULL;
}

void run_on_cpus(u32 n, void (*fn)(u32 cpu))
{
	struct cpu_start start[MAXCPU];

	for (u32 i = 0; i < n; i++) {
		start[i] = (struct cpu_start){ .cpu = i, .fn = fn };
		if (pthread_create(&start[i].thread, NULL, play_cpu, &start[i]))
			abort();
	}
	for (u32 i = 0; i < n; i++)
		pthread_join(start[i].thread, NULL);
}
