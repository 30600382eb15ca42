/* SPDX-License-Identifier: MIT */
/* mm_check(): every invariant of mm/ restated as code. */
#pragma once

/*
 * Reserves the memory mm_check() counts in, and in debug builds hooks mm_check_tick() in; at boot.
 */
void mm_check_init(void);
/*
 * Stops the other CPUs and re-derives counts, reverse maps, trees and lists
 * from the page tables.  Returns the number of violations, each printed to the
 * log in one sentence; -EBUSY if an address space stayed under change.  Sleeps; no lock held.
 */
int mm_check(void);
/*
 * Called after each fault in a debug build; runs mm_check() after every n-th (knob, 0 off), unless
 * the caller holds a sleeping lock.  Panics if there is a violation.
 */
void mm_check_tick(void);
