/* SPDX-License-Identifier: MIT */
/*
 * The scanner on a lead: its settings for the story, and pksmd stopped at one step after
 * the other.
 *
 * pksmd takes one page after the other and passes EV_checksum with each, before all
 * other steps.  So a step that is not reached before that event has failed for the page in
 * hand (somebody looked at it, say, and it will be tried again later); and while pksmd
 * stands there no other event passes unseen.
 */
#include <stdio.h>
#include <stdlib.h>

#include "demo.h"

#define PATIENCE_NS 60000000000ul

static struct setting {
	enum knob knob;
	unsigned long value, before;
} settings[] = {
	{ .knob = KNOB_KSM_RUN, .value = 0 }, /* the other scanner would pass the same events */
	{ .knob = KNOB_PKSM_SLEEP_MILLISECS, .value = 1 },
	{ .knob = KNOB_PKSM_MAX_CPU_PERCENT, .value = 100 },
	{ .knob = KNOB_PKSM_PAGES_TO_SCAN, .value = 1 << 20 },
	{ .knob = KNOB_PKSM_N, .value = 1 },
	{ .knob = KNOB_PKSM_RUN, .value = 2 }, /* last: begins with everything parted */
};
#define NR_SETTINGS (sizeof(settings) / sizeof(settings[0]))

static bool prepared;	      /* settings are to be put back */
static bool armed[NR_EVENTS]; /* at which pksmd stands or would stop */

void scanner_prepare(void)
{
	for (size_t i = 0; i < NR_SETTINGS; i++)
		settings[i].before = (unsigned long)mg_kctl(KCTL_GET_KNOB, settings[i].knob, 0);
	prepared = true;
	for (size_t i = 0; i < NR_SETTINGS; i++)
		set_knob(settings[i].knob, settings[i].value);
}

void scanner_restore(void)
{
	for (int event = 0; event < NR_EVENTS; event++)
		if (armed[event])
			scanner_release((enum event_id)event);
	if (!prepared)
		return;
	prepared = false;
	for (size_t i = NR_SETTINGS; i-- > 0;) /* run first: nobody waits for a knob */
		mg_kctl(KCTL_SET_KNOB, settings[i].knob, settings[i].before);
}

void scanner_arm(enum event_id event)
{
	armed[event] = true;
	if (!mg_kctl(KCTL_EVENT_HOLD, event, 0))
		return;
	perror("demo: hold");
	exit(1);
}

void scanner_release(enum event_id event)
{
	mg_kctl(KCTL_EVENT_RELEASE, event, 0);
	armed[event] = false;
}

static bool stands_at(enum event_id event)
{
	return mg_kctl(KCTL_EVENT_HELD, event, 0) == 1;
}

/* Waits until pksmd stands at one of two events; which. */
static enum event_id wait_for_either(enum event_id a, enum event_id b)
{
	uint64_t start = mem_now().now_ns;

	for (;;) {
		if (stands_at(a))
			return a;
		if (stands_at(b))
			return b;
		if (mem_now().now_ns - start > PATIENCE_NS) {
			fprintf(stderr, "demo: pksmd does not come to event %d\n", a);
			exit(1);
		}
		breathe();
	}
}

void scanner_wait(enum event_id event)
{
	wait_for_either(event, event);
}

static void move(enum event_id from, enum event_id to)
{
	scanner_arm(to);
	scanner_release(from);
	scanner_wait(to);
}

void scanner_skip(enum event_id from, enum event_id to)
{
	if (from != EV_checksum)
		move(from, EV_checksum);
	move(EV_checksum, to);
}

bool scanner_step(enum event_id from, enum event_id to, enum event_id away)
{
	bool came;

	scanner_arm(to);
	scanner_arm(away);
	scanner_release(from);
	came = wait_for_either(to, away) == to;
	scanner_release(came ? away : to);
	return came;
}
