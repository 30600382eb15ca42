/* SPDX-License-Identifier: MIT */
/*
 * Cost of the reverse map: from a frame to every PTE that maps it.  The kernel
 * walks it a number of times for us; one walk more is the difference.
 */
#include "bench.h"

#define ROUNDS	 20
#define MOST	 1000
#define SLEEPING 1 /* a state of kstat_proc */

static uint64_t walks(const char *page, unsigned long times, int mappings)
{
	uint64_t start = now();

	must(mg_kctl(KCTL_RMAP_WALK, (unsigned long)page, times) == mappings);
	return now() - start;
}

/* Whether one of the children has not gone to sleep yet. */
static bool is_busy(const pid_t *pid, int n)
{
	static struct kstat_proc proc[MOST + 24];
	ssize_t got = mg_kstat(KSTAT_PROCS, proc, sizeof(proc));
	size_t nr = (size_t)got / sizeof(proc[0]);

	must(got > 0 && nr < MOST + 24);
	for (size_t i = 0; i < nr; i++)
		for (int k = 0; k < n; k++)
			if (proc[i].pid == pid[k] && proc[i].state != SLEEPING)
				return true;
	return false;
}

int main(void)
{
	static pid_t pid[MOST];
	char *p = map_pages(2);
	uint64_t walked = (uint64_t)event_count(EV_rmap_walk);
	char row[32];
	int mappings = 1;

	p[0] = 1;
	for (int want = 1; want <= MOST; want *= want == 1 ? 100 : 10) {
		struct cost c = { 0 };

		for (; mappings < want; mappings++)
			pid[mappings] = start_sleeper();
		while (is_busy(pid + 1, want - 1))
			usleep(1000);
		c.instr = (walks(p, ROUNDS + 1, want) - walks(p, 1, want)) / ROUNDS;
		snprintf(row, sizeof(row), "rmap_walk@%d", want);
		report(row, &c, (uint64_t)want, "anonymous, a process for each mapping");
	}
	must((uint64_t)event_count(EV_rmap_walk) - walked >= 3 * ROUNDS);
	while (--mappings)
		end_sleeper(pid[mappings]);
	return 0;
}
