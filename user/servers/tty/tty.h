/* SPDX-License-Identifier: MIT */
/*
 * The server of /dev: the terminal, and the devices that need no hardware.
 *
 *	main.c      requests with a path: names of devices
 *	device.c    the table of devices, null, zero, full, random; what an
 *	            open file does (user/lib/files.h)
 *	terminal.c  who reads, who waits, which group has the keyboard
 *	ldisc.c     keys become lines, signals and echo
 *	uart.c      the 16550 at COM1: its ports, its interrupt
 *	keyboard.c  the keyboard of a PC, beside it; the screen is the kernel's (KLOG_SCREEN)
 *
 *	a key: IRQ 4 ─► notification ─► uart_get() ─► ldisc_input() ─► the first that waits
 */
#pragma once

#include <sys/stat.h>

#include "user/lib/files.h"

/* ---- device.c ---- */

struct device {
	const char *name; /* in /dev; "" is /dev itself */
	mode_t mode;
	dev_t number; /* st_rdev, Linux's */
	/* As the requests; the direction of window 0 is right. */
	int (*read)(struct server *s, struct ipc_message *m, bool nonblock);
	int (*write)(struct server *s, struct ipc_message *m);
	/* Null: a device is always ready, and has no settings (-ENOTTY). */
	int (*poll)(void);
	int (*ioctl)(struct server *s, struct ipc_message *m);
};

/* The device of that name, "" for /dev, or null. */
const struct device *device_find(const char *name);
/* Fills window 1 with a struct stat.  0 or -errno. */
int device_stat(struct server *s, struct ipc_message *m, const struct device *d);
/* Opens it as the IO_OPEN in m says: file_open(). */
int device_open(struct server *s, struct ipc_message *m, const struct device *d);

/* ---- terminal.c ---- */

void terminal_init(struct server *s);
int terminal_read(struct server *s, struct ipc_message *m, bool nonblock);
int terminal_write(struct server *s, struct ipc_message *m);
int terminal_poll(void);
int terminal_ioctl(struct server *s, struct ipc_message *m);
/* Takes in what has come at the serial port, and serves those that wait for a key. */
void terminal_input(void);
/* Takes in a byte from elsewhere; terminal_input() is to follow. */
void terminal_key(unsigned char c);
/* A signal came for a client that waits: ends the wait if that is here. */
void terminal_unblock(struct server *s, uint64_t token);
/* For how many ns nobody's time is over, or IPC_FOREVER; and answers those whose time is. */
uint64_t terminal_patience(void);
void terminal_expire(void);

/* ---- uart.c ---- */

/*
 * Takes possession of the port and its interrupt, which sets bits of the notification word.
 * 0 or -1, errno.
 */
int uart_open(int endpoint, uint64_t bits);
/* Our thread may use the ports of the 16550 again, and no others. */
void uart_allow(void);
/*
 * The interrupt has come and may come again; to be called before uart_get() says that all is read.
 */
void uart_acknowledge(void);
/* The next byte that has come, or -1. */
int uart_get(void);
/* Sends; waits while the port is busy. */
void uart_put(const char *bytes, size_t n);

/* ---- keyboard.c ---- */

/* As uart_open(), for the keyboard. */
int keyboard_open(int endpoint, uint64_t bits);
/* Its interrupt has come: tells key() of each byte that a terminal would have sent. */
void keyboard_read(void (*key)(unsigned char));
