/* SPDX-License-Identifier: MIT */
/*
 * Proves: a wake-up goes to who waits for the word, and to nobody else: not to one who sleeps for
 * a word of an object that has gone, wherever later objects lie in the kernel's memory, and not to
 * one whose word lay at the same address; who waits for an object's word is found through any
 * mapping of it, though its own has gone.  See kernel/proc/futex.c.
 *
 * cpus: 2
 * timeout: 60
 */
#include <pthread.h>
#include <sys/syscall.h>

#include "sigtest.h"

#define OBJECTS 16	     /* one of them lies where the one lay that has gone */
#define LONG	60000000000l /* ns: longer than the test */
#define ENOUGH	5000000000l  /* ns: a wake-up would have come */

static int *word;
static volatile bool about_to_wait;

static int *shared_word(void)
{
	int *p = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	REQUIRE(p != MAP_FAILED, "mmap: %s", strerror(errno));
	*p = 0;
	return p;
}

static long futex_wait(int *at, long ns)
{
	about_to_wait = true;
	return syscall(SYS_futex_wait, at, 0, ns);
}

static long futex_wake(int *at)
{
	return syscall(SYS_futex_wake, at, 1);
}

/* The first thread of this process sleeps for the word. */
static void wait_for_sleeper(void)
{
	wait_until(about_to_wait, "the first thread came to its wait");
	wait_asleep_in(getpid());
}

/* ---- an object that has gone ---- */

static void *take_object_away(void *arg)
{
	wait_for_sleeper();
	unmap_pages(word, 1);
	step(1);
	fflush(NULL);
	_exit(test.failed);
	return arg;
}

/* Sleeps for a word of an object that another thread unmaps: nobody else has it. */
static void stranger(void *arg)
{
	pthread_t t;

	(void)arg;
	word = shared_word();
	CHECK(!pthread_create(&t, NULL, take_object_away, NULL), "pthread_create");
	futex_wait(word, LONG);
	CHECK(false, "a sleeper for a word that nobody can reach was woken");
	_exit(1);
}

static void sleep_until_woken(void *arg)
{
	CHECK_EQ(futex_wait(arg, ENOUGH), 0, "futex_wait, errno %d", errno);
}

static void object_gone(void)
{
	int *words[OBJECTS];
	pid_t gone, pid;

	TEST_BEGIN("a sleeper for an object that has gone takes nobody's wake-up");
	gone = child_start(stranger, NULL);
	step_wait(gone, 1);
	for (int i = 0; i < OBJECTS; i++) {
		words[i] = shared_word();
		pid = child_start(sleep_until_woken, words[i]);
		wait_asleep_in(pid);
		CHECK_EQ(futex_wake(words[i]), 1, "sleepers woken for object %d", i);
		child_join(pid);
	}
	for (int i = 0; i < OBJECTS; i++)
		unmap_pages(words[i], 1);
	step_go(gone, 1);
	child_join(gone);
}

/* ---- another object at the same address ---- */

static void *put_another_there(void *arg)
{
	wait_for_sleeper();
	CHECK(mmap(word, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS | MAP_FIXED, -1,
		   0) == word,
	      "mmap: %s", strerror(errno));
	CHECK_EQ(futex_wake(word), 0, "sleepers for the new object's word");
	unmap_pages(word, 1);
	word = (int *)map_pages(1);
	CHECK_EQ(futex_wake(word), 0, "sleepers for a private word");
	step(1);
	return arg;
}

/* Its word's place is given to another object while it sleeps. */
static void displaced(void *arg)
{
	pthread_t t;

	(void)arg;
	CHECK(!pthread_create(&t, NULL, put_another_there, NULL), "pthread_create");
	CHECK_EQ(futex_wait(word, LONG), 0, "futex_wait, errno %d", errno);
	pthread_join(t, NULL);
}

static void same_address(void)
{
	pid_t pid;

	TEST_BEGIN("another object at the same address is another word; the first one wakes");
	word = shared_word();
	about_to_wait = false;
	pid = child_start(displaced, NULL);
	step_wait(pid, 1);
	CHECK_EQ(futex_wake(word), 1, "sleepers woken through our mapping of the object");
	step_go(pid, 1);
	child_join(pid);
	unmap_pages(word, 1);
}

int main(void)
{
	object_gone();
	same_address();
	check_mm();
	return TEST_END();
}
