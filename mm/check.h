/* SPDX-License-Identifier: MIT */
/* mm_check(): every invariant of mm/ restated as code. */
#pragma once

/*
 * Stops the other CPUs and re-derives counts, reverse maps, trees and lists
 * from the page tables.  Returns the number of violations, each printed to the
 * log in one sentence.  Sleeps; no lock held.
 */
int mm_check(void);
/* Called after each fault in a debug build; runs mm_check() after every n-th (knob, 0 off). */
void mm_check_tick(void);
