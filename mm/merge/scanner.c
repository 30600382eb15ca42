/* SPDX-License-Identifier: MIT */
/*
 * The scanner's thread, and the switch from one scanner to another.
 *
 * THEORY
 *
 * The engine joins and parts pages; a scanner (struct merge_scanner) decides which page to
 * try next.  This file is what all scanners share, and it knows none of them by name: a
 * thread each, which wakes, lets the scanner do one wake-up's work, and sleeps; and the
 * change of the one that is at work.
 *
 *      fault  --page_born--> scanner's lists --scan--> engine
 *      free   --page_died--> scanner's lists, or (a merged page) the count of stale nodes
 *
 * One mutex for everything.  The trees, the nodes, the scanners' lists and the knobs belong
 * to whoever holds the scanner mutex: pksmd or ksmd while it scans, a system call while it
 * reads counters or changes a knob, mm_check() while the world stands still.  So at most one
 * merge is under way, and a knob never changes under it.  It is the outermost lock of all.
 *
 * Worked example.  PKSM with sleep_millisecs = 20, max_cpu_percent = 50.  A wake-up that took
 * 3 ms is followed by 20 ms of sleep; one that took 40 ms (a long list) by 40 ms: pause_ns()
 * says the larger of the two, so that the share of one CPU stays below 50 %.
 *
 * run: 0 stops scanning (births and deaths are noted all the same, so nothing is missed
 * later); 1 scans; 2 parts everything, synchronously, then stands still.  Without a scanner
 * at work nothing is noted until the first run=1.
 *
 * One scanner at a time: run=1 of another parts everything that was merged (as run=2 would),
 * makes this one forget its lists, and only then hands over, so the trees never hold both
 * kinds of key.  If there are not frames enough to part, the answer is -ENOMEM and nothing is
 * handed over.  While it is, the other CPUs stand still: a page that a fault has mapped but
 * not reported yet would be adopted and reported, or neither.
 *
 * Deaths are reported to the last scanner that asked for them, though it may not be at work
 * any more.  It has forgotten every page then, so it has nothing to do; but if it had not,
 * a frame would go on to serve somebody else while it stands in a list.
 *
 * Locks: scanner mutex, then as the called file says.
 *
 * Invariants
 *  1. page_born is null or the working scanner's; it changes, engine_client changes, and
 *     lists are forgotten and adopted, while the machine is stopped.
 *  2. When a scanner stops or starts there is neither node nor candidate.
 *
 * Rejected: a lock for each tree (a merge touches both, and pages' locks too; nobody waits
 * for the scanner but those who ask for its counters).
 *
 * Deliberately missing: two scanners at work together.
 *
 * Further reading: pksm/pksm.c for what happens in a wake-up.
 */
#include "mm/merge/scanner.h"

#include "kernel/core/event.h"
#include "kernel/core/log.h"
#include "kernel/core/time.h"
#include "kernel/lib/format.h"
#include "mm/merge/engine/part.h"
#include "mm/space/hooks.h"

const struct merge_scanner *scanner;

static void (*page_died)(struct page *page); /* (s) of the last scanner that asked for it */
static struct wait_queue scanner_wait;
static u64 scanner_kicks; /* (a) how often the scanners were asked to scan now */

void scanner_init(void)
{
	wait_queue_init(&scanner_wait);
}

/* Called before mapping is cleared.  A merged page leaves its node behind, which is freed later. */
void scanner_page_dying(struct page *page)
{
	void (*died)(struct page * page) = READ_ONCE(page_died);

	if (PageKsm(page))
		atomic64_inc(&merge_counters.stale);
	else if (died)
		died(page);
}

/* --- the thread ------------------------------------------------------------------------------- */

static bool should_run(const struct merge_scanner *s)
{
	if (READ_ONCE(scanner) != s || READ_ONCE(*s->run) != 1)
		return false;
	return !s->has_work || s->has_work();
}

/* One wake-up; returns how long it took. */
static u64 scan_once(const struct merge_scanner *s)
{
	u64 start = now_ns(), took;

	MUTEX_GUARD(&scanner_mutex);
	if (should_run(s))
		s->scan();
	took = now_ns() - start;
	s->engine.work->scan_ns += took;
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
		EVENT(scan_idle, s->engine.work->scanned);
		cond_resched();
		wait_event_timeout(&scanner_wait, READ_ONCE(scanner_kicks) != kicks,
				   s->pause_ns(took));
	}
}

void scanner_start_thread(const struct merge_scanner *s)
{
	char name[16];

	scnprintf(name, sizeof(name), "%sd", s->name);
	kthread_run(name, scan_thread, (void *)s, SCHED_BATCH);
}

void scanner_wake(void)
{
	wake_up_all(&scanner_wait);
}

void scanner_kick(void)
{
	__atomic_fetch_add(&scanner_kicks, 1, __ATOMIC_SEQ_CST);
	wake_up_all(&scanner_wait);
}

/* --- the switch ------------------------------------------------------------------------------- */

/*
 * The machine is stopped: nobody is in the middle of a birth or a death, so each page
 * that lives is either reported to a scanner or found by it, and none twice.
 */
static void scanner_hand_over(void *arg)
{
	const struct merge_scanner *to = arg;

	if (scanner && scanner->stop)
		scanner->stop();
	scanner = to;
	engine_client = to ? &to->engine : NULL;
	merge_hooks.page_born = to ? to->page_born : NULL;
	if (to && to->page_died)
		page_died = to->page_died;
	if (to && to->start)
		to->start();
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
		WRITE_ONCE(*scanner->run, 0);
	}
	stop_machine(scanner_hand_over, (void *)to);
	return 0;
}

/* run=2 stops the scanner first: it would merge what has just been parted. */
int scanner_set_run(const struct merge_scanner *s, u64 value)
{
	int err = 0;

	if (value == *s->run)
		return 0;
	if (value == 1)
		err = switch_scanner(s);
	if (err)
		return err;
	WRITE_ONCE(*s->run, value);
	if (value != 2 || scanner != s)
		return 0;
	s->reset();
	err = unmerge_all();
	if (err)
		WRITE_ONCE(*s->run, 0); /* some are merged still */
	return err;
}
