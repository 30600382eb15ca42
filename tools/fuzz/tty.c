/* SPDX-License-Identifier: MIT */
/*
 * The terminal's server: any messages of any clients, and any keys.
 *
 * sources: user/servers/tty/main.c user/servers/tty/device.c user/servers/tty/terminal.c
 * sources: user/servers/tty/ldisc.c user/lib/files.c user/lib/slots.c tools/fuzz/pretend.c
 * defines: main=server_main close=pretend_close prctl=pretend_prctl getpgid=pretend_group
 * defines: getsid=pretend_session kill=pretend_kill
 * defines: PR_SET_MEMORY_MERGE=67
 * defines: malloc=pretend_malloc calloc=pretend_calloc realloc=pretend_realloc
 * defines: strndup=pretend_strndup
 */
#include "tools/fuzz/fuzz.h"
#include "user/servers/tty/tty.h"

int pretend_prctl(int op, ...)
{
	return op * 0;
}

pid_t pretend_group(pid_t pid)
{
	return pid & ~1;
}

pid_t pretend_session(pid_t pid)
{
	return pid ? 100 : 0;
}

int pretend_kill(pid_t pid, int sig)
{
	return pid && sig >= 0 ? 0 : -1;
}

int uart_open(int endpoint, uint64_t bits)
{
	(void)endpoint;
	(void)bits;
	return 0;
}

int keyboard_open(int endpoint, uint64_t bits)
{
	(void)endpoint;
	(void)bits;
	return -1; /* this machine has none */
}

void keyboard_read(void (*key)(unsigned char))
{
	(void)key;
}

void uart_acknowledge(void)
{
}

int uart_get(void)
{
	return pretend_key();
}

void uart_put(const char *bytes, size_t n)
{
	char *copy = malloc(n);

	memcpy(copy, bytes, n); /* all of them are there */
	free(copy);
}

ssize_t mg_klog(int stream, const void *buf, size_t len)
{
	(void)stream;
	(void)buf;
	(void)len;
	return -1; /* nor a screen */
}

static void clean(void)
{
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	pretend_serve(data, size, pretend_step, clean);
	return 0;
}
