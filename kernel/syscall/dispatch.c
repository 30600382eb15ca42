/* SPDX-License-Identifier: MIT */
/* From a number in rax to a C function: a table of adapters, made from <abi/syscall.tbl>. */
#include <abi/errno.h>
#include "kernel/core/log.h"
#include "kernel/sched/thread.h"
#include "kernel/syscall/syscall.h"
#include "kernel/x86/hooks.h"

#define ARGS_0(none)		 /* nothing */
#define ARGS_1(a)		 (syscall_##a) r->rdi
#define ARGS_2(a, b)		 ARGS_1(a), (syscall_##b)r->rsi
#define ARGS_3(a, b, c)		 ARGS_2(a, b), (syscall_##c)r->rdx
#define ARGS_4(a, b, c, d)	 ARGS_3(a, b, c), (syscall_##d)r->r10
#define ARGS_5(a, b, c, d, e)	 ARGS_4(a, b, c, d), (syscall_##e)r->r8
#define ARGS_6(a, b, c, d, e, f) ARGS_5(a, b, c, d, e), (syscall_##f)r->r9

#define SYSCALL(nr, name, argc, ...) \
	static s64 call_##name(const struct pt_regs *r __maybe_unused) \
	{ \
		return sys_##name(ARGS_##argc(__VA_ARGS__)); \
	}
#include <abi/syscall.tbl>
#undef SYSCALL

typedef s64 (*syscall_fn)(const struct pt_regs *regs);

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
