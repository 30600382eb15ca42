/* SPDX-License-Identifier: MIT */
/* PKSM: the scanner that is told of every anonymous page.  Theory: pksm.c. */
#pragma once

#include "mm/merge/scanner.h"

/* /sys/kernel/mm/pksm, (s) */
struct pksm_knobs {
	u64 run;
	u64 pages_to_scan; /* at least so many a wake-up */
	u64 sleep_millisecs, max_cpu_percent;
	u64 period_seconds;   /* in which every candidate is looked at again */
	u64 n;		      /* quiet visits before a page is tried */
	u64 volatile_filter;  /* enum volatile_filter */
	u64 order;	      /* enum merge_order */
	u64 max_page_sharing; /* records of a node */
};
extern struct pksm_knobs pksm_knobs;
extern const struct merge_scanner pksm_scanner;

/* Empty lists; once, at boot. */
void pksm_init(void);
