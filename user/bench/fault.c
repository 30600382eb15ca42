/* SPDX-License-Identifier: MIT */
/* Measures: first faults on anonymous memory, and unmapping it. */
#include "bench.h"

#define PAGES 4096ul

static void touch_all(volatile unsigned char *p)
{
	for (unsigned long i = 0; i < PAGES; i++)
		p[i * PAGE] = (unsigned char)(i | 1);
}

static void read_all(volatile unsigned char *p)
{
	unsigned long sum = 0;

	for (unsigned long i = 0; i < PAGES; i++)
		sum += p[i * PAGE];
	MUST(sum == 0, "fresh memory is not zero");
}

static void check_written(const unsigned char *p)
{
	for (unsigned long i = 0; i < PAGES; i++)
		MUST(p[i * PAGE] == (unsigned char)(i | 1) && p[i * PAGE + 1] == 0,
		     "page %lu has other contents", i);
}

static void write_faults(void)
{
	unsigned char *p = map_pages(PAGES);
	unsigned long before = mem_stat().user_frames;
	uint64_t start = ticks();

	touch_all(p);
	row("fault_write", 0, ticks() - start, PAGES, "page tables and user loop included");
	check_written(p);
	MUST(mem_stat().user_frames - before == PAGES, "%lu frames taken",
	     (unsigned long)mem_stat().user_frames - before);
	start = ticks();
	MUST(!munmap(p, PAGES * PAGE), "munmap");
	row("munmap_page", 0, ticks() - start, PAGES, "");
	MUST(mem_stat().user_frames == before, "frames did not come back");
}

static void read_faults(void)
{
	unsigned char *p = map_pages(PAGES);
	long faults = event_count(EV_zero_map);
	uint64_t start = ticks();

	read_all(p);
	row("fault_zero_read", 0, ticks() - start, PAGES, "");
	MUST(event_count(EV_zero_map) - faults == (long)PAGES, "zero page mapped %ld times",
	     event_count(EV_zero_map) - faults);
	MUST(!munmap(p, PAGES * PAGE), "munmap");
}

int main(void)
{
	write_faults();
	read_faults();
	return 0;
}
