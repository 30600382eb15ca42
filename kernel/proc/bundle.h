/* SPDX-License-Identifier: MIT */
/* The boot bundle: one file that the boot loader hands over, holding init and what it needs. */
#pragma once

#include "kernel/lib/types.h"

/* A part of the bundle, in physical memory; it stays there for ever. */
struct mem_part {
	u64 phys; /* page aligned; 0: there is none */
	u64 size;
};

/* Checks the bundle's header; panics, naming what is wrong, if nothing can be started from it. */
void bundle_check(void);
/* The part of this name, all 0 if there is none.  After bundle_check(). */
struct mem_part bundle_find(const char *name);
