/* SPDX-License-Identifier: MIT */
/* The page-fault trap. */
#pragma once

#include "kernel/lib/types.h"

struct pt_regs;

/* The #PF hook (x86_hooks.page_fault): user faults, user-copy faults, or a kernel bug. */
void do_page_fault(struct pt_regs *regs, u64 addr, u64 code);
