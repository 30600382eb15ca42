/* SPDX-License-Identifier: MIT */
/*
 * The kernel log: each record is one line on COM2, and the last 64 KiB also stay
 * in memory (log_ring) for a debugger.  A PC's screen shows it too, until somebody takes the
 * screen for a terminal (KLOG_SCREEN), and again when the machine panics.
 */
#include "kernel/core/log.h"
#include "kernel/core/spinlock.h"
#include "kernel/core/time.h"
#include "kernel/lib/format.h"
#include "kernel/x86/serial.h"
#include "kernel/x86/vga.h"

#define LOG_RING_SIZE (64 * 1024)
#define LOG_LINE_MAX  320

/* (port_locks[KLOG_LOG]) The byte after the newest is at log_head % LOG_RING_SIZE. */
char log_ring[LOG_RING_SIZE];
u64 log_head; /* (same) bytes ever written */

static spinlock_t port_locks[KLOG_TEST + 1] = {
	[0 ... KLOG_TEST] = SPINLOCK_INIT(LOCK_LOG),
};
static bool locks_broken; /* (a) a panic prints: the holder of a lock will not release it */

static spinlock_t screen_lock = SPINLOCK_INIT(LOCK_LOG);
static bool screen_taken; /* (screen_lock) by a terminal */

void log_break_locks(void)
{
	WRITE_ONCE(locks_broken, true);
}

/* Text for the screen: a terminal's, or the log's as long as there is no terminal. */
static void screen_write(const char *text, size_t n, bool terminal)
{
	bool panics = READ_ONCE(locks_broken);
	u64 flags = 0;

	if (!vga_present())
		return;
	if (!panics)
		flags = spin_lock_irqsave(&screen_lock);
	screen_taken |= terminal;
	if (terminal || !screen_taken || panics)
		vga_write(text, n);
	if (!terminal && (!screen_taken || panics) && n && text[n - 1] == '\n')
		vga_write("\r", 1);
	if (!panics)
		spin_unlock_irqrestore(&screen_lock, flags);
}

static void ring_write(const char *text, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		log_ring[log_head % LOG_RING_SIZE] = text[i];
		log_head++;
	}
}

void stream_write(u32 port, const char *text, size_t n)
{
	bool lock = !READ_ONCE(locks_broken);
	u64 flags = 0;

	if (port == KLOG_SCREEN || port == KLOG_LOG)
		screen_write(text, n, port == KLOG_SCREEN);
	if (port == KLOG_SCREEN)
		return;
	if (lock)
		flags = spin_lock_irqsave(&port_locks[port]);
	if (port == KLOG_LOG)
		ring_write(text, n);
	serial_write(port, text, n);
	if (lock)
		spin_unlock_irqrestore(&port_locks[port], flags);
}

void vprintk(const char *fmt, va_list ap)
{
	char line[LOG_LINE_MAX];
	u64 us = now_ns() / 1000;
	int n = scnprintf(line, sizeof(line), "[%4lu.%06lu] ", us / 1000000, us % 1000000);

	n += vsnprintf(line + n, sizeof(line) - n, fmt, ap);
	n = MIN(n, LOG_LINE_MAX - 2);
	if (line[n - 1] != '\n')
		line[n++] = '\n';
	stream_write(KLOG_LOG, line, n);
}

void printk(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vprintk(fmt, ap);
	va_end(ap);
}
