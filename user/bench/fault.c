/* SPDX-License-Identifier: MIT */
/* Costs of first touches, and of giving pages back. */
#include "bench.h"

#define NR 8192

static void bench_write(void)
{
	char *p = map_pages(NR);
	long born = event_count(EV_anon_new), frames;
	struct cost start, c;

	frames = (long)mem_stat().user_frames;
	start = begin();
	touch(p, NR, 1);
	c = end(&start);
	must(event_count(EV_anon_new) - born == NR);
	must((long)mem_stat().user_frames - frames == NR);
	must(all_hold(p, NR, 1));
	report("fault_write", &c, NR, "page tables included");

	start = begin();
	unmap_pages(p, NR);
	c = end(&start);
	must((long)mem_stat().user_frames == frames);
	report("munmap_page", &c, NR, "one call for all; page tables included");
}

static void bench_read(void)
{
	char *p = map_pages(NR);
	long mapped = event_count(EV_zero_map), frames;
	struct cost start, c;
	bool zero;

	frames = (long)mem_stat().user_frames;
	start = begin();
	zero = all_hold(p, NR, 0);
	c = end(&start);
	must(zero && event_count(EV_zero_map) - mapped == NR);
	must((long)mem_stat().user_frames == frames);
	report("fault_zero_read", &c, NR, "page tables included");
	unmap_pages(p, NR);
}

int main(void)
{
	bench_write();
	bench_read();
	return 0;
}
