/* SPDX-License-Identifier: MIT */
/*
 * Proves: the entries of a memory object's page are found from its frame, wherever areas show it:
 * shared or private, from any page of the object on, in parent and child, after split, join,
 * DONTNEED, munmap and exit, and while other threads do all that.  A copy that a private area made
 * is none of them.  See mm/rmap/i_mmap.c.
 *
 * cpus: 2
 */
#include <pthread.h>
#include <stdatomic.h>

#include "test.h"

#define RW (PROT_READ | PROT_WRITE)
#define NR 24 /* pages of the object */

static int vmo;
static atomic_bool stop;

static char *show(size_t first, size_t n, int flags)
{
	char *p = mmap(NULL, n * PAGE, RW, flags, vmo, (off_t)(first * PAGE));

	REQUIRE(p != MAP_FAILED, "mmap of page %zu: %s", first, strerror(errno));
	return p;
}

/* Reads each of n pages, so that each is mapped. */
static void read_pages(const volatile char *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		(void)p[i * PAGE];
}

/* So many entries map the object's page shown at p, and as many are found. */
static void expect(const char *p, int entries, const char *what)
{
	struct vm_page_info v = vmq(p);

	CHECK(v.flags & VMQ_OBJECT, "%s: a page of the object is mapped", what);
	CHECK_EQ(v.mapcount, entries, "%s: entries", what);
	CHECK_EQ(v.rmap_count, entries, "%s: entries that are found", what);
}

static void expect_all(const char *p, size_t n, int entries, const char *what)
{
	for (size_t i = 0; i < n; i++)
		expect(p + i * PAGE, entries, what);
	check_mm();
}

static void touch_in_child(void *area)
{
	read_pages(area, NR);
	step(1);
}

static void areas_of_one_object(void)
{
	char *all = show(0, NR, MAP_SHARED), *private = show(0, NR, MAP_PRIVATE);
	char *tail = show(NR / 2, NR / 2, MAP_SHARED), *same = show(0, NR, MAP_SHARED);
	pid_t pid;

	TEST_BEGIN("areas at different pages, shared and private");
	read_pages(all, NR);
	expect_all(all, NR, 1, "one area of four has touched it");
	read_pages(private, NR);
	read_pages(same, NR);
	read_pages(tail, NR / 2);
	expect_all(all, NR / 2, 3, "first half");
	expect_all(tail, NR / 2, 4, "second half");
	private[3 * PAGE] = 1;
	expect(all + 3 * PAGE, 2, "a private copy has left");
	CHECK(!(vmq(private + 3 * PAGE).flags & VMQ_OBJECT), "the copy is the area's own");
	CHECK_EQ(vmq(private + 3 * PAGE).rmap_count, 1, "entries found of the copy");

	TEST_BEGIN("split and join");
	CHECK(!mprotect(same + 5 * PAGE, 3 * PAGE, PROT_READ), "mprotect: %s", strerror(errno));
	CHECK(!mprotect(tail + 2 * PAGE, PAGE, PROT_NONE), "mprotect: %s", strerror(errno));
	CHECK(!mprotect(tail + 2 * PAGE, PAGE, PROT_READ), "mprotect: %s", strerror(errno));
	expect(all + 6 * PAGE, 3, "split off in the middle");
	expect(all + 8 * PAGE, 3, "after that");
	CHECK(!munmap(same + 6 * PAGE, PAGE), "munmap: %s", strerror(errno));
	expect(all + 5 * PAGE, 3, "before a hole");
	expect(all + 6 * PAGE, 2, "in a hole");
	expect(all + 7 * PAGE, 3, "behind a hole");
	CHECK(!mprotect(tail + 2 * PAGE, PAGE, RW), "mprotect: %s", strerror(errno));
	expect_all(tail, NR / 2, 4, "joined again");
	CHECK(!madvise(tail, NR / 2 * PAGE, MADV_DONTNEED), "madvise: %s", strerror(errno));
	expect_all(all + NR / 2 * PAGE, NR / 2, 3, "second half, dropped in one area");

	TEST_BEGIN("fork, and the ends of processes and areas");
	pid = child_start(touch_in_child, all);
	step_wait(pid, 1);
	expect(all + 9 * PAGE, 4, "the child has one too");
	step_go(pid, 1);
	child_join(pid);
	expect(all + 9 * PAGE, 3, "the child has gone");
	unmap_pages(same, NR);
	unmap_pages(private, NR);
	unmap_pages(tail, NR / 2);
	expect_all(all, NR, 1, "one area is left");
	unmap_pages(all, NR);
}

/* Maps, splits, joins, touches and unmaps areas of the object until told to stop. */
static void *change_areas(void *seed)
{
	uint64_t random = (uintptr_t)seed;

	while (!atomic_load(&stop)) {
		size_t first = next_random(&random) % (NR / 2), n = NR - first;
		char *p = show(first, n, next_random(&random) % 2 ? MAP_SHARED : MAP_PRIVATE);
		size_t at = next_random(&random) % (n - 2);

		read_pages(p, n);
		p[at * PAGE] = 1;
		mprotect(p + at * PAGE, 2 * PAGE, PROT_READ);
		mprotect(p + at * PAGE, 2 * PAGE, RW);
		unmap_pages(p, n);
	}
	return NULL;
}

static void while_others_change(void)
{
	char *all = show(0, NR, MAP_SHARED);
	pthread_t threads[2];

	TEST_BEGIN("walks while other threads map, split, join and unmap");
	read_pages(all, NR);
	for (size_t i = 0; i < 2; i++)
		REQUIRE(!pthread_create(&threads[i], NULL, change_areas,
					(void *)(uintptr_t)(test_seed() + i)),
			"pthread_create");
	for (size_t round = 0; round < 3000; round++)
		CHECK(vmq(all + round % NR * PAGE).rmap_count >= 1, "round %zu: our own", round);
	check_mm();
	atomic_store(&stop, true);
	for (size_t i = 0; i < 2; i++)
		pthread_join(threads[i], NULL);
	expect_all(all, NR, 1, "when they have ended");
	unmap_pages(all, NR);
}

int main(void)
{
	vmo = mg_vmo_create(NR * PAGE);
	REQUIRE(vmo >= 0, "vmo_create: %s", strerror(errno));
	areas_of_one_object();
	while_others_change();
	return TEST_END();
}
