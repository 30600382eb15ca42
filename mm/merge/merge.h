/* SPDX-License-Identifier: MIT */
/* Same-page merging: what the rest of the kernel sees.  Theory: merge.c. */
#pragma once

#include <abi/kernel.h>
#include "mm/merge/engine/engine.h"

struct mm_struct;
struct page;

/*
 * Registers with the fault, free and rmap code and starts pksmd and ksmd.  Boot parameter
 * scanner=pksm|ksm|none.
 */
void merge_init(void);
/*
 * Sets a knob; -EINVAL out of range, -EBUSY while merged pages forbid it, nothing changed;
 * run=2 parts all: -ENOMEM if frames are short, -EINTR if the caller is to die.
 */
int merge_set_knob(enum knob knob, u64 value);
/* The knob's value, or -EINVAL. */
s64 merge_get_knob(enum knob knob);
/* Fills in the counters. */
void merge_stat(struct kstat_pksm *st);
/* The same for KSM. */
void merge_stat_ksm(struct kstat_ksm *st);
/* What merging has made of one process. */
void merge_stat_mm(struct mm_struct *mm, struct kstat_proc *st);
/* Empties del list and stale nodes now (tests: nothing pending). */
void merge_drain(void);
/* Wakes the scanner now; returns full scans so far. */
u64 merge_scan_now(void);
/* Key of a merged page's node in the stable tree.  The caller holds the page lock. */
u64 merge_key(const struct page *page);
/* Asserts the merge invariants with the world stopped; violations printed and counted. */
int merge_check(void);
