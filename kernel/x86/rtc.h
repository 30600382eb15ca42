/* SPDX-License-Identifier: MIT */
/* The clock that runs on a battery (MC146818): what it said at boot. */
#pragma once

#include "kernel/lib/types.h"

/*
 * Its time in seconds since 1 January 1970, which it is taken to tell in UTC, from 1970 to 2069; 0
 * if it tells none: what it says is no date, or it never comes to rest.  At boot, on one CPU.
 */
u64 rtc_read(void);
