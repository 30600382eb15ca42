/* SPDX-License-Identifier: MIT */
/*
 * Proves: a record dies when no mapping is reached through it any more – its
 * process wrote, unmapped or exited –, a node when its page is free; both give
 * their memory back.  See mm/README.md,
 * "Records: how a merged page is found again".
 *
 * cpus: 1 2 4
 * suite: test
 */
#include "merge.h"

#define NR	  16
#define TAG	  50
#define SLABS_MAX 64

static char *p;

/* Live objects of a cache, nothing pending. */
static long objects(const char *cache)
{
	struct kstat_slab slab[SLABS_MAX];
	ssize_t got;

	mg_kctl(KCTL_DRAIN, 0, 0);
	got = mg_kstat(KSTAT_SLABS, slab, sizeof(slab));
	for (ssize_t i = 0; i < got / (ssize_t)sizeof(slab[0]); i++)
		if (!strcmp(slab[i].name, cache))
			return (long)slab[i].objects;
	CHECK(false, "cache %s", cache);
	return -1;
}

enum way { WRITE, UNMAP, DONTNEED, EXIT, NR_WAYS };

/* A process with the same bytes in pages of its own leaves the merged pages in one of the ways. */
static void leave(void *arg)
{
	enum way way = *(enum way *)arg;
	char *own = map_offered(NR, TAG);

	wait_merged(own, NR);
	step(1);
	if (way == WRITE) {
		withdraw(own, NR); /* parts, and what is written stays out */
		page_fill(own, 0);
	} else if (way == UNMAP) {
		unmap_pages(own, NR);
	} else if (way == DONTNEED) {
		CHECK(!madvise(own, NR * PAGE, MADV_DONTNEED), "DONTNEED: %s", strerror(errno));
	}
	if (way != EXIT)
		step(2);
}

static void prune(enum way way)
{
	long records = objects("rmap_record"), nodes = objects("stable_node");
	uint64_t sharing = pksm_stat().pages_sharing;
	pid_t pid = child_start(leave, &way);

	step_wait(pid, 1);
	CHECK_EQ(objects("rmap_record"), records + NR, "records");
	CHECK_EQ(pksm_stat().pages_sharing, sharing + NR, "pages_sharing");
	step_go(pid, 1);
	if (way == EXIT)
		child_join(pid);
	else
		step_wait(pid, 2);
	wait_asleep(pksm_stat().pages_sharing == sharing, "pksmd prunes the records by itself");
	CHECK_EQ(objects("rmap_record"), records, "records");
	CHECK_EQ(objects("stable_node"), nodes, "nodes");
	check_mm();
	if (way != EXIT) {
		step_go(pid, 2);
		child_join(pid);
	}
	check_holds(p, NR, TAG);
}

static void free_nodes(char *twin)
{
	long records = objects("rmap_record"), nodes = objects("stable_node");
	uint64_t meta = pksm_stat().meta_bytes;

	unmap_pages(p, NR);
	settle();
	CHECK_EQ(objects("stable_node"), nodes, "nodes while the twin is there");
	CHECK_EQ(objects("rmap_record"), records - NR, "records");
	unmap_pages(twin, NR);
	settle();
	CHECK_EQ(objects("stable_node"), nodes - NR, "nodes");
	CHECK_EQ(objects("rmap_record"), records - 2 * NR, "records");
	CHECK(pksm_stat().meta_bytes < meta, "meta_bytes falls: %lu", pksm_stat().meta_bytes);
	check_mm();
}

int main(void)
{
	static const char *const name[NR_WAYS] = { "records die when the process writes",
						   "records die when it unmaps",
						   "records die when it calls DONTNEED",
						   "records die when it exits" };
	char *twin;

	merge_begin();
	p = map_offered(NR, TAG);
	twin = map_offered(NR, TAG);
	wait_merged(p, NR);
	wait_merged(twin, NR);
	for (enum way way = WRITE; way < NR_WAYS; way++) {
		TEST_BEGIN(name[way]);
		prune(way);
	}
	TEST_BEGIN("a node dies with its page");
	free_nodes(twin);
	merge_end();
	return TEST_END();
}
