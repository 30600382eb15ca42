/* SPDX-License-Identifier: MIT */
/* kctl: one case for each operation of <abi/kernel.h>. */
#include "kernel/proc/kctl.h"
#include "kernel/core/event.h"
#include "kernel/proc/process.h"
#include "kernel/proc/traps.h"
#include "mm/check.h"
#include "mm/frame/kmap.h"
#include "mm/frame/slab.h"
#include "mm/merge/merge.h"

/*
 * Finishes what is pending anywhere, so that free frames and live objects can
 * be counted: dead threads, the scanner's dead pages, magazines, stacks kept,
 * per-CPU lists, in that order since each hands on to the next.
 */
static s64 drain(void)
{
	process_quiesce();
	merge_drain();
	kmem_cache_shrink_all();
	kmap_drain();
	drain_all_pages();
	return 0;
}

static s64 event_op(int op, u64 a, u64 b)
{
	if (a >= NR_EVENTS)
		return -EINVAL;
	switch (op) {
	case KCTL_EVENT_HOLD:
		return b < PID_MAX ? event_hold(a, b) : -EINVAL;
	case KCTL_EVENT_HELD:
		return event_is_held(a);
	case KCTL_EVENT_RELEASE:
		event_release(a);
		return 0;
	case KCTL_EVENT_TRACE:
		if (b > 1)
			return -EINVAL;
		event_trace(a, b);
		return 0;
	case KCTL_FAIL_EVENT:
		fail_event(a, b);
		return 0;
	default: /* KCTL_EVENT_COUNT */
		return event_count(a);
	}
}

static s64 set_knob(u64 knob, u64 value)
{
	return knob < NR_KNOBS ? merge_set_knob(knob, value) : -EINVAL;
}

s64 kctl(int op, u64 a, u64 b)
{
	switch (op) {
	case KCTL_MM_CHECK:
		return mm_check();
	case KCTL_SET_KNOB:
		return set_knob(a, b);
	case KCTL_GET_KNOB:
		return a < NR_KNOBS ? merge_get_knob(a) : -EINVAL;
	case KCTL_DRAIN:
		return drain();
	case KCTL_EVENT_HOLD:
	case KCTL_EVENT_HELD:
	case KCTL_EVENT_RELEASE:
	case KCTL_EVENT_TRACE:
	case KCTL_FAIL_EVENT:
	case KCTL_EVENT_COUNT:
		return event_op(op, a, b);
	case KCTL_FAIL_NTH:
		fail_nth(a);
		return 0;
	case KCTL_SCAN_NOW:
		return merge_scan_now();
	case KCTL_KSTACK_OVERFLOW:
		return overflow_kernel_stack();
	default:
		return -EINVAL;
	}
}
