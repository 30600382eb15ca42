/* SPDX-License-Identifier: MIT */
/*
 * Proves: a stack, and what was mapped with MAP_GROWSDOWN, grows when it is touched below its
 * start, by the program, by the kernel on its behalf, and by two threads at once; not beyond
 * RLIMIT_STACK, nor nearer than 1 MiB to what may be touched below; and mmap() puts nothing there.
 * See mm/space/stack.c.
 *
 * cpus: 2
 */
#include <pthread.h>
#include <sys/resource.h>

#include "merge.h"

#define RW   (PROT_READ | PROT_WRITE)
#define GAP  256ul /* pages */
#define ROOM 1024ul

/* A page that grows, with ROOM - 1 free pages below it. */
static char *map_growing(void)
{
	char *p = mmap(NULL, ROOM * PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	char *top = p + (ROOM - 1) * PAGE;

	REQUIRE(p != MAP_FAILED, "mmap: %s", strerror(errno));
	unmap_pages(p, ROOM);
	REQUIRE(mmap(top, PAGE, RW, MAP_PRIVATE | MAP_ANONYMOUS | MAP_GROWSDOWN | MAP_FIXED, -1,
		     0) == top,
		"mmap: %s", strerror(errno));
	return top;
}

static void touch(void *at)
{
	*(volatile char *)at = 1;
}

static void limit_stack(rlim_t bytes)
{
	struct rlimit limit = { bytes, RLIM_INFINITY };

	CHECK(!setrlimit(RLIMIT_STACK, &limit), "setrlimit: %s", strerror(errno));
}

static void grows(void)
{
	char *top = map_growing();
	int areas = vma_count(getpid());
	long frames;

	TEST_BEGIN("a touch below makes the area larger, and brings one page");
	touch(top);
	touch(top - 6 * PAGE); /* the table below it, too, is there now */
	frames = free_frames();
	touch(top - 3 * PAGE);
	CHECK_EQ(free_frames(), frames - 1, "frames");
	CHECK(vmq(top - 3 * PAGE).flags & VMQ_PRESENT, "the page");
	CHECK(!(vmq(top - 4 * PAGE).flags & VMQ_PRESENT), "the one below");
	CHECK_EQ(vma_count(getpid()), areas, "areas");
	page_fill(top - 9 * PAGE, 9);
	child_join(child_start(touch, top - 20 * PAGE)); /* a child's grows for itself */
	CHECK_EQ(dies_by(touch, top - ROOM * PAGE - (8ul << 20)), SIGSEGV, "below the limit");
	CHECK(page_holds(top - 9 * PAGE, 9), "bytes");
	check_mm();
	unmap_pages(top - 9 * PAGE, 10);
}

/* The kernel reads or writes there in the program's name. */
static void by_the_kernel(void)
{
	char *top = map_growing();
	int fd[2];

	TEST_BEGIN("a system call makes it grow as a touch does");
	REQUIRE(!pipe(fd) && write(fd[1], "x", 1) == 1, "pipe: %s", strerror(errno));
	CHECK_EQ(read(fd[0], top - 5 * PAGE, 1), 1, "read: %s", strerror(errno));
	CHECK_EQ(top[-5 * (long)PAGE], 'x', "byte");
	CHECK(!clock_gettime(CLOCK_MONOTONIC, (struct timespec *)(top - 7 * PAGE)), "%s",
	      strerror(errno));
	CHECK_ERRNO(clock_gettime(CLOCK_MONOTONIC, (struct timespec *)(top - (9ul << 20))), EFAULT);
	unmap_pages(top - 7 * PAGE, 8);
	close(fd[0]);
	close(fd[1]);
}

static void keeps_away(void)
{
	char *top = map_growing(), *below = top - (GAP + 20) * PAGE, *p;

	TEST_BEGIN("it comes no nearer than the gap to what may be touched");
	REQUIRE(mmap(below, PAGE, RW, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0) ==
			below,
		"mmap: %s", strerror(errno));
	touch(top - 19 * PAGE); /* 256 pages are left between the two */
	CHECK_EQ(dies_by(touch, top - 20 * PAGE), SIGSEGV, "one nearer");
	CHECK(!mprotect(below, PAGE, PROT_NONE), "mprotect: %s", strerror(errno));
	touch(top - 20 * PAGE); /* what nobody may touch is a guard itself */
	CHECK_EQ(dies_by(touch, below), SIGSEGV, "the area below");

	TEST_BEGIN("mmap() finds no room in the gap, but MAP_FIXED does");
	p = mmap(top - 30 * PAGE, PAGE, RW, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	CHECK(p != MAP_FAILED && p != top - 30 * PAGE, "the hint is not taken");
	unmap_pages(p, 1);
	p = mmap(top - 30 * PAGE, PAGE, RW, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
	CHECK_EQ((uintptr_t)p, (uintptr_t)top - 30 * PAGE, "MAP_FIXED");
	unmap_pages(p, 1);
	unmap_pages(below, 1);
	unmap_pages(top - 20 * PAGE, 21);
}

/* Top-down, no mapping ends in the gap below the area, whatever its size. */
static void room_is_kept(void)
{
	char *top = map_growing(), *p[64];

	TEST_BEGIN("no mapping ends in the gap");
	for (size_t i = 0; i < 64; i++) {
		p[i] = mmap(NULL, (i % 8 + 1) * 40 * PAGE, PROT_READ, MAP_SHARED | MAP_ANONYMOUS,
			    -1, 0);
		CHECK(p[i] != MAP_FAILED, "mmap: %s", strerror(errno));
		CHECK(p[i] > top || p[i] + (i % 8 + 1) * 40 * PAGE <= top - GAP * PAGE, "%zu: %p",
		      i, (void *)p[i]);
	}
	for (size_t i = 0; i < 64; i++)
		unmap_pages(p[i], (i % 8 + 1) * 40);
	unmap_pages(top, 1);
}

static void limits(void)
{
	char *top = map_growing();

	TEST_BEGIN("RLIMIT_STACK");
	limit_stack(10 * PAGE);
	touch(top - 9 * PAGE);
	CHECK_EQ(dies_by(touch, top - 10 * PAGE), SIGSEGV, "beyond the limit");
	limit_stack(11 * PAGE);
	touch(top - 10 * PAGE);
	limit_stack(8ul << 20);
	unmap_pages(top - 10 * PAGE, 11);

	TEST_BEGIN("what does not grow");
	CHECK(mmap(NULL, PAGE, RW, MAP_SHARED | MAP_ANONYMOUS | MAP_GROWSDOWN, -1, 0) == MAP_FAILED,
	      "shared");
	CHECK_EQ(errno, EINVAL, "shared: errno");
}

static size_t deep(size_t n)
{
	volatile char frame[8000];
	size_t below;

	frame[n % sizeof(frame)] = 1;
	below = n ? deep(n - 1) : 0;
	return below + (size_t)frame[n % sizeof(frame)]; /* which has to be kept so long */
}

static void recurse(void *bytes)
{
	size_t n = (size_t)bytes / 8000;

	CHECK_EQ(deep(n), n + 1, "frames");
}

static void own_stack(void)
{
	TEST_BEGIN("the program's own stack grows, up to its limit");
	child_join(child_start(recurse, (void *)(6ul << 20)));
	CHECK_EQ(dies_by(recurse, (void *)(9ul << 20)), SIGSEGV, "9 MiB");
	limit_stack(16ul << 20);
	child_join(child_start(recurse, (void *)(14ul << 20)));
	limit_stack(8ul << 20);
}

static char *volatile to_touch;

static void *touch_there(void *unused)
{
	while (!to_touch)
		sched_yield();
	touch(to_touch);
	return unused;
}

static void poke_there(void *at)
{
	CHECK_EQ(mg_vm_poke(getppid(), at, "x", 1), 1, "vm_poke: %s", strerror(errno));
}

/* A fault has found no area; before it goes on, another's write makes the stack grow past it. */
static void overtaken(void)
{
	pthread_t t;
	char *top;

	TEST_BEGIN("a fault whose area another has made grow meanwhile");
	REQUIRE(!pthread_create(&t, NULL, touch_there, NULL), "pthread_create");
	top = map_growing(); /* behind the thread's stack, which would go below it */
	hold(EV_stack_grow, getpid());
	to_touch = top - 3 * PAGE;
	wait_held(EV_stack_grow);
	child_join(child_start(poke_there, top - 9 * PAGE));
	release(EV_stack_grow);
	pthread_join(t, NULL);
	CHECK(vmq(top - 3 * PAGE).flags & VMQ_PRESENT, "the page");
	unmap_pages(top - 9 * PAGE, 10);
}

static char *shared_top;
static pthread_barrier_t start;

static void *grow_together(void *arg)
{
	for (size_t i = 1; i <= 200; i++) {
		pthread_barrier_wait(&start);
		touch(shared_top - (2 * i + (arg != NULL)) * PAGE);
	}
	return NULL;
}

static void together(void)
{
	pthread_t t;

	TEST_BEGIN("two threads touch below it at once");
	REQUIRE(!pthread_barrier_init(&start, NULL, 2) &&
			!pthread_create(&t, NULL, grow_together, &start),
		"pthread");
	shared_top = map_growing(); /* behind the thread's stack, which would go below it */
	grow_together(NULL);
	pthread_join(t, NULL);
	for (size_t i = 2; i <= 401; i++)
		CHECK(vmq(shared_top - i * PAGE).flags & VMQ_PRESENT, "page %zu", i);
	check_mm();
	unmap_pages(shared_top - 401 * PAGE, 402);
}

/* Its index goes down with its start, so the reverse map finds what it had before. */
static void merged(void)
{
	char *top;

	TEST_BEGIN("merged pages of an area that has grown are found");
	merge_begin();
	top = map_growing();
	page_fill(top, 5);
	page_fill(top - 3 * PAGE, 5);
	offer(top - 3 * PAGE, 4);
	wait_merged(top, 1);
	page_fill(top - 8 * PAGE, 5);
	wait_merged(top - 8 * PAGE, 1);
	check_merged_of(0, top, 3);
	check_mm();
	merge_end();
	unmap_pages(top - 8 * PAGE, 9);
}

int main(void)
{
	grows();
	by_the_kernel();
	keeps_away();
	room_is_kept();
	limits();
	own_stack();
	overtaken();
	together();
	merged();
	return TEST_END();
}
