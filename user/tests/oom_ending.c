/* SPDX-License-Identifier: MIT */
/*
 * Proves: a thread that waits for memory on its way out, or on its way into a handler, can be
 * killed: the process that holds all memory ends by SIGKILL, and all of it comes back, although
 * its threads wait for a frame while they end (the word that tells of a thread's end), take a
 * signal (the frame of the handler), or wait for children (the status).
 * See kernel/README.md, "The end of a process".
 *
 * cpus: 2
 * mem: 64M
 * timeout: 60
 * suite: test
 */
#include <pthread.h>
#include <sys/syscall.h>

#include "test.h"

#define THREADS	  40   /* the first ones find frames in the stocks of the CPUs */
#define LOOKS_END 1000 /* of a tick: how long a process may take to end */

/* What a thread does before memory is exhausted, and after it; far is a page without a frame. */
struct ending {
	const char *name;
	void (*begin)(char *far);
	void (*end)(char *far);
};

static const struct ending *ending; /* of this child */
static volatile int ready;	    /* threads that have begun */
static volatile bool exhausted;

static void nothing(char *far)
{
	(void)far;
}

static void exit_thread(char *far)
{
	syscall(SYS_thread_exit, far);
}

static void on_signal(int sig)
{
	(void)sig;
}

static void set_stack(char *far)
{
	const stack_t stack = { .ss_sp = far, .ss_size = PAGE };
	const struct sigaction action = { .sa_handler = on_signal, .sa_flags = SA_ONSTACK };

	CHECK(!sigaltstack(&stack, NULL), "sigaltstack: %s", strerror(errno));
	CHECK(!sigaction(SIGUSR1, &action, NULL), "sigaction: %s", strerror(errno));
}

static void take_signal(char *far)
{
	(void)far;
	raise(SIGUSR1);
}

static void make_child(char *far)
{
	(void)far;
	if (!fork())
		_exit(0);
}

static void wait_for_child(char *far)
{
	wait((int *)far);
}

static const struct ending endings[] = {
	{ "a thread that ends", nothing, exit_thread },
	{ "a thread that enters a handler", set_stack, take_signal },
	{ "a thread that is told of a child", make_child, wait_for_child },
};

static void *thread(void *far)
{
	ending->begin(far);
	__atomic_add_fetch(&ready, 1, __ATOMIC_SEQ_CST);
	while (!exhausted)
		sched_yield();
	ending->end(far);
	while (exhausted)
		sched_yield();
	return NULL;
}

/* Takes all frames for an object, lets the threads end, and touches nothing more itself. */
static void hoard(void *which)
{
	static char buf[PAGE];
	char *far = map_pages(THREADS);
	int vmo = mg_vmo_create(1ul << 30);
	pthread_t t;
	off_t end = 0;

	ending = which;
	buf[0] = 1;
	for (long i = 0; i < THREADS; i++)
		CHECK(!pthread_create(&t, NULL, thread, far + i * PAGE), "pthread_create");
	wait_asleep(ready == THREADS, "%d threads have begun", ready);
	step(1);
	while (mg_vmo_write(vmo, buf, sizeof(buf), end) == sizeof(buf))
		end += sizeof(buf);
	exhausted = true;
	for (;;)
		sched_yield();
}

/* Whether the process ends soon; looks without touching a page that the caller has not got. */
static bool ends(pid_t pid, int *status)
{
	for (int looks = 0; looks < LOOKS_END; looks++) {
		if (waitpid(pid, status, WNOHANG) == pid)
			return true;
		usleep(1000);
	}
	return false;
}

static void test_ending(const struct ending *which)
{
	long frames = free_frames();
	pid_t pid = child_start(hoard, (void *)which);
	int status = -1;

	/* what fork has shared with the child this process copies while there are frames */
	wait_asleep(waitpid(pid, &status, WNOHANG) || peek_step(pid) == 1,
		    "the hoarder is at step %ld", peek_step(pid));
	step_go(pid, 1);
	REQUIRE(ends(pid, &status), "%s: its process has not ended, %lu frames are free",
		which->name, mem_stat().free_frames);
	CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL, "wait status %#x", status);
	CHECK_EQ(free_frames(), frames, "free frames");
	check_mm();
}

int main(void)
{
	for (size_t i = 0; i < sizeof(endings) / sizeof(endings[0]); i++) {
		TEST_BEGIN(endings[i].name);
		test_ending(&endings[i]);
	}
	return TEST_END();
}
