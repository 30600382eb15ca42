/* SPDX-License-Identifier: MIT */
/*
 * Proves, through /proc, /sys and prctl as a program written for Linux sees them: a child that has
 * touched nothing yet has referenced nothing and shares dirty pages; pages_scanned counts anonymous
 * pages only; cow_ksm counts a parting by a write, by MADV_UNMERGEABLE and by run=2; 
 * PR_SET_MEMORY_MERGE leaves what madvise() says about an area; and checksum_first asks KSM's
 * questions in the order of Linux 6.12.
 * See mm/README.md, "KSM".
 *
 * cpus: 2
 */
#include "ksm.h"

#include <ctype.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#define N 10

/* The rest of the line that starts with key, in the area of p (NULL: anywhere); false: none. */
static bool line_of(const char *path, const void *p, const char *key, char *rest, size_t size)
{
	FILE *file = fopen(path, "r");
	char line[512];
	bool in_area = !p, found = false;

	REQUIRE(file, "%s: %s", path, strerror(errno));
	while (!found && fgets(line, sizeof(line), file)) {
		unsigned long start, end;

		if (p && sscanf(line, "%lx-%lx", &start, &end) == 2)
			in_area = (unsigned long)p >= start && (unsigned long)p < end;
		if (in_area && !strncmp(line, key, strlen(key))) {
			snprintf(rest, size, "%s", line + strlen(key));
			found = true;
		}
	}
	fclose(file);
	return found;
}

static long number_of(const char *path, const void *p, const char *key)
{
	char rest[128];

	return line_of(path, p, key, rest, sizeof(rest)) ? atol(rest) : -1;
}

static long smaps(const void *p, const char *key)
{
	return number_of("/proc/self/smaps", p, key);
}

static long cow_ksm(void)
{
	return number_of("/proc/vmstat", NULL, "cow_ksm ");
}

static bool offered(const void *p)
{
	char flags[128];

	REQUIRE(line_of("/proc/self/smaps", p, "VmFlags:", flags, sizeof(flags)), "VmFlags");
	return strstr(flags, " mg");
}

static void check_child(char *p)
{
	CHECK_EQ(smaps(p, "Shared_Dirty:"), N * 4, "Shared_Dirty");
	CHECK_EQ(smaps(p, "Shared_Clean:"), 0, "Shared_Clean");
	CHECK_EQ(smaps(p, "Referenced:"), 0, "Referenced before the first touch");
	for (size_t i = 0; i < 3; i++)
		CHECK(*(volatile char *)(p + i * PAGE) == 7, "page %zu", i);
	CHECK_EQ(smaps(p, "Referenced:"), 3 * 4, "Referenced after three reads");
}

static void smaps_after_fork(void)
{
	char *p = map_pages(N);
	int status = -1;
	pid_t pid;

	TEST_BEGIN("smaps of a child that has touched nothing");
	memset(p, 7, N * PAGE);
	pid = fork();
	if (!pid) {
		check_child(p);
		_exit(TEST_END());
	}
	CHECK_EQ(waitpid(pid, &status, 0), pid, "waitpid: %s", strerror(errno));
	CHECK_EQ(status, 0, "the child's status");
	CHECK(smaps(p, "Referenced:") >= N * 4, "Referenced in the parent");
	unmap_pages(p, N);
}

/* A private mapping of a new file: all pages read, one written. */
static char *map_file(void)
{
	static const char page[PAGE] = "file";
	int fd = open("/tmp/scanned", O_RDWR | O_CREAT | O_TRUNC, 0600);
	char *p;

	REQUIRE(fd >= 0, "open: %s", strerror(errno));
	for (size_t i = 0; i < N; i++)
		CHECK_EQ(write(fd, page, PAGE), PAGE, "write: %s", strerror(errno));
	p = mmap(NULL, N * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0);
	REQUIRE(p != MAP_FAILED, "mmap: %s", strerror(errno));
	close(fd);
	for (size_t i = 0; i < N; i++)
		CHECK(*(volatile char *)(p + i * PAGE) == 'f', "page %zu", i);
	p[0] = 1;
	return p;
}

/* From now on ksmd makes one full scan each time it is woken, and sleeps long. */
static void scan_by_scan(void)
{
	set_knob(KNOB_KSM_SMART_SCAN, 0);
	set_knob(KNOB_KSM_PAGES_TO_SCAN, 10000);
	set_knob(KNOB_KSM_SLEEP_MILLISECS, 60000);
}

/* Lets ksmd make one full scan; returns how many pages that took. */
static uint64_t pages_of_one_scan(void)
{
	struct kstat_ksm before = ksm_stat();

	set_knob(KNOB_KSM_RUN, 1);
	wait_asleep(ksm_stat().full_scans > before.full_scans, "a full scan");
	set_knob(KNOB_KSM_RUN, 0);
	return ksm_stat().pages_scanned - before.pages_scanned;
}

static void file_pages(void)
{
	char *p = map_file();

	TEST_BEGIN("pages of a file use up no pages_to_scan");
	scan_by_scan();
	offer(p, N);
	pages_of_one_scan(); /* the first starts where the cursor stands */
	CHECK_EQ(pages_of_one_scan(), 1, "pages_scanned of one scan");
	unmap_pages(p, N);
	unlink("/tmp/scanned");
}

static void partings(void)
{
	char *p = map_same(N, 'a');
	long before;

	TEST_BEGIN("cow_ksm");
	ksm_fast();
	wait_merged(p, N);
	set_knob(KNOB_KSM_RUN, 0);
	before = cow_ksm();
	p[0] = 'b';
	CHECK_EQ(cow_ksm() - before, 1, "a write");
	withdraw(p + PAGE, 2);
	CHECK_EQ(cow_ksm() - before, 3, "MADV_UNMERGEABLE of two");
	set_knob(KNOB_KSM_RUN, 2);
	CHECK_EQ(cow_ksm() - before, N, "run=2 with seven left");
	set_knob(KNOB_KSM_RUN, 0);
	unmap_pages(p, N);
}

/* A page whose equal is merged already comes late: after how many scans it is merged too. */
static int scans_of_latecomer(bool checksum_first)
{
	char *p = map_same(2, 'c'), *late;
	int scans = 0;

	set_knob(KNOB_KSM_CHECKSUM_FIRST, checksum_first);
	for (int i = 0; i < 3; i++)
		pages_of_one_scan();
	check_merged_of(0, p, 2);
	late = map_same(1, 'c');
	while (!(vmq(late).flags & VMQ_MERGED) && scans < 5) {
		pages_of_one_scan();
		scans++;
	}
	unmap_pages(p, 2);
	unmap_pages(late, 1);
	return scans;
}

/* Pages of zeros were merged before use_zero_pages was set; one more comes. */
static uint32_t late_page_of_zeros(bool checksum_first)
{
	char *p = map_same(2, 1), *late = map_same(1, 1);
	uint32_t flags;

	set_knob(KNOB_KSM_CHECKSUM_FIRST, checksum_first);
	memset(p, 0, 2 * PAGE);
	for (int i = 0; i < 3; i++)
		pages_of_one_scan();
	check_merged_of(0, p, 2);
	set_knob(KNOB_KSM_USE_ZERO_PAGES, 1);
	memset(late, 0, PAGE);
	for (int i = 0; i < 3; i++)
		pages_of_one_scan();
	flags = vmq(late).flags;
	set_knob(KNOB_KSM_USE_ZERO_PAGES, 0);
	unmap_pages(p, 2);
	unmap_pages(late, 1);
	return flags;
}

static void order_of_questions(void)
{
	scan_by_scan();
	TEST_BEGIN("checksum_first=0: the stable tree is searched first");
	CHECK_EQ(scans_of_latecomer(false), 1, "scans until a latecomer is merged");
	CHECK_EQ(late_page_of_zeros(false) & (VMQ_MERGED | VMQ_ZERO), VMQ_MERGED, "zeros");
	TEST_BEGIN("checksum_first=1: a page that changed is not looked for");
	CHECK_EQ(scans_of_latecomer(true), 2, "scans until a latecomer is merged");
	CHECK_EQ(late_page_of_zeros(true) & (VMQ_MERGED | VMQ_ZERO), VMQ_ZERO, "zeros");
	set_knob(KNOB_KSM_CHECKSUM_FIRST, 0);
}

static void without_access(void)
{
	char *p, *hidden;

	TEST_BEGIN("PROT_NONE pages merge, and part by MADV_UNMERGEABLE");
	ksm_fast();
	p = map_same(2, 'n');
	hidden = map_same(2, 'n');
	CHECK(!mprotect(hidden, 2 * PAGE, PROT_NONE), "mprotect: %s", strerror(errno));
	wait_merged(hidden, 2);
	check_merged_of(0, p, 4);
	withdraw(hidden, 2);
	CHECK(!mprotect(hidden, 2 * PAGE, PROT_READ), "mprotect: %s", strerror(errno));
	check_private(hidden);
	check_private(hidden + PAGE);
	CHECK(all_bytes(hidden, 2, 'n'), "contents");
	unmap_pages(p, 2);
	unmap_pages(hidden, 2);
	TEST_BEGIN("full_scans counts from 0 again after run=2");
	CHECK(ksm_stat().full_scans > 0, "scans were made");
	set_knob(KNOB_KSM_RUN, 2);
	CHECK_EQ(ksm_stat().full_scans, 0, "full_scans");
}

static void by_prctl(void)
{
	char *advised = map_pages(1), *gap = map_pages(1), *other = map_pages(1);

	TEST_BEGIN("PR_SET_MEMORY_MERGE and madvise");
	CHECK(!mprotect(gap, PAGE, PROT_NONE), "mprotect: %s", strerror(errno));
	offer(advised, 1);
	CHECK(!prctl(PR_SET_MEMORY_MERGE, 0, 0, 0, 0), "0: %s", strerror(errno));
	CHECK(offered(advised), "0, and 1 was never said: the advice stays");
	CHECK(!prctl(PR_SET_MEMORY_MERGE, 1, 0, 0, 0), "1: %s", strerror(errno));
	CHECK(offered(advised) && offered(other), "1 offers all");
	withdraw(other, 1);
	CHECK(!offered(other), "MADV_UNMERGEABLE of one");
	CHECK(!prctl(PR_SET_MEMORY_MERGE, 1, 0, 0, 0), "1 again: %s", strerror(errno));
	CHECK(!offered(other), "1 once more changes nothing");
	CHECK(!prctl(PR_SET_MEMORY_MERGE, 0, 0, 0, 0), "0: %s", strerror(errno));
	CHECK(!offered(advised), "0 takes all of it back");
	for (int i = 0; i < 3; i++) {
		unsigned long rest[3] = { i == 0, i == 1, i == 2 };

		errno = 0;
		CHECK_EQ(prctl(PR_SET_MEMORY_MERGE, 1, rest[0], rest[1], rest[2]), -1, "rest");
		CHECK_EQ(errno, EINVAL, "argument %d is not 0", i + 3);
	}
	unmap_pages(advised, 1);
	unmap_pages(gap, 1);
	unmap_pages(other, 1);
}

int main(void)
{
	smaps_after_fork();
	file_pages();
	partings();
	order_of_questions();
	without_access();
	by_prctl();
	ksm_end();
	return TEST_END();
}
