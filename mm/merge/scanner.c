/* SPDX-License-Identifier: MIT */
/*
 * The scanner thread, its knobs and its counters.
 *
 * THEORY
 *
 * The engine joins and parts pages; a scanner (struct merge_scanner) decides
 * which page to try next.  This file is what both share: one thread, which wakes,
 * lets the scanner do one wake-up's work, and sleeps; the knobs, each with its
 * range; the counters; and the hooks by which the floors below reach the merge
 * floor without knowing it.
 *
 *      fault  --page_born-->  scanner lists  --scan-->  engine  --hooks-->  rmap
 *      free   --dying------>  lists, or stale count
 *
 * One mutex for everything.  The trees, the nodes, the rescan list and the knobs
 * belong to whoever holds the scanner mutex: pksmd while it scans, a system call
 * while it reads counters or changes a knob, mm_check() while the world stands
 * still.  So at most one merge is under way, and a knob never changes under it.
 * It is the outermost lock of all.
 *
 * Worked example.  sleep_millisecs = 20, max_cpu_percent = 50.  A wake-up that
 * took 3 ms is followed by 20 ms of sleep; one that took 40 ms (a long list) by
 * 40 ms: the larger of the two, so that the share of one CPU stays below 50 %.
 *
 * run: 0 stops scanning (births and deaths are noted all the same, so nothing is
 * missed later); 1 scans; 2 parts everything, synchronously, then stands still.
 * With scanner=none nothing is noted until the first run=1, which adopts every
 * anonymous page that exists.
 *
 * Locks: scanner mutex, then as the called file says.
 *
 * Invariants
 *  1. A knob out of range gives -EINVAL and changes nothing.
 *  2. The hash in force changes only while no stable node exists (its keys would
 *     be of another function): -EBUSY otherwise.
 *  3. A hook, once set, stays set.
 *
 * Rejected: a lock for each tree (a merge touches both, and pages' locks too;
 * nobody waits for the scanner but those who ask for its counters).
 *
 * Deliberately missing: KSM, the second scanner, and switching between the two.
 *
 * Further reading: pksm.c for what happens in a wake-up.
 */
#include <abi/errno.h>

#include "kernel/core/event.h"
#include "kernel/core/log.h"
#include "kernel/core/param.h"
#include "kernel/core/time.h"
#include "kernel/lib/string.h"
#include "mm/merge/engine.h"

struct mutex scanner_mutex;
struct merge_counters merge_counters;

struct merge_knobs merge_knobs = { .value = {
					   [KNOB_PKSM_RUN] = 0,
					   [KNOB_PKSM_PAGES_TO_SCAN] = 100,
					   [KNOB_PKSM_SLEEP_MILLISECS] = 20,
					   [KNOB_PKSM_PERIOD_SECONDS] = 10,
					   [KNOB_PKSM_N] = 3,
					   [KNOB_PKSM_MAX_CPU_PERCENT] = 50,
					   [KNOB_PKSM_VOLATILE_FILTER] = 1,
					   [KNOB_HASH_MASK_BITS] = 64,
				   } };

static const struct {
	u64 min, max;
} knob_range[NR_KNOBS] = {
	[KNOB_PKSM_RUN] = { 0, 2 },
	[KNOB_PKSM_PAGES_TO_SCAN] = { 1, 1 << 20 },
	[KNOB_PKSM_SLEEP_MILLISECS] = { 0, 60000 },
	[KNOB_PKSM_PERIOD_SECONDS] = { 1, 3600 },
	[KNOB_PKSM_N] = { 0, 255 },
	[KNOB_PKSM_MAX_CPU_PERCENT] = { 1, 100 },
	[KNOB_PKSM_VOLATILE_FILTER] = { 0, 1 },
	[KNOB_HASH_MASK_BITS] = { 1, 64 },
	[KNOB_CHECK_EVERY] = { 0, ~0UL >> 1 },
};

static struct wait_queue pksmd_wait;
static bool pksmd_kicked;		    /* (a) asked to scan now */
static const struct merge_scanner *scanner; /* (c) once set */

static void page_dying(struct page *page)
{
	if (PageKsm(page))
		stable_page_dying(page);
	else if (scanner)
		scanner->page_dying(page);
}

static void page_parted(struct page *page)
{
	(void)page;
	atomic64_inc(&merge_counters.broken);
}

static bool pksmd_should_run(void)
{
	return READ_ONCE(merge_knobs.value[KNOB_PKSM_RUN]) == 1;
}

/* One wake-up; returns how long it took. */
static u64 pksmd_scan_once(void)
{
	u64 start = now_ns(), took;

	MUTEX_GUARD(&scanner_mutex);
	if (pksmd_should_run())
		scanner->scan();
	took = now_ns() - start;
	merge_counters.scan_ns += took;
	return took;
}

/* The knob's sleep, or longer if the last wake-up took more than its share of a CPU. */
static void pksmd_sleep(u64 took)
{
	u64 percent = MERGE_KNOB(PKSM_MAX_CPU_PERCENT);
	u64 ns = MAX(MERGE_KNOB(PKSM_SLEEP_MILLISECS) * NSEC_PER_MSEC,
		     took * (100 - percent) / percent);

	wait_event_timeout(&pksmd_wait, READ_ONCE(pksmd_kicked), ns);
	WRITE_ONCE(pksmd_kicked, false);
}

static void pksmd(void *unused)
{
	(void)unused;
	for (;;) {
		u64 took;

		wait_event(&pksmd_wait, pksmd_should_run());
		took = pksmd_scan_once();
		EVENT(scan_idle, merge_counters.scanned);
		pksmd_sleep(took);
	}
}

/* From now on births and deaths are noted; what exists already is adopted. */
static void scanner_listen(const struct merge_scanner *s)
{
	if (scanner)
		return;
	WRITE_ONCE(scanner, s);
	WRITE_ONCE(merge_hooks.page_born, s->page_born);
	s->adopt();
}

void merge_init(void)
{
	char name[16] = "pksm";

	mutex_init(&scanner_mutex, LOCK_SCANNER);
	wait_queue_init(&pksmd_wait);
	stable_init();
	pksm_init();
	page_hooks.dying = page_dying;
	merge_hooks.unmerge = break_ksm_range;
	merge_hooks.parted = page_parted;
	merge_hooks.rmap_walk = rmap_walk_ksm;
	param_get("scanner", name, sizeof(name));
	if (!strcmp(name, "pksm")) {
		MUTEX_GUARD(&scanner_mutex);
		scanner_listen(&pksm_scanner);
		merge_knobs.value[KNOB_PKSM_RUN] = 1;
	} else if (strcmp(name, "none")) {
		pr_warn("scanner=%s is not known (pksm, none): none", name);
	}
	kthread_run("pksmd", pksmd, NULL, SCHED_BATCH);
}

/* run=2 stops the scanner first: it would merge what has just been parted. */
static int set_run(u64 value)
{
	if (value == 1)
		scanner_listen(&pksm_scanner);
	WRITE_ONCE(merge_knobs.value[KNOB_PKSM_RUN], value);
	if (value != 2)
		return 0;
	if (scanner)
		scanner->reset();
	return unmerge_all();
}

static int set_hash_bits(u64 value)
{
	if (value == MERGE_KNOB(HASH_MASK_BITS))
		return 0;
	stable_drop_stale();
	if (!list_empty(&stable_nodes))
		return -EBUSY;
	if (scanner)
		scanner->reset();
	merge_knobs.value[KNOB_HASH_MASK_BITS] = value;
	return 0;
}

int merge_set_knob(enum knob knob, u64 value)
{
	int err = 0;

	if ((u32)knob >= NR_KNOBS || value < knob_range[knob].min || value > knob_range[knob].max)
		return -EINVAL;
	mutex_lock(&scanner_mutex);
	if (knob == KNOB_PKSM_RUN)
		err = set_run(value);
	else if (knob == KNOB_HASH_MASK_BITS)
		err = set_hash_bits(value);
	else
		merge_knobs.value[knob] = value;
	mutex_unlock(&scanner_mutex);
	wake_up_all(&pksmd_wait);
	return err;
}

s64 merge_get_knob(enum knob knob)
{
	return (u32)knob < NR_KNOBS ? (s64)READ_ONCE(merge_knobs.value[knob]) : -EINVAL;
}

void merge_stat(struct kstat_pksm *st)
{
	struct merge_counters *c = &merge_counters;

	MUTEX_GUARD(&scanner_mutex);
	stable_drop_stale();
	*st = (struct kstat_pksm){
		.run = MERGE_KNOB(PKSM_RUN),
		.pages_shared = c->shared,
		.pages_sharing = c->records - MIN(c->records, c->shared),
		.ptes_moved = c->ptes_moved,
		.zero_pages = (u64)atomic64_read(&nr_zero_merged),
		.pages_unshared = c->unstable,
		.pages_scanned = c->scanned,
		.full_scans = c->full_scans,
		.cow_broken = (u64)atomic64_read(&c->broken),
		.merges = c->merges,
		.demotions = c->demotions,
		.hash_collisions = c->collisions,
		.stale_nodes = (u64)MAX(atomic64_read(&c->stale), 0),
		.bytes_hashed = c->bytes_hashed,
		.bytes_compared = c->bytes_compared,
		.meta_bytes = c->shared * sizeof(struct stable_node) +
			      c->records * sizeof(struct rmap_record),
		.scan_ns = c->scan_ns,
	};
	pksm_lengths(st);
}

void merge_drain(void)
{
	MUTEX_GUARD(&scanner_mutex);
	if (scanner)
		scanner->drain();
	stable_drop_stale();
	for (int round = 0; round < 2; round++) /* the rotation may stand in the middle of a node */
		stable_prune_some(merge_counters.records + 1);
}

u64 merge_scan_now(void)
{
	WRITE_ONCE(pksmd_kicked, true);
	wake_up_all(&pksmd_wait);
	return READ_ONCE(merge_counters.full_scans);
}

void merge_pause(void)
{
	mutex_lock(&scanner_mutex);
}

void merge_resume(void)
{
	mutex_unlock(&scanner_mutex);
}

/* What a live node promises; a stale one promises nothing. */
static int node_check(struct stable_node *node)
{
	struct page *page = pfn_to_page(node->pfn);

	if (page->mapping != ((u64)node | PAGE_MAPPING_KSM))
		return 0;
	if (page_mapped(page) && RB_EMPTY_ROOT(&node->records)) {
		pr_err("merged frame %lu is mapped but has no record", node->pfn);
		return 1;
	}
	if (PageAnonExclusive(page) || !node->in_tree || page->scan.state) {
		pr_err("merged frame %lu: exclusive %d, in tree %d, scanner state %u", node->pfn,
		       PageAnonExclusive(page), node->in_tree, page->scan.state);
		return 1;
	}
	return 0;
}

int merge_check(void)
{
	struct stable_node *node;
	u64 nodes = 0, records = 0;
	int bad = tree_check();

	list_for_each_entry(node, &stable_nodes, all) {
		bad += node_check(node);
		nodes++;
		records += node->nr_records;
	}
	if (nodes != merge_counters.shared || records != merge_counters.records) {
		pr_err("merge counters: %lu nodes (%lu counted), %lu records (%lu counted)", nodes,
		       merge_counters.shared, records, merge_counters.records);
		bad++;
	}
	return bad + (scanner ? scanner->check() : 0);
}
