/* SPDX-License-Identifier: MIT */
/*
 * The scheduler: one run queue a CPU, round robin within a class.
 *
 * The lock of a run queue is held across the switch: the thread that gives up
 * the CPU takes it, the thread that gets the CPU releases it in finish_switch().
 * So its holder sees either a thread that still runs or one that is off
 * its stack for good, and a thread that was just queued cannot be pulled to
 * another CPU while its stack is in use here.
 *
 * A thread that is RUNNABLE, not queued and not running belongs to the CPU that
 * made it so (a waker, a puller): no other touches it until it is queued again.
 *
 * BATCH threads earn a ninth of the time that NORMAL threads spend here and,
 * with a whole slice earned, go before them: one slice in ten.
 *
 * A thread that calls another (schedule_to) hands over the CPU with the rest of
 * its slice.
 *
 * While a CPU has stopped the others (stop_machine) they find nobody to run but
 * their idle threads, which spin; the kernel is not preemptible, so none of the
 * threads that wait meanwhile is in the middle of anything but sleeping.
 *
 * Deliberately missing: priorities, and balancing other than placing a woken
 * thread on the emptiest CPU and letting an idle CPU pull.
 */
#include <abi/errno.h>
#include "kernel/core/log.h"
#include "kernel/sched/lockdep.h"
#include "kernel/sched/runq.h"
#include "kernel/sched/rwsem.h"
#include "kernel/x86/apic.h"
#include "kernel/x86/hooks.h"
#include "kernel/x86/smp.h"
#include "kernel/x86/switch.h"
#include "kernel/x86/trap.h"
#include "mm/frame/kmap.h"

struct runq runqs[MAXCPU];
u64 online_cpus;

static struct rwsem stop_mutex; /* STOP */
static u32 going_on;		/* (a) 1 + the CPU that has stopped the others; 0: none has */
static atomic_t stopped;	/* (a) CPUs whose idle thread waits for the end of that */

/* --- choosing ----------------------------------------------------------------- */

static bool waits(const struct runq *rq, enum sched_class sched_class)
{
	return !list_empty(&rq->waiting[sched_class]);
}

static bool batch_is_due(const struct runq *rq)
{
	return waits(rq, SCHED_BATCH) && rq->batch_credit >= (s64)SLICE_NS;
}

/* Whether another CPU has stopped this one. */
static bool is_stopped(void)
{
	u32 cpu = smp_load_acquire(&going_on);

	return cpu && cpu != cpu_id() + 1;
}

/* Adds the time since the last call to the account of the thread that runs on rq. */
static void charge(struct runq *rq, u64 now)
{
	struct thread *t = rq->running;
	s64 ns = now - rq->charged_ns;

	assert_spin_held(&rq->lock);
	rq->charged_ns = now;
	t->runtime_ns += ns;
	if (t->sched_class == SCHED_NORMAL)
		rq->batch_credit = MIN(rq->batch_credit + ns / 9, (s64)SLICE_NS);
	else if (t->sched_class == SCHED_BATCH)
		rq->batch_credit = MAX(rq->batch_credit - ns, -(s64)SLICE_NS);
}

static void enqueue(struct runq *rq, struct thread *t)
{
	assert_spin_held(&rq->lock);
	list_add_tail(&t->rq_link, &rq->waiting[t->sched_class]);
	t->cpu = rq - runqs;
	WRITE_ONCE(rq->nr_waiting, rq->nr_waiting + 1);
}

static void dequeue(struct runq *rq, struct thread *t)
{
	assert_spin_held(&rq->lock);
	list_del_init(&t->rq_link);
	WRITE_ONCE(rq->nr_waiting, rq->nr_waiting - 1);
}

static enum sched_class best_class(const struct runq *rq)
{
	if (unlikely(is_stopped()))
		return SCHED_IDLE;
	if (batch_is_due(rq))
		return SCHED_BATCH;
	if (waits(rq, SCHED_NORMAL))
		return SCHED_NORMAL;
	return waits(rq, SCHED_BATCH) ? SCHED_BATCH : SCHED_IDLE;
}

static struct thread *pick_next(struct runq *rq)
{
	enum sched_class sched_class = best_class(rq);
	struct thread *t;

	if (sched_class == SCHED_IDLE)
		return &rq->idle;
	t = list_first_entry(&rq->waiting[sched_class], struct thread, rq_link);
	dequeue(rq, t);
	return t;
}

/* --- switching ---------------------------------------------------------------- */

static __always_inline void switch_to(struct runq *rq, struct thread *prev, struct thread *next)
{
	rq->running = next;
	rq->switched_from = prev;
	if (prev->process)
		fpu_save(&prev->fpu);
	if (prev->mm != next->mm)
		sched_hooks.switch_mm(prev->mm, next->mm);
	if (next->process) {
		fpu_restore(&next->fpu);
		wrmsr(MSR_FS_BASE, next->fs_base);
		x86_set_kernel_stack((u64)next->stack + KSTACK_SIZE);
	}
	if (unlikely(prev->ports.n || next->ports.n)) /* to the idle thread too */
		x86_set_ports(next->ports);
	this_cpu()->thread = next;
	this_cpu()->stack_canary = next->canary;
	x86_switch(&prev->rsp, next->rsp);
}

/* Runs on the stack of the thread that now has the CPU; its own variables may be old. */
void finish_switch(u64 flags)
{
	struct runq *rq = this_runq();
	struct thread *prev = rq->switched_from;
	bool stray = false, dead = false;

	if (prev) {
		rq->switched_from = NULL;
		dead = prev->state == T_DEAD;
		stray = prev->state == T_RUNNABLE && list_empty(&prev->rq_link) &&
			prev != &rq->idle;
	}
	spin_unlock_irqrestore(&rq->lock, flags);
	if (stray) /* it may not run here any more: set_affinity() */
		thread_start(prev);
	if (dead)
		thread_reap(prev);
}

static bool may_run_on(const struct thread *t, u32 cpu)
{
	return t->affinity >> cpu & 1;
}

/* Gives the CPU to the best thread; a caller that yields comes last, after batch threads too. */
static void reschedule(bool yield)
{
	struct runq *rq = this_runq();
	struct thread *prev = current, *next = &rq->idle;
	u64 flags = spin_lock_irqsave(&rq->lock);

	this_cpu()->need_resched = 0;
	charge(rq, now_ns());
	if (yield)
		next = pick_next(rq);
	if (prev->state == T_RUNNABLE && prev != &rq->idle && may_run_on(prev, cpu_id()))
		enqueue(rq, prev);
	if (next == &rq->idle)
		next = pick_next(rq);
	rq->started_ns = rq->charged_ns;
	if (next != prev)
		switch_to(rq, prev, next);
	finish_switch(flags);
}

void schedule(void)
{
	lockdep_assert_may_schedule();
	reschedule(false);
}

/* Locks the run queue of the CPU where t runs, is queued or ran last. */
static struct runq *lock_thread_runq(struct thread *t, u64 *flags)
{
	for (;;) {
		struct runq *rq = &runqs[READ_ONCE(t->cpu)];

		*flags = spin_lock_irqsave(&rq->lock);
		if (rq == &runqs[READ_ONCE(t->cpu)])
			return rq;
		spin_unlock_irqrestore(&rq->lock, *flags);
	}
}

/* Brings t here, if it sleeps elsewhere and may run here: a server runs where its caller did. */
static __noinline void fetch_sleeper(struct thread *t)
{
	u64 flags;
	struct runq *rq = lock_thread_runq(t, &flags);

	if (t->state == T_SLEEPING && rq->running != t && may_run_on(t, cpu_id()))
		WRITE_ONCE(t->cpu, cpu_id());
	spin_unlock_irqrestore(&rq->lock, flags);
}

/*
 * A slice that is over goes to nobody: two that call each other would keep all others
 * away.  A thread that has been sent a signal, or is to die, does not sleep: its wake-up
 * has been already.  What prev has used since it was last charged goes on t's account.
 */
bool schedule_to(struct thread *t, spinlock_t *lock)
{
	struct thread *prev = current;
	struct runq *rq = this_runq();

	if (READ_ONCE(t->cpu) != prev->cpu)
		fetch_sleeper(t);
	irq_disable();
	spin_lock(&rq->lock);
	if (t->cpu != prev->cpu || t->state != T_SLEEPING || t->sched_class != prev->sched_class ||
	    this_cpu()->need_resched || READ_ONCE(prev->notified)) {
		spin_unlock_irqrestore(&rq->lock, RFLAGS_IF);
		return false;
	}
	WRITE_ONCE(t->state, T_RUNNABLE);
	WRITE_ONCE(prev->state, T_SLEEPING);
	spin_unlock(lock);
	switch_to(rq, prev, t);
	finish_switch(RFLAGS_IF);
	return true;
}

void sched_yield(void)
{
	might_sleep();
	reschedule(true);
}

void sched_reschedule_user(void)
{
	lockdep_assert_none_held("return to user mode");
	while (this_cpu()->need_resched) {
		irq_enable();
		schedule();
		irq_disable();
	}
}

int set_affinity(u64 mask)
{
	if (!(mask & (BIT(READ_ONCE(nr_cpus)) - 1)))
		return -EINVAL;
	current->affinity = mask;
	if (!may_run_on(current, cpu_id()))
		sched_yield();
	return 0;
}

/* --- waking ------------------------------------------------------------------- */

/* Threads that run or wait there, the idle thread not counted. */
static u32 runq_load(const struct runq *rq)
{
	return READ_ONCE(rq->nr_waiting) + (READ_ONCE(rq->running) != &rq->idle);
}

/* The emptiest CPU that t may run on; the one it ran on last if that is as good. */
static struct runq *select_runq(const struct thread *t)
{
	u64 mask = t->affinity & READ_ONCE(online_cpus);
	struct runq *best;
	u32 cpu;

	if (!mask) /* they do not schedule yet: it will run there */
		return &runqs[__builtin_ctzl(t->affinity)];
	cpu = mask >> t->cpu & 1 ? t->cpu : (u32)__builtin_ctzl(mask);
	best = &runqs[cpu];
	for (mask &= ~BIT(cpu); mask; mask &= mask - 1) {
		struct runq *rq = &runqs[__builtin_ctzl(mask)];

		if (runq_load(rq) < runq_load(best))
			best = rq;
	}
	return best;
}

/* Makes the CPU of rq choose again soon. */
static void preempt(struct runq *rq)
{
	u32 cpu = rq - runqs;

	assert_spin_held(&rq->lock);
	WRITE_ONCE(cpu_locals[cpu].need_resched, 1);
	if (cpu != cpu_id()) /* one that does not schedule yet keeps it pending */
		apic_send_ipi(cpu, IPI_RESCHEDULE);
}

void thread_start(struct thread *t)
{
	struct runq *rq = select_runq(t);

	IRQ_GUARD(&rq->lock);
	enqueue(rq, t);
	if (t->sched_class < rq->running->sched_class)
		preempt(rq);
}

void wake_up_thread(struct thread *t)
{
	u64 flags;
	struct runq *rq = lock_thread_runq(t, &flags);
	/* Still on its CPU it was about to sleep, and schedule() will see the new state. */
	bool place = t->state == T_SLEEPING && rq->running != t;

	if (t->state == T_SLEEPING)
		WRITE_ONCE(t->state, T_RUNNABLE);
	spin_unlock_irqrestore(&rq->lock, flags);
	if (place)
		thread_start(t);
}

/* --- tick and idle ------------------------------------------------------------ */

/*
 * Whether the thread that runs on rq, just charged, should make room.  Batch is not due while a
 * batch thread runs: that one has paid.
 */
static bool slice_is_over(const struct runq *rq)
{
	enum sched_class best = best_class(rq), sched_class = rq->running->sched_class;

	if (best == sched_class) /* at the tick that is nearest to the end of its slice */
		return best != SCHED_IDLE && rq->charged_ns - rq->started_ns >= SLICE_NS / 2;
	return best < sched_class || (sched_class == SCHED_NORMAL && batch_is_due(rq));
}

static void sched_tick(void)
{
	struct runq *rq = this_runq();
	u64 now = now_ns();

	timer_tick(now);
	IRQ_GUARD(&rq->lock);
	charge(rq, now);
	if (slice_is_over(rq))
		this_cpu()->need_resched = 1;
}

/* A thread waiting on rq that may run on cpu, taken off its queue; NULL if there is none. */
static struct thread *steal_from(struct runq *rq, u32 cpu)
{
	struct thread *t;

	IRQ_GUARD(&rq->lock);
	for (int sched_class = SCHED_NORMAL; sched_class <= SCHED_BATCH; sched_class++) {
		list_for_each_entry(t, &rq->waiting[sched_class], rq_link) {
			if (may_run_on(t, cpu)) {
				dequeue(rq, t);
				return t;
			}
		}
	}
	return NULL;
}

/* Takes over a thread that waits for another CPU; true if there was one. */
static bool pull_work(void)
{
	struct runq *mine = this_runq();
	u64 others = READ_ONCE(online_cpus) & ~BIT(cpu_id());

	for (; others; others &= others - 1) {
		struct runq *rq = &runqs[__builtin_ctzl(others)];
		struct thread *t = READ_ONCE(rq->nr_waiting) ? steal_from(rq, cpu_id()) : NULL;

		if (!t)
			continue;
		IRQ_GUARD(&mine->lock);
		enqueue(mine, t);
		return true;
	}
	return false;
}

/* Interrupts are on: IPIs are answered. */
static void wait_while_stopped(void)
{
	atomic_inc(&stopped);
	while (is_stopped())
		cpu_relax();
	atomic_dec(&stopped);
}

/* Whether there is a thread to run here: one that waits, or one pulled from another CPU. */
static bool has_work(void)
{
	if (is_stopped())
		return false;
	if (READ_ONCE(this_runq()->nr_waiting))
		return true;
	return pull_work();
}

static void __noreturn idle_loop(void)
{
	for (;;) {
		if (is_stopped())
			wait_while_stopped();
		while (has_work())
			schedule();
		irq_disable();
		if (READ_ONCE(this_runq()->nr_waiting) || is_stopped())
			irq_enable();
		else
			sti_halt();
	}
}

/* --- stopping ----------------------------------------------------------------- */

static void wait_for_stopped(int n)
{
	while (atomic_read(&stopped) != n)
		cpu_relax();
}

void stop_machine(void (*fn)(void *), void *arg)
{
	MUTEX_GUARD(&stop_mutex);

	/* From here on this thread does not sleep, so it stays on its CPU. */
	smp_store_release(&going_on, cpu_id() + 1);
	for (u32 cpu = 0; cpu < nr_cpus; cpu++) {
		IRQ_GUARD(&runqs[cpu].lock); /* or one that is choosing might forget need_resched */
		if (cpu != cpu_id())
			preempt(&runqs[cpu]);
	}
	wait_for_stopped(nr_cpus - 1);
	fn(arg);
	smp_store_release(&going_on, 0);
	wait_for_stopped(0);
}

/* --- start -------------------------------------------------------------------- */

static const char *thread_name(void)
{
	return current ? current->name : NULL;
}

static void runq_init(u32 cpu)
{
	struct runq *rq = &runqs[cpu];

	spin_lock_init(&rq->lock, LOCK_RUNQ);
	spin_lock_init(&rq->timer_lock, LOCK_TIMER);
	INIT_LIST_HEAD(&rq->timers);
	for (int sched_class = 0; sched_class < SCHED_IDLE; sched_class++)
		INIT_LIST_HEAD(&rq->waiting[sched_class]);
	rq->running = cpu_locals[cpu].thread = &rq->idle;
	thread_init_idle(&rq->idle, cpu);
}

void sched_init(void)
{
	for (u32 cpu = 0; cpu < MAXCPU; cpu++)
		runq_init(cpu);
	mutex_init(&stop_mutex, LOCK_STOP);
	thread_cache_init();
	lockdep_init();
	panic_thread_name = thread_name;
	x86_hooks.tick = sched_tick;
	x86_hooks.ap_main = sched_start_cpu;
}

void *sched_alloc_idle_stack(u32 cpu)
{
	void *stack = alloc_kstack();

	runqs[cpu].idle.stack = stack;
	return stack ? stack + KSTACK_SIZE : NULL;
}

void sched_start_cpu(void)
{
	struct runq *rq = this_runq();

	this_cpu()->stack_canary = rq->idle.canary; /* no function before this one will return */
	rq->started_ns = rq->charged_ns = now_ns();
	__atomic_fetch_or(&online_cpus, BIT(cpu_id()), __ATOMIC_SEQ_CST);
	lapic_timer_start(HZ);
	irq_enable();
	idle_loop();
}
