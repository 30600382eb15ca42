/* SPDX-License-Identifier: MIT */
/*
 * Proves: getrusage() counts the page faults and the time on a CPU that there really were, of the
 * process, of each thread, and of children when they are waited for, and no other way; clock(),
 * times() and the clocks of a processor's time say the same.  See libc/README.md.
 *
 * cpus: 2
 * suite: check
 */
#include <pthread.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/times.h>
#include <time.h>

#include "test.h"

#define PAGES 64

static volatile char *fresh_pages(void)
{
	return mmap(NULL, PAGES * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANON, -1, 0);
}

static void touch(volatile char *pages)
{
	for (int i = 0; i < PAGES; i++)
		pages[i * PAGE] = 1;
}

static long faults(int who)
{
	struct rusage usage = { 0 };

	CHECK(!getrusage(who, &usage), "getrusage: %s", strerror(errno));
	return usage.ru_minflt;
}

static void test_faults(void)
{
	volatile char *pages = fresh_pages();
	long before;

	TEST_BEGIN("each first write to a page is one minor fault, a second one none");
	faults(RUSAGE_SELF); /* its own pages are there */
	before = faults(RUSAGE_SELF);
	touch(pages);
	CHECK_EQ(faults(RUSAGE_SELF) - before, PAGES, "faults of the first writes");
	before = faults(RUSAGE_SELF);
	touch(pages);
	CHECK_EQ(faults(RUSAGE_SELF) - before, 0, "faults of the second writes");
	munmap((void *)pages, PAGES * PAGE);
}

static void *in_thread(void *pages)
{
	long before;

	faults(RUSAGE_THREAD);
	before = faults(RUSAGE_THREAD);
	touch(pages);
	CHECK_EQ(faults(RUSAGE_THREAD) - before, PAGES, "faults of the thread");
	return NULL;
}

static void test_threads(void)
{
	volatile char *pages = fresh_pages();
	long mine = faults(RUSAGE_THREAD), before = faults(RUSAGE_SELF);
	pthread_t thread;

	TEST_BEGIN("those of a thread are the process's, when it has ended too");
	REQUIRE(!pthread_create(&thread, NULL, in_thread, (void *)pages), "pthread_create");
	pthread_join(thread, NULL);
	CHECK(faults(RUSAGE_SELF) - before >= PAGES, "the process");
	CHECK(faults(RUSAGE_THREAD) - mine < PAGES, "this thread");
	munmap((void *)pages, PAGES * PAGE);
}

static pid_t start_child(void)
{
	pid_t pid = fork();

	if (pid)
		return pid;
	touch(fresh_pages());
	_exit(0);
}

static void test_children(void)
{
	struct rusage usage = { 0 };
	pid_t pid = fork();
	long before;
	int status;

	TEST_BEGIN("those of a child count from the wait for it on, with its own children's");
	before = faults(RUSAGE_CHILDREN);
	if (!pid) {
		CHECK_EQ(faults(RUSAGE_CHILDREN), 0, "a child begins with none");
		waitpid(start_child(), NULL, 0);
		touch(fresh_pages());
		_exit(0);
	}
	CHECK_EQ(wait4(pid, &status, 0, &usage), pid, "wait4");
	CHECK(usage.ru_minflt >= 2 * PAGES, "of the child: %ld", usage.ru_minflt);
	CHECK_EQ(faults(RUSAGE_CHILDREN) - before, usage.ru_minflt, "of the children");
	before = faults(RUSAGE_CHILDREN);
	signal(SIGCHLD, SIG_IGN);
	start_child();
	CHECK_ERRNO(wait(NULL), ECHILD);
	signal(SIGCHLD, SIG_DFL);
	CHECK_EQ(faults(RUSAGE_CHILDREN) - before, 0, "of one that nobody could wait for");
	CHECK_ERRNO(getrusage(5, &usage), EINVAL);
}

static long ns_of(clockid_t clock)
{
	struct timespec t = { 0 };

	CHECK(!clock_gettime(clock, &t), "clock_gettime: %s", strerror(errno));
	return t.tv_sec * 1000000000 + t.tv_nsec;
}

static void test_time(void)
{
	long real = ns_of(CLOCK_MONOTONIC), used = ns_of(CLOCK_PROCESS_CPUTIME_ID);
	struct timespec nap = { 0, 50000000 };
	clock_t begin = clock();
	struct tms tms;

	TEST_BEGIN("time on a CPU grows with work, and not in sleep");
	while (clock() - begin < 3 * CLOCKS_PER_SEC / 100)
		;
	CHECK(ns_of(CLOCK_MONOTONIC) - real >= 20000000, "work takes its time");
	CHECK(ns_of(CLOCK_PROCESS_CPUTIME_ID) - used >= 30000000, "the process's clock");
	CHECK(ns_of(CLOCK_THREAD_CPUTIME_ID) >= 30000000, "the thread's clock");
	CHECK(times(&tms) > 0 && tms.tms_utime >= 3 && tms.tms_utime < 1000, "times: %ld",
	      tms.tms_utime);
	real = ns_of(CLOCK_MONOTONIC);
	used = ns_of(CLOCK_PROCESS_CPUTIME_ID);
	nanosleep(&nap, NULL);
	real = ns_of(CLOCK_MONOTONIC) - real;
	CHECK(ns_of(CLOCK_PROCESS_CPUTIME_ID) - used < real / 2, "a sleep of %ld ns", real);
}

int main(void)
{
	test_faults();
	test_threads();
	test_children();
	test_time();
	return TEST_END();
}
