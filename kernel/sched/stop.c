/* SPDX-License-Identifier: MIT */
/* stop_machine(): every other CPU waits in a thread that goes before all others. */
#include "kernel/core/log.h"
#include "kernel/lib/format.h"
#include "kernel/sched/sync.h"
#include "kernel/x86/smp.h"

/* One for each CPU. */
struct stopper {
	bool called;		 /* (a) stop now */
	struct wait_queue queue; /* its thread sleeps here */
};

static struct mutex stop_mutex; /* STOP */
static struct stopper stoppers[MAXCPU];
static u32 nr_stoppers;		   /* (c) after stop_init() */
static atomic_t stopped;	   /* (a) CPUs that sit in their stopper */
static bool stopping;		   /* (a) they shall stay there */
static struct thread *stopped_for; /* (a) who runs a function now, or NULL */

static void stopper_thread(void *arg)
{
	struct stopper *s = arg;

	for (;;) {
		wait_event(&s->queue, READ_ONCE(s->called));
		WRITE_ONCE(s->called, false);
		atomic_inc(&stopped);
		while (smp_load_acquire(&stopping))
			cpu_relax(); /* interrupts on: IPIs are answered */
		atomic_dec(&stopped);
	}
}

static void start_stopper(u32 cpu)
{
	struct thread *t;
	char name[16];

	wait_queue_init(&stoppers[cpu].queue);
	snprintf(name, sizeof(name), "stopper/%u", cpu);
	t = thread_create(name, stopper_thread, &stoppers[cpu], SCHED_STOP);
	if (!t)
		panic("no memory for kernel thread %s", name);
	t->affinity = BIT(cpu);
	thread_start(t);
}

void stop_init(void)
{
	mutex_init(&stop_mutex, LOCK_STOP);
	for (u32 cpu = 0; cpu < nr_cpus; cpu++)
		start_stopper(cpu);
	nr_stoppers = nr_cpus;
}

static void call_stoppers(u32 except)
{
	for (u32 cpu = 0; cpu < nr_stoppers; cpu++) {
		if (cpu == except)
			continue;
		WRITE_ONCE(stoppers[cpu].called, true);
		wake_up_all(&stoppers[cpu].queue);
	}
}

static void wait_for_stopped(int n)
{
	while (atomic_read(&stopped) != n)
		cpu_relax();
}

void stop_machine(void (*fn)(void *), void *arg)
{
	MUTEX_GUARD(&stop_mutex);

	/* From here on this thread does not sleep, so it stays on its CPU. */
	smp_store_release(&stopping, true);
	call_stoppers(cpu_id());
	wait_for_stopped(nr_stoppers - 1);
	WRITE_ONCE(stopped_for, current);
	fn(arg);
	WRITE_ONCE(stopped_for, NULL);
	smp_store_release(&stopping, false);
	wait_for_stopped(0);
}

bool machine_is_stopped(void)
{
	return READ_ONCE(stopped_for) == current;
}
