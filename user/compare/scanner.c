/* SPDX-License-Identifier: MIT */
/* KSM and PKSM behind one set of knobs and counters. */
#include "compare.h"

static struct counts pksm_counts(void)
{
	struct kstat_pksm k = pksm_stat();

	return (struct counts){ .scans = k.full_scans,
				.looked = k.pages_scanned,
				.instr = k.scan_ns,
				.hashed = k.bytes_hashed,
				.compared = k.bytes_compared,
				.merges = k.merges,
				.broken = k.cow_broken,
				.meta = k.meta_bytes };
}

static struct counts ksm_counts(void)
{
	struct kstat_ksm k;

	must(mg_kstat(KSTAT_KSM, &k, sizeof(k)) == sizeof(k));
	return (struct counts){ .scans = k.full_scans,
				.looked = k.pages_scanned,
				.instr = k.scan_ns,
				.hashed = k.bytes_hashed,
				.compared = k.bytes_compared,
				.merges = k.merges,
				.broken = k.cow_broken,
				.meta = k.meta_bytes };
}

static const struct scanner {
	const char *name;
	enum knob run, order, filter;
	struct counts (*counts)(void);
} scanners[] = {
	{ "pksm", KNOB_PKSM_RUN, KNOB_PKSM_ORDER, KNOB_PKSM_VOLATILE_FILTER, pksm_counts },
	{ "ksm", KNOB_KSM_RUN, KNOB_KSM_ORDER, KNOB_KSM_VOLATILE_FILTER, ksm_counts },
};

static const struct scanner *chosen;

static void set(enum knob knob, unsigned long value)
{
	must(!mg_kctl(KCTL_SET_KNOB, knob, value));
}

/* Which of two names it is: 0 or 1. */
static unsigned long which(const char *name, const char *zero, const char *one)
{
	must(!strcmp(name, zero) || !strcmp(name, one));
	return !strcmp(name, one);
}

void scanner_choose(const char *setup)
{
	char name[8], order[8], filter[12];

	must(sscanf(setup, "%7s %7s %11s", name, order, filter) == 3);
	chosen = &scanners[which(name, "pksm", "ksm")];
	set(chosen->order, which(order, "hash", "bytes"));
	if (!strcmp(filter, "first"))
		set(KNOB_KSM_CHECKSUM_FIRST, 1);
	else
		set(chosen->filter, which(filter, "checksum", "dirty"));
	scanner_run(true); /* from now on it is told of births */
	scanner_run(false);
}

void scanner_run(bool on)
{
	set(chosen->run, on);
}

void scanner_end(void)
{
	set(chosen->run, 2);
	set(chosen->run, 0);
}

struct counts scanner_counts(void)
{
	return chosen->counts();
}
