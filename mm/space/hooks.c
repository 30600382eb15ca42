/* SPDX-License-Identifier: MIT */
/*
 * Hooks: where a lower floor needs a higher one.
 *
 * THEORY
 *
 * A file calls only what stands on its own floor or below it (tools/floors).  But a fault may have
 * to end a process, and the scanner has to hear of a new page, and both live above.  So this floor
 * says what it needs, as a struct of function pointers, and the floor that can do it fills the
 * struct in at boot.  The call goes up; the dependency, like every other, goes down.
 *
 *      kernel/proc   signal_fault ─────┐          mm/merge   pksm_add_new_anon_page ─┐
 *      mm/reclaim    out_of_memory ────┤                     break_ksm_range, ... ───┤
 *      mm/check.c    mm_check_tick ────┤                                             │
 *                                      v                                             v
 *      mm/space      fault_hooks.raise, out_of_memory, done     merge_hooks.page_born, unmerge, ...
 *
 * Worked example.  A child writes to a page that it shares.  wp_page_copy() maps the copy and calls
 * report_birth() under the page-table lock.  If PKSM runs, page_born is pksm_add_new_anon_page(),
 * which puts the page on the list of its CPU; if KSM runs, or none, it is null, and the test of a
 * null pointer is all that the fault has paid.
 *
 * The pointers are set at boot and stay, with one exception: page_born changes with the scanner
 * that runs (mm/merge), while the machine is stopped, so that no fault stands between reading it
 * and the call.
 *
 * Rejected: a list of callbacks for each event (the call would not tell what it calls, and there is
 * one user of each); weak symbols (the linker would choose, not the boot).
 *
 * Further reading: the mmu notifiers of Linux, for the same idea with many users.
 */
#include "mm/space/hooks.h"

struct fault_hooks fault_hooks;
struct merge_hooks merge_hooks;
