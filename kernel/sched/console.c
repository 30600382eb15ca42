/* SPDX-License-Identifier: MIT */
/* COM1 input: the interrupt fills a ring, readers wait for it. */
#include "kernel/sched/console.h"
#include <abi/errno.h>
#include "kernel/core/log.h"
#include "kernel/sched/sync.h"
#include "kernel/x86/apic.h"
#include "kernel/x86/hooks.h"
#include "kernel/x86/serial.h"

#define RING_SIZE 4096

static char ring[RING_SIZE];	 /* (ring_lock) */
static u32 ring_head, ring_tail; /* (ring_lock) bytes ever put in, taken out */
static spinlock_t ring_lock = SPINLOCK_INIT(LOCK_CONSOLE);
static struct wait_queue readers;

static void console_irq(u32 gsi __maybe_unused)
{
	u64 flags = spin_lock_irqsave(&ring_lock);
	int c;

	while ((c = serial_getc(SERIAL_STDIO)) >= 0)
		if (ring_head - ring_tail < RING_SIZE)
			ring[ring_head++ % RING_SIZE] = c;
	spin_unlock_irqrestore(&ring_lock, flags);
	wake_up_all(&readers);
}

static size_t copy_input(char *buf, size_t size, u32 *at)
{
	size_t n = 0;

	IRQ_GUARD(&ring_lock);
	*at = ring_tail;
	for (; n < size && ring_tail + n != ring_head; n++)
		buf[n] = ring[(ring_tail + n) % RING_SIZE];
	return n;
}

bool console_take(u32 at, size_t n)
{
	IRQ_GUARD(&ring_lock);
	if (ring_tail != at)
		return false;
	ring_tail += n;
	return true;
}

ssize_t console_peek(char *buf, size_t size, u32 *at)
{
	size_t n;

	while (!(n = copy_input(buf, size, at)))
		if (wait_event_interruptible(&readers,
					     READ_ONCE(ring_head) != READ_ONCE(ring_tail)))
			return -EINTR;
	return n;
}

void console_init(void)
{
	wait_queue_init(&readers);
	if (ioapic_route(SERIAL_STDIO_IRQ, cpu_id()) < 0) {
		pr_warn("COM1 has no interrupt: no console input");
		return;
	}
	x86_hooks.irq = console_irq;
	serial_rx_enable();
}
