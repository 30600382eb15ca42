/* SPDX-License-Identifier: MIT */
/*
 * What processes have used.  A thread counts for itself, without a lock; when it ends the numbers
 * go to its process, and when that is waited for to its parent.  Another thread's numbers are read
 * while it may change them: each is one word, and no older than the last tick.
 */
#include "kernel/proc/usage.h"
#include "kernel/lib/atomic.h"
#include "kernel/proc/tree.h"

static void add(struct usage *to, const struct usage *more)
{
	to->cpu_ns += more->cpu_ns;
	to->minor_faults += more->minor_faults;
	to->major_faults += more->major_faults;
}

static struct usage usage_of_thread(const struct thread *t)
{
	u64 faults = READ_ONCE(t->faults), major = MIN(READ_ONCE(t->major_faults), faults);

	return (struct usage){ READ_ONCE(t->runtime_ns), faults - major, major };
}

void usage_thread_ends(struct process *p, const struct thread *t)
{
	struct usage used = usage_of_thread(t);

	assert_spin_held(&proc_tree_lock);
	add(&p->ended, &used);
}

static struct usage usage_of_threads(const struct process *p)
{
	struct usage sum = p->ended, one;
	struct thread *t;

	assert_spin_held(&proc_tree_lock);
	list_for_each_entry(t, &p->threads, sibling) {
		one = usage_of_thread(t);
		add(&sum, &one);
	}
	return sum;
}

struct usage usage_of_all(const struct process *p)
{
	struct usage sum = usage_of_threads(p);

	add(&sum, &p->reaped);
	return sum;
}

void usage_child_ends(struct process *parent, const struct process *child)
{
	add(&parent->reaped, &child->ended); /* its threads have all ended */
	add(&parent->reaped, &child->reaped);
}

int usage_get(int who, struct usage *usage)
{
	struct process *p = current_process();

	SPIN_GUARD(&proc_tree_lock);
	switch (who) {
	case USAGE_SELF:
		*usage = usage_of_threads(p);
		return 0;
	case USAGE_CHILDREN:
		*usage = p->reaped;
		return 0;
	case USAGE_THREAD:
		*usage = usage_of_thread(current);
		return 0;
	default:
		return -EINVAL;
	}
}
