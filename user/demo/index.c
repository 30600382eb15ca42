/* SPDX-License-Identifier: MIT */
/*
 * The index over INPUT: (hash, page number) of each page, sorted, so that equal
 * pages stand side by side.  It tells how many frames a perfect merge would
 * need, which the demo later holds against the frames really used.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "demo.h"

struct entry {
	uint64_t hash;
	uint64_t page;
};

static uint64_t content_hash(const char *page)
{
	const uint64_t *word = (const uint64_t *)page;
	uint64_t h = 0;

	for (size_t i = 0; i < PAGE / 8; i++) {
		h = (h ^ word[i]) * 0x9e3779b97f4a7c15;
		h ^= h >> 32;
	}
	return h;
}

bool page_is_zero(const char *page)
{
	return !page[0] && !memcmp(page, page + 1, PAGE - 1);
}

static int by_hash(const void *a, const void *b)
{
	const struct entry *x = a, *y = b;

	if (x->hash != y->hash)
		return x->hash < y->hash ? -1 : 1;
	return x->page < y->page ? -1 : 1;
}

static bool same(const char *pages, const struct entry *a, const struct entry *b)
{
	return a->hash == b->hash && !memcmp(pages + a->page * PAGE, pages + b->page * PAGE, PAGE);
}

/* Runs of equal pages, in a sorted index. */
static void summarize(const char *pages, const struct entry *e, size_t n, struct index_summary *s)
{
	size_t run;

	*s = (struct index_summary){ 0 };
	for (size_t i = 0; i < n; i += run) {
		for (run = 1; i + run < n && same(pages, &e[i], &e[i + run]); run++)
			;
		if (page_is_zero(pages + e[i].page * PAGE)) {
			s->zero += (long)run;
			continue;
		}
		s->distinct++;
		if ((long)run > s->most)
			s->most = (long)run;
	}
}

int index_build(const char *pages, size_t n, struct index_summary *summary)
{
	struct entry *e = mmap(NULL, n * sizeof(*e), PROT_READ | PROT_WRITE,
			       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (e == MAP_FAILED)
		return -1;
	for (size_t i = 0; i < n; i++)
		e[i] = (struct entry){ content_hash(pages + i * PAGE), i };
	qsort(e, n, sizeof(*e), by_hash);
	summarize(pages, e, n, summary);
	return 0;
}
