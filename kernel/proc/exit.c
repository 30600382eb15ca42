/* SPDX-License-Identifier: MIT */
/*
 * The end of a process, in two halves.  Its last thread gives back memory and
 * handles and passes its children to init; then the scheduler, once the thread
 * has left its CPU and its stack, makes the process a zombie and wakes the
 * parent.  So a parent that has waited for a child may count on all of it being gone.
 */
#include "kernel/proc/exit.h"
#include <abi/signal.h>
#include <abi/wait.h>
#include "kernel/core/log.h"
#include "kernel/ipc/endpoint.h"
#include "kernel/proc/futex.h"
#include "kernel/proc/group.h"
#include "kernel/proc/signal.h"
#include "kernel/proc/tree.h"
#include "kernel/proc/usage.h"
#include "kernel/x86/uaccess.h"

/* Takes the calling thread off its process's list.  proc_tree_lock held. */
static void leave_threads(struct process *p)
{
	usage_thread_ends(p, current);
	list_del_init(&current->sibling);
}

/* Takes the last thread off the tree; init adopts the children. */
static void leave_tree(struct process *p)
{
	struct process *init, *child, *next;

	SPIN_GUARD(&proc_tree_lock);
	leave_threads(p);
	groups_lose(p);
	init = process_lookup(INIT_PID);
	list_for_each_entry_safe(child, next, &p->children, sibling) {
		list_move_tail(&child->sibling, &init->children);
		child->parent = init;
		child->adopted = true;
		WRITE_ONCE(child->ppid, INIT_PID);
		if (child->state == P_ZOMBIE)
			signal_parent(child, child->exit_status);
	}
}

static void __noreturn init_died(int status)
{
	int sig = status & 0x7f;

	if (sig)
		panic("init (pid 1) was killed by %s: nobody is left to run anything",
		      signal_names[sig]);
	panic("init (pid 1) exited with status %d: nobody is left to run anything", status >> 8);
}

bool process_end_threads(void)
{
	struct process *p = current_process();
	struct thread *t;

	spin_lock(&proc_tree_lock);
	if (!p->ender)
		p->ender = current;
	list_for_each_entry(t, &p->threads, sibling)
		if (p->ender == current && t != current)
			signal_kill_thread(t);
	spin_unlock(&proc_tree_lock);
	if (p->ender != current)
		return false;
	wait_event(&p->wait, READ_ONCE(p->nr_threads) == 1);
	return true;
}

void process_go_on(struct process *p)
{
	SPIN_GUARD(&proc_tree_lock);
	p->ender = NULL;
	current->tid = p->pid;
}

/* Ends the calling thread, which others survive, at least one of them the process's ender. */
static void __noreturn leave_process(void)
{
	spin_lock(&proc_tree_lock);
	leave_threads(current_process());
	spin_unlock(&proc_tree_lock);
	timer_stop(&current->alarm);
	endpoints_abandon(my_handles());
	thread_swap_mm(NULL);
	thread_exit();
}

/* Marks the caller as leaving; false: all others of p leave already, so it is the last. */
static bool begin_to_leave(struct process *p)
{
	struct thread *t;

	SPIN_GUARD(&proc_tree_lock);
	list_for_each_entry(t, &p->threads, sibling) {
		if (t == current || t->leaving)
			continue;
		current->leaving = true;
		return true;
	}
	return false;
}

/*
 * The word is in user memory: the write may fault, and wait for memory or for a pager.  So the
 * thread stays in the list until it is over, for whoever ends the process meanwhile.
 */
void process_exit_thread(int *word)
{
	const int zero = 0;

	if (!begin_to_leave(current_process()))
		process_exit(WAIT_EXITED(0));
	if (word && !copy_to_user(word, &zero, sizeof(zero)))
		futex_wake(word, MAX_THREADS);
	leave_process();
}

void process_exit(int status)
{
	struct process *p = current_process();

	if (p->pid == INIT_PID)
		init_died(status);
	irq_enable();
	if (!process_end_threads())
		leave_process();
	p->exit_status = status;
	mmput(process_swap_mm(NULL));
	handle_table_destroy(&p->handles);
	timer_stop(&current->alarm);
	leave_tree(p);
	thread_exit();
}

/* All threads of p are freed: its status waits for the parent, if that will ask. */
static void make_zombie(struct process *p)
{
	const struct sigaction *action = &p->parent->action[SIGCHLD];

	p->state = P_ZOMBIE;
	if (action->sa_handler == SIG_IGN || action->sa_flags & SA_NOCLDWAIT)
		process_unlink(p);
	signal_parent(p, p->exit_status);
}

void process_thread_gone(struct process *p)
{
	SPIN_GUARD(&proc_tree_lock);
	if (--p->nr_threads == 0)
		make_zombie(p);
	wake_up_all(&p->wait);
	process_put(p);
}

/* One wait4() under way. */
struct wait_for {
	int pid;	       /* as the caller gave it */
	u64 flags;	       /* WUNTRACED, WCONTINUED, WAIT_*: what counts beside an end */
	struct process *ended; /* found, in state P_REAPING; null if it tells of something else */
	int status;	       /* its status word */
	int ret;	       /* its pid; -ECHILD: no such child; 0: none has anything to tell */
	struct usage *usage;   /* gets what it has used, and its own; null: nobody asks */
};

/* Whether child has something to tell; takes it. */
static bool take_status(struct wait_for *w, struct process *child)
{
	u64 wanted = child->report == WAIT_CONTINUED ? WCONTINUED : WUNTRACED;

	if (child->state == P_ZOMBIE && !(w->flags & WAIT_NO_ENDS)) {
		w->status = child->exit_status;
		if (!(w->flags & WAIT_PEEK)) {
			child->state = P_REAPING;
			w->ended = child;
		}
	} else if (child->state == P_RUNNING && child->report && w->flags & wanted) {
		w->status = child->report;
		if (!(w->flags & WAIT_PEEK))
			child->report = 0;
	} else {
		return false;
	}
	if (w->usage)
		*w->usage = usage_of_all(child);
	w->ret = child->pid;
	return true;
}

/*
 * Looks for a child with something to tell.  True if the wait is over: one was
 * found, or there is nothing to wait for.  Stays true when asked again.
 */
static bool find_child(struct wait_for *w)
{
	struct process *child;

	if (w->ret)
		return true;
	w->ret = -ECHILD;
	SPIN_GUARD(&proc_tree_lock);
	list_for_each_entry(child, &current_process()->children, sibling) {
		if (!process_is_meant(child, w->pid))
			continue;
		w->ret = 0;
		if (take_status(w, child))
			return true;
	}
	return w->ret;
}

static void forget_ended(struct process *child)
{
	usage_child_ends(current_process(), child);
	process_unlink(child);
}

/* Hands out what a child had to tell; forgets one that has ended, unless that cannot be told. */
static int tell_status(const struct wait_for *w, int *ustatus, struct usage *uusage)
{
	bool failed = (ustatus && copy_to_user(ustatus, &w->status, sizeof(w->status))) ||
		      (uusage && copy_to_user(uusage, w->usage, sizeof(*w->usage)));

	if (w->ended) {
		SPIN_GUARD(&proc_tree_lock);
		if (failed)
			w->ended->state = P_ZOMBIE;
		else
			forget_ended(w->ended);
	}
	return failed ? -EFAULT : w->ret;
}

int process_wait(int pid, int *ustatus, u64 flags, struct usage *uusage)
{
	struct usage usage;
	struct wait_for w = { .pid = pid, .flags = flags, .usage = uusage ? &usage : NULL };

	if (!find_child(&w)) {
		if (flags & WNOHANG)
			return 0;
		if (wait_event_interruptible(&current_process()->wait, find_child(&w)))
			return -EINTR;
	}
	if (w.ret < 0)
		return w.ret;
	return tell_status(&w, ustatus, uusage);
}
