/* SPDX-License-Identifier: MIT */
/* Input from COM1. */
#pragma once

#include "kernel/lib/types.h"

/* Routes the port's interrupt to this CPU and takes x86_hooks.irq.  After apic_init(). */
void console_init(void);
/*
 * Waits for input and copies up to size (> 0) bytes of it to buf (kernel memory), without taking
 * it: 1 … size, or -EINTR if a signal came first; *at is its place in all input.
 * Input that nobody has taken is kept up to 4 KiB; what comes then is lost.  Sleeps.
 */
ssize_t console_peek(char *buf, size_t size, u32 *at);
/* Takes the n bytes seen at a place.  False: somebody else has taken them since. */
bool console_take(u32 at, size_t n);
