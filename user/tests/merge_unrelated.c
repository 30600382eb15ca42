/* SPDX-License-Identifier: MIT */
/*
 * Proves: equal pages of processes that share no ancestor page merge into one
 * frame each; a write parts exactly the writer; a merged page that is left with
 * one mapping is copied, never taken over.  See mm/README.md, "Merging".
 *
 * cpus: 1 2 4
 */
#include "merge.h"

#define SELF "tests/merge_unrelated"
#define NR   32

/* The stranger has the same bytes one page further on, so that no index is equal by chance. */
#define STRANGERS ((char *)0x200000001000)

/* The program that the other process runs: nothing of it descends from the test's memory. */
static int stranger(void)
{
	char *p = mmap(STRANGERS, NR * PAGE, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);

	for (size_t i = 0; i < NR; i++)
		page_fill(p + i * PAGE, i);
	offer(p, NR);
	step(1);
	check_holds(p, NR, 0);
	page_fill(p, 1000);
	step(2);
	check_holds(p, 1, 1000);
	check_holds(p + PAGE, NR - 1, 1);
	return test.failed;
}

static pid_t start_stranger(void)
{
	char *argv[] = { SELF, "stranger", NULL };
	pid_t pid = fork();

	if (!pid) {
		execve(SELF, argv, environ);
		_exit(127);
	}
	step_wait(pid, 1);
	return pid;
}

int main(int argc, char **argv)
{
	pid_t pid;
	char *p;
	long frames;
	uint64_t sharing;

	if (argc > 1 && !strcmp(argv[1], "stranger"))
		return stranger();
	(void)argv;
	merge_begin();

	TEST_BEGIN("equal pages of two unrelated processes merge, one frame each");
	pid = start_stranger();
	p = map_filled(NR, 0);
	settle();
	frames = user_frames();
	sharing = pksm_stat().pages_sharing;
	offer(p, NR);
	wait_merged(p, NR);
	wait_merged_of(pid, STRANGERS, NR);
	for (size_t i = 0; i < NR; i++) {
		CHECK_EQ(vmq(p + i * PAGE).pfn, vmq_of(pid, STRANGERS + i * PAGE).pfn,
			 "frame of page %zu", i);
		check_merged_of(0, p + i * PAGE, 2);
	}
	CHECK_EQ(user_frames(), frames - NR, "user frames");
	CHECK_EQ(pksm_stat().pages_sharing, sharing + NR, "pages_sharing");
	check_mm();

	TEST_BEGIN("a write parts the writer and nobody else");
	step_go(pid, 1);
	step_wait(pid, 2);
	CHECK(!is_merged_of(pid, STRANGERS), "the stranger has left page 0");
	check_merged_of(0, p, 1);
	check_merged_of(0, p + PAGE, 2);
	check_holds(p, NR, 0);

	TEST_BEGIN("a merged page with one mapping is copied, not taken over");
	frames = (long)vmq(p).pfn;
	*(volatile char *)p = *(volatile char *)p;
	CHECK((long)vmq(p).pfn != frames, "the frame of page 0 is still %ld", frames);
	check_private(p);
	check_holds(p, NR, 0);
	step_go(pid, 2);
	child_join(pid);
	unmap_pages(p, NR);
	merge_end();
	return TEST_END();
}
