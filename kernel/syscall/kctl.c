/* SPDX-License-Identifier: MIT */
/* kctl: one case for each operation of <abi/kernel.h>. */
#include "kernel/core/event.h"
#include "kernel/proc/traps.h"
#include "kernel/syscall/handle.h"
#include "kernel/syscall/syscall.h"
#include "mm/check.h"
#include "mm/frame_ops.h"
#include "mm/frame/kmap.h"
#include "mm/frame/page_alloc.h"
#include "mm/frame/slab.h"
#include "mm/merge/merge.h"
#include "mm/query.h"

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

/* The operations whose argument a is an event. */
static const u32 event_ops = BIT(KCTL_EVENT_HOLD) | BIT(KCTL_EVENT_HELD) | BIT(KCTL_EVENT_RELEASE) |
			     BIT(KCTL_EVENT_TRACE) | BIT(KCTL_FAIL_EVENT) | BIT(KCTL_EVENT_COUNT) |
			     BIT(KCTL_EVENT_DELAY);

/*
 * Does op with its arguments as <abi/kernel.h> says.  After the KCAP: -EINVAL for an
 * op, event or value that is none, and what the function that does it returns.
 */
s64 sys_kctl(int kcap, int op, u64 a, u64 b)
{
	int ret = check_authority(kcap, KCAP_CTL);

	if (ret)
		return ret;
	if (op < 0 || op >= NR_KCTL_OPS)
		return -EINVAL;
	if (event_ops >> op & 1 && a >= NR_EVENTS)
		return -EINVAL;
	switch ((enum kctl_op)op) {
	case KCTL_MM_CHECK:
		return mm_check();
	case KCTL_SET_KNOB:
		return a < NR_KNOBS ? merge_set_knob(a, b) : -EINVAL;
	case KCTL_GET_KNOB:
		return a < NR_KNOBS ? merge_get_knob(a) : -EINVAL;
	case KCTL_DRAIN:
		return drain();
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
	case KCTL_FAIL_NTH:
		return b < 2 ? (s64)fail_nth(a, b) : -EINVAL;
	case KCTL_FAIL_EVENT:
		fail_event(a, b);
		return 0;
	case KCTL_SCAN_NOW:
		return merge_scan_now();
	case KCTL_EVENT_COUNT:
		return event_count(a);
	case KCTL_KSTACK_OVERFLOW:
		return overflow_kernel_stack();
	case KCTL_RMAP_WALK:
		return vm_walk_rmap(current->mm, a, b);
	case KCTL_EVENT_DELAY:
		return event_delay(a, b);
	case KCTL_SPARE:
		current_process()->spared = true;
		handle_table_widen(my_handles());
		return 0;
	case KCTL_FAIL_NTH_OF:
		return b < PID_MAX ? process_fail_nth(b, a) : -ESRCH;
	case KCTL_FRAME_COUNT:
	case KCTL_FRAME_FLAGS:
	case KCTL_FRAME_IDLE:
	case KCTL_FRAME_REFERENCED:
	case KCTL_FRAME_MKCLEAN:
		return frame_op(op, a, b);
	case NR_KCTL_OPS:
		break;
	}
	return -EINVAL;
}
