/* SPDX-License-Identifier: MIT */
/*
 * The ways out of the machine: four 16550 serial ports, which have the numbers of klog()'s streams
 * (KLOG_OUT … KLOG_TEST), and the exit device.  Nothing here takes a lock: the caller serialises
 * each port.
 */
#pragma once

#include <abi/kernel.h>
#include "kernel/lib/types.h"

/* What isa-debug-exit takes besides POWEROFF_PASS and _FAIL; QEMU exits with (value << 1 | 1). */
#define POWEROFF_PANIC 0x12

/* Sets the four ports to 115200 8N1 with FIFOs and without interrupts.  First of all drivers. */
void serial_init(void);

/* Sends n bytes as they are; waits for room, so it may take as long as the host likes. */
void serial_write(u32 port, const void *buf, size_t n);

/* Ends the machine with a POWEROFF_ value; without such a device halts this CPU for good. */
void __noreturn debug_exit(u32 code);
