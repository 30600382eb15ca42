/* SPDX-License-Identifier: MIT */
/* Timers: what happens to a thread at a time. */
#pragma once

#include "kernel/sched/thread.h"

/* Starts a timer of the caller, which must not be running, or stops it. */
void timer_start(struct timer *t, u64 end_ns, u64 interval);
void timer_stop(struct timer *t);
/* Sleeps about ns nanoseconds, or until killed. */
void sleep_ns(u64 ns);
