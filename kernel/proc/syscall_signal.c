/* SPDX-License-Identifier: MIT */
/* System calls on signals, but for sigreturn and sigaltstack (sigframe.c). */
#include "kernel/proc/signal.h"
#include "kernel/proc/syscall.h"
#include "kernel/proc/tree.h"
#include "kernel/x86/uaccess.h"

/*
 * *old is what sig did, *new what it shall do; each may be null.  A signal that is
 * ignored from now on does not wait any more.  -EINVAL: no such signal, or to change
 * SIGKILL or SIGSTOP; -EFAULT.
 */
s64 sys_sigaction(int sig, const void *new, void *old)
{
	struct process *p = current_process();
	struct sigaction action;

	if (sig < 1 || sig >= NSIG || (new &&BIT(sig) & SIGNALS_UNBLOCKABLE))
		return -EINVAL;
	if (new &&copy_from_user(&action, new, sizeof(action)))
		return -EFAULT;
	if (old && copy_to_user(old, &p->action[sig], sizeof(action)))
		return -EFAULT;
	if (!new)
		return 0;
	SPIN_GUARD(&proc_tree_lock);
	p->action[sig] = action;
	if (signal_effect(p, sig) == SIGNAL_IGNORED)
		signal_drop_pending(p, BIT(sig));
	return 0;
}

/* Changes the mask by a set; the mask before.  -EINVAL: no such `how`. */
s64 sys_sigprocmask(int how, u64 set)
{
	sigset_t old = current->blocked;
	const sigset_t new[] = {
		[SIG_BLOCK] = old | set,
		[SIG_UNBLOCK] = old & ~set,
		[SIG_SETMASK] = set,
	};

	if ((u32)how >= ARRAY_SIZE(new))
		return -EINVAL;
	signal_set_blocked(new[how]);
	return old;
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

/* SIGALRM in `ns` (0: never; -1: as it was), then every `interval`; the ns that were left, 0 none. */
s64 sys_alarm(u64 ns, u64 interval)
{
	struct timer *alarm = &current->alarm;
	u64 now = now_ns(), left = list_empty(&alarm->link) ? 0 : MAX(alarm->end, now + 1) - now;

	if (ns == ~0UL)
		return left;
	timer_stop(alarm);
	if (ns)
		timer_start(alarm, now + MIN(ns, TIME_MAX), MIN(interval, TIME_MAX));
	return left;
}

/*
 * Sends sig (0: to see whether one could) to process pid, to the caller's group (0),
 * to group -pid, or to all but init, servers and the caller (-1): nobody escapes by fork.  -EINVAL: no such signal.
 * -ESRCH: nobody.  -EPERM: init alone, which what would end or stop it spares.
 */
s64 sys_kill(int pid, int sig)
{
	struct process *self = current_process(), *p;
	s64 ret = -ESRCH;

	if (sig < 0 || sig >= NSIG)
		return -EINVAL;
	SPIN_GUARD(&proc_tree_lock);
	list_for_each_entry(p, &processes, pid_link) {
		if (p->state == P_NEW || !process_is_meant(p, pid) ||
		    (pid == -1 && (p == self || READ_ONCE(p->spared))))
			continue;
		ret = 0;
		if (sig && p->pid == INIT_PID && signal_effect(p, sig) >= SIGNAL_STOPS)
			ret = -EPERM;
		else if (sig)
			signal_send(p, sig, SI_USER, self->pid, 0);
	}
	return ret;
}

/* Sends sig (0: to see whether one could) to the thread of this process.  -EINVAL no such signal; -ESRCH. */
s64 sys_tkill(int tid, int sig)
{
	struct process *p = current_process();
	struct thread *t;

	if (sig < 0 || sig >= NSIG)
		return -EINVAL;
	SPIN_GUARD(&proc_tree_lock);
	list_for_each_entry(t, &p->threads, sibling) {
		if (t->tid != tid)
			continue;
		if (sig)
			signal_send_thread(t, sig, SI_TKILL, p->pid, 0);
		return 0;
	}
	return -ESRCH;
}
