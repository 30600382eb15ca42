/* SPDX-License-Identifier: MIT */
/* The first stack frame of a thread, in the form that x86_switch() expects. */
#include "kernel/x86/switch.h"

extern void x86_thread_start(void);

u64 x86_prepare_stack(void *stack_top, void (*fn)(void *), void *arg)
{
	struct switch_frame *frame = (struct switch_frame *)stack_top - 1;

	*frame = (struct switch_frame){
		.rbx = (u64)fn,
		.r12 = (u64)arg,
		.rip = (u64)x86_thread_start,
	};
	return (u64)frame;
}
