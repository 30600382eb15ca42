/* SPDX-License-Identifier: MIT */
/*
 * From a number in rax to a C function: a table of adapters, made from <abi/syscall.tbl>.
 *
 * A call by which a program asks for memory, be it for itself or for an object that the kernel
 * keeps for it, is not refused because another has taken all there is: like a page fault it has
 * the OOM killer make room, and begins anew.  Such a call that fails has changed nothing, or
 * what the second time will find done.  Refused, -ENOMEM, are a server's calls, since nobody
 * should die for what a client makes a server keep; what only fills an object, like a full disk;
 * and what still fails although there are frames again, since they do not lie side by side.
 */
#include <abi/errno.h>
#include "kernel/core/log.h"
#include "kernel/proc/process.h"
#include "kernel/syscall/syscall.h"
#include "kernel/x86/hooks.h"
#include "mm/frame/page_alloc.h"
#include "mm/reclaim/oom.h"

#define CALL_FRAMES  32 /* more than a call asks for at once: a stack with its tables, a slab */
#define FUTILE_TRIES 3	/* with so many free, before a call is refused after all */

#define ARGS_0(none)		 /* nothing */
#define ARGS_1(a)		 (syscall_##a) r->rdi
#define ARGS_2(a, b)		 ARGS_1(a), (syscall_##b)r->rsi
#define ARGS_3(a, b, c)		 ARGS_2(a, b), (syscall_##c)r->rdx
#define ARGS_4(a, b, c, d)	 ARGS_3(a, b, c), (syscall_##d)r->r10
#define ARGS_5(a, b, c, d, e)	 ARGS_4(a, b, c, d), (syscall_##e)r->r8
#define ARGS_6(a, b, c, d, e, f) ARGS_5(a, b, c, d, e), (syscall_##f)r->r9

typedef s64 (*syscall_fn)(const struct pt_regs *regs);

enum syscall_nr {
#define SYSCALL(nr, name, argc, ...) NR_##name = nr,
#include <abi/syscall.tbl>
#undef SYSCALL
};

/* Known at compile time in each adapter, so that no other call pays for the question. */
static __always_inline bool asks_for_memory(enum syscall_nr nr)
{
	switch (nr) {
	case NR_fork:
	case NR_exec:
	case NR_thread_create:
	case NR_mmap:
	case NR_munmap:
	case NR_mprotect:
	case NR_vmo_create:
	case NR_endpoint_create:
	case NR_connect:
		return true;
	default:
		return false;
	}
}

/* Whether a call that has failed, -ENOMEM, can do better now: there are frames, or will be. */
static bool memory_comes_back(u32 *futile)
{
	if (current_process()->spared)
		return false;
	if (user_frames_left(CALL_FRAMES))
		return ++*futile < FUTILE_TRIES;
	return out_of_memory(CALL_FRAMES);
}

static __noinline s64 call_for_memory(syscall_fn call, const struct pt_regs *regs)
{
	u32 futile = 0;

	for (;;) {
		u64 refused = nr_refused_allocations();
		s64 ret = call(regs);

		if (likely(ret != -ENOMEM) || nr_refused_allocations() == refused)
			return ret;
		if (!memory_comes_back(&futile))
			return ret;
	}
}

#define SYSCALL(nr, name, argc, ...) \
	static __always_inline s64 once_##name(const struct pt_regs *r __maybe_unused) \
	{ \
		return sys_##name(ARGS_##argc(__VA_ARGS__)); \
	} \
	static s64 call_##name(const struct pt_regs *r) \
	{ \
		return asks_for_memory(nr) ? call_for_memory(once_##name, r) : once_##name(r); \
	}
#include <abi/syscall.tbl>
#undef SYSCALL

static const syscall_fn syscalls[] = {
#define SYSCALL(nr, name, argc, ...) [nr] = call_##name,
#include <abi/syscall.tbl>
#undef SYSCALL
};

/* x86_hooks.syscall: calls the function of number regs->rax; -ENOSYS if there is none. */
static void do_syscall(struct pt_regs *regs)
{
	u64 nr = regs->rax;

	ASSERT(regs == current_regs());
	if (nr >= ARRAY_SIZE(syscalls) || !syscalls[nr])
		regs->rax = -ENOSYS;
	else
		regs->rax = syscalls[nr](regs);
}

void syscall_init(void)
{
	x86_hooks.syscall = do_syscall;
}
