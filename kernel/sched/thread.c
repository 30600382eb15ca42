/* SPDX-License-Identifier: MIT */
/* Birth and death of threads. */
#include "kernel/sched/thread.h"
#include "kernel/core/log.h"
#include "kernel/lib/hash.h"
#include "kernel/lib/string.h"
#include "kernel/sched/lockdep.h"
#include "kernel/sched/runq.h"
#include "kernel/x86/switch.h"
#include "mm/frame/kmap.h"
#include "mm/frame/slab.h"

struct sched_hooks sched_hooks;

static struct kmem_cache *thread_cache; /* (c) */

void thread_cache_init(void)
{
	thread_cache = kmem_cache_create("thread", sizeof(struct thread),
					 __alignof__(struct thread), SLAB_ACCOUNT);
}

static void thread_setup(struct thread *t, const char *name, enum sched_class sched_class)
{
	t->sched_class = sched_class;
	t->affinity = ~0UL;
	/* not secret, only different in each thread; a zero byte stops overruns of strings */
	t->canary = hash64(rdtsc() ^ (u64)t) & ~0xffUL;
	strlcpy(t->name, name, sizeof(t->name));
	INIT_LIST_HEAD(&t->rq_link);
	INIT_LIST_HEAD(&t->sibling);
	t->sleep_timer.thread = t->alarm.thread = t;
	t->alarm.signals = BIT(SIGALRM);
	t->siginfo[SIGALRM] = (siginfo_t){};
	INIT_LIST_HEAD(&t->sleep_timer.link);
	INIT_LIST_HEAD(&t->alarm.link);
}

void thread_init_idle(struct thread *t, u32 cpu)
{
	thread_setup(t, "idle", SCHED_IDLE);
	t->affinity = BIT(cpu);
	t->cpu = cpu;
}

struct thread *thread_create(const char *name, void (*fn)(void *), void *arg,
			     enum sched_class sched_class)
{
	struct thread *t = kmem_cache_alloc(thread_cache);

	if (!t)
		return NULL;
	memset(t, 0, offsetof(struct thread, siginfo));
	t->stack = alloc_kstack();
	if (!t->stack) {
		kmem_cache_free(thread_cache, t);
		return NULL;
	}
	thread_setup(t, name, sched_class);
	t->fn = fn;
	t->arg = arg;
	t->cpu = cpu_id();
	fpu_init(&t->fpu);
	t->rsp = x86_prepare_stack(thread_regs(t), thread_entry, t);
	return t;
}

struct thread *kthread_run(const char *name, void (*fn)(void *), void *arg,
			   enum sched_class sched_class)
{
	struct thread *t = thread_create(name, fn, arg, sched_class);

	if (!t)
		panic("no memory for kernel thread %s", name);
	thread_start(t);
	return t;
}

void thread_destroy(struct thread *t)
{
	BUG_ON(runqs[t->cpu].running == t || !list_empty(&t->rq_link));
	free_kstack(t->stack);
	kmem_cache_free(thread_cache, t);
}

void thread_reap(struct thread *t)
{
	struct process *process = t->process;

	thread_destroy(t);
	if (process) /* last, so that a parent that is told finds all memory back */
		sched_hooks.thread_free(process);
}

/* Entered by x86_switch() with the run queue locked and interrupts off. */
void thread_entry(void *thread)
{
	struct thread *t = thread;

	finish_switch(RFLAGS_IF);
	t->fn(t->arg);
	thread_exit();
}

void thread_exit(void)
{
	might_sleep();
	lockdep_assert_none_held("a thread ends");
	BUG_ON(current->mm);
	WRITE_ONCE(current->state, T_DEAD);
	schedule();
	BUG();
}
