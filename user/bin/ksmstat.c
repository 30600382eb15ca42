/* SPDX-License-Identifier: MIT */
/* ksmstat [-w [SECONDS]]: what the page-merging scanners have done so far, side by side. */
#include <err.h>
#include <inttypes.h>
#include <merganser.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "live.h"

#define NONE	 SIZE_MAX /* a scanner has no such figure */
#define P(field) offsetof(struct kstat_pksm, field)
#define K(field) offsetof(struct kstat_ksm, field)

struct look {
	struct kstat_pksm pksm;
	struct kstat_ksm ksm;
	uint64_t ns; /* since boot */
};

/* clang-format off */
static const struct row {
	const char *name;
	size_t pksm, ksm;
	const char *unit, *meaning;
} rows[] = {
	{ "pages_shared",    P(pages_shared),    K(pages_shared),    "frames", "merged; pksm: by either" },
	{ "pages_sharing",   P(pages_sharing),   K(pages_sharing),   "pages",  "frames saved by them" },
	{ "pages_unshared",  P(pages_unshared),  K(pages_unshared),  "pages",  "in the unstable tree" },
	{ "pages_volatile",  NONE,               K(pages_volatile),  "pages",  "that changed too fast" },
	{ "zero_pages",      P(zero_pages),      K(zero_pages),      "pages",  "zero page, by a merge" },
	{ "full_scans",      P(full_scans),      K(full_scans),      "passes", "over everything" },
	{ "pages_scanned",   P(pages_scanned),   K(pages_scanned),   "pages",  "looked at" },
	{ "merges",          P(merges),          K(merges),          "pages",  "absorbed" },
}, details[] = {
	{ "cow_broken",      P(cow_broken),      K(cow_broken),      "pages",  "parted again" },
	{ "demotions",       P(demotions),       K(demotions),       "merges", "undone at once" },
	{ "hash_collisions", P(hash_collisions), K(hash_collisions), "pages",  "same hash, other bytes" },
	{ "pages_skipped",   NONE,               K(pages_skipped),   "pages",  "by smart_scan" },
	{ "ptes_moved",      P(ptes_moved),      NONE,               "PTEs",   "to a merged page" },
	{ "new_len",         P(new_len),         NONE,               "pages",  "on new lists" },
	{ "rescan_len",      P(rescan_len),      NONE,               "pages",  "on rescan list" },
	{ "del_len",         P(del_len),         NONE,               "pages",  "dead, not yet forgotten" },
	{ "stale_nodes",     P(stale_nodes),     NONE,               "nodes",  "without a page" },
	{ "chains",          NONE,               K(stable_node_chains), "chains", "of several frames" },
	{ "dups",            NONE,               K(stable_node_dups), "frames", "in chains" },
	{ "bytes_hashed",    P(bytes_hashed),    K(bytes_hashed),    "bytes",  "" },
	{ "bytes_compared",  P(bytes_compared),  K(bytes_compared),  "bytes",  "" },
	{ "meta_bytes",      P(meta_bytes),      K(meta_bytes),      "bytes",  "nodes, records, items" },
	{ "scan_ns",         P(scan_ns),         K(scan_ns),         "ns",     "spent scanning" },
};
/* clang-format on */

#define NR_ROWS (sizeof(rows) / sizeof(rows[0]))

static void get(enum kstat_what what, void *figures, size_t size)
{
	if (mg_kstat(what, figures, size) < 0)
		err(1, "no authority to ask the kernel (KCAP_STAT)");
}

static struct look look(void)
{
	struct look l;
	struct kstat_mem mem;

	get(KSTAT_PKSM, &l.pksm, sizeof(l.pksm));
	get(KSTAT_KSM, &l.ksm, sizeof(l.ksm));
	get(KSTAT_MEM, &mem, sizeof(mem));
	l.ns = mem.now_ns;
	return l;
}

/* ---- what is seen ---- */

static void print_figure(const void *figures, size_t at)
{
	int64_t value;

	if (at == NONE) {
		printf(" %13s", "-");
		return;
	}
	memcpy(&value, (const char *)figures + at, sizeof(value));
	printf(" %13" PRId64, value);
}

static void print_rows(const struct row *row, size_t n, const struct look *l)
{
	for (; n--; row++) {
		printf("%-15s", row->name);
		print_figure(&l->pksm, row->pksm);
		print_figure(&l->ksm, row->ksm);
		printf("  %-7s  %s", row->unit, row->meaning);
		live_newline();
	}
}

static const char *run_state(uint64_t run)
{
	static const char *const state[] = { "stopped", "merging", "parting" };

	return run < sizeof(state) / sizeof(state[0]) ? state[run] : "?";
}

static void print_head(const struct look *l)
{
	printf("%-15s %13s %13s  %-7s  %.3f s after boot", "", "pksm", "ksm", "unit",
	       (double)l->ns / 1e9);
	live_newline();
	printf("%-15s %13s %13s", "run", run_state(l->pksm.run), run_state(l->ksm.run));
	live_newline();
}

/* What was absorbed between two looks, a second. */
static void print_rate(const struct look *before, const struct look *l)
{
	double seconds = (double)(l->ns - before->ns) / 1e9;

	printf("%-15s %13.1f %13.1f  %-7s  %s", "merge_rate",
	       (double)(l->pksm.merges - before->pksm.merges) / seconds,
	       (double)(l->ksm.merges - before->ksm.merges) / seconds, "pages/s",
	       before->ns ? "since the last look" : "since boot");
	live_newline();
}

/* PKSM's counted as Linux counts KSM's: what is saved less what is kept for it. */
static void print_profit(const struct look *l)
{
	int64_t saved = (int64_t)(l->pksm.pages_sharing + l->pksm.zero_pages) * 4096;

	printf("%-15s %13" PRId64 " %13" PRId64 "  %-7s  %s", "general_profit",
	       saved - (int64_t)l->pksm.meta_bytes, l->ksm.general_profit, "bytes",
	       "saved, less nodes and items");
	live_newline();
}

/* Details as far as a window has lines for them: two are the head's, and one the cursor's. */
static void print_look(const struct look *before, const struct look *l)
{
	size_t n = sizeof(details) / sizeof(details[0]), used = NR_ROWS + 5;
	size_t lines = live_window().ws_row;

	print_head(l);
	print_rows(rows, NR_ROWS, l);
	print_rate(before, l);
	print_profit(l);
	if (live.screen && n + used > lines)
		n = lines > used ? lines - used : 0;
	print_rows(details, n, l);
}

int main(int argc, char **argv)
{
	struct look before = { 0 }, now;
	int option;

	while ((option = getopt(argc, argv, "w")) != -1)
		if (option == '?' || !live_option(argc, argv))
			errx(2, "usage: ksmstat [-w [SECONDS]]");
	if (optind < argc)
		errx(2, "usage: ksmstat [-w [SECONDS]]");
	now = look();
	live_begin();
	for (;;) {
		live_home();
		print_look(&before, &now);
		if (!live_next())
			break;
		before = now;
		now = look();
	}
	live_end();
	return 0;
}
