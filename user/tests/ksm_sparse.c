/* SPDX-License-Identifier: MIT */
/*
 * Proves: an area of 1 TiB with a few touched pages costs a full scan what its page
 * tables cost: only the touched pages are looked at, and it ends within MS_A_SCAN.  The
 * time for as many pages in tables close together is logged beside it, not checked.
 * See mm/merge/ksm/cursor.c.
 *
 * cpus: 1 2 4
 */
#include "ksm.h"

#define SPARSE	  (1ul << 40)
#define TOUCHED	  8ul
#define SCANS	  100
#define TABLE	  (2ul << 20) /* what one page table maps */
#define MS_A_SCAN 20	      /* far above; a look at each of 2^28 addresses takes seconds */

static char *map_area(size_t size)
{
	char *p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	REQUIRE(p != MAP_FAILED, "mmap of %zu bytes: %s", size, strerror(errno));
	return p;
}

/* Nanoseconds for each of some full scans over the area, of which some pages are touched. */
static uint64_t ns_a_scan(size_t size)
{
	char *p = map_area(size);
	struct kstat_ksm a, b;
	uint64_t scans;

	for (size_t i = 0; i < TOUCHED; i++)
		p[i * (size / TOUCHED) + PAGE * i] = 't';
	CHECK(!madvise(p, size, MADV_MERGEABLE), "MADV_MERGEABLE: %s", strerror(errno));
	check_counts("touched pages", 1, TOUCHED - 1, 0);
	a = ksm_stat();
	wait_full_scans(SCANS);
	b = ksm_stat();
	scans = b.full_scans - a.full_scans;
	CHECK_EQ(b.pages_scanned - a.pages_scanned, scans * TOUCHED, "pages looked at");
	CHECK_EQ(b.rmap_items, TOUCHED, "items");
	CHECK(!munmap(p, size), "munmap: %s", strerror(errno));
	check_counts("unmapped", 0, 0, 0);
	return (b.scan_ns - a.scan_ns) / scans;
}

int main(void)
{
	uint64_t dense, sparse;

	TEST_BEGIN("1 TiB with a few touched pages");
	ksm_begin();
	dense = ns_a_scan(TOUCHED * TABLE);
	sparse = ns_a_scan(SPARSE);
	mg_test_log("# a full scan: %lu ns dense, %lu ns sparse", dense, sparse);
	CHECK(sparse <= MS_A_SCAN * 1000000ul, "%lu ns a full scan", sparse);
	ksm_end();
	return TEST_END();
}
