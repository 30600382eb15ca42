/* SPDX-License-Identifier: MIT */
/* Serial ports by polling, and the exit device. */
#include "kernel/x86/serial.h"
#include "kernel/x86/cpu.h"

#define UART_DATA 0 /* divisor low while LCR_DLAB */
#define UART_IER  1 /* divisor high while LCR_DLAB */
#define UART_FCR  2
#define UART_LCR  3
#define UART_MCR  4
#define UART_LSR  5

#define FCR_ENABLE_CLEAR 0x07 /* FIFOs on and emptied, interrupt at each byte */
#define LCR_8N1		 0x03
#define LCR_DLAB	 0x80
#define MCR_DTR_RTS_OUT2 0x0b /* OUT2 lets the interrupt line through */
#define LSR_TX_EMPTY	 0x20 /* the FIFO takes bytes */
#define LSR_TX_IDLE	 0x40 /* and the last byte is on the wire */

#define FIFO_SIZE	16
#define DEBUG_EXIT_PORT 0xf4

/* COM1, COM2, … are at 0x3f8, 0x2f8, 0x3e8, 0x2e8. */
static const u16 base_port[] = {
	[KLOG_OUT] = 0x3f8, [KLOG_LOG] = 0x2f8, [KLOG_ERR] = 0x3e8, [KLOG_TEST] = 0x2e8
};

static void port_init(u16 base)
{
	outb(base + UART_IER, 0);
	outb(base + UART_LCR, LCR_DLAB);
	outb(base + UART_DATA, 1); /* divisor 1: 115200 */
	outb(base + UART_IER, 0);
	outb(base + UART_LCR, LCR_8N1);
	outb(base + UART_FCR, FCR_ENABLE_CLEAR);
	outb(base + UART_MCR, MCR_DTR_RTS_OUT2);
}

void serial_init(void)
{
	for (u32 i = KLOG_OUT; i <= KLOG_TEST; i++)
		port_init(base_port[i]);
}

/* A port that does not exist reads as all ones, hence as empty: output to it is lost. */
static void wait_tx(u16 base, u8 state)
{
	while (!(inb(base + UART_LSR) & state))
		cpu_relax();
}

void serial_write(u32 port, const void *buf, size_t n)
{
	const u8 *p = buf;
	u16 base = base_port[port];

	for (size_t i = 0; i < n; i++) {
		if (i % FIFO_SIZE == 0)
			wait_tx(base, LSR_TX_EMPTY);
		outb(base + UART_DATA, p[i]);
	}
}

void __noreturn debug_exit(u32 code)
{
	/* or the machine takes up to 17 bytes of each port with it */
	if (code != POWEROFF_PANIC)
		for (u32 i = KLOG_OUT; i <= KLOG_TEST; i++)
			wait_tx(base_port[i], LSR_TX_IDLE);
	outb(DEBUG_EXIT_PORT, code);
	cpu_halt_for_ever();
}
