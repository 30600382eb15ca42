/* SPDX-License-Identifier: MIT */
/* ksmstat: what the page-merging scanners have done so far. */
#include <inttypes.h>
#include <merganser.h>
#include <stdio.h>

static void row(const char *name, uint64_t value, const char *meaning)
{
	printf("%-16s %10" PRIu64 "  %s\n", name, value, meaning);
}

static void print_pages(const struct kstat_pksm *k)
{
	row("pages_shared", k->pages_shared, "merged frames");
	row("pages_sharing", k->pages_sharing, "frames saved by them");
	row("zero_pages", k->zero_pages, "mappings of the zero page by a merge");
	row("pages_unshared", k->pages_unshared, "candidates in the unstable tree");
	row("cow_broken", k->cow_broken, "merged pages parted again");
	row("merges", k->merges, "pages absorbed");
	row("ptes_moved", k->ptes_moved, "mappings moved to a merged page");
	row("demotions", k->demotions, "first merges undone");
	row("hash_collisions", k->hash_collisions, "equal hash, different bytes");
}

static void print_work(const struct kstat_pksm *k)
{
	row("new_len", k->new_len, "pages on the new lists");
	row("rescan_len", k->rescan_len, "pages on the rescan list");
	row("del_len", k->del_len, "dead pages not yet forgotten");
	row("stale_nodes", k->stale_nodes, "nodes whose page has gone");
	row("pages_scanned", k->pages_scanned, "candidates looked at");
	row("full_scans", k->full_scans, "passes over all that was listed");
	row("bytes_hashed", k->bytes_hashed, "");
	row("bytes_compared", k->bytes_compared, "");
	row("meta_bytes", k->meta_bytes, "nodes and records");
	row("scan_us", k->scan_ns / 1000, "time spent scanning");
}

static void print_ksm(const struct kstat_ksm *k)
{
	row("pages_shared", k->pages_shared, "merged frames");
	row("pages_sharing", k->pages_sharing, "further addresses that share them");
	row("pages_unshared", k->pages_unshared, "candidates");
	row("pages_volatile", k->pages_volatile, "pages that changed too fast");
	row("pages_skipped", k->pages_skipped, "rests by smart_scan");
	row("pages_scanned", k->pages_scanned, "pages looked at");
	row("full_scans", k->full_scans, "rounds of all mergeable areas");
	row("ksm_zero_pages", k->zero_pages, "mappings of the zero page by a merge");
	row("chains", k->stable_node_chains, "contents that need more than one frame");
	row("dups", k->stable_node_dups, "frames of such contents");
	printf("%-16s %10" PRId64 "  %s\n", "general_profit", k->general_profit,
	       "bytes saved, less those of the items");
	row("meta_bytes", k->meta_bytes, "items, nodes and records");
	row("scan_us", k->scan_ns / 1000, "time spent scanning");
}

static const char *run_state(uint64_t run)
{
	static const char *const state[] = { "stopped", "merging", "parting everything" };

	return run < 3 ? state[run] : "?";
}

int main(void)
{
	struct kstat_pksm pksm;
	struct kstat_ksm ksm;

	if (mg_kstat(KSTAT_PKSM, &pksm, sizeof(pksm)) < 0 ||
	    mg_kstat(KSTAT_KSM, &ksm, sizeof(ksm)) < 0) {
		perror("ksmstat");
		return 1;
	}
	printf("pksm is %s\n", run_state(pksm.run));
	print_pages(&pksm);
	print_work(&pksm);
	printf("ksm is %s\n", run_state(ksm.run));
	print_ksm(&ksm);
	return 0;
}
