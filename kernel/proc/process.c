/* SPDX-License-Identifier: MIT */
/* The process tree: pids, parents, references.  All of it under one leaf lock. */
#include "kernel/proc/signal.h"
#include "kernel/core/event.h"
#include "kernel/lib/string.h"
#include "kernel/proc/tree.h"
#include "mm/frame/slab.h"

spinlock_t proc_tree_lock = SPINLOCK_INIT(LOCK_PROC_TREE);

LIST_HEAD(processes);			 /* (P) by pid */
static u32 nr_processes;		 /* (P) in the list */
static int last_pid;			 /* (P) pids are handed out round robin */
static atomic_t nr_structs;		 /* (a) structs that exist, in the list or not */
static struct kmem_cache *process_cache; /* (c) */

void process_cache_init(void)
{
	process_cache = kmem_cache_create("process", sizeof(struct process), 0, SLAB_ACCOUNT);
	signal_cache_init();
}

/* Whether a group or a session is called so, whose leader may have ended. */
static bool names_group(int pid)
{
	struct process *p;

	list_for_each_entry(p, &processes, pid_link)
		if (p->pgid == pid || p->sid == pid)
			return true;
	return false;
}

/* The first free pid from `pid` on, and the link in the list of processes to enter it after. */
static int free_pid(int pid, struct list_head **before)
{
	struct process *p;

	assert_spin_held(&proc_tree_lock);
	*before = &processes;
	list_for_each_entry(p, &processes, pid_link) {
		while (pid < p->pid && names_group(pid))
			pid++;
		if (p->pid > pid)
			return pid;
		if (p->pid == pid)
			pid++;
		*before = &p->pid_link;
	}
	while (names_group(pid))
		pid++;
	return pid;
}

/* Gives p a pid and a place in the list.  -EAGAIN: there are MAX_PROCESSES. */
static int assign_pid(struct process *p)
{
	struct list_head *before;

	SPIN_GUARD(&proc_tree_lock);
	if (nr_processes >= MAX_PROCESSES)
		return -EAGAIN;
	p->pid = free_pid(last_pid + 1, &before);
	if (p->pid >= PID_MAX)
		p->pid = free_pid(INIT_PID, &before);
	list_add(&p->pid_link, before);
	nr_processes++;
	last_pid = p->pid;
	return 0;
}

struct process *process_alloc(const char *name)
{
	struct process *p = kmem_cache_zalloc(process_cache);
	int ret;

	if (!p)
		return ERR_PTR(-ENOMEM);
	atomic_set(&p->refcount, 1);
	INIT_LIST_HEAD(&p->children);
	INIT_LIST_HEAD(&p->sibling);
	INIT_LIST_HEAD(&p->threads);
	wait_queue_init(&p->wait);
	p->action = default_actions;
	strlcpy(p->name, name, sizeof(p->name));
	atomic_inc(&nr_structs);
	ret = assign_pid(p);
	if (!ret)
		return p;
	process_put(p);
	return ERR_PTR(ret);
}

void process_unlink(struct process *p)
{
	assert_spin_held(&proc_tree_lock);
	list_del(&p->pid_link);
	list_del_init(&p->sibling);
	nr_processes--;
	process_put(p);
}

void process_put(struct process *p)
{
	if (!atomic_dec_and_test(&p->refcount))
		return;
	signal_free_actions(p);
	kmem_cache_free(process_cache, p);
	atomic_dec(&nr_structs);
}

void process_discard(struct process *p)
{
	if (p->mm)
		mmput(p->mm);
	if (p->handles.slots)
		handle_table_destroy(&p->handles);
	SPIN_GUARD(&proc_tree_lock);
	process_unlink(p);
}

/* The child of a parent is of its families, and founds one of its own. */
static void inherit_lineage(struct process *p, const struct process *parent)
{
	static u32 last_family; /* (P) */

	assert_spin_held(&proc_tree_lock);
	for (u32 i = 0; i < OOM_GENERATIONS; i++) {
		p->lineage[i] = parent->lineage[i];
		if (!p->lineage[i]) {
			p->lineage[i] = ++last_family;
			break;
		}
	}
}

void process_start(struct process *p, struct thread *t, struct process *parent)
{
	SPIN_GUARD(&proc_tree_lock);
	p->state = P_RUNNING;
	p->parent = parent;
	p->pgid = parent ? parent->pgid : p->pid;
	p->sid = parent ? parent->sid : p->pid;
	if (parent) {
		WRITE_ONCE(p->ppid, parent->pid);
		list_add_tail(&p->sibling, &parent->children);
		inherit_lineage(p, parent);
		if (parent->kill_signal) /* it was sent when the child could not be seen yet */
			signal_send(p, SIGKILL, SI_KERNEL, 0, 0);
	}
	thread_start(t);
}

/* The first process from pid on that others may see. */
static struct process *first_from(int pid)
{
	struct process *p;

	assert_spin_held(&proc_tree_lock);
	list_for_each_entry(p, &processes, pid_link)
		if (p->pid >= pid && p->state != P_NEW)
			return p;
	return NULL;
}

struct process *process_lookup(int pid)
{
	struct process *p;

	if (!pid)
		return current_process();
	p = first_from(pid);
	if (!p || p->pid != pid)
		return NULL;
	return p;
}

static struct process *get_process(struct process *p)
{
	if (p)
		atomic_inc(&p->refcount);
	return p;
}

struct process *process_find(int pid)
{
	SPIN_GUARD(&proc_tree_lock);
	return get_process(process_lookup(pid));
}

struct process *process_next(int pid)
{
	SPIN_GUARD(&proc_tree_lock);
	return get_process(first_from(pid + 1));
}

struct mm_struct *process_get_mm(struct process *p)
{
	SPIN_GUARD(&proc_tree_lock);
	if (!p->mm || !mmget_not_zero(p->mm))
		return NULL;
	return p->mm;
}

enum thread_state process_thread_state(struct process *p)
{
	SPIN_GUARD(&proc_tree_lock);
	struct thread *t = list_first_entry_or_null(&p->threads, struct thread, sibling);

	return t ? READ_ONCE(t->state) : T_DEAD;
}

s64 process_fail_nth(int pid, u64 n)
{
	SPIN_GUARD(&proc_tree_lock);
	struct process *p = process_lookup(pid);
	struct thread *t = NULL;

	if (p)
		t = list_first_entry_or_null(&p->threads, struct thread, sibling);
	return t ? (s64)fail_nth_at(&t->fail_countdown, n) : -ESRCH;
}

bool process_is_ending(struct process *p)
{
	SPIN_GUARD(&proc_tree_lock);
	return !list_empty(&p->threads) && (!p->mm || READ_ONCE(p->kill_signal));
}

struct mm_struct *thread_swap_mm(struct mm_struct *mm)
{
	struct mm_struct *old = current->mm;
	u64 flags = irq_save();

	current->mm = mm;
	switch_mm(old, mm);
	irq_restore(flags);
	return old;
}

struct mm_struct *process_swap_mm(struct mm_struct *mm)
{
	SPIN_GUARD(&proc_tree_lock);
	current_process()->mm = mm;
	return thread_swap_mm(mm);
}

void process_quiesce(void)
{
	for (;;) {
		spin_lock(&proc_tree_lock);
		bool quiet = (u32)atomic_read(&nr_structs) == nr_processes;
		spin_unlock(&proc_tree_lock);
		if (quiet)
			return;
		sched_yield();
	}
}
