/* SPDX-License-Identifier: MIT */
/*
 * Same-page merging as the rest of the kernel sees it: knobs, hooks, figures.
 *
 * THEORY
 *
 * This is the only file that knows which scanners there are.  It stands on top of all others
 * and ties them to what lies around:
 *
 *      fault, free, fork, madvise, rmap  --hooks-->  scanner.c, engine, each scanner
 *      /sys/kernel/mm/{pksm,ksm}         --knobs-->  u64 in each scanner's struct of knobs
 *      kstat                             <--figures- engine's counters + the scanner's own
 *      mm_check()                        --checks->  trees, nodes, each scanner's lists
 *
 * A knob is a number of <abi/kernel.h>; the table says where its value lives, what it starts
 * as, and which values it may have.  Whoever uses a knob reads its own variable and has not
 * heard of the number.
 *
 * Worked example.  "1" is written to ksm/run while PKSM is at work.  merge_set_knob() looks
 * at KNOB_KSM_RUN: 1 is within 0 to 2.  Under the mutex it finds that the value is some
 * scanner's run, and scanner_set_run() switches (scanner.c).  The pause of the thread is
 * ended, since it may be sleeping for as long as another knob said before.
 *
 * A hook may be for one scanner or for all: births go to the one at work, set by the switch;
 * an address space that enters or leaves is told to each that asks, as areas are marked long
 * before somebody writes 1 to run.
 *
 * Locks: scanner mutex, then as the called file says.
 *
 * Invariants
 *  1. A knob out of range gives -EINVAL and changes nothing.
 *  2. Order, hash mask and max_page_sharing change only while no stable node exists
 *     (the tree was made under them): -EBUSY otherwise.
 *
 * Rejected: one array of values for all knobs (then each scanner depends on the numbers that
 * the system calls use, and a third one must borrow another's).
 *
 * Deliberately missing: KSM's advisor (scan time as a goal), memory nodes.
 *
 * Further reading: the sysfs server (user/servers/sysfs) for names and formats.
 */
#include "mm/merge/merge.h"

#include <abi/errno.h>

#include "kernel/core/log.h"
#include "kernel/core/param.h"
#include "kernel/lib/string.h"
#include "mm/frame/violation.h"
#include "mm/merge/engine/part.h"
#include "mm/merge/engine/prune.h"
#include "mm/merge/engine/unstable.h"
#include "mm/merge/ksm/ksm.h"
#include "mm/merge/pksm/pksm.h"
#include "mm/merge/scanner.h"
#include "mm/rmap/rmap.h"
#include "mm/space/hooks.h"

static const struct merge_scanner *const scanners[] = { &pksm_scanner, &ksm_scanner };

/* --- knobs ------------------------------------------------------------------------------------ */

static u64 check_every;	 /* faults between two mm_check(); 0: never */
static u64 one_node = 1; /* merge_across_nodes: there is one */
static u64 advisor_mode; /* none */

/*
 * Where a knob's value lives, what it starts as, which values it may have, and whether it is
 * frozen while merged pages exist.
 */
static const struct {
	u64 *value;
	u64 start, min, max;
	bool frozen;
} knobs[NR_KNOBS] = {
	[KNOB_PKSM_RUN] = { &pksm_knobs.run, 0, 0, 2 },
	[KNOB_PKSM_PAGES_TO_SCAN] = { &pksm_knobs.pages_to_scan, 100, 1, 1 << 20 },
	[KNOB_PKSM_SLEEP_MILLISECS] = { &pksm_knobs.sleep_millisecs, 20, 0, 60000 },
	[KNOB_PKSM_PERIOD_SECONDS] = { &pksm_knobs.period_seconds, 10, 1, 3600 },
	[KNOB_PKSM_N] = { &pksm_knobs.n, 3, 0, 255 },
	[KNOB_PKSM_MAX_CPU_PERCENT] = { &pksm_knobs.max_cpu_percent, 50, 1, 100 },
	[KNOB_PKSM_VOLATILE_FILTER] = { &pksm_knobs.volatile_filter, 1, 0, 1 },
	[KNOB_PKSM_ORDER] = { &pksm_knobs.order, ORDER_HASH, ORDER_HASH, ORDER_BYTES, true },
	[KNOB_PKSM_MAX_PAGE_SHARING] = { &pksm_knobs.max_page_sharing, 1UL << 20, 2, 1UL << 20,
					 true },
	[KNOB_KSM_RUN] = { &ksm_knobs.run, 0, 0, 2 },
	[KNOB_KSM_PAGES_TO_SCAN] = { &ksm_knobs.pages_to_scan, 100, 0, UINT32_MAX },
	[KNOB_KSM_SLEEP_MILLISECS] = { &ksm_knobs.sleep_millisecs, 20, 0, UINT32_MAX },
	[KNOB_KSM_USE_ZERO_PAGES] = { &ksm_knobs.use_zero_pages, 0, 0, 1 },
	[KNOB_KSM_MAX_PAGE_SHARING] = { &ksm_knobs.max_page_sharing, 256, 2, INT32_MAX, true },
	[KNOB_KSM_SMART_SCAN] = { &ksm_knobs.smart_scan, 1, 0, 1 },
	[KNOB_KSM_ORDER] = { &ksm_knobs.order, ORDER_BYTES, ORDER_HASH, ORDER_BYTES, true },
	[KNOB_KSM_VOLATILE_FILTER] = { &ksm_knobs.volatile_filter, 0, 0, 1 },
	[KNOB_KSM_CHAINS_PRUNE_MILLISECS] = { &ksm_knobs.chains_prune_millisecs, 2000, 0,
					      UINT32_MAX },
	[KNOB_KSM_MERGE_ACROSS_NODES] = { &one_node, 1, 1, 1 },
	[KNOB_KSM_ADVISOR_MODE] = { &advisor_mode, 0, 0, 0 },
	[KNOB_HASH_MASK_BITS] = { &merge_hash_bits, 64, 1, 64, true },
	[KNOB_KSM_CHECKSUM_FIRST] = { &ksm_knobs.checksum_first, 0, 0, 1 },
	[KNOB_CHECK_EVERY] = { &check_every, 0, 0, ~0UL >> 1 },
};

/* Keys and chains are made under these: they may change only while no merged page exists. */
static int set_frozen(enum knob knob, u64 value)
{
	if (value == *knobs[knob].value)
		return 0;
	stable_drop_stale();
	if (!list_empty(&stable_nodes))
		return -EBUSY;
	if (scanner)
		scanner->reset();
	*knobs[knob].value = value;
	return 0;
}

static int set_locked(enum knob knob, u64 value)
{
	for (u32 i = 0; i < ARRAY_SIZE(scanners); i++)
		if (knobs[knob].value == scanners[i]->run)
			return scanner_set_run(scanners[i], value);
	if (knobs[knob].frozen)
		return set_frozen(knob, value);
	WRITE_ONCE(*knobs[knob].value, value);
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
	if ((u32)knob >= NR_KNOBS)
		return -EINVAL;
	return (s64)READ_ONCE(*knobs[knob].value);
}

/* --- hooks ------------------------------------------------------------------------------------ */

static void page_parted(struct page *page)
{
	ASSERT(PageKsm(page));
	atomic64_inc(&merge_counters.broken);
}

static int mm_enter(struct mm_struct *mm)
{
	int err = 0;

	for (u32 i = 0; i < ARRAY_SIZE(scanners) && !err; i++)
		if (scanners[i]->mm_enter)
			err = scanners[i]->mm_enter(mm);
	return err;
}

static void mm_leave(struct mm_struct *mm)
{
	for (u32 i = 0; i < ARRAY_SIZE(scanners); i++)
		if (scanners[i]->mm_leave)
			scanners[i]->mm_leave(mm);
}

static void set_hooks(void)
{
	page_hooks.dying = scanner_page_dying;
	merge_hooks.unmerge = break_ksm_range;
	merge_hooks.parted = page_parted;
	rmap_walk_merged = rmap_walk_ksm;
	merge_hooks.mm_enter = mm_enter;
	merge_hooks.mm_exit = mm_leave;
}

/* From the command line; no page exists yet. */
static void start_scanner(const char *name)
{
	MUTEX_GUARD(&scanner_mutex);
	for (u32 i = 0; i < ARRAY_SIZE(scanners); i++) {
		if (strcmp(name, scanners[i]->name))
			continue;
		scanner_set_run(scanners[i], 1);
		return;
	}
	if (strcmp(name, "none"))
		pr_warn("scanner=%s is not known (pksm, ksm, none): none", name);
}

void merge_init(void)
{
	char name[16] = "pksm";

	for (u32 i = 0; i < NR_KNOBS; i++)
		*knobs[i].value = knobs[i].start;
	engine_init();
	record_init();
	stable_init();
	scanner_init();
	pksm_init();
	ksm_init();
	set_hooks();
	param_get("scanner", name, sizeof(name));
	start_scanner(name);
	for (u32 i = 0; i < ARRAY_SIZE(scanners); i++)
		scanner_start_thread(scanners[i]);
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
	return scanner ? READ_ONCE(scanner->engine.work->full_scans) : 0;
}

/* --- figures ---------------------------------------------------------------------------------- */

static u64 meta_bytes(void)
{
	return merge_counters.shared * sizeof(struct stable_node) +
	       merge_counters.records * sizeof(struct rmap_record);
}

void merge_stat(struct kstat_pksm *st)
{
	struct merge_counters *c = &merge_counters;
	const struct merge_work *work = pksm_scanner.engine.work;

	MUTEX_GUARD(&scanner_mutex);
	stable_drop_stale();
	*st = (struct kstat_pksm){
		.run = *pksm_scanner.run,
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
	pksm_scanner.stat(st);
}

void merge_stat_ksm(struct kstat_ksm *st)
{
	struct merge_counters *c = &merge_counters;
	const struct merge_work *work = ksm_scanner.engine.work;

	MUTEX_GUARD(&scanner_mutex);
	*st = (struct kstat_ksm){
		.run = *ksm_scanner.run,
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
		.meta_bytes = meta_bytes(),
		.scan_ns = work->scan_ns,
	};
	ksm_scanner.stat(st);
}

void merge_stat_mm(struct mm_struct *mm, struct kstat_proc *st)
{
	st->ksm_zero_pages = (u64)atomic64_read(&mm->nr_zero_merged);
	st->ksm_merge_any = READ_ONCE(mm->merge_any);
	for (u32 i = 0; i < ARRAY_SIZE(scanners); i++)
		if (scanners[i]->stat_mm)
			scanners[i]->stat_mm(mm, st);
}

u64 merge_key(const struct page *page)
{
	ASSERT(PageLocked(page) && PageKsm(page));
	return page_stable_node(page)->hash;
}

int merge_check(void)
{
	int bad = 0;

	stable_check(&bad);
	unstable_check(&bad);
	for (u32 i = 0; i < ARRAY_SIZE(scanners); i++)
		if (scanners[i]->check)
			scanners[i]->check(&bad);
	return bad;
}
