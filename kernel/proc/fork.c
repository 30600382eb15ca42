/* SPDX-License-Identifier: MIT */
/*
 * fork: a child with a copy of everything.  Each part that the child has got is
 * in its struct process, so that one function (process_discard) undoes a fork
 * that fails at any step; the parent has then not changed.
 */
#include "kernel/proc/fork.h"
#include "kernel/core/kasan.h"
#include "kernel/lib/string.h"
#include "kernel/proc/exit.h"
#include "kernel/proc/signal.h"
#include "kernel/proc/tree.h"
#include "kernel/x86/switch.h"
#include "mm/frame/kmap.h"
#include "mm/space/fork.h"

/* A thread's first steps: to user mode, as if back from the system call. */
static void first_return(void *unused __maybe_unused)
{
	if (READ_ONCE(current->kill_pending))
		process_exit(WAIT_SIGNALED(current_process()->kill_signal));
	kasan_unpoison(current->stack, KSTACK_SIZE); /* whose frames are left for ever */
	x86_enter_user(current_regs());
}

/* Enters t among the threads of p, unless p is to have no more of them. */
static int add_thread(struct process *p, struct thread *t)
{
	static int last_tid = PID_MAX; /* (P) */

	SPIN_GUARD(&proc_tree_lock);
	if (p->ender || p->nr_threads == MAX_THREADS)
		return -EAGAIN;
	t->tid = p->nr_threads ? ++last_tid : p->pid;
	t->process = p;
	t->mm = p->mm;
	t->affinity = current->affinity;
	t->blocked = t->unsuspended = current->blocked;
	list_add_tail(&t->sibling, &p->threads);
	p->nr_threads++;
	atomic_inc(&p->refcount);
	return 0;
}

struct thread *process_add_thread(struct process *p)
{
	struct thread *t = thread_create(p->name, first_return, NULL, SCHED_NORMAL);
	int ret;

	if (!t)
		return ERR_PTR(-ENOMEM);
	ret = add_thread(p, t);
	if (ret) {
		thread_destroy(t);
		return ERR_PTR(ret);
	}
	return t;
}

/* The child's thread, or -ENOMEM (ERR_PTR). */
static struct thread *fork_into(struct process *child, struct process *parent)
{
	struct thread *t;

	if (handle_table_clone(&child->handles, &parent->handles))
		return ERR_PTR(-ENOMEM);
	if (signal_copy_actions(child, parent))
		return ERR_PTR(-ENOMEM);
	child->mm = dup_mm(parent->mm, child->pid);
	if (!child->mm)
		return ERR_PTR(-ENOMEM);
	t = process_add_thread(child);
	if (IS_ERR(t))
		return t;
	*thread_regs(t) = *current_regs();
	thread_regs(t)->rax = 0;
	fpu_save(&t->fpu);
	t->fs_base = current->fs_base;
	t->altstack = current->altstack;
	return t;
}

int process_fork(void)
{
	struct process *parent = current_process();
	struct process *child = process_alloc(parent->name);
	struct thread *t;
	int pid;

	if (IS_ERR(child))
		return PTR_ERR(child);
	t = fork_into(child, parent);
	if (IS_ERR(t)) {
		process_discard(child);
		return PTR_ERR(t);
	}
	pid = child->pid; /* once started it may be gone at any time */
	process_start(child, t, parent);
	return pid;
}

int process_create_thread(const struct pt_regs *regs, u64 tls)
{
	struct thread *t = process_add_thread(current_process());
	int tid;

	if (IS_ERR(t))
		return PTR_ERR(t);
	*thread_regs(t) = *regs;
	t->fs_base = tls;
	tid = t->tid; /* once started it may be gone at any time */
	thread_start(t);
	return tid;
}
