/* SPDX-License-Identifier: MIT */
/* When there is no frame left. */
#pragma once

#include "kernel/lib/types.h"

/*
 * fault_hooks.out_of_memory: kills the process that has most pages, unless one
 * is dying already, and gives it time to go.  True if the caller may try again;
 * false if it is to die itself or nobody is left to kill.  Sleeps; no lock held.
 */
bool out_of_memory(void);
