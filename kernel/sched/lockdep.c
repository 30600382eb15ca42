/* SPDX-License-Identifier: MIT */
/*
 * The lock checker.  Each lock carries its class, a row of lockorder.tbl; the
 * number of the row is its rank.  For every lock about to be taken the checker
 * compares its rank with that of all locks that the thread holds (sleeping
 * locks, kept in struct thread) and that the CPU holds (spinlocks, kept here: an
 * interrupt handler's count on top of what it interrupted).
 *
 *	held:   MMAP  PAGE  PTE_TABLE          taking: BUDDY   rank grows: fine
 *	held:   MMAP  PAGE  PTE_TABLE          taking: PAGE    report
 *
 * The table is a total order, so a rank comparison finds every cycle that a
 * search of the graph of observed orders could find, and before it has happened
 * once in each direction.  The graph is kept all the same (edge_seen): a report
 * shows where the same two classes were taken the other way round.
 *
 * The page lock is followed loosely.  The thread that ends the work on a page
 * may unlock it, so a thread's record of a page that is no longer locked is dropped, and a
 * release by a thread that has no record is no error.
 */
#include "kernel/sched/lockdep.h"

#if CONFIG_LOCKDEP

#include "kernel/core/lock_hooks.h"
#include "kernel/core/log.h"
#include "kernel/sched/runq.h"
#include "mm/frame/page.h"

enum lock_kind { SLEEP, SPIN, IRQ };
enum lock_nesting { ONE, SAME, TRIED };

/* (c) */
struct class_info {
	const char *name;
	enum lock_kind kind;
	enum lock_nesting nest;
};

static const struct class_info classes[NR_LOCK_CLASSES] = {
#define LOCK_CLASS(name, kind, nest, text) [LOCK_##name] = { #name, kind, nest },
#include "kernel/core/lockorder.tbl"
#undef LOCK_CLASS
};

/* First time that the inner class was taken with the outer one held: both places, 0 if never. */
struct edge {
	u64 outer_ip;
	u64 inner_ip;
};

/* (o) owned by the CPU, interrupts off */
struct held_spinlocks {
	u32 n;
	struct held_lock held[HELD_LOCKS_MAX];
};

static struct edge edge_seen[NR_LOCK_CLASSES][NR_LOCK_CLASSES]; /* [outer][inner] */
static struct held_spinlocks spinlocks[MAXCPU];

static struct thread *dry_run; /* (a) the thread whose reports are only counted */
static u32 dry_reports;	       /* (o) by that thread */
static bool reporting;	       /* (a) a report prints: the log's own lock is not checked */

/* --- reports ------------------------------------------------------------------ */

static void print_held(const struct held_lock *held, u32 n)
{
	char where[80];

	for (u32 i = 0; i < n; i++)
		printk("  %-10s %p taken at %s", classes[held[i].lock_class].name, held[i].lock,
		       symbol_name(held[i].ip, where, sizeof(where)));
}

static void print_other_order(enum lock_class held, enum lock_class wanted)
{
	const struct edge *e = &edge_seen[wanted][held];
	char outer[80], inner[80];

	if (e->outer_ip)
		printk("the other way round: %s was taken at %s, then %s at %s",
		       classes[wanted].name, symbol_name(e->outer_ip, outer, sizeof(outer)),
		       classes[held].name, symbol_name(e->inner_ip, inner, sizeof(inner)));
}

/* Prints what is held; the caller has said what is wrong.  Does not return but in a dry run. */
static void lockdep_report(const char *what, enum lock_class lock_class, const void *lock, u64 ip,
			   const struct held_lock *against)
{
	char where[80];

	if (READ_ONCE(dry_run) == current && !this_cpu()->irq_depth) {
		dry_reports++;
		return;
	}
	if (__atomic_exchange_n(&reporting, true, __ATOMIC_SEQ_CST))
		return;
	log_break_locks();
	printk("lock checker: %s: %s %p at %s%s%s", what, classes[lock_class].name, lock,
	       symbol_name(ip, where, sizeof(where)), against ? ", against " : "",
	       against ? classes[against->lock_class].name : "");
	printk("held by thread %s:", current->name);
	print_held(current->held, current->held_locks);
	printk("spinlocks held by CPU %u:", cpu_id());
	print_held(spinlocks[cpu_id()].held, spinlocks[cpu_id()].n);
	if (against)
		print_other_order(against->lock_class, lock_class);
	panic("lock checker: %s: %s", what, classes[lock_class].name);
}

/* --- rules -------------------------------------------------------------------- */

static bool this_cpu_schedules(void)
{
	return READ_ONCE(online_cpus) >> cpu_id() & 1;
}

static void check_pair(const struct held_lock *held, enum lock_class lock_class, const void *lock,
		       u64 ip)
{
	struct edge *e = &edge_seen[held->lock_class][lock_class];

	if (held->lock == lock)
		lockdep_report("taken again by its holder", lock_class, lock, ip, held);
	else if (held->lock_class > lock_class)
		lockdep_report("against the lock order", lock_class, lock, ip, held);
	else if (held->lock_class == lock_class && classes[lock_class].nest == ONE)
		lockdep_report("a second lock of its class", lock_class, lock, ip, held);
	else if (held->lock_class == lock_class && classes[lock_class].nest == TRIED)
		lockdep_report("a second lock of its class may only be tried", lock_class, lock, ip,
			       held);
	else if (!e->outer_ip)
		*e = (struct edge){ .outer_ip = held->ip, .inner_ip = ip };
}

/* The table's kinds say where a lock may be taken; not yet during boot, all in one context. */
static void check_context(enum lock_class lock_class, const void *lock, bool tried, u64 ip,
			  u64 flags)
{
	bool irqs_on = flags & RFLAGS_IF;
	bool in_irq = this_cpu()->irq_depth;

	if (!this_cpu_schedules())
		return;
	if (classes[lock_class].kind == IRQ && irqs_on)
		lockdep_report("taken with interrupts on", lock_class, lock, ip, NULL);
	if (classes[lock_class].kind != IRQ && in_irq)
		lockdep_report("taken in an interrupt handler", lock_class, lock, ip, NULL);
	else if (classes[lock_class].kind != IRQ && !irqs_on && !tried)
		lockdep_report("waited for with interrupts off", lock_class, lock, ip, NULL);
}

static void remove_held(struct held_lock *held, u32 *n, u32 i)
{
	(*n)--;
	for (; i < *n; i++)
		held[i] = held[i + 1];
}

static void forget_unlocked_pages(struct thread *t)
{
	for (u32 i = t->held_locks; i-- > 0;)
		if (t->held[i].lock_class == LOCK_PAGE && !PageLocked(t->held[i].lock))
			remove_held(t->held, &t->held_locks, i);
}

static void lockdep_check_order(enum lock_class lock_class, const void *lock, u64 ip)
{
	const struct held_spinlocks *s = &spinlocks[cpu_id()];

	forget_unlocked_pages(current);
	for (u32 i = 0; i < current->held_locks; i++)
		check_pair(&current->held[i], lock_class, lock, ip);
	for (u32 i = 0; i < s->n; i++)
		check_pair(&s->held[i], lock_class, lock, ip);
}

/* --- bookkeeping -------------------------------------------------------------- */

/* The list that a lock of the class is kept on, and its length. */
static struct held_lock *held_list(enum lock_class lock_class, u32 **n)
{
	if (classes[lock_class].kind == SLEEP) {
		*n = &current->held_locks;
		return current->held;
	}
	*n = &spinlocks[cpu_id()].n;
	return spinlocks[cpu_id()].held;
}

void lockdep_acquire(enum lock_class lock_class, const void *lock, bool tried, u64 ip)
{
	struct held_lock *held;
	u32 *n;
	u64 flags;

	if (READ_ONCE(reporting))
		return;
	flags = irq_save();
	check_context(lock_class, lock, tried, ip, flags);
	if (!tried)
		lockdep_check_order(lock_class, lock, ip);
	held = held_list(lock_class, &n);
	if (*n == HELD_LOCKS_MAX)
		panic("lock checker: more than %d locks held", HELD_LOCKS_MAX);
	held[(*n)++] = (struct held_lock){ .lock = lock, .ip = ip, .lock_class = lock_class };
	irq_restore(flags);
}

void lockdep_release(enum lock_class lock_class, const void *lock, u64 ip)
{
	struct held_lock *held;
	u32 *n, i;
	u64 flags;

	if (READ_ONCE(reporting))
		return;
	flags = irq_save();
	held = held_list(lock_class, &n);
	for (i = *n; i-- > 0;)
		if (held[i].lock == lock)
			break;
	if (i < *n)
		remove_held(held, n, i);
	else if (lock_class != LOCK_PAGE)
		lockdep_report("released but not held", lock_class, lock, ip, NULL);
	irq_restore(flags);
}

void lockdep_init(void)
{
	lock_hooks.acquire = lockdep_acquire;
	lock_hooks.release = lockdep_release;
}

/* --- assertions --------------------------------------------------------------- */

static void report_held(const char *what)
{
	const struct held_spinlocks *s = &spinlocks[cpu_id()];
	const struct held_lock *last =
		s->n ? &s->held[s->n - 1] : &current->held[current->held_locks - 1];

	lockdep_report(what, last->lock_class, last->lock, last->ip, NULL);
}

void lockdep_assert_none_held(const char *what)
{
	forget_unlocked_pages(current);
	if (current->held_locks || spinlocks[cpu_id()].n)
		report_held(what);
}

void lockdep_assert_may_schedule(void)
{
	if (spinlocks[cpu_id()].n)
		report_held("a thread leaves its CPU with a spinlock held");
	if (!this_cpu_schedules())
		panic("a thread waits before this CPU schedules");
	if (!irqs_enabled() || this_cpu()->irq_depth)
		panic("a thread leaves its CPU with interrupts off");
}

void might_sleep(void)
{
	if (!this_cpu_schedules())
		return;
	lockdep_assert_may_schedule();
	if (READ_ONCE(current->state) != T_RUNNABLE)
		panic("a thread that is about to wait does something that may sleep");
}

void lockdep_dry_run_begin(void)
{
	dry_reports = 0;
	WRITE_ONCE(dry_run, current);
}

u32 lockdep_dry_run_end(void)
{
	WRITE_ONCE(dry_run, NULL);
	return dry_reports;
}

#endif
