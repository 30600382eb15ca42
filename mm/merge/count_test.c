/* SPDX-License-Identifier: MIT */
/*
 * A test of the counters that every CPU raises.
 *
 * THEORY
 *
 * Most counters of the engine belong to whoever holds the scanner mutex.  A few are
 * raised where there is no such lock: cow_broken by every write to a merged page, on
 * any CPU, at any time.  A plain ++ is a load, an addition and a store:
 *
 *     CPU 0   load 7            store 8
 *     CPU 1          load 7              store 8        two partings, one counted
 *
 * Worked example.  The two meet within a few instructions, so that a test of real
 * partings, thousands of instructions each, hardly ever sees a count go astray.  This one
 * calls the hook that a parting calls, and nothing else, on all CPUs at once.
 *
 * Invariant tested: the count is the number of calls.
 *
 * Deliberately missing: one CPU, which cannot lose a count: it is not interrupted by
 * anybody who counts.
 *
 * Further reading: kernel/lib/atomic.h.
 */
#include "kernel/core/ktest.h"
#include "kernel/core/log.h"
#include "kernel/sched/crew_test.h"
#include "kernel/x86/apic.h"
#include "kernel/x86/smp.h"
#include "mm/merge/engine/engine.h"
#include "mm/space/hooks.h"

#define PARTINGS 1000000 /* of each thread: longer than the host lets one processor run alone */

static void part_many(void *unused)
{
	struct page merged = { .mapping = PAGE_MAPPING_KSM };

	(void)unused;
	for (int i = 0; i < PARTINGS; i++)
		merge_hooks.parted(&merged);
}

KTEST(merge_counts_of_all_cpus)
{
	s64 before = atomic64_read(&merge_counters.broken);
	struct crew crew;

	crew_start(&crew, 0, SCHED_NORMAL, part_many, NULL);
	for (u32 cpu = 0; cpu < nr_cpus; cpu++)
		crew_add(&crew, SCHED_NORMAL, BIT(cpu));
	crew_join(&crew);
	KT_CHECK(atomic64_read(&merge_counters.broken) - before == (s64)nr_cpus * PARTINGS,
		 "%ld counted", atomic64_read(&merge_counters.broken) - before);
	atomic64_set(&merge_counters.broken, before);
}
