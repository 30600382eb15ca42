/* SPDX-License-Identifier: MIT */
/*
 * Proves: when mprotect(), munmap(), mmap() over an area, madvise(DONTNEED) or fork() has returned
 * no CPU goes on as before: a thread on another CPU that stores into a page, or reads it, without
 * pause is stopped, its stores do not reach the child, nor a frame that has been freed; it reads
 * the copy of a page that another thread has copied.  Kernel stacks are given away when no CPU has
 * a translation of them.  See mm/pgtable/tlb.c, tlb_check.c and mmu_gather.c.
 *
 * cpus: 2
 * timeout: 90
 */
#include <pthread.h>
#include <setjmp.h>

#include "merge.h"

#define ROUNDS 8
#define TURNS  40      /* of the other thread, in which it would have got through */
#define DELAY  0x10000 /* pauses for each frame that is freed */

/* Shared with children: they watch the same thread. */
static struct watch {
	volatile long tried;	/* accesses begun and ended, refused or not */
	volatile long landed;	/* those that were not refused */
	volatile long reads;	/* it reads instead of storing */
	volatile uint64_t seen; /* what it read last */
	volatile long stop;
} * watch;

static char *p;
static sigjmp_buf refused;

static void on_segv(int sig)
{
	(void)sig;
	siglongjmp(refused, 1);
}

static void access_once(volatile uint64_t *word)
{
	if (watch->reads)
		watch->seen = *word;
	else
		*word = (uint64_t)watch->tried;
	watch->landed++;
}

/* Alone on its CPU, so that no switch empties the TLB. */
static void *go_on(void *arg)
{
	struct sigaction sa = { .sa_handler = on_segv, .sa_flags = SA_NODEFER };

	run_on_cpu(1);
	CHECK(!sigaction(SIGSEGV, &sa, NULL), "sigaction: %s", strerror(errno));
	while (!watch->stop) {
		if (!sigsetjmp(refused, 0))
			access_once((volatile uint64_t *)p);
		watch->tried++;
	}
	return arg;
}

static void wait_turns(long n)
{
	long end = watch->tried + n;

	wait_until(watch->tried >= end, "the other thread made %ld turns", n);
}

/* From the second turn on, since one may be under way: what is counted stands still. */
static void check_refused(const char *after)
{
	long landed;

	wait_turns(2);
	landed = watch->landed;
	wait_turns(TURNS);
	CHECK_EQ(watch->landed, landed, "accesses that got through after %s", after);
}

static void wait_landed(void)
{
	long landed = watch->landed;

	wait_until(watch->landed > landed + 1, "the other thread got through");
}

static void protect(int rights, const char *after)
{
	wait_landed();
	CHECK(!mprotect(p, PAGE, rights), "mprotect: %s", strerror(errno));
	check_refused(after);
	CHECK(!mprotect(p, PAGE, PROT_READ | PROT_WRITE), "mprotect: %s", strerror(errno));
}

static void map_over(int rights, const char *after)
{
	wait_landed();
	CHECK(mmap(p, PAGE, rights, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) == p,
	      "mmap: %s", strerror(errno));
	check_refused(after);
	CHECK(!mprotect(p, PAGE, PROT_READ | PROT_WRITE), "mprotect: %s", strerror(errno));
}

static void unmap(void)
{
	wait_landed();
	unmap_pages(p, 1);
	check_refused("munmap()");
	CHECK(mmap(p, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1,
		   0) == p,
	      "mmap: %s", strerror(errno));
}

static void take_rights(void)
{
	TEST_BEGIN("what may not be written is not written, what may not be read not read");
	for (int r = 0; r < ROUNDS; r++) {
		watch->reads = 0;
		protect(PROT_READ, "mprotect(READ)");
		protect(PROT_NONE, "mprotect(NONE)");
		map_over(PROT_READ, "mmap() of a read-only area over it");
		unmap();
		watch->reads = 1;
		protect(PROT_NONE, "mprotect(NONE)");
		map_over(PROT_NONE, "mmap() of an area without access over it");
		unmap();
	}
	watch->reads = 0;
}

/* ---- a child ---- */

static void look_twice(void *arg)
{
	volatile uint64_t *word = (volatile uint64_t *)p;
	uint64_t first = *word;

	(void)arg;
	wait_turns(TURNS);
	CHECK_EQ(*word, first, "what the parent stores after fork()");
}

static void give_children(void)
{
	TEST_BEGIN("a child does not see what its parent stores after fork()");
	for (int r = 0; r < ROUNDS; r++) {
		wait_landed();
		child_join(child_start(look_twice, NULL));
	}
}

/* ---- another frame ---- */

static void keep_shared(void *arg)
{
	(void)arg;
	for (;;)
		pause();
}

/* Our store copies the page; who reads it on the other CPU sees the copy from then on. */
static void copy_page(uint64_t value)
{
	pid_t pid = child_start(keep_shared, NULL);
	long copies = event_count(EV_cow_copy);

	wait_landed();
	*(volatile uint64_t *)p = value;
	CHECK(event_count(EV_cow_copy) > copies, "the page was copied");
	wait_turns(2);
	CHECK_EQ(watch->seen, value, "what the other thread reads after the copy");
	CHECK(!kill(pid, SIGKILL), "kill: %s", strerror(errno));
	CHECK_EQ(waitpid(pid, NULL, 0), pid, "waitpid");
}

static void change_frames(void)
{
	TEST_BEGIN("who reads a page that is copied sees what is stored into the copy");
	watch->reads = 1;
	for (uint64_t r = 0; r < ROUNDS; r++)
		copy_page(r);
	watch->reads = 0;
}

/* ---- kernel stacks ---- */

static void *end_on_cpu_0(void *arg)
{
	run_on_cpu(0);
	return arg;
}

/*
 * A thread that ends gives up its address space first, and has its stack until it is left for
 * good.  If the CPU goes idle then, which needs no address space, its TLB stays as it is: it has a
 * translation of the stack when another CPU gives that away.  A debug build looks.
 */
static void give_stacks_away(void)
{
	pthread_t t;

	TEST_BEGIN("the kernel stack of a thread that ended is given away when it is forgotten");
	run_on_cpu(1);
	for (int r = 0; r < ROUNDS; r++) {
		REQUIRE(!pthread_create(&t, NULL, end_on_cpu_0, NULL), "pthread_create");
		pthread_join(t, NULL);
		mg_kctl(KCTL_DRAIN, 0, 0);
	}
}

/* ---- a frame that has been freed ---- */

/* More than the quarantine holds: a frame that was written after it was freed is found. */
static void use_frames(void)
{
	char *q = map_pages(160);

	for (size_t i = 0; i < 160; i++)
		q[i * PAGE] = 1;
	unmap_pages(q, 160);
}

/* The other thread's page goes first; while the second is freed there is time to write to it. */
static void drop_pages(void)
{
	TEST_BEGIN("a frame that has been freed is not written");
	CHECK(!mg_kctl(KCTL_EVENT_DELAY, EV_page_free, DELAY), "delay: %s", strerror(errno));
	for (int r = 0; r < ROUNDS; r++) {
		p[PAGE] = 1;
		wait_landed();
		CHECK(!madvise(p, 2 * PAGE, MADV_DONTNEED), "DONTNEED: %s", strerror(errno));
		wait_turns(2);
	}
	mg_kctl(KCTL_EVENT_DELAY, EV_page_free, 0);
	use_frames();
}

int main(void)
{
	pthread_t t;

	set_knob(KNOB_PKSM_RUN, 0);
	run_on_cpu(0);
	p = map_pages(2);
	watch = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	REQUIRE(watch != MAP_FAILED, "mmap: %s", strerror(errno));
	REQUIRE(!pthread_create(&t, NULL, go_on, NULL), "pthread_create");
	take_rights();
	give_children();
	change_frames();
	drop_pages();
	watch->stop = 1;
	pthread_join(t, NULL);
	give_stacks_away();
	check_mm();
	return TEST_END();
}
