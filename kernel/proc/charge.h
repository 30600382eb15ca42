/* SPDX-License-Identifier: MIT */
/* What the kernel keeps for a process. */
#pragma once

#include "kernel/proc/process.h"

/*
 * oom_hooks.next: also fills in what the kernel keeps for the process, but for its address space.
 * Takes HANDLES, PROC_TREE and ENDPOINT, one after the other or in this order.
 */
bool oom_next_candidate(int pid, struct oom_candidate *c);
