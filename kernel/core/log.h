/* SPDX-License-Identifier: MIT */
/* The kernel log on COM2, byte streams to the other ports, panic, and the assertions. */
#pragma once

#include <stdarg.h>
#include "kernel/lib/types.h"

/*
 * Formats one record to the log; a newline is added if fmt has none.  Any context but NMI.
 * A line is never torn by another CPU; more than 300 bytes are cut.
 */
void printk(const char *fmt, ...) __printf(1, 2);
void vprintk(const char *fmt, va_list ap);

#define pr_info(fmt, ...) printk(fmt, ##__VA_ARGS__)
#define pr_warn(fmt, ...) printk("warning: " fmt, ##__VA_ARGS__)
#define pr_err(fmt, ...)  printk("error: " fmt, ##__VA_ARGS__)

/*
 * Sends n bytes, a line or a piece of one, as they are to a port (KLOG_OUT and the others of
 * <abi/kernel.h>), not mixed with what other CPUs send.  Waits for the port with interrupts off:
 * a caller that has more sends it piece by piece.  Any context.
 */
void stream_write(u32 port, const char *text, size_t n);

/*
 * Stops the machine: message, registers if known, symbolised backtrace, the
 * other CPUs halted, exit status PANIC to the host.  Any context.
 */
void __noreturn panic(const char *fmt, ...) __printf(1, 2);

struct pt_regs;
/* As panic(), with the registers of an exception. */
void __noreturn panic_regs(struct pt_regs *regs, const char *fmt, ...) __printf(2, 3);
/* Prints the symbolised call chain from frame pointer rbp to the log. */
void print_backtrace(u64 rbp);
/* Name and offset of the kernel function that holds addr, as "name+0x12"; buf is returned. */
const char *symbol_name(u64 addr, char *buf, size_t size);

/* From now on the log is written without locks: for panic(), when their holders are halted. */
void log_break_locks(void);

/* The name of the thread that runs, or null, for a panic; filled in by the scheduler floor. */
extern const char *(*panic_thread_name)(void);

#define BUG() panic("BUG at %s:%d (%s)", __FILE__, __LINE__, __func__)
#define BUG_ON(cond) \
	do { \
		if (unlikely(cond)) \
			panic("BUG at %s:%d (%s): " #cond, __FILE__, __LINE__, __func__); \
	} while (0)

/* Checked in debug builds only: what the surrounding code relies on. */
#define ASSERT(cond) \
	do { \
		if (CONFIG_LOCKDEP && unlikely(!(cond))) \
			panic("ASSERT at %s:%d (%s): " #cond, __FILE__, __LINE__, __func__); \
	} while (0)
