/* SPDX-License-Identifier: MIT */
/* The start of this floor, and of process 1. */
#pragma once

/* Caches and the fault, trap and scheduler hooks; once, before start_init(). */
void proc_init(void);
/*
 * Builds process 1 from the boot bundle's parts and lets it run.  Panics if the
 * bundle or its "init" is no good.
 */
void start_init(void);
