/* SPDX-License-Identifier: MIT */
/* The boot self-test of the rights in the kernel's page tables. */
#pragma once

#include "kernel/lib/types.h"

/* What wx_selftest() saw. */
struct wx_report {
	u64 tables;	   /* page tables walked */
	u64 mappings;	   /* entries that map something */
	u64 executable;	   /* of them executable */
	u64 bad_va;	   /* first offender, 0 if none */
	const char *fault; /* what is wrong with it, NULL if none */
};

/*
 * Walks the page table in CR3: nothing both writable and executable, no user bit in the upper
 * half, kernel text and constants not writable through the direct map either.
 * -EPERM with the first offender in report otherwise.
 */
int wx_selftest(struct wx_report *report);
