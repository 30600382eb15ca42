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
 * One scanner at a time: run=1 of the other parts everything that was merged (as
 * run=2 would), makes this one forget its lists, and only then hands over, so the
 * trees never hold both kinds of key.  If there are not frames enough to part, the
 * answer is -ENOMEM and nothing is handed over.  While it is, the other CPUs stand
 * still: a page that a fault has mapped but not reported yet would be adopted and
 * reported, or neither.
 *
 * Locks: scanner mutex, then as the called file says.
 *
 * Invariants
 *  1. A knob out of range gives -EINVAL and changes nothing.
 *  2. Order, hash mask and max_page_sharing change only while no stable node exists
 *     (the tree was made under them): -EBUSY otherwise.
 *  3. page_born is null or the working scanner's; it changes, and lists are forgotten
 *     and adopted, while the machine is stopped.
 *
 * Rejected: a lock for each tree (a merge touches both, and pages' locks too;
 * nobody waits for the scanner but those who ask for its counters).
 *
 * Deliberately missing: KSM's advisor (scan time as a goal), memory nodes.
 *
 * Further reading: pksm.c for what happens in a wake-up.
 */
#include <abi/errno.h>

#include "kernel/core/event.h"
#include "kernel/core/log.h"
#include "kernel/core/param.h"
#include "kernel/core/time.h"
#include "kernel/lib/format.h"
#include "kernel/lib/string.h"
#include "mm/merge/ksm/ksm.h"

struct rwsem scanner_mutex;
struct merge_counters merge_counters;
const struct merge_scanner *scanner;

static const struct merge_scanner *const scanners[] = { &pksm_scanner, &ksm_scanner };

u64 merge_knobs[NR_KNOBS];

/* What a knob starts as and may be, and whether it may not change while merged pages exist. */
/* clang-format off */
static const struct {
	u64 start, min, max;
	bool frozen;
} knobs[NR_KNOBS] = {
	[KNOB_PKSM_RUN]                   = { 0,           0,          2 },
	[KNOB_PKSM_PAGES_TO_SCAN]         = { 100,         1,          1 << 20 },
	[KNOB_PKSM_SLEEP_MILLISECS]       = { 20,          0,          60000 },
	[KNOB_PKSM_PERIOD_SECONDS]        = { 10,          1,          3600 },
	[KNOB_PKSM_N]                     = { 3,           0,          255 },
	[KNOB_PKSM_MAX_CPU_PERCENT]       = { 50,          1,          100 },
	[KNOB_PKSM_VOLATILE_FILTER]       = { 1,           0,          1 },
	[KNOB_PKSM_ORDER]                 = { ORDER_HASH,  ORDER_HASH, ORDER_BYTES, true },
	[KNOB_PKSM_MAX_PAGE_SHARING]      = { 1UL << 20,   2,          1UL << 20, true },
	[KNOB_KSM_RUN]                    = { 0,           0,          2 },
	[KNOB_KSM_PAGES_TO_SCAN]          = { 100,         0,          UINT32_MAX },
	[KNOB_KSM_SLEEP_MILLISECS]        = { 20,          0,          UINT32_MAX },
	[KNOB_KSM_USE_ZERO_PAGES]         = { 0,           0,          1 },
	[KNOB_KSM_MAX_PAGE_SHARING]       = { 256,         2,          1UL << 30, true },
	[KNOB_KSM_SMART_SCAN]             = { 1,           0,          1 },
	[KNOB_KSM_ORDER]                  = { ORDER_BYTES, ORDER_HASH, ORDER_BYTES, true },
	[KNOB_KSM_VOLATILE_FILTER]        = { 0,           0,          1 },
	[KNOB_KSM_CHAINS_PRUNE_MILLISECS] = { 2000,        0,          UINT32_MAX },
	[KNOB_KSM_MERGE_ACROSS_NODES]     = { 1,           1,          1 },
	[KNOB_KSM_ADVISOR_MODE]           = { 0,           0,          0 },
	[KNOB_HASH_MASK_BITS]             = { 64,          1,          64, true },
	[KNOB_CHECK_EVERY]                = { 0,           0,          ~0UL >> 1 },
};
/* clang-format on */

static struct wait_queue scanner_wait;
static u64 scanner_kicks; /* (a) how often the scanners were asked to scan now */

/*
 * Called before mapping is cleared.  A merged page leaves its node behind, which the
 * scanner frees later.  Another page may stand in PKSM's lists even if KSM is at work
 * by now: its state knows.
 */
static void page_dying(struct page *page)
{
	if (PageKsm(page))
		atomic64_inc(&merge_counters.stale);
	else
		pksm_del_anon_page(page);
}

static void page_parted(struct page *page)
{
	(void)page;
	atomic64_inc(&merge_counters.broken);
}

static bool should_run(const struct merge_scanner *s)
{
	return READ_ONCE(scanner) == s && READ_ONCE(merge_knobs[s->run]) == 1 &&
	       (!s->has_work || s->has_work());
}

/* One wake-up; returns how long it took. */
static u64 scan_once(const struct merge_scanner *s)
{
	u64 start = now_ns(), took;

	MUTEX_GUARD(&scanner_mutex);
	if (should_run(s))
		s->scan();
	took = now_ns() - start;
	s->work->scan_ns += took;
	return took;
}

/*
 * ksmd or pksmd.  Each counts the kicks by itself: a flag would be taken away by the
 * thread of the scanner that is not at work.  With no pause and nothing to do the
 * loop never sleeps, so it must offer the CPU by itself.
 */
static void scan_thread(void *arg)
{
	const struct merge_scanner *s = arg;

	for (;;) {
		u64 took, kicks;

		wait_event(&scanner_wait, should_run(s));
		kicks = READ_ONCE(scanner_kicks);
		took = scan_once(s);
		EVENT(scan_idle, s->work->scanned);
		cond_resched();
		wait_event_timeout(&scanner_wait, READ_ONCE(scanner_kicks) != kicks,
				   s->pause_ns(took));
	}
}

static void scanner_kick(void)
{
	__atomic_fetch_add(&scanner_kicks, 1, __ATOMIC_SEQ_CST);
	wake_up_all(&scanner_wait);
}

void scanner_wake(void)
{
	wake_up_all(&scanner_wait);
}

/*
 * The machine is stopped: nobody is in the middle of a birth or a death, so each page
 * that lives is either reported to a scanner or found by it, and none twice.
 */
static void hand_over(void *arg)
{
	const struct merge_scanner *to = arg;

	if (scanner && scanner->stop)
		scanner->stop();
	merge_hooks.page_born = to ? to->page_born : NULL;
	if (to && to->start)
		to->start();
	scanner = to;
}

int switch_scanner(const struct merge_scanner *to)
{
	int err;

	ASSERT(mutex_is_held(&scanner_mutex));
	if (scanner == to)
		return 0;
	if (scanner) {
		scanner->reset();
		err = unmerge_all();
		if (err)
			return err;
		merge_knobs[scanner->run] = 0;
	}
	stop_machine(hand_over, (void *)to);
	return 0;
}

/* run=2 stops the scanner first: it would merge what has just been parted. */
static int set_run(const struct merge_scanner *s, u64 value)
{
	int err = 0;

	if (value == merge_knobs[s->run])
		return 0;
	if (value == 1)
		err = switch_scanner(s);
	if (err)
		return err;
	WRITE_ONCE(merge_knobs[s->run], value);
	if (value != 2 || scanner != s)
		return 0;
	s->reset();
	err = unmerge_all();
	if (err)
		WRITE_ONCE(merge_knobs[s->run], 0); /* some are merged still */
	return err;
}

/* From the command line; no page exists yet. */
static void start_scanner(const char *name)
{
	MUTEX_GUARD(&scanner_mutex);
	for (u32 i = 0; i < ARRAY_SIZE(scanners); i++) {
		if (strcmp(name, scanners[i]->name))
			continue;
		set_run(scanners[i], 1);
		return;
	}
	if (strcmp(name, "none"))
		pr_warn("scanner=%s is not known (pksm, ksm, none): none", name);
}

static void set_hooks(void)
{
	page_hooks.dying = page_dying;
	merge_hooks.unmerge = break_ksm_range;
	merge_hooks.parted = page_parted;
	merge_hooks.rmap_walk = rmap_walk_ksm;
	merge_hooks.mm_enter = __ksm_enter;
	merge_hooks.mm_exit = __ksm_exit;
}

/* pksmd and ksmd. */
static void start_threads(void)
{
	for (u32 i = 0; i < ARRAY_SIZE(scanners); i++) {
		char name[16];

		scnprintf(name, sizeof(name), "%sd", scanners[i]->name);
		kthread_run(name, scan_thread, (void *)scanners[i], SCHED_BATCH);
	}
}

void merge_init(void)
{
	char name[16] = "pksm";

	for (u32 i = 0; i < NR_KNOBS; i++)
		merge_knobs[i] = knobs[i].start;
	mutex_init(&scanner_mutex, LOCK_SCANNER);
	wait_queue_init(&scanner_wait);
	stable_init();
	pksm_init();
	ksm_scan_init();
	set_hooks();
	param_get("scanner", name, sizeof(name));
	start_scanner(name);
	start_threads();
}

/* Keys and chains are made under these: they may change only while no merged page exists. */
static int set_frozen(enum knob knob, u64 value)
{
	if (value == merge_knobs[knob])
		return 0;
	stable_drop_stale();
	if (!list_empty(&stable_nodes))
		return -EBUSY;
	if (scanner)
		scanner->reset();
	merge_knobs[knob] = value;
	return 0;
}

static int set_locked(enum knob knob, u64 value)
{
	for (u32 i = 0; i < ARRAY_SIZE(scanners); i++)
		if (knob == scanners[i]->run)
			return set_run(scanners[i], value);
	if (knobs[knob].frozen)
		return set_frozen(knob, value);
	merge_knobs[knob] = value;
	return 0;
}

int merge_set_knob(enum knob knob, u64 value)
{
	int err;

	if ((u32)knob >= NR_KNOBS || value < knobs[knob].min || value > knobs[knob].max)
		return -EINVAL;
	mutex_lock(&scanner_mutex);
	err = set_locked(knob, value);
	mutex_unlock(&scanner_mutex);
	scanner_kick(); /* it may be sleeping for as long as the knob said before */
	return err;
}

s64 merge_get_knob(enum knob knob)
{
	return (u32)knob < NR_KNOBS ? (s64)READ_ONCE(merge_knobs[knob]) : -EINVAL;
}

static u64 meta_bytes(void)
{
	return merge_counters.shared * sizeof(struct stable_node) +
	       merge_counters.records * sizeof(struct rmap_record);
}

void merge_stat(struct kstat_pksm *st)
{
	struct merge_counters *c = &merge_counters;
	const struct merge_work *work = pksm_scanner.work;

	MUTEX_GUARD(&scanner_mutex);
	stable_drop_stale();
	*st = (struct kstat_pksm){
		.run = MERGE_KNOB(PKSM_RUN),
		.pages_shared = c->shared,
		.pages_sharing = c->records - MIN(c->records, c->shared),
		.ptes_moved = work->ptes_moved,
		.zero_pages = (u64)atomic64_read(&nr_zero_merged),
		.pages_unshared = c->unstable,
		.pages_scanned = work->scanned,
		.pages_rechecked = work->rechecked,
		.full_scans = work->full_scans,
		.cow_broken = (u64)atomic64_read(&c->broken),
		.merges = work->merges,
		.demotions = work->demotions,
		.hash_collisions = work->collisions,
		.stale_nodes = (u64)MAX(atomic64_read(&c->stale), 0),
		.bytes_hashed = work->bytes_hashed,
		.bytes_compared = work->bytes_compared,
		.meta_bytes = meta_bytes(),
		.scan_ns = work->scan_ns,
	};
	pksm_lengths(st);
}

void merge_stat_ksm(struct kstat_ksm *st)
{
	struct merge_counters *c = &merge_counters;
	const struct merge_work *work = ksm_scanner.work;

	MUTEX_GUARD(&scanner_mutex);
	*st = (struct kstat_ksm){
		.run = MERGE_KNOB(KSM_RUN),
		.pages_scanned = work->scanned,
		.full_scans = work->full_scans,
		.zero_pages = (u64)atomic64_read(&nr_zero_merged),
		.stable_node_chains = c->chains,
		.stable_node_dups = c->dups,
		.merges = work->merges,
		.demotions = work->demotions,
		.cow_broken = (u64)atomic64_read(&c->broken),
		.hash_collisions = work->collisions,
		.bytes_hashed = work->bytes_hashed,
		.bytes_compared = work->bytes_compared,
		.scan_ns = work->scan_ns,
	};
	ksm_counts(st);
	st->general_profit = (s64)((st->pages_sharing + st->zero_pages) << PAGE_SHIFT) -
			     (s64)(st->rmap_items * sizeof(struct rmap_item));
	st->meta_bytes = meta_bytes() + st->rmap_items * sizeof(struct rmap_item);
}

void merge_drain(void)
{
	MUTEX_GUARD(&scanner_mutex);
	if (scanner && scanner->drain)
		scanner->drain();
	stable_drop_stale();
	for (int round = 0; round < 2; round++) /* the rotation may stand in the middle of a node */
		stable_prune_some(merge_counters.records + 1);
}

u64 merge_scan_now(void)
{
	scanner_kick();
	return scanner ? READ_ONCE(scanner->work->full_scans) : 0;
}

/* What a live node promises; a stale one promises nothing. */
static int node_check(struct stable_node *node)
{
	struct page *page = pfn_to_page(node->pfn);

	if (page->mapping != ((u64)node | PAGE_MAPPING_KSM))
		return 0;
	return INVARIANT(!page_mapped(page) || !RB_EMPTY_ROOT(&node->records),
			 "merged frame %lu is mapped but has no record", node->pfn) +
	       INVARIANT(!PageAnonExclusive(page) && (node->in_tree || !list_empty(&node->dups)) &&
				 !page->scan.state,
			 "merged frame %lu: exclusive %d, in tree %d, scanner state %u", node->pfn,
			 PageAnonExclusive(page), node->in_tree, page->scan.state);
}

/* What the counters should be. */
struct node_counts {
	u64 nodes, live, records, chains, dups;
};

static void count_node(struct stable_node *node, struct node_counts *n)
{
	bool in_ring = !list_empty(&node->dups);

	n->nodes++;
	n->live += page_stable_node(pfn_to_page(node->pfn)) == node;
	n->records += node->nr_records;
	n->chains += in_ring && node->in_tree;
	n->dups += in_ring;
}

/* Each frame that says it is merged is a node's, and each node in a ring or the tree is counted. */
static int counts_check(const struct node_counts *n)
{
	struct merge_counters *c = &merge_counters;
	u64 merged = 0;

	for (u64 pfn = 0; pfn < max_pfn; pfn++)
		merged += PageKsm(pfn_to_page(pfn));
	return INVARIANT(
		n->nodes == c->shared && n->records == c->records && n->chains == c->chains &&
			n->dups == c->dups && n->live == merged,
		"merge counters: %lu nodes (%lu counted), %lu records (%lu), %lu chains (%lu), %lu dups (%lu); %lu frames say they are merged, %lu nodes have theirs",
		n->nodes, c->shared, n->records, c->records, n->chains, c->chains, n->dups, c->dups,
		merged, n->live);
}

int merge_check(void)
{
	struct node_counts n = { 0 };
	struct stable_node *node;
	int bad = tree_check();

	list_for_each_entry(node, &stable_nodes, all) {
		bad += node_check(node);
		count_node(node, &n);
	}
	return bad + counts_check(&n) + pksm_check() +
	       (scanner && scanner->check ? scanner->check() : 0);
}
