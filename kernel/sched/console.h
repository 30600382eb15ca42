/* SPDX-License-Identifier: MIT */
/* Input from COM1. */
#pragma once

#include "kernel/lib/types.h"

/* Routes the port's interrupt to this CPU and takes x86_hooks.irq.  After apic_init(). */
void console_init(void);
/*
 * Waits for input and copies up to size bytes of it to buf (kernel memory):
 * 1 … size, or -EINTR if the caller is to be killed.  Input that nobody has read
 * is kept up to 4 KiB; what comes then is lost.  Sleeps.
 */
ssize_t console_read(char *buf, size_t size);
