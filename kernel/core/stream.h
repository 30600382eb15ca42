/* SPDX-License-Identifier: MIT */
/* Byte streams to the host: SERIAL_STDIO, SERIAL_STDERR, SERIAL_RESULTS of kernel/x86/serial.h. */
#pragma once

#include "kernel/lib/types.h"

/*
 * Sends n bytes as they are.  Lines of up to 256 bytes are not mixed with those of other CPUs;
 * waits for the port, interrupts off for at most so long a piece.  Any context.
 */
void stream_write(u32 port, const char *text, size_t n);
