/* SPDX-License-Identifier: MIT */
/*
 * The meter: frames in the buddy allocator, and the scanner's counters, at fixed
 * distances of guest time.  All that it writes to is touched before the first look,
 * so that its own frames do not change.
 */
#include "compare.h"

#define NR_LOOKS (RUN_MS / LOOK_MS)

static struct {
	struct look {
		uint64_t instr;
		long saved;
	} look[NR_LOOKS];
	struct counts start;
	long base;
	unsigned int wasted;
} meter __attribute__((aligned(4096)));

_Static_assert(sizeof(meter) <= PAGE, "a look writes to one page, and to the stack");

static void look_now(unsigned int i)
{
	struct counts c = scanner_counts(); /* first: from here on the scanner sleeps */

	meter.look[i].instr = c.instr - meter.start.instr;
	meter.look[i].saved = meter.base - (long)mem_stat().user_frames;
}

/* A look at 0 frames: it touches what later looks touch, and finds how many there are. */
void meter_base(void)
{
	meter.base = 0;
	look_now(0);
	look_now(0);
	meter.base = -meter.look[0].saved;
}

void meter_wasted(unsigned int n)
{
	meter.wasted += n;
}

/*
 * Mean time from birth to merge, by the looks; births are at 0.  Negative where
 * pages are born or written all along, so that the question has no answer.
 */
static long mean_ms(const struct work *w)
{
	long merged = 0, sum = 0, before = 0;

	if (w->turn)
		return -1;
	for (unsigned int i = 0; i < NR_LOOKS; i++) {
		if (meter.look[i].saved > before) {
			merged += meter.look[i].saved - before;
			sum += (meter.look[i].saved - before) * (long)(i + 1) * LOOK_MS;
		}
		before = meter.look[i].saved;
	}
	return merged ? sum / merged : -1;
}

static void print(const struct work *w, size_t ideal, const char *setup, const struct counts *end)
{
	printf("compare work=%s setup=\"%s\" pages=%lu ideal=%lu saved=%ld instr=%lu hashed=%lu "
	       "compared=%lu merges=%lu broken=%lu wasted=%u birth_ms=%ld meta=%lu scans=%lu "
	       "looked=%lu\n",
	       w->name, setup, w->procs * w->pages, ideal, meter.look[NR_LOOKS - 1].saved,
	       end->instr - meter.start.instr, end->hashed - meter.start.hashed,
	       end->compared - meter.start.compared, end->merges - meter.start.merges,
	       end->broken - meter.start.broken, meter.wasted, mean_ms(w), end->meta,
	       end->scans - meter.start.scans, end->looked - meter.start.looked);
	for (unsigned int i = 0; i < NR_LOOKS; i++)
		printf("look %u %lu %ld\n", (i + 1) * LOOK_MS, meter.look[i].instr,
		       meter.look[i].saved);
}

void meter_work(const struct work *w, size_t ideal, const char *setup)
{
	struct counts end;

	meter.start = scanner_counts();
	if (!meter.base)
		meter_base();
	scanner_run(true);
	for (unsigned int i = 0; i < NR_LOOKS; i++) {
		usleep(LOOK_MS * 1000);
		look_now(i);
		if (w->turn && i + 1 < NR_LOOKS)
			w->turn(w, i);
	}
	end = scanner_counts();
	scanner_run(false);
	must(end.looked > meter.start.looked);
	must(meter.look[NR_LOOKS - 1].saved <= (long)ideal);
	must(nr_regions == w->procs && (w->verify ? w->verify : crowd_verify)(w));
	print(w, ideal, setup, &end);
}
