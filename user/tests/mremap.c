/* SPDX-License-Identifier: MIT */
/*
 * Proves: mremap() grows, shrinks and moves areas with their bytes, rights, counts and reverse map,
 * of anonymous, shared and merged pages, before and after fork; its errors are Linux's; a failure
 * at any point of it moves nothing; and the scanner merges what moves meanwhile.
 * See mm/space/mremap.c.
 *
 * cpus: 2
 * timeout: 120
 */
#include "merge.h"

#define RW    (PROT_READ | PROT_WRITE)
#define NR    40
#define TABLE (512 * PAGE) /* what one page table covers */

static char *fill(size_t n, uint64_t tag)
{
	char *p = map_pages(n);

	for (size_t i = 0; i < n; i++)
		page_fill(p + i * PAGE, tag + i);
	return p;
}

static bool holds(const char *p, size_t n, uint64_t tag)
{
	for (size_t i = 0; i < n; i++)
		if (!page_holds(p + i * PAGE, tag + i))
			return false;
	return true;
}

/* Room for n pages at an address that a page table's reach begins `skew` pages before. */
static char *room(size_t n, size_t skew)
{
	char *p = mmap(NULL, n * PAGE + 2 * TABLE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	char *at = (char *)(((uintptr_t)p + TABLE - 1) & -TABLE) + skew * PAGE;

	REQUIRE(p != MAP_FAILED, "mmap: %s", strerror(errno));
	REQUIRE(!munmap(p, n * PAGE + 2 * TABLE), "munmap: %s", strerror(errno));
	return at;
}

static char *move(char *from, size_t n, char *to)
{
	char *p = mremap(from, n * PAGE, n * PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, to);

	CHECK_EQ((uintptr_t)p, (uintptr_t)to, "mremap: %s", p == MAP_FAILED ? strerror(errno) : "");
	return p;
}

static bool is_unmapped(const char *p)
{
	return mprotect((void *)p, PAGE, PROT_READ) == -1 && errno == ENOMEM;
}

static void sizes(void)
{
	char *p = fill(NR, 1), *q;
	int areas;

	TEST_BEGIN("grow in place, shrink, move to grow");
	q = mremap(p, NR * PAGE, 8 * PAGE, 0);
	CHECK(q == p && holds(p, 8, 1) && is_unmapped(p + 8 * PAGE), "shrunk");
	q = mremap(p, 8 * PAGE, 12 * PAGE, 0);
	CHECK(q == p && holds(p, 8, 1) && page_is_zero(p + 11 * PAGE), "grown in place");
	CHECK(mmap(p + 12 * PAGE, PAGE, RW, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1,
		   0) != MAP_FAILED,
	      "a neighbour: %s", strerror(errno));
	CHECK(!mprotect(p + 12 * PAGE, PAGE, PROT_READ), "which is read-only");
	CHECK_ERRNO(mremap(p, 12 * PAGE, 20 * PAGE, 0) == MAP_FAILED ? -1 : 0, ENOMEM);
	areas = vma_count(getpid());
	q = mremap(p, 12 * PAGE, 20 * PAGE, MREMAP_MAYMOVE);
	CHECK(q != MAP_FAILED && q != p && holds(q, 8, 1) && page_is_zero(q + 19 * PAGE), "moved");
	CHECK(is_unmapped(p), "the old place is free");
	CHECK(vma_count(getpid()) <= areas + 1, "%d areas of %d", vma_count(getpid()), areas);
	unmap_pages(q, 20);
	unmap_pages(p + 12 * PAGE, 1);
	check_mm();
}

static void through_tables(size_t from_skew, size_t to_skew)
{
	size_t n = 1100; /* three tables at least */
	char *from = room(n, from_skew), *to;
	long frames;

	CHECK(mmap(from, n * PAGE, RW, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) == from,
	      "mmap");
	for (size_t i = 0; i < n; i += 3) /* with holes */
		page_fill(from + i * PAGE, 100 + i);
	(void)*(volatile char *)(from + PAGE); /* the zero page moves, too */
	to = room(n, to_skew);
	frames = free_frames();
	move(from, n, to);
	for (size_t i = 0; i < n; i++) {
		bool ok = i % 3 ? page_is_zero(to + i * PAGE) : page_holds(to + i * PAGE, 100 + i);

		CHECK(ok, "page %zu of %zu, %zu to %zu", i, n, from_skew, to_skew);
	}
	CHECK(frames - free_frames() < 8, "%ld frames more", frames - free_frames());
	check_mm();
	unmap_pages(to, n);
}

static void parts(void)
{
	char *p = fill(NR, 500), *to = room(10, 5);

	TEST_BEGIN("a part of an area moves, and back");
	move(p + 10 * PAGE, 10, to);
	CHECK(holds(to, 10, 510) && holds(p, 10, 500) && holds(p + 20 * PAGE, 20, 520), "bytes");
	CHECK(is_unmapped(p + 15 * PAGE), "the place that it left");
	CHECK_EQ(vmq(to).rmap_count, 1, "found at its new place");
	move(to, 10, p + 10 * PAGE);
	CHECK(holds(p, NR, 500), "all back");
	check_mm();
	unmap_pages(p, NR);
}

static void child_checks(void *arg)
{
	char *p = arg, *to = room(NR, 7);

	CHECK(holds(p, NR, 700), "the child sees what was moved");
	move(p, NR, to);
	step(1);
	for (size_t i = 0; i < NR; i += 2)
		page_fill(to + i * PAGE, 900 + i);
	step(2);
}

static void families(void)
{
	char *p = fill(NR, 700), *to = room(NR, 3);
	pid_t pid;

	TEST_BEGIN("shared by fork, moved before and after");
	move(p, NR, to);
	pid = child_start(child_checks, to);
	step_wait(pid, 1);
	for (size_t i = 0; i < NR; i++) {
		CHECK_EQ(vmq(to + i * PAGE).mapcount, 2, "page %zu: mapped", i);
		CHECK_EQ(vmq(to + i * PAGE).rmap_count, 2, "page %zu: found", i);
	}
	check_mm();
	step_go(pid, 1);
	step_wait(pid, 2);
	CHECK(holds(to, NR, 700), "the child's writes are its own");
	check_mm();
	step_go(pid, 2);
	child_join(pid);
	unmap_pages(to, NR);
}

static void objects(void)
{
	int vmo = mg_vmo_create(NR * PAGE);
	char *p = mmap(NULL, NR * PAGE, RW, MAP_SHARED, vmo, 0);
	char *q = mmap(NULL, NR * PAGE, RW, MAP_PRIVATE, vmo, 0), *twin;

	TEST_BEGIN("areas of objects; a second one for the same");
	REQUIRE(vmo >= 0 && p != MAP_FAILED && q != MAP_FAILED, "mmap: %s", strerror(errno));
	for (size_t i = 0; i < NR; i++)
		page_fill(p + i * PAGE, 30 + i);
	page_fill(q + 3 * PAGE, 77);
	twin = mremap(p + 4 * PAGE, 0, 4 * PAGE, MREMAP_MAYMOVE);
	CHECK(twin != MAP_FAILED && holds(twin, 4, 34), "old_len 0 of a shared area");
	page_fill(twin, 88);
	CHECK(page_holds(p + 4 * PAGE, 88), "both show the same page");
	CHECK_EQ(vmq(twin).rmap_count, 2, "entries found");
	p = move(p, NR, room(NR, 500));
	q = move(q, NR, room(NR, 1));
	CHECK(holds(p, 4, 30) && page_holds(p + 4 * PAGE, 88) && holds(p + 5 * PAGE, NR - 5, 35),
	      "the shared area moved");
	CHECK(holds(q, 3, 30) && page_holds(q + 3 * PAGE, 77), "the private one, with its copy");
	check_mm();
	CHECK_ERRNO(mremap(q, 0, PAGE, MREMAP_MAYMOVE) == MAP_FAILED ? -1 : 0, EINVAL);
	unmap_pages(p, NR);
	unmap_pages(q, NR);
	unmap_pages(twin, 4);
	close(vmo);
}

static void dontunmap(void)
{
	char *p = fill(NR, 40), *q;

	TEST_BEGIN("MREMAP_DONTUNMAP leaves an empty area");
	q = mremap(p, NR * PAGE, NR * PAGE, MREMAP_MAYMOVE | MREMAP_DONTUNMAP);
	CHECK(q != MAP_FAILED && q != p && holds(q, NR, 40), "moved: %s", strerror(errno));
	CHECK(page_is_zero(p) && page_is_zero(p + (NR - 1) * PAGE), "zeros where it was");
	for (size_t i = 0; i < NR; i++)
		page_fill(p + i * PAGE, 60 + i);
	CHECK(holds(q, NR, 40) && holds(p, NR, 60), "two areas");
	CHECK_EQ(vmq(p).rmap_count, 1, "found in the old area");
	CHECK_EQ(vmq(q).rmap_count, 1, "found in the new area");
	check_mm();
	q = mremap(p, NR * PAGE, NR * PAGE, MREMAP_MAYMOVE | MREMAP_FIXED | MREMAP_DONTUNMAP, q);
	CHECK(q != MAP_FAILED && holds(q, NR, 60), "onto the other one: %s", strerror(errno));
	check_mm();
	unmap_pages(p, NR);
	unmap_pages(q, NR);
}

static void merged(void)
{
	char *p = map_pages(NR), *to = room(NR, 9), *other;

	TEST_BEGIN("merged pages stay merged where they move, and part there");
	merge_begin();
	for (size_t i = 0; i < NR; i++)
		page_fill(p + i * PAGE, 4242);
	offer(p, NR);
	wait_merged(p, NR);
	settle();
	check_merged_of(0, p, NR);
	move(p, NR / 2, to);
	check_merged_of(0, to, NR);
	check_merged_of(0, p + NR / 2 * PAGE, NR);
	check_mm();
	other = map_offered(1, 4242); /* one more comes to the frame that has moved */
	wait_merged(other, 1);
	page_fill(to, 1);
	check_private(to);
	check_merged_of(0, to + PAGE, NR);
	CHECK(!madvise(to, NR / 2 * PAGE, MADV_UNMERGEABLE), "madvise: %s", strerror(errno));
	for (size_t i = 1; i < NR / 2; i++)
		check_private(to + i * PAGE);
	check_mm();
	merge_end();
	unmap_pages(to, NR / 2);
	unmap_pages(p + NR / 2 * PAGE, NR / 2);
	unmap_pages(other, 1);
}

static void errors(void)
{
	char *p = fill(4, 1), *to = room(8, 0);

	TEST_BEGIN("errors");
#define FAILS(want, ...) CHECK_ERRNO(mremap(__VA_ARGS__) == MAP_FAILED ? -1 : 0, want)
	FAILS(EINVAL, p + 1, PAGE, PAGE, MREMAP_MAYMOVE);
	FAILS(EINVAL, p, PAGE, 0, MREMAP_MAYMOVE);
	FAILS(EINVAL, p, PAGE, PAGE, MREMAP_FIXED, to);
	FAILS(EINVAL, p, PAGE, PAGE, 8);
	FAILS(EINVAL, p, PAGE, 2 * PAGE, MREMAP_MAYMOVE | MREMAP_DONTUNMAP);
	FAILS(EINVAL, p, PAGE, PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, to + 1);
	FAILS(EINVAL, p, 2 * PAGE, 2 * PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, p + PAGE);
	FAILS(EINVAL, p, PAGE, PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, (void *)(-PAGE));
	FAILS(EINVAL, p, -PAGE, PAGE, MREMAP_MAYMOVE);
	FAILS(EINVAL, p, 1ul << 50, PAGE, 0);
	FAILS(EINVAL, p, -PAGE, PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, to);
	FAILS(EFAULT, to, PAGE, 2 * PAGE, MREMAP_MAYMOVE);
	FAILS(EFAULT, p, 5 * PAGE, 6 * PAGE, MREMAP_MAYMOVE);
	FAILS(ENOMEM, p, 4 * PAGE, 1ul << 50, MREMAP_MAYMOVE);
	CHECK(holds(p, 4, 1), "nothing has moved");
	unmap_pages(p, 4);
}

static void failures(void)
{
	size_t n = 600;
	char *p = fill(n, 9000), *to = room(n, 300);
	long nth = 1, frames = free_frames();
	int areas = vma_count(getpid());

	TEST_BEGIN("each allocation fails once");
	for (;; nth++) {
		char *q;
		int err;

		mg_kctl(KCTL_FAIL_NTH, (unsigned long)nth, 0);
		q = mremap(p + 20 * PAGE, (n - 40) * PAGE, (n - 40) * PAGE,
			   MREMAP_MAYMOVE | MREMAP_FIXED, to);
		err = errno;
		mg_kctl(KCTL_FAIL_NTH, 0, 0);
		if (q == to)
			break;
		CHECK_EQ(err, ENOMEM, "allocation %ld: errno", nth);
		CHECK(holds(p, n, 9000), "allocation %ld: bytes", nth);
		CHECK_EQ(vma_count(getpid()), areas, "allocation %ld: areas", nth);
		CHECK_EQ(free_frames(), frames, "allocation %ld: frames", nth);
		check_mm();
	}
	CHECK(nth > 3, "%ld allocations", nth - 1);
	CHECK(holds(to, n - 40, 9020) && holds(p, 20, 9000), "moved in the end");
	unmap_pages(to, n - 40);
	unmap_pages(p, 20);
	unmap_pages(p + (n - 20) * PAGE, 20);
}

/* Three equal pages wander, are merged, and are written to; the other copy stays where it is. */
static void while_merging(void)
{
	char *p = map_pages(3), *stays = map_pages(3), *a = room(3, 510), *b;
	long merged = event_count(EV_merge_done);

	TEST_BEGIN("moved to and fro while the scanner merges, and others come to the old place");
	merge_begin();
	for (int i = 0; i < 6; i++)
		page_fill(i < 3 ? p + i * PAGE : stays + (i - 3) * PAGE, 123);
	offer(stays, 3);
	offer(p, 3);
	p = move(p, 3, a);
	b = room(3, 100);
	for (int i = 0; i < 2000; i++) {
		char *old = p, *other;

		p = move(p, 3, p == a ? b : a);
		CHECK(page_holds(p + i % 3 * PAGE, 123), "round %d: its bytes", i);
		if (i % 8 == 0)
			page_fill(p + i % 3 * PAGE, 123); /* parts it, if it was merged */
		other = mmap(old, 3 * PAGE, RW, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE,
			     -1, 0);
		REQUIRE(other == old, "mmap: %s", strerror(errno));
		CHECK(page_is_zero(other), "round %d: the old place has old bytes", i);
		*other = 1;
		unmap_pages(other, 3);
	}
	wait_asleep(event_count(EV_merge_done) > merged, "something was merged");
	for (int i = 0; i < 3; i++)
		CHECK(page_holds(p + i * PAGE, 123) && page_holds(stays + i * PAGE, 123), "page %d",
		      i);
	check_mm();
	merge_end();
	unmap_pages(p, 3);
	unmap_pages(stays, 3);
}

int main(void)
{
	sizes();
	TEST_BEGIN("from one page table to others, at the same and another place in them");
	through_tables(0, 0);
	through_tables(0, 300);
	through_tables(511, 1);
	parts();
	families();
	objects();
	dontunmap();
	merged();
	errors();
	failures();
	while_merging();
	return TEST_END();
}
