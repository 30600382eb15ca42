/* SPDX-License-Identifier: MIT */
/*
 * The scheduler: one run queue a CPU, round robin within a class.
 *
 * The lock of a run queue is held across the switch: the thread that gives up
 * the CPU takes it, the thread that gets the CPU releases it in finish_switch().
 * So whoever holds it sees either a thread that still runs or one that is off
 * its stack for good, and a thread that was just queued cannot be pulled to
 * another CPU while its stack is in use here.
 *
 * A thread that is RUNNABLE, not queued and not running belongs to whoever made
 * it so (a waker, a puller): nobody else touches it until it is queued again.
 *
 * BATCH threads earn a ninth of the time that NORMAL threads spend here and,
 * with a whole slice earned, go before them: one slice in ten.
 *
 * Who calls another (schedule_to) hands over the CPU with the rest of the slice.
 *
 * Deliberately missing: priorities, and balancing other than placing a woken
 * thread on the emptiest CPU and letting an idle CPU pull.
 */
#include <abi/errno.h>
#include "kernel/core/log.h"
#include "kernel/lib/format.h"
#include "kernel/sched/lockdep.h"
#include "kernel/sched/runq.h"
#include "kernel/x86/apic.h"
#include "kernel/x86/hooks.h"
#include "kernel/x86/switch.h"
#include "kernel/x86/trap.h"
#include "mm/frame/kmap.h"

struct runq runqs[MAXCPU];
static struct thread idle_threads[MAXCPU];
u64 online_cpus;

/* --- choosing ----------------------------------------------------------------- */

static bool waits(const struct runq *rq, enum sched_class class)
{
	return !list_empty(&rq->waiting[class]);
}

static bool batch_is_due(const struct runq *rq)
{
	return waits(rq, SCHED_BATCH) && rq->batch_credit >= (s64)SLICE_NS;
}

/* Adds the time since the last call to the account of t, which runs on rq. */
static void charge(struct runq *rq, struct thread *t, u64 now)
{
	s64 ns = now - t->charged_ns;

	assert_spin_held(&rq->lock);
	t->charged_ns = now;
	t->runtime_ns += ns;
	if (t->class == SCHED_NORMAL)
		rq->batch_credit = MIN(rq->batch_credit + ns / 9, (s64)SLICE_NS);
	else if (t->class == SCHED_BATCH)
		rq->batch_credit = MAX(rq->batch_credit - ns, -(s64)SLICE_NS);
}

static void enqueue(struct runq *rq, struct thread *t)
{
	assert_spin_held(&rq->lock);
	list_add_tail(&t->rq_link, &rq->waiting[t->class]);
	t->on_rq = true;
	t->cpu = rq - runqs;
	WRITE_ONCE(rq->nr_waiting, rq->nr_waiting + 1);
}

static void dequeue(struct runq *rq, struct thread *t)
{
	assert_spin_held(&rq->lock);
	list_del_init(&t->rq_link);
	t->on_rq = false;
	WRITE_ONCE(rq->nr_waiting, rq->nr_waiting - 1);
}

static enum sched_class best_class(const struct runq *rq)
{
	if (waits(rq, SCHED_STOP))
		return SCHED_STOP;
	if (batch_is_due(rq))
		return SCHED_BATCH;
	if (waits(rq, SCHED_NORMAL))
		return SCHED_NORMAL;
	return waits(rq, SCHED_BATCH) ? SCHED_BATCH : SCHED_IDLE;
}

static struct thread *pick_next(struct runq *rq)
{
	enum sched_class class = best_class(rq);
	struct thread *t;

	if (class == SCHED_IDLE)
		return rq->idle;
	t = list_first_entry(&rq->waiting[class], struct thread, rq_link);
	dequeue(rq, t);
	return t;
}

/* --- switching ---------------------------------------------------------------- */

/* next's slice began at started_ns. */
static __always_inline void switch_to(struct runq *rq, struct thread *prev, struct thread *next,
				      u64 started_ns)
{
	next->charged_ns = prev->charged_ns;
	next->started_ns = started_ns;
	next->cpu = rq - runqs;
	next->on_cpu = true;
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
		prev->on_cpu = false;
		dead = prev->state == T_DEAD;
		stray = prev->state == T_RUNNABLE && !prev->on_rq && prev != rq->idle;
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

/* Whether prev, which gives up the CPU, wants it again here. */
static bool stays(const struct runq *rq, const struct thread *prev)
{
	return prev->state == T_RUNNABLE && prev != rq->idle && may_run_on(prev, cpu_id());
}

/* Gives the CPU to the best thread; a caller who yields comes last, behind batch threads too. */
static void reschedule(bool yield)
{
	struct thread *prev = current, *next = NULL;
	struct runq *rq = this_runq();
	u64 flags = spin_lock_irqsave(&rq->lock);
	bool stay = stays(rq, prev);

	this_cpu()->need_resched = 0;
	charge(rq, prev, now_ns());
	if (yield)
		next = pick_next(rq);
	if (stay && next == rq->idle)
		next = prev;
	else if (stay)
		enqueue(rq, prev);
	if (!yield)
		next = pick_next(rq);
	if (next != prev)
		switch_to(rq, prev, next, prev->charged_ns);
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

/* Brings t here, if it sleeps elsewhere and may run here: who is called runs where the caller did. */
static __noinline void fetch_sleeper(struct thread *t)
{
	u64 flags;
	struct runq *rq = lock_thread_runq(t, &flags);

	if (t->state == T_SLEEPING && !t->on_cpu && may_run_on(t, cpu_id()))
		WRITE_ONCE(t->cpu, cpu_id());
	spin_unlock_irqrestore(&rq->lock, flags);
}

/*
 * A slice that is over goes to nobody: two who call each other would keep all others
 * away.  Who has been sent a signal, or is to die, has been woken in vain, so he does not sleep.  What prev has used since it was last charged goes on t's account.
 */
bool schedule_to(struct thread *t, spinlock_t *lock)
{
	struct thread *prev = current;
	struct runq *rq = this_runq();

	if (READ_ONCE(t->cpu) != prev->cpu)
		fetch_sleeper(t);
	irq_disable();
	spin_lock(&rq->lock);
	if (t->cpu != prev->cpu || t->state != T_SLEEPING || t->on_cpu || t->class != prev->class ||
	    this_cpu()->need_resched || READ_ONCE(prev->notified)) {
		spin_unlock_irqrestore(&rq->lock, RFLAGS_IF);
		return false;
	}
	WRITE_ONCE(t->state, T_RUNNABLE);
	WRITE_ONCE(prev->state, T_SLEEPING);
	spin_unlock(lock);
	switch_to(rq, prev, t, prev->started_ns);
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
	if (!(mask & READ_ONCE(online_cpus)))
		return -EINVAL;
	current->affinity = mask;
	if (!may_run_on(current, cpu_id()))
		sched_yield();
	return 0;
}

/* --- waking ------------------------------------------------------------------- */

void set_current_sleeping(void)
{
	(void)xchg(&current->state, T_SLEEPING);
}

void set_current_running(void)
{
	WRITE_ONCE(current->state, T_RUNNABLE);
}

/* Threads that run or wait there, the idle thread not counted. */
static u32 load(const struct runq *rq)
{
	return READ_ONCE(rq->nr_waiting) + (READ_ONCE(rq->running) != rq->idle);
}

/* The emptiest CPU that t may run on; the one it ran on last if that is as good. */
static struct runq *select_runq(const struct thread *t)
{
	u64 mask = t->affinity & READ_ONCE(online_cpus);
	struct runq *best;
	u32 cpu;

	if (!mask) /* boot: it will start there */
		return &runqs[__builtin_ctzl(t->affinity)];
	cpu = mask >> t->cpu & 1 ? t->cpu : (u32)__builtin_ctzl(mask);
	best = &runqs[cpu];
	for (mask &= ~BIT(cpu); mask; mask &= mask - 1) {
		struct runq *rq = &runqs[__builtin_ctzl(mask)];

		if (load(rq) < load(best))
			best = rq;
	}
	return best;
}

/* Makes the CPU of rq look at its queue soon if t, just queued, is worth it. */
static void check_preempt(struct runq *rq, const struct thread *t)
{
	u32 cpu = rq - runqs;

	assert_spin_held(&rq->lock);
	if (t->class >= rq->running->class)
		return;
	WRITE_ONCE(cpu_locals[cpu].need_resched, 1);
	if (cpu != cpu_id()) /* one that does not schedule yet keeps it pending */
		apic_send_ipi(cpu, IPI_RESCHEDULE);
}

void thread_start(struct thread *t)
{
	struct runq *rq = select_runq(t);

	IRQ_GUARD(&rq->lock);
	enqueue(rq, t);
	check_preempt(rq, t);
}

bool wake_up_thread(struct thread *t)
{
	u64 flags;
	struct runq *rq = lock_thread_runq(t, &flags);
	bool slept = t->state == T_SLEEPING;
	bool place = slept && !t->on_cpu;

	if (slept)
		WRITE_ONCE(t->state, T_RUNNABLE);
	/* If it is still on its CPU it was about to sleep, and schedule() will see the new state. */
	spin_unlock_irqrestore(&rq->lock, flags);
	if (place)
		thread_start(t);
	return slept;
}

/* --- tick and idle ------------------------------------------------------------ */

/*
 * Whether t, running on rq and just charged, should make room.  Batch is not due while a batch
 * thread runs: that one has paid.
 */
static bool slice_is_over(const struct runq *rq, const struct thread *t, u64 now)
{
	enum sched_class best = best_class(rq);

	if (best == t->class) /* at the tick that is nearest to the end of its slice */
		return best != SCHED_IDLE && now - t->started_ns >= SLICE_NS / 2;
	return best < t->class || (t->class == SCHED_NORMAL && batch_is_due(rq));
}

static void sched_tick(void)
{
	struct runq *rq = this_runq();
	u64 now = now_ns();

	timer_tick(now);
	IRQ_GUARD(&rq->lock);
	charge(rq, current, now);
	if (slice_is_over(rq, current, now))
		this_cpu()->need_resched = 1;
}

/* A thread waiting on rq that may run on cpu, taken off its queue; NULL if there is none. */
static struct thread *steal_from(struct runq *rq, u32 cpu)
{
	struct thread *t;

	IRQ_GUARD(&rq->lock);
	for (int class = SCHED_NORMAL; class <= SCHED_BATCH; class ++) {
		list_for_each_entry(t, &rq->waiting[class], rq_link) {
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

static void __noreturn idle_loop(void)
{
	for (;;) {
		while (READ_ONCE(this_runq()->nr_waiting) || pull_work())
			schedule();
		irq_disable();
		if (READ_ONCE(this_runq()->nr_waiting))
			irq_enable();
		else
			sti_halt();
	}
}

/* --- start -------------------------------------------------------------------- */

static void describe_thread(char *buf, size_t size)
{
	if (current)
		scnprintf(buf, size, "thread %s", current->name);
}

static void runq_init(u32 cpu)
{
	struct runq *rq = &runqs[cpu];

	spin_lock_init(&rq->lock, LOCK_RUNQ);
	for (int class = 0; class < SCHED_IDLE; class ++)
		INIT_LIST_HEAD(&rq->waiting[class]);
	rq->idle = rq->running = &idle_threads[cpu];
	thread_init_idle(rq->idle, cpu);
}

void sched_init(void)
{
	for (u32 cpu = 0; cpu < MAXCPU; cpu++)
		runq_init(cpu);
	timer_init();
	this_cpu()->thread = this_runq()->idle;
	thread_cache_init();
	lockdep_init();
	panic_describe_thread = describe_thread;
	x86_hooks.tick = sched_tick;
	x86_hooks.ap_main = sched_start_cpu;
}

void *sched_alloc_idle_stack(u32 cpu)
{
	void *stack = alloc_kstack();

	idle_threads[cpu].stack = stack;
	return stack ? stack + KSTACK_SIZE : NULL;
}

void sched_start_cpu(void)
{
	struct runq *rq = this_runq();

	this_cpu()->thread = rq->idle;
	this_cpu()->stack_canary = rq->idle->canary; /* no function before this one will return */
	rq->idle->started_ns = rq->idle->charged_ns = now_ns();
	__atomic_fetch_or(&online_cpus, BIT(cpu_id()), __ATOMIC_SEQ_CST);
	lapic_timer_start(HZ);
	irq_enable();
	idle_loop();
}
