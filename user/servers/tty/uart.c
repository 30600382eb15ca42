/* SPDX-License-Identifier: MIT */
/*
 * The 16550 at COM1.  The kernel has set speed and FIFOs; what came in before this
 * driver was there waits in the FIFO, so that is not cleared.
 *
 * Input comes by interrupt.  The line is that of ISA, triggered by an edge, which comes
 * when the FIFO has been empty: so the interrupt is acknowledged first and the FIFO read
 * until it is empty after that; a byte that comes in between makes a new edge.
 *
 * Output is sent by polling: the port takes 16 bytes each time it says that it is empty.
 * Unlike a driver that fills the port from its interrupt, this needs no buffer, and a
 * program that has written knows its bytes on the wire.
 */
#include <errno.h>
#include <stdbool.h>

#include "user/lib/authority.h"
#include "user/servers/tty/ports.h"
#include "user/servers/tty/tty.h"

#define BASE	 0x3f8
#define NR_PORTS 8
#define IRQ_LINE 4

#define UART_DATA (BASE + 0)
#define UART_IER  (BASE + 1)
#define UART_LSR  (BASE + 5)

#define IER_RX	     0x01
#define LSR_RX_READY 0x01
#define LSR_TX_EMPTY 0x20 /* the FIFO takes as many bytes as it holds */

#define FIFO_SIZE 16

static int irq;

static bool present;

void uart_allow(void)
{
	ioport_allow(BASE, NR_PORTS);
}

int uart_open(int endpoint, uint64_t bits)
{
	if (ioport_allow(BASE, NR_PORTS))
		return -1;
	if (inb(UART_LSR) == 0xff) { /* nobody answers */
		errno = ENODEV;
		return -1;
	}
	outb(0, UART_IER);
	irq = irq_bind(IRQ_LINE, endpoint, bits);
	if (irq < 0)
		return -1;
	outb(IER_RX, UART_IER); /* what is there already makes an edge now */
	present = true;
	return 0;
}

void uart_acknowledge(void)
{
	irq_ack(irq);
}

int uart_get(void)
{
	return present && inb(UART_LSR) & LSR_RX_READY ? inb(UART_DATA) : -1;
}

void uart_put(const char *bytes, size_t n)
{
	for (size_t i = 0; present && i < n; i++) {
		while (i % FIFO_SIZE == 0 && !(inb(UART_LSR) & LSR_TX_EMPTY))
			asm volatile("pause");
		outb((uint8_t)bytes[i], UART_DATA);
	}
}
