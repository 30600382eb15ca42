/* SPDX-License-Identifier: MIT */
/*
 * Proves: prctl(PR_SET_MEMORY_MERGE, 1) offers all areas, those to come too, and is
 * inherited by fork and by fork + exec; ksm_merging_pages starts at zero in a child,
 * which may hold merged pages by fork; pages of PROT_NONE areas merge.
 * See mm/README.md, "KSM".
 *
 * cpus: 1 2 4
 */
#include "ksm.h"

#define SELF "tests/ksm_inherit"
#define N    12

static char *map_bytes(char byte)
{
	char *p = map_pages(N);

	memset(p, byte, N * PAGE);
	return p;
}

/* A process that merges everything: its pages of one byte become one. */
static void merges_by_itself(char byte)
{
	char *p = map_bytes(byte);

	CHECK_EQ(prctl(PR_GET_MEMORY_MERGE, 0), 1, "PR_GET_MEMORY_MERGE");
	wait_merged(p, N);
	for (size_t i = 1; i < N; i++)
		CHECK_EQ(vmq(p + i * PAGE).pfn, vmq(p).pfn, "frame of page %zu", i);
	CHECK(ksm_stat_of(getpid()).ksm_merging_pages >= N, "sites of pid %d: %lu", getpid(),
	      ksm_stat_of(getpid()).ksm_merging_pages);
	CHECK(all_bytes(p, N, byte), "contents");
}

static int after_exec(void)
{
	TEST_BEGIN("the program after exec merges");
	merges_by_itself('e');
	return TEST_END();
}

static void forked(void *arg)
{
	(void)arg;
	merges_by_itself('f');
}

static void forked_and_exec(void *arg)
{
	char *argv[] = { SELF, "after", NULL }, *envp[] = { NULL };

	(void)arg;
	execve(SELF, argv, envp);
	CHECK(false, "execve: %s", strerror(errno));
}

/* With ksmd standing still nothing of the child has been visited. */
static void look_at_myself(void *arg)
{
	struct kstat_proc st = ksm_stat_of(getpid());

	CHECK_EQ(st.ksm_merging_pages, 0, "ksm_merging_pages of the child");
	CHECK_EQ(st.ksm_rmap_items, 0, "rmap_items of the child");
	CHECK(is_merged_of(0, arg), "the child's page is merged all the same");
}

static void family(void *arg)
{
	char *p;

	(void)arg;
	CHECK(!prctl(PR_SET_MEMORY_MERGE, 1), "prctl: %s", strerror(errno));
	merges_by_itself('p');
	child_join(child_start(forked, NULL));
	child_join(child_start(forked_and_exec, NULL));
	p = map_bytes('z');
	wait_merged(p, N);
	set_knob(KNOB_KSM_RUN, 0);
	child_join(child_start(look_at_myself, p));
	set_knob(KNOB_KSM_RUN, 1);
}

static void disabled(void *arg)
{
	(void)arg;
	CHECK(!prctl(PR_SET_MEMORY_MERGE, 0), "prctl: %s", strerror(errno));
	CHECK_EQ(prctl(PR_GET_MEMORY_MERGE, 0), 0, "PR_GET_MEMORY_MERGE");
}

static void prot_none(void)
{
	char *p = map_bytes('n');

	CHECK(!mprotect(p, N * PAGE, PROT_NONE), "mprotect: %s", strerror(errno));
	offer(p, N);
	check_counts("PROT_NONE", 1, N - 1, 0);
	CHECK(!mprotect(p, N * PAGE, PROT_READ | PROT_WRITE), "mprotect: %s", strerror(errno));
	CHECK(all_bytes(p, N, 'n'), "contents");
	check_merged_of(0, p, N);
	p[0] = 'm';
	CHECK(p[0] == 'm' && p[PAGE] == 'n', "a page written later");
	unmap_pages(p, N);
}

int main(int argc, char **argv)
{
	if (argc > 1 && !strcmp(argv[1], "after"))
		return after_exec();
	ksm_begin();

	TEST_BEGIN("prctl is inherited by fork and exec, counts are not");
	child_join(child_start(family, NULL));
	child_join(child_start(disabled, NULL));

	TEST_BEGIN("PROT_NONE areas merge");
	prot_none();
	ksm_end();
	return TEST_END();
}
