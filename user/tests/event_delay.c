/* SPDX-License-Identifier: MIT */
/*
 * Proves: an event can be delayed, one inside a spinlock too, for whoever passes
 * it and until it is told otherwise; the step that it belongs to is done all the same.
 * See kernel/README.md, "Seeing what happens".
 *
 * cpus: 1 2 4
 */
#include <time.h>

#include "test.h"

/*
 * No processor makes a pause in less than a nanosecond; how much longer it takes is its own affair.
 */
#define LEAST_NS EVENT_DELAY_MAX

static long now_ns(void)
{
	struct timespec ts = { 0 };

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000000000 + ts.tv_nsec;
}

static void delay(enum event_id event, unsigned long pauses)
{
	CHECK(!mg_kctl(KCTL_EVENT_DELAY, event, pauses), "delay of event %d: %s", event,
	      strerror(errno));
}

/* How long the birth of a page takes. */
static long birth_ns(char *page)
{
	long start = now_ns(), count = event_count(EV_anon_new);

	*page = 1;
	CHECK(event_count(EV_anon_new) > count, "the page was born");
	return now_ns() - start;
}

int main(void)
{
	char *p = map_pages(3);
	long ns;

	TEST_BEGIN("a delay at an event inside a spinlock");
	delay(EV_anon_new, EVENT_DELAY_MAX);
	for (int i = 0; i < 2; i++) {
		ns = birth_ns(p + i * PAGE);
		CHECK(ns >= LEAST_NS, "page %d was born within %ld ns", i, ns);
	}
	TEST_BEGIN("none when it is off, and a page born as ever");
	delay(EV_anon_new, 0);
	birth_ns(p + 2 * PAGE);
	CHECK(p[0] == 1 && p[PAGE] == 1 && p[2 * PAGE] == 1, "the pages hold what was written");
	unmap_pages(p, 3);
	check_mm();
	return TEST_END();
}
