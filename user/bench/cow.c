/* SPDX-License-Identifier: MIT */
/* Costs of a write to a page that fork shares, while the other side lives and afterwards. */
#include "bench.h"

#define NR 4096

static void bench_copy(char *p)
{
	pid_t pid = start_sleeper();
	long copied = event_count(EV_cow_copy), frames;
	struct cost start, c;

	frames = (long)mem_stat().user_frames;
	start = begin();
	touch(p, NR, 2);
	c = end(&start);
	must(event_count(EV_cow_copy) - copied >= NR);
	must((long)mem_stat().user_frames - frames >= NR);
	must(all_hold(p, NR, 2));
	report("cow_copy", &c, NR, "the child lives and keeps the old page");
	end_sleeper(pid);
}

static void bench_reuse(char *p)
{
	pid_t pid = start_sleeper();
	long reused, frames;
	struct cost start, c;

	end_sleeper(pid);
	touch(p + NR * PAGE, 1, 1); /* so that no other page is written first below */
	reused = event_count(EV_cow_reuse);
	frames = (long)mem_stat().user_frames;
	start = begin();
	touch(p, NR, 3);
	c = end(&start);
	must(event_count(EV_cow_reuse) - reused >= NR);
	must((long)mem_stat().user_frames == frames);
	must(all_hold(p, NR, 3));
	report("cow_reuse", &c, NR, "the child has ended");
}

int main(void)
{
	char *p = map_pages(NR + 1);

	touch(p, NR + 1, 1);
	bench_copy(p);
	bench_reuse(p);
	return 0;
}
