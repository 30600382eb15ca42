/* SPDX-License-Identifier: MIT */
/*
 * Proves: user mode may read the time-stamp counter, which goes forward and
 * agrees with the clock.  See kernel/README.md, "Time".
 *
 * cpus: 1 2 4
 */
#include <time.h>

#include "test.h"

static uint64_t now_ns(void)
{
	struct timespec ts = { 0 };

	CHECK(!clock_gettime(CLOCK_MONOTONIC, &ts), "clock_gettime: %s", strerror(errno));
	return (uint64_t)ts.tv_sec * 1000000000 + (uint64_t)ts.tv_nsec;
}

int main(void)
{
	uint64_t tsc = __builtin_ia32_rdtsc(), start = tsc, ns = now_ns(), ns0 = ns;

	TEST_BEGIN("the time-stamp counter goes forward");
	for (int i = 0; i < 10000; i++) {
		uint64_t next = __builtin_ia32_rdtsc();

		if (next < tsc) {
			CHECK(next >= tsc, "from %lu to %lu", tsc, next);
			break;
		}
		tsc = next;
	}

	TEST_BEGIN("the clock goes forward, at the rate that kstat tells");
	for (int i = 0; i < 2000; i++) {
		uint64_t next = now_ns();

		if (next < ns) {
			CHECK(next >= ns, "from %lu to %lu", ns, next);
			break;
		}
		ns = next;
	}
	while (now_ns() - ns0 < 50000000)
		sched_yield();
	tsc = __builtin_ia32_rdtsc() - start;
	ns = now_ns() - ns0;
	CHECK(tsc * 10 > ns * (mem_stat().tsc_hz / 100000) / 1000, "%lu ticks in %lu ns at %lu Hz",
	      tsc, ns, mem_stat().tsc_hz);
	CHECK(tsc / 10 < ns * (mem_stat().tsc_hz / 100000) / 10000 + 1000000,
	      "%lu ticks in %lu ns at %lu Hz", tsc, ns, mem_stat().tsc_hz);
	return TEST_END();
}
