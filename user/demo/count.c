/* SPDX-License-Identifier: MIT */
/* The frames that INPUT's pages stand in, counted at the entries of the six processes. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "demo.h"

#define BATCH 512

/* The frames that were met already, a bit for each; it grows with the largest number met. */
static struct {
	uint64_t *word;
	size_t words;
} met;

static void met_grow(size_t words)
{
	uint64_t *larger = calloc(words, sizeof(*larger));

	if (!larger) {
		perror("demo: counting frames");
		exit(1);
	}
	for (size_t i = 0; i < met.words; i++)
		larger[i] = met.word[i];
	free(met.word);
	met.word = larger;
	met.words = words;
}

static void met_forget(void)
{
	for (size_t i = 0; i < met.words; i++)
		met.word[i] = 0;
}

/* True the first time. */
static bool meet(uint64_t pfn)
{
	uint64_t bit = 1ul << pfn % 64, *word;

	if (pfn / 64 >= met.words)
		met_grow(pfn / 64 + 1024);
	word = &met.word[pfn / 64];
	if (*word & bit)
		return false;
	*word |= bit;
	return true;
}

static void count_page(struct count *c, const struct vm_page_info *v)
{
	bool merged = v->flags & VMQ_MERGED, first;

	if (v->flags & VMQ_ZERO) {
		c->zero_pages += v->flags & VMQ_ZERO_MERGED ? 1 : 0;
		return;
	}
	if (!(v->flags & VMQ_PRESENT))
		return;
	first = meet(v->pfn);
	c->frames += first;
	c->merged_frames += first && merged;
	c->merged_pages += merged;
}

static void count_process(struct count *c, enum role role, size_t n)
{
	static struct vm_page_info v[BATCH];
	char *at = (char *)cast_order(role, ORDER_WHERE, 0);
	int got;

	for (size_t i = 0; at && i < n; i += (size_t)got) {
		got = mg_vm_entries(cast[role], at + i * PAGE, v, n - i < BATCH ? n - i : BATCH);
		if (got <= 0) {
			perror("demo: vm_entries");
			exit(1);
		}
		for (int k = 0; k < got; k++)
			count_page(c, &v[k]);
	}
}

struct count count_pages(size_t input_pages)
{
	struct count c = { 0 };

	met_forget();
	for (int i = 0; i < NR_ACTORS; i++)
		count_process(&c, (enum role)i, input_pages);
	return c;
}
