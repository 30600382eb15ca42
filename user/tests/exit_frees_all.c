/* SPDX-License-Identifier: MIT */
/*
 * Proves: whatever way a process ends, by itself, by a signal, by a fault, with
 * children of its own or without, every frame and every kernel object of it
 * comes back.  See kernel/README.md, "The end of a process".
 *
 * cpus: 1 2 4
 */
#include "test.h"

#define NR 200

static char *p;
static volatile char *volatile nowhere; /* volatile: the compiler would see through it */

static void use_memory(void)
{
	char *mine = map_pages(NR);

	for (size_t i = 0; i < NR; i++) {
		page_fill(p + i * PAGE, 100 + i);    /* copies of the parent's pages */
		page_fill(mine + i * PAGE, 300 + i); /* pages of its own */
	}
	CHECK(!mprotect(mine + 3 * PAGE, PAGE, PROT_READ), "mprotect: %s", strerror(errno));
	mg_vmo_create(64 * PAGE);
}

static void by_itself(void *arg)
{
	(void)arg;
	use_memory();
}

static void by_fault(void *arg)
{
	(void)arg;
	use_memory();
	*nowhere = 1;
}

static void by_signal(void *arg)
{
	(void)arg;
	use_memory();
	raise(SIGTERM);
}

static void with_children(void *arg)
{
	(void)arg;
	use_memory();
	for (int i = 0; i < 3; i++)
		child_join(child_start(by_itself, NULL));
}

static void killed_from_outside(void *arg)
{
	(void)arg;
	use_memory();
	step(1);
}

static void run(void (*fn)(void *arg), int signal)
{
	CHECK_EQ(dies_by(fn, NULL), signal, "signal that ended the child");
}

static void run_killed(void)
{
	pid_t pid = child_start(killed_from_outside, NULL);
	int status = 0;

	step_wait(pid, 1);
	CHECK(!kill(pid, SIGKILL), "kill: %s", strerror(errno));
	CHECK_EQ(waitpid(pid, &status, 0), pid, "wait");
	CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL, "wait status %#x", status);
}

static void run_all(void)
{
	run(by_itself, 0);
	run(by_fault, SIGSEGV);
	run(by_signal, SIGTERM);
	run(with_children, 0);
	run_killed();
}

int main(void)
{
	long frames, objects;

	p = map_pages(NR);
	for (size_t i = 0; i < NR; i++)
		page_fill(p + i * PAGE, i);
	run_all(); /* caches grow once */

	TEST_BEGIN("every frame and object comes back");
	frames = free_frames();
	objects = (long)mem_stat().slab_objects;
	for (int i = 0; i < 3; i++)
		run_all();
	CHECK_EQ(free_frames(), frames, "free frames");
	CHECK_EQ(mem_stat().slab_objects, objects, "slab objects");
	for (size_t i = 0; i < NR; i++)
		CHECK(page_holds(p + i * PAGE, i), "the parent's page %zu kept its bytes", i);
	check_mm();
	unmap_pages(p, NR);
	return TEST_END();
}
