/* SPDX-License-Identifier: MIT */
/*
 * Proves: the kernel's map of frames (KSTAT_FRAMES) is what its counters and its page tables say.
 * Of each kind there are as many frames as are booked, merged ones as many as the scanners count,
 * and a page that is written, shared, merged, of an object or freed shows as that.
 * See mm/frame/stat.c.
 *
 * cpus: 1 2 4
 * suite: check
 */
#include "ksm.h"

#define NR   24
#define MOST (1ul << 20) /* frames of the largest machine */

static uint8_t map[MOST];
static size_t nr_frames;
static uint64_t count[FR_OBJECT + 1];

static void read_map(void)
{
	ssize_t got = mg_kstat(KSTAT_FRAMES, map, nr_frames ? nr_frames : MOST);

	REQUIRE(got > 0 && got % KSTAT_FRAMES_RECORD == 0, "kstat: %zd, %s", got, strerror(errno));
	nr_frames = (size_t)got;
	memset(count, 0, sizeof(count));
	for (size_t i = 0; i < nr_frames; i++)
		if (CHECK(map[i] <= FR_OBJECT, "state %u of frame %#zx", map[i], i))
			count[map[i]]++;
}

/* The map and the counters of a machine at rest, scanners stopped. */
static void check_sums(const char *when)
{
	struct kstat_mem mem;

	CHECK(!mg_kctl(KCTL_DRAIN, 0, 0), "drain: %s", strerror(errno));
	read_map();
	mem = mem_stat();
	CHECK_EQ(count[FR_FREE], mem.free_frames, "%s: free", when);
	CHECK_EQ(count[FR_KERNEL], mem.kernel_frames + mem.slab_frames + mem.stack_frames,
		 "%s: the kernel's", when);
	CHECK_EQ(count[FR_TABLE], mem.table_frames, "%s: page tables", when);
	CHECK_EQ(count[FR_ANON] + count[FR_MERGED], mem.user_frames, "%s: user memory", when);
	CHECK_EQ(count[FR_OBJECT], mem.vmo_frames, "%s: of objects", when);
	CHECK_EQ(nr_frames - count[FR_RESERVED], mem.total_frames, "%s: all", when);
	CHECK_EQ(count[FR_MERGED], pksm_stat().pages_shared, "%s: merged, by either", when);
}

static void check_pages(const char *p, size_t n, enum frame_state state, const char *what)
{
	read_map();
	for (size_t i = 0; i < n; i++) {
		uint64_t pfn = vmq(p + i * PAGE).pfn;

		CHECK_EQ(map[pfn], state, "%s: page %zu, frame %#lx", what, i, pfn);
	}
}

static void waiter(void *arg)
{
	(void)arg;
	step(1);
}

static void test_kinds(void)
{
	char *p = map_pages(NR), *shared;
	int vmo = mg_vmo_create(NR * PAGE);
	uint64_t tables, pfn;
	pid_t pid;

	TEST_BEGIN("each kind of frame is what is booked for it");
	check_sums("at first");
	tables = count[FR_TABLE];
	for (size_t i = 0; i < NR; i++)
		page_fill(p + i * PAGE, i);
	check_pages(p, NR, FR_ANON, "written");
	shared = mmap(NULL, NR * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, vmo, 0);
	REQUIRE(shared != MAP_FAILED, "mmap: %s", strerror(errno));
	memset(shared, 1, NR * PAGE);
	check_pages(shared, NR, FR_OBJECT, "of an object");
	pid = child_start(waiter, NULL);
	step_wait(pid, 1);
	check_pages(p, NR, FR_ANON, "shared by fork");
	CHECK(count[FR_TABLE] > tables, "a child has tables: %lu, before %lu", count[FR_TABLE],
	      tables);
	step_go(pid, 1);
	child_join(pid);
	check_sums("with pages of all kinds");
	pfn = vmq(p).pfn;
	unmap_pages(p, NR);
	unmap_pages(shared, NR);
	close(vmo);
	check_sums("afterwards");
	CHECK_EQ(map[pfn], FR_FREE, "a frame that was given back, %#lx", pfn);
}

/* NR pages in pairs are NR / 2 merged frames. */
static char *map_pairs(void)
{
	char *p = map_pages(NR);

	for (size_t i = 0; i < NR; i++)
		page_fill(p + i * PAGE, i / 2);
	offer(p, NR);
	return p;
}

static void test_merged(const char *name, void (*begin)(void), enum knob run, void (*end)(void))
{
	char *p;

	TEST_BEGIN(name);
	begin();
	p = map_pairs();
	wait_merged(p, NR);
	set_knob(run, 0);
	check_pages(p, NR, FR_MERGED, "merged");
	check_sums("with merged frames");
	CHECK_EQ(count[FR_MERGED], NR / 2, "merged frames");
	page_fill(p, 0);
	CHECK_EQ(vmq(p).flags & VMQ_MERGED, 0, "a page that is written is parted");
	check_pages(p, 1, FR_ANON, "parted");
	end();
	check_sums("parted");
	CHECK_EQ(count[FR_MERGED], 0, "merged frames");
	unmap_pages(p, NR);
}

static void test_buffers(void)
{
	TEST_BEGIN("the map is as long as the buffer, in records");
	CHECK_ERRNO(mg_kstat(KSTAT_FRAMES, map, KSTAT_FRAMES_RECORD - 1), EINVAL);
	CHECK_EQ(mg_kstat(KSTAT_FRAMES, map, 2 * KSTAT_FRAMES_RECORD + 5), 2 * KSTAT_FRAMES_RECORD,
		 "two records and a bit");
}

int main(void)
{
	set_knob(KNOB_PKSM_RUN, 0);
	memset(map, 1, MOST);
	read_map();
	test_kinds();
	test_merged("frames that PKSM has merged", merge_begin, KNOB_PKSM_RUN, merge_end);
	test_merged("frames that KSM has merged", ksm_begin, KNOB_KSM_RUN, ksm_end);
	test_buffers();
	return TEST_END();
}
