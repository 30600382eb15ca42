/* SPDX-License-Identifier: MIT */
/*
 * Proves: with MMAP_MERGEABLE=1 in the environment libc offers every private
 * anonymous mapping to KSM, malloc's too; without it, none.  See libc/README.md.
 */
#include "ksm.h"

#define N 8

static bool any_merged(const char *p)
{
	for (size_t i = 0; i < N; i++)
		if (vmq(p + i * PAGE).flags & VMQ_MERGED)
			return true;
	return false;
}

static bool all_merged(const char *p)
{
	for (size_t i = 0; i < N; i++)
		if (!(vmq(p + i * PAGE).flags & VMQ_MERGED))
			return false;
	return true;
}

/* A block so large that it has a mapping of its own; N whole pages of it. */
static char *malloc_pages(char **block)
{
	*block = malloc(512 * PAGE);
	REQUIRE(*block, "malloc: %s", strerror(errno));
	return (char *)(((uintptr_t)*block + PAGE - 1) & -PAGE);
}

int main(void)
{
	char *before, *mapped, *allocated, *after, *block;

	TEST_BEGIN("the switch offers what is mapped while it is set");
	ksm_begin();
	before = map_pages(N);
	CHECK(!setenv("MMAP_MERGEABLE", "1", 1), "setenv: %s", strerror(errno));
	mapped = map_pages(N);
	allocated = malloc_pages(&block);
	CHECK(!setenv("MMAP_MERGEABLE", "0", 1), "setenv: %s", strerror(errno));
	after = map_pages(N);
	memset(before, 's', N * PAGE);
	memset(mapped, 's', N * PAGE);
	memset(allocated, 's', N * PAGE);
	memset(after, 's', N * PAGE);
	wait_full_scans(4);
	CHECK(all_merged(mapped), "pages mapped with the switch are merged");
	CHECK(all_merged(allocated), "pages of malloc with the switch are merged");
	CHECK(!any_merged(before), "no page mapped before is merged");
	CHECK(!any_merged(after), "no page mapped after is merged");
	ksm_end();
	free(block);
	return TEST_END();
}
