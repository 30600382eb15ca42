/* SPDX-License-Identifier: MIT */
/*
 * fork: a child with a copy of everything.  Each part that the child has got is
 * in its struct process, so that one function (process_discard) undoes a fork
 * that fails at any step; the parent has then not changed.
 */
#include "kernel/core/kasan.h"
#include "kernel/core/log.h"
#include "kernel/proc/signal.h"
#include "kernel/proc/syscall.h"
#include "kernel/x86/switch.h"
#include "mm/frame/kmap.h"

/* The child's first steps, in its own thread: to user mode, as if back from the system call. */
static void first_return(void *arg)
{
	struct process *p = arg;

	if (READ_ONCE(current->kill_pending))
		process_exit(WAIT_SIGNALED(p->kill_signal));
	kasan_unpoison(current->stack, KSTACK_SIZE); /* whose frames are left for ever */
	x86_enter_user(&p->start_regs);
}

int process_add_thread(struct process *p)
{
	struct thread *t = thread_create(p->name, first_return, p, SCHED_NORMAL);

	if (!t)
		return -ENOMEM;
	t->process = p;
	t->mm = p->mm;
	p->thread = t;
	return 0;
}

static int fork_into(struct process *child, struct process *parent)
{
	struct mm_struct *mm;

	if (handle_table_clone(&child->handles, &parent->handles))
		return -ENOMEM;
	mm = dup_mm(parent->mm, child->pid);
	if (!mm)
		return -ENOMEM;
	child->mm = mm;
	if (process_add_thread(child))
		return -ENOMEM;
	child->thread->affinity = current->affinity;
	child->start_regs = *current_regs();
	child->start_regs.rax = 0;
	fpu_save(&child->thread->fpu);
	signal_fork(child);
	return 0;
}

/* The child's pid, 0 in the child.  -EAGAIN too many processes, -ENOMEM: no child. */
s64 sys_fork(void)
{
	struct process *parent = current_process();
	struct process *child = process_alloc(parent->name);
	int pid, ret;

	if (IS_ERR(child))
		return PTR_ERR(child);
	ret = fork_into(child, parent);
	if (ret) {
		process_discard(child);
		return ret;
	}
	pid = child->pid; /* once started it may be gone at any time */
	process_start(child, parent);
	return pid;
}
