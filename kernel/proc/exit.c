/* SPDX-License-Identifier: MIT */
/*
 * The end of a process, in two halves.  Its own thread gives back memory and
 * handles and passes its children to init; then the scheduler, once the thread
 * has left its CPU and its stack, makes the process a zombie and wakes the
 * parent.  So whoever has waited for a child may count on all of it being gone.
 */
#include <abi/signal.h>
#include "kernel/core/log.h"
#include "kernel/proc/signal.h"
#include "kernel/proc/syscall.h"
#include "kernel/proc/tree.h"
#include "kernel/x86/uaccess.h"

/* A zombie's parent must learn of it.  proc_tree_lock held. */
static void notify_parent(struct process *p)
{
	assert_spin_held(&proc_tree_lock);
	if (p->parent)
		wake_up_all(&p->parent->child_exit);
}

static void adopt_children(struct process *p)
{
	struct process *init, *child, *next;

	SPIN_GUARD(&proc_tree_lock);
	init = p->parent;
	while (init && init->pid != INIT_PID)
		init = init->parent;
	list_for_each_entry_safe(child, next, &p->children, sibling) {
		list_move_tail(&child->sibling, &init->children);
		child->parent = init;
		WRITE_ONCE(child->ppid, INIT_PID);
		if (child->state == P_ZOMBIE)
			notify_parent(child);
	}
}

static void __noreturn init_died(int status)
{
	int sig = status & 0x7f;

	if (sig)
		panic("init (pid 1) was killed by %s: nobody is left to run anything",
		      signal_name(sig));
	panic("init (pid 1) exited with status %d: nobody is left to run anything", status >> 8);
}

void process_exit(int status)
{
	struct process *p = current_process();
	struct mm_struct *mm;

	if (p->pid == INIT_PID)
		init_died(status);
	irq_enable();
	p->exit_status = status;
	mm = process_swap_mm(p, NULL);
	if (mm)
		mmput(mm);
	handle_table_destroy(&p->handles);
	adopt_children(p);
	spin_lock(&proc_tree_lock);
	p->thread = NULL;
	spin_unlock(&proc_tree_lock);
	thread_exit();
}

void process_thread_gone(struct process *p)
{
	spin_lock(&proc_tree_lock);
	p->state = P_ZOMBIE;
	notify_parent(p);
	spin_unlock(&proc_tree_lock);
	process_put(p);
}

/* One wait4() under way. */
struct wait_for {
	int pid;	       /* -1: any child */
	struct process *child; /* claimed: state P_REAPING */
	int ret;	       /* -ECHILD: no such child */
};

/*
 * Claims a zombie among the children.  True if the wait is over: claimed, or
 * nothing to wait for.  Stays true when asked again.
 */
static bool claim_zombie(struct wait_for *w)
{
	struct process *child;

	if (w->child || w->ret)
		return true;
	SPIN_GUARD(&proc_tree_lock);
	w->ret = -ECHILD;
	list_for_each_entry(child, &current_process()->children, sibling) {
		if (w->pid != -1 && child->pid != w->pid)
			continue;
		w->ret = 0;
		if (child->state != P_ZOMBIE)
			continue;
		child->state = P_REAPING;
		w->child = child;
		return true;
	}
	return w->ret;
}

/* Hands out a claimed child's status, then forgets the child.  -EFAULT: it stays a zombie. */
static s64 reap(struct process *child, int *ustatus)
{
	int status = child->exit_status, pid = child->pid;

	if (ustatus && copy_to_user(ustatus, &status, sizeof(status))) {
		SPIN_GUARD(&proc_tree_lock);
		child->state = P_ZOMBIE;
		return -EFAULT;
	}
	spin_lock(&proc_tree_lock);
	process_unlink(child);
	spin_unlock(&proc_tree_lock);
	process_put(child);
	return pid;
}

/*
 * Waits for the child `pid`, or for any (-1), to end: its pid, with the status
 * in *status unless that is null.  0 with WNOHANG if none has ended.  -EINVAL:
 * unknown flags; another pid below 1 (there are no process groups yet).
 * -ECHILD: no such child.  -EFAULT: the child stays to be waited for.
 */
s64 sys_wait4(int pid, int *ustatus, u64 flags)
{
	struct wait_for w = { .pid = pid };

	if (flags & ~(u64)(WNOHANG | WUNTRACED | WCONTINUED))
		return -EINVAL;
	if (pid < -1 || pid == 0)
		return -EINVAL;
	if (!claim_zombie(&w)) {
		if (flags & WNOHANG)
			return 0;
		if (wait_event_killable(&current_process()->child_exit, claim_zombie(&w)))
			return -EINTR;
	}
	return w.ret ? w.ret : reap(w.child, ustatus);
}
