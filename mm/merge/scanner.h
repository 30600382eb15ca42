/* SPDX-License-Identifier: MIT */
/*
 * What a scanner is, its thread, and the switch from one to another.  Theory: scanner.c.
 *
 * Legend: (s) scanner mutex, written with the machine stopped; (c) constant.
 */
#pragma once

#include <abi/kernel.h>
#include "mm/merge/engine/engine.h"
#include "mm/space/mm.h"

/* What became of a page that a scanner has tried. */
enum page_fate {
	FATE_MERGED,	/* absorbed, or a merged page itself now */
	FATE_CANDIDATE, /* it stands in the unstable tree */
	FATE_AGAIN, /* an equal one was met, but it did not come to a merge: to be tried later */
	FATE_ALONE, /* no equal one where it was looked for */
};

/*
 * A scanner decides which page to try next.  sweep_test.c has the smallest one, with
 * explanations.  What may be null is marked so.
 */
struct merge_scanner {
	const char *name;	     /* its thread has the same, with a d */
	u64 *run;		     /* (s) its knob: 0 it rests, 1 it scans, 2 all is parted */
	struct engine_client engine; /* what it tells the engine */

	/* --- what it is told; only while it is at work, if nothing else is said --- */

	/* A new anonymous page is mapped.  Page-table lock held; never allocates.  May be null. */
	void (*page_born)(struct page *page);
	/*
	 * The last reference to a page that is not merged has gone.  Any context; its frame is free
	 * as soon as this returns.  Also while another is at work that does not ask for it: a page
	 * that this one has listed still leaves by itself.  May be null.
	 */
	void (*page_died)(struct page *page);
	/*
	 * An address space has areas to be merged from now on, or again; at work or not.  Only one
	 * scanner may ask for it: mm->merge_private is its.  mmap_lock(w) held, or nobody else has
	 * mm yet.  -ENOMEM.  May be null.
	 */
	int (*mm_enter)(struct mm_struct *mm);
	/*
	 * The last user of an address space has gone, its areas are there; at work or not.  No lock
	 * held.  May be null.
	 */
	void (*mm_leave)(struct mm_struct *mm);

	/* --- its work; scanner mutex held but in pause_ns and has_work --- */

	/* Starts: from now on it is told of births.  The machine is stopped.  May be null. */
	void (*start)(void);
	/*
	 * Stops for another scanner and forgets every page; nothing is merged any more.  The
	 * machine is stopped.  May be null.
	 */
	void (*stop)(void);
	/*
	 * Whether there is anything to scan; if not its thread sleeps until scanner_wake().  No
	 * lock held.  May be null.
	 */
	bool (*has_work)(void);
	/* One wake-up's work. */
	void (*scan)(void);
	/* How long to sleep after a wake-up that took so many nanoseconds. */
	u64 (*pause_ns)(u64 took);
	/* Forgets what has died now.  May be null. */
	void (*drain)(void);
	/* Takes everything out of the unstable tree, to be tried again. */
	void (*reset)(void);

	/* --- what it says of itself --- */

	/*
	 * Fills in the figures that only it knows: *st is its structure of <abi/kernel.h>.  Scanner
	 * mutex held.  May be null.
	 */
	void (*stat)(void *st);
	/* The same for one process.  No lock held.  May be null. */
	void (*stat_mm)(struct mm_struct *mm, struct kstat_proc *st);
	/* Checks what it keeps, at work or not, with the world stopped.  May be null. */
	void (*check)(int *bad);
};

extern const struct merge_scanner *scanner; /* (s) the one at work, or null */

/* Once, at boot. */
void scanner_init(void);
/* Starts the thread of a scanner; it sleeps until the scanner is at work. */
void scanner_start_thread(const struct merge_scanner *s);
/*
 * Another scanner takes over (null: none), to work as its run knob says; what the old one
 * merged is parted first, its run is 0.  -ENOMEM: it could not be, and nothing has changed.
 * Scanner mutex held.
 */
int switch_scanner(const struct merge_scanner *to);
/*
 * Sets a scanner's run knob and does what it says.  -ENOMEM: what was merged could not be
 * parted.  Scanner mutex held.
 */
int scanner_set_run(const struct merge_scanner *s, u64 value);
/* A scanner that had nothing to do has work now.  Any context. */
void scanner_wake(void);
/* Ends the pause of the scanner at work. */
void scanner_kick(void);
/* Hook: the last reference to a user's page has gone, its mapping is there still.  Any context. */
void scanner_page_dying(struct page *page);
