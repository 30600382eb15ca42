/* SPDX-License-Identifier: MIT */
/* Costs of a process's life, and of each page that fork has to share. */
#include "bench.h"

#define ROUNDS 100
#define NR     4096

static void fork_exit_wait(void)
{
	pid_t pid = fork();

	if (!pid)
		_exit(0);
	wait_for(pid);
}

static struct kstat_proc self(void)
{
	static struct kstat_proc proc[64];
	ssize_t got = mg_kstat(KSTAT_PROCS, proc, sizeof(proc));

	for (ssize_t i = 0; i < got / (ssize_t)sizeof(proc[0]); i++)
		if (proc[i].pid == getpid())
			return proc[i];
	must(false);
	return proc[0];
}

static struct cost life(void)
{
	struct cost start, c;

	fork_exit_wait(); /* caches fill */
	start = begin();
	for (int i = 0; i < ROUNDS; i++)
		fork_exit_wait();
	c = end(&start);
	return c;
}

int main(void)
{
	struct cost tiny, full;
	struct kstat_proc me;
	long shared;
	char remark[96], *p;

	tiny = life();
	me = self();
	snprintf(remark, sizeof(remark), "%lu pages, %u areas, %lu page tables", me.nr_ptes,
		 me.nr_vmas, me.nr_tables);
	report("fork_exit_wait", &tiny, ROUNDS, remark);

	p = map_pages(NR);
	touch(p, NR, 1);
	shared = event_count(EV_fork_share);
	full = life();
	must(event_count(EV_fork_share) - shared >= NR * (ROUNDS + 1l));
	must(all_hold(p, NR, 1));
	full.instr -= tiny.instr;
	report("fork_touched_page", &full, (uint64_t)ROUNDS * NR, "page tables included");
	return 0;
}
