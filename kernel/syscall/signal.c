/* SPDX-License-Identifier: MIT */
/* System calls on signals. */
#include "kernel/proc/sigframe.h"
#include "kernel/syscall/syscall.h"
#include "kernel/x86/uaccess.h"

/*
 * *uold is what sig did, *uaction what it shall do; each may be null.  -EINVAL: no such signal, or
 * to change SIGKILL or SIGSTOP; -EFAULT; -ENOMEM.
 */
s64 sys_sigaction(int sig, const void *uaction, void *uold)
{
	struct sigaction action;

	if (sig < 1 || sig >= NSIG)
		return -EINVAL;
	if (uaction && BIT(sig) & SIGNALS_UNBLOCKABLE)
		return -EINVAL;
	if (uaction && copy_from_user(&action, uaction, sizeof(action)))
		return -EFAULT;
	if (uold && copy_to_user(uold, &current_process()->action[sig], sizeof(action)))
		return -EFAULT;
	return uaction ? signal_set_action(sig, &action) : 0;
}

/* Changes the mask by a set; the mask before.  -EINVAL: no such `how`. */
s64 sys_sigprocmask(int how, u64 set)
{
	sigset_t old = current->blocked;

	switch (how) {
	case SIG_BLOCK:
		signal_set_blocked(old | set);
		return old;
	case SIG_UNBLOCK:
		signal_set_blocked(old & ~set);
		return old;
	case SIG_SETMASK:
		signal_set_blocked(set);
		return old;
	}
	return -EINVAL;
}

/* The signals that wait because they are blocked. */
s64 sys_sigpending(void)
{
	return READ_ONCE(current->pending) & current->blocked;
}

/* Sleeps with this mask until a signal is delivered, then has the old one again.  -EINTR. */
s64 sys_sigsuspend(u64 mask)
{
	sigset_t old = current->blocked;

	signal_set_blocked(mask);
	current->unsuspended = old;
	return wait_event_interruptible(&current_process()->wait, false);
}

/* As signal_return(). */
s64 sys_sigreturn(void)
{
	return signal_return();
}

/* Whether the caller may exchange its alternate stack for this one, as sys_sigaltstack() says. */
static int check_altstack(const stack_t *stack)
{
	if (signal_on_altstack())
		return -EPERM;
	if (stack->ss_flags & ~(SS_ONSTACK | SS_DISABLE))
		return -EINVAL;
	if (!(stack->ss_flags & SS_DISABLE) && stack->ss_size < MINSIGSTKSZ)
		return -ENOMEM;
	return 0;
}

/* The caller's alternate stack, with what the program is to know of it in ss_flags. */
static stack_t altstack_state(void)
{
	stack_t state = current->altstack;

	if (signal_on_altstack())
		state.ss_flags = SS_ONSTACK;
	else if (state.ss_size)
		state.ss_flags = 0;
	else
		state.ss_flags = SS_DISABLE;
	return state;
}

/*
 * *uold is the alternate stack as it was, *ustack what it shall be; each may be null.
 * -EFAULT; -EPERM: it is in use; -EINVAL: unknown flags; -ENOMEM: below MINSIGSTKSZ.
 */
s64 sys_sigaltstack(const void *ustack, void *uold)
{
	stack_t stack, old = altstack_state();
	int ret = 0;

	if (ustack && copy_from_user(&stack, ustack, sizeof(stack)))
		return -EFAULT;
	if (ustack)
		ret = check_altstack(&stack);
	if (ret)
		return ret;
	if (uold && copy_to_user(uold, &old, sizeof(old)))
		return -EFAULT;
	if (!ustack)
		return 0;
	if (stack.ss_flags & SS_DISABLE)
		stack = (stack_t){};
	current->altstack = stack;
	return 0;
}

/* -EFAULT, and nothing is taken; then as signal_wait(), with ns ~0 for ever; info may be null. */
s64 sys_sigtimedwait(u64 set, void *uinfo, u64 ns)
{
	siginfo_t info;
	int ret;

	if (uinfo && touch_user(uinfo, sizeof(info)))
		return -EFAULT;
	ret = signal_wait(set, ns, &info);
	if (ret > 0 && uinfo && copy_to_user(uinfo, &info, sizeof(info)))
		return -EFAULT;
	return ret;
}

/* As signal_send_by_pid(), before it -EINVAL: no such signal. */
s64 sys_kill(int pid, int sig)
{
	if (sig < 0 || sig >= NSIG)
		return -EINVAL;
	return signal_send_by_pid(pid, sig);
}

/* As signal_send_by_tid(), before it -EINVAL: no such signal. */
s64 sys_tkill(int tid, int sig)
{
	if (sig < 0 || sig >= NSIG)
		return -EINVAL;
	return signal_send_by_tid(tid, sig);
}
