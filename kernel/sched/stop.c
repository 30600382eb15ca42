/* SPDX-License-Identifier: MIT */
/* stop_machine(): every other CPU waits in a thread that goes before all others. */
#include "kernel/core/log.h"
#include "kernel/lib/format.h"
#include "kernel/sched/sync.h"
#include "kernel/x86/apic.h"

static struct rwsem stop_mutex;	   /* STOP */
static struct wait_queue stoppers; /* one thread for each CPU */
static u32 stopping_cpu;	   /* (stop_mutex) the one that goes on */
static atomic_t stopped;	   /* (a) CPUs that sit in their stopper */
static bool stopping;		   /* (a) they shall stay there */

static void stopper_thread(void *unused __maybe_unused)
{
	for (;;) {
		wait_event(&stoppers,
			   smp_load_acquire(&stopping) && READ_ONCE(stopping_cpu) != cpu_id());
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

	scnprintf(name, sizeof(name), "stopper/%u", cpu);
	t = thread_create(name, stopper_thread, NULL, SCHED_STOP);
	if (!t)
		panic("no memory for kernel thread %s", name);
	t->affinity = BIT(cpu);
	thread_start(t);
}

void stop_init(void)
{
	mutex_init(&stop_mutex, LOCK_STOP);
	wait_queue_init(&stoppers);
	for (u32 cpu = 0; cpu < nr_cpus; cpu++)
		start_stopper(cpu);
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
	WRITE_ONCE(stopping_cpu, cpu_id());
	smp_store_release(&stopping, true);
	wake_up_all(&stoppers);
	wait_for_stopped(nr_cpus - 1);
	fn(arg);
	smp_store_release(&stopping, false);
	wait_for_stopped(0);
}
