/* SPDX-License-Identifier: MIT */
/*
 * The second chapter: all pages of six processes.  With n pages of INPUT, of
 * which d have distinct contents other than zeros, frames must go
 *
 *	4 n	P and its children share by fork; each stranger has its own
 *	d	merged
 *	d + w	after w writes, each to a page that was merged
 *	6 n	parted: the sharing by fork is gone too
 *
 * and the frames that their entries name are held against exactly that.
 */
#include <stdio.h>

#include "demo.h"

#define PATIENCE 12 /* passes without a merge after which none is expected any more */

static size_t n;      /* pages of INPUT */
static long distinct; /* contents other than zeros, says P's index */

static long frames(void)
{
	return count_pages(n).frames;
}

static long pages_mapped(void)
{
	long sum = 0;

	for (int i = 0; i < NR_ACTORS; i++)
		sum += (long)proc_now(cast[i]).nr_ptes;
	return sum;
}

static void verify_all(void)
{
	long bytes = cast_order_all(ORDER_VERIFY), differ = 0;

	for (int i = 0; i < NR_ACTORS; i++)
		differ += cast_answer(i, 1);
	claim(!differ, "the six compared %ld bytes with INPUT: %ld differ", bytes, differ);
}

/* How many of a process's pages of INPUT stand in frames with so many mappings. */
static size_t pages_with_maps(enum role role, int maps)
{
	struct vm_page_info v[64];
	char *at = (char *)cast_order(role, ORDER_WHERE, 0);
	size_t found = 0;
	int got;

	for (size_t i = 0; i < n; i += (size_t)got) {
		got = mg_vm_entries(cast[role], at + i * PAGE, v, n - i < 64 ? n - i : 64);
		if (got <= 0)
			break;
		for (int k = 0; k < got; k++)
			found += v[k].flags & VMQ_PRESENT && v[k].mapcount == maps;
	}
	return found;
}

static void tell_reading(void)
{
	heading("All pages");
	say("S1, S2 and S3 read INPUT as well, each into private memory.  The six have %lu pages",
	    OWN_PAGES);
	say("each that nobody else has.");
	claim(frames() == (long)n, "so far INPUT stands in %ld frames, which P, C1 and C2 share",
	      frames());
	for (int i = S1; i <= S3; i++)
		cast_order(i, ORDER_READ, 0);
	cast_order_all(ORDER_OWN);
	verify_all();
	claim(pages_with_maps(P, 3) == n && pages_with_maps(S1, 1) == n &&
		      pages_with_maps(S2, 1) == n && pages_with_maps(S3, 1) == n,
	      "each page of P has 3 mappings, each of a stranger 1: 4 x %zu frames", n);
	say("  The six map %ld pages.  INPUT stands in %ld frames (%.1f MiB): once for P, C1 "
	    "and C2",
	    pages_mapped(), frames(), mib(frames()));
	say("  together, once for each stranger.  A perfect merge would need %ld frames.",
	    distinct);
}

static void show_pass(uint64_t pass, const struct count *c)
{
	say("    pass %2lu: %6ld frames used, of them %6ld merged, in which %6ld pages stand", pass,
	    c->frames, c->merged_frames, c->merged_pages);
}

/* Waits until pksmd finds nothing more, with a line for each pass that found something. */
static void wait_merged(void)
{
	uint64_t first = pksm_now().full_scans, pass = first;
	struct count c = { .frames = -1 }, last;
	int quiet = 0, shown = 0;

	while (quiet < PATIENCE && c.frames != distinct) {
		if (pksm_now().full_scans == pass) {
			breathe();
			continue;
		}
		pass = pksm_now().full_scans;
		last = c;
		c = count_pages(n);
		if (c.frames == last.frames && c.merged_pages == last.merged_pages) {
			quiet++;
			continue;
		}
		quiet = 0;
		if (shown++ < 8)
			show_pass(pass - first, &c);
	}
}

static void tell_merging(void)
{
	struct kstat_pksm before = pksm_now(), k;
	uint64_t start = mem_now().now_ns;
	long used = frames(), now;

	say("\n  pksmd runs.");
	cast_order_all(ORDER_OFFER);
	set_knob(KNOB_PKSM_RUN, 1);
	wait_merged();
	k = pksm_now();
	now = frames();
	say("  %ld frames were used before, %ld are now: %.1f MiB saved, in %lu passes and %lu ms of",
	    used, now, mib(used - now), k.full_scans - before.full_scans,
	    (mem_now().now_ns - start) / 1000000);
	say("  guest time.  pksmd hashed %.1f MiB and compared %.1f MiB; its nodes and records take "
	    "%lu KiB.",
	    (double)(k.bytes_hashed - before.bytes_hashed) / (1 << 20),
	    (double)(k.bytes_compared - before.bytes_compared) / (1 << 20), k.meta_bytes / 1024);
	claim(now == distinct, "INPUT's pages take %ld frames, as many as it has contents (%ld)",
	      now, distinct);
	verify_all();
}

static void tell_writing(void)
{
	struct count before = count_pages(n), after;
	long written, zeros = 0, parted;

	say("\n  The six write to a tenth of the merged pages, with pksmd still at work.");
	written = cast_order_all(ORDER_WRITE);
	for (int i = 0; i < NR_ACTORS; i++)
		zeros += cast_answer(i, 1);
	after = count_pages(n);
	parted = before.merged_pages + before.zero_pages - after.merged_pages - after.zero_pages;
	claim(parted == written,
	      "%ld pages were written, break_cow parted %ld, of them %ld from the zero page",
	      written, parted, zeros);
	claim(after.frames == before.frames + written, "each write cost one frame: %ld frames used",
	      after.frames);
	verify_all();
}

static void tell_parting(void)
{
	long want = NR_ACTORS * (long)n;
	struct count c;

	say("\n  Everything is parted (run=2).");
	set_knob(KNOB_PKSM_RUN, 2);
	c = count_pages(n);
	claim(!c.merged_pages && !c.zero_pages, "no merged page is left");
	claim(c.frames == want, "every process has a frame for every page: %ld (6 x %zu)", c.frames,
	      n);
	verify_all();
	claim(!mg_kctl(KCTL_MM_CHECK, 0, 0),
	      "mm_check: counts, reverse map and page tables of every frame agree");
}

void tell_all_pages(size_t input_pages, long distinct_contents)
{
	n = input_pages;
	distinct = distinct_contents;
	tell_reading();
	tell_merging();
	tell_writing();
	tell_parting();
}
