/* SPDX-License-Identifier: MIT */
/* Tests of threads, wake-ups, time, the batch share, stop_machine and events. */
#include "kernel/core/event.h"
#include "kernel/core/ktest.h"
#include "kernel/core/log.h"
#include "kernel/sched/crew_test.h"
#include "kernel/x86/apic.h"
#include "kernel/x86/smp.h"

/* --- waiting ------------------------------------------------------------------ */

#define ROUNDS 500

static struct wait_queue ping_queue, pong_queue;
static u32 pings, pongs; /* (a) */

/* A condition that is looked at long before its value is used: time for a wake-up to be lost. */
static bool reached(const u32 *count, u32 i)
{
	bool seen = READ_ONCE(*count) >= i;

	for (int spin = 0; spin < 50; spin++)
		cpu_relax();
	return seen;
}

/* Answers each ping.  A lost wake-up shows as a time-out. */
static void answer(void *unused __maybe_unused)
{
	for (u32 i = 1; i <= ROUNDS; i++) {
		bool came = wait_event_timeout(&ping_queue, reached(&pings, i), 10 * NSEC_PER_SEC);

		KT_CHECK(came, "ping %u did not wake", i);
		WRITE_ONCE(pongs, i);
		wake_up_all(&pong_queue);
	}
}

KTEST(wake_ups_are_not_lost)
{
	struct crew crew;

	wait_queue_init(&ping_queue);
	wait_queue_init(&pong_queue);
	pings = pongs = 0;
	crew_start(&crew, 1, SCHED_NORMAL, answer, NULL);
	for (u32 i = 1; i <= ROUNDS; i++) {
		bool came;

		WRITE_ONCE(pings, i);
		wake_up_all(&ping_queue);
		came = wait_event_timeout(&pong_queue, reached(&pongs, i), 10 * NSEC_PER_SEC);
		KT_CHECK(came, "pong %u did not wake", i);
	}
	crew_join(&crew);
}

KTEST(sleep_takes_its_time)
{
	u64 start = now_ns(), slept;

	sleep_ns(3 * NSEC_PER_TICK);
	slept = now_ns() - start;
	KT_CHECK(slept >= 3 * NSEC_PER_TICK, "slept only %lu ns", slept);
	KT_CHECK(slept < 5 * NSEC_PER_SEC, "slept %lu ns", slept);
}

KTEST(wait_times_out)
{
	struct wait_queue q;
	u64 start = now_ns();
	bool came;

	wait_queue_init(&q);
	came = wait_event_timeout(&q, false, 2 * NSEC_PER_TICK);
	KT_CHECK(!came, "false came true");
	KT_CHECK(now_ns() - start >= 2 * NSEC_PER_TICK, "gave up after %lu ns", now_ns() - start);
	KT_CHECK(list_empty(&q.waiters), "a waiter is left behind");
}

/* --- placing ------------------------------------------------------------------ */

KTEST(affinity_moves_a_thread)
{
	int err;

	for (int round = 0; round < 20; round++) {
		for (u32 cpu = 0; cpu < nr_cpus; cpu++) {
			err = set_affinity(BIT(cpu));
			KT_CHECK(err == 0, "error %d", err);
			KT_CHECK(cpu_id() == cpu, "expected CPU %u, seen %u", cpu, cpu_id());
		}
	}
	err = set_affinity(0);
	KT_CHECK(err == -EINVAL, "no CPU at all: %d", err);
	err = set_affinity(BIT(MAXCPU - 1) << 1);
	KT_CHECK(err == -EINVAL, "no such CPU: %d", err);
	err = set_affinity(~0UL);
	KT_CHECK(err == 0, "error %d", err);
}

static u64 class_ns[2];	   /* (a) time on the CPU: normal, batch */
static bool spinners_stop; /* (a) */

static void spin_for_share(void *unused __maybe_unused)
{
	while (!READ_ONCE(spinners_stop))
		cond_resched();
	__atomic_fetch_add(&class_ns[current->sched_class == SCHED_BATCH], current->runtime_ns,
			   __ATOMIC_SEQ_CST);
}

/* Two normal threads and a batch thread spin on one CPU; ticks are coarse, hence the margin. */
KTEST(batch_gets_one_slice_in_ten)
{
	struct crew crew;
	u64 percent;

	class_ns[0] = class_ns[1] = 0;
	spinners_stop = false;
	crew_start(&crew, 0, SCHED_NORMAL, spin_for_share, NULL);
	crew_add(&crew, SCHED_NORMAL, BIT(0));
	crew_add(&crew, SCHED_NORMAL, BIT(0));
	crew_add(&crew, SCHED_BATCH, BIT(0));
	sleep_ns(1500 * NSEC_PER_MSEC);
	WRITE_ONCE(spinners_stop, true);
	crew_join(&crew);
	percent = class_ns[1] * 100 / (class_ns[0] + class_ns[1]);
	KT_CHECK(percent >= 4 && percent <= 20, "expected about 10 %%, seen %lu %%", percent);
}

/* --- life and death ----------------------------------------------------------- */

static u32 lives; /* (a) */

static void live(void *unused __maybe_unused)
{
	__atomic_fetch_add(&lives, 1, __ATOMIC_SEQ_CST);
	sched_yield();
}

KTEST(threads_come_and_go)
{
	struct crew crew;

	lives = 0;
	for (int i = 0; i < 10; i++) {
		crew_start(&crew, 10, i % 2 ? SCHED_BATCH : SCHED_NORMAL, live, NULL);
		crew_join(&crew);
	}
	KT_CHECK(lives == 100, "expected 100, seen %u", lives);
}

/* --- stop_machine ------------------------------------------------------------- */

static u64 progress[MAXCPU]; /* (a) */

static void make_progress(void *unused __maybe_unused)
{
	while (!READ_ONCE(spinners_stop)) {
		WRITE_ONCE(progress[cpu_id()], progress[cpu_id()] + 1);
		cond_resched();
	}
}

static void watch_progress(void *arg)
{
	u32 *moved = arg;
	u64 before[MAXCPU];

	KT_CHECK(irqs_enabled(), "wrong context");
	for (u32 cpu = 0; cpu < MAXCPU; cpu++)
		before[cpu] = READ_ONCE(progress[cpu]);
	udelay(1000);
	for (u32 cpu = 0; cpu < MAXCPU; cpu++)
		if (READ_ONCE(progress[cpu]) != before[cpu])
			++*moved;
}

KTEST(stop_machine_stops_all)
{
	struct crew crew;
	u32 moved = 0;

	spinners_stop = false;
	crew_start(&crew, 2 * nr_cpus, SCHED_NORMAL, make_progress, NULL);
	for (int i = 0; i < 6; i++) {
		stop_machine(watch_progress, &moved);
		sched_yield();
	}
	WRITE_ONCE(spinners_stop, true);
	crew_join(&crew);
	KT_CHECK(moved == 0, "%u times a CPU went on", moved);
}

static void stop_often(void *unused __maybe_unused)
{
	u32 moved = 0;

	for (int i = 0; i < 5; i++)
		stop_machine(watch_progress, &moved);
	KT_CHECK(moved == 0, "%u times a CPU went on", moved);
}

KTEST(stop_machine_by_several)
{
	struct crew crew;

	crew_start(&crew, 4, SCHED_NORMAL, stop_often, NULL);
	crew_join(&crew);
}

/* --- events ------------------------------------------------------------------- */

static void pass_event(void *passed)
{
	EVENT(unmerge_all, 1, 2);
	WRITE_ONCE(*(bool *)passed, true);
}

KTEST(event_holds_a_thread)
{
	u64 before = event_count(EV_unmerge_all);
	bool passed = false;
	struct crew crew;
	int err;

	err = event_hold(EV_cow_copy, 0);
	KT_CHECK(err == -EINVAL, "hold at an ATOMIC event: %d", err);
	err = event_hold(EV_unmerge_all, 0);
	KT_CHECK(err == 0, "error %d", err);
	err = event_hold(EV_unmerge_all, 0);
	KT_CHECK(err == -EBUSY, "hold twice: %d", err);
	crew_start(&crew, 1, SCHED_NORMAL, pass_event, &passed);
	while (!event_is_held(EV_unmerge_all))
		sched_yield();
	sleep_ns(2 * NSEC_PER_TICK);
	KT_CHECK(!READ_ONCE(passed), "the thread was not held");
	KT_CHECK(event_count(EV_unmerge_all) == before + 1, "counted %lu",
		 event_count(EV_unmerge_all) - before);
	event_release(EV_unmerge_all);
	crew_join(&crew);
	KT_CHECK(passed, "the thread did not go on");
	pass_event(&passed); /* disarmed: must not hold */
}

KTEST(fail_nth_fails_once)
{
	bool failed[5];

	fail_nth(3, false);
	for (int i = 0; i < 5; i++)
		failed[i] = should_fail();
	fail_nth(0, false);
	for (int i = 0; i < 5; i++)
		KT_CHECK(failed[i] == (i == 2), "step %d", i + 1);
	fail_event(EV_unmerge_all, 2);
	for (int i = 0; i < 3; i++)
		failed[i] = should_fail_event(EV_unmerge_all);
	for (int i = 0; i < 3; i++)
		KT_CHECK(failed[i] == (i == 1), "event step %d", i + 1);
}
