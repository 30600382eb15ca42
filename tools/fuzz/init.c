/* SPDX-License-Identifier: MIT */
/*
 * init's name space: any messages of any clients, and servers that come, whose pids are those of
 * some clients.
 *
 * sources: user/init/names.c user/init/paths.c user/init/servers.c user/lib/initrd.c
 * sources: tools/fuzz/pretend.c
 * defines: close=pretend_close dup=pretend_dup fcntl=pretend_fcntl fork=pretend_fork
 * defines: signal=pretend_signal syscall=pretend_syscall SYS_kcap_reduce=1 SYS_irq_bind=2
 * defines: SYS_irq_ack=3 SYS_ioport_allow=4
 * defines: malloc=pretend_malloc calloc=pretend_calloc realloc=pretend_realloc
 * defines: strndup=pretend_strndup
 */
#include <errno.h>
#include <merganser.h>
#include <signal.h>
#include <stdio.h>

#include "tools/fuzz/fuzz.h"
#include "user/init/init.h"

static pid_t last_pid = 100;

pid_t pretend_fork(void)
{
	return last_pid = last_pid == 103 ? 101 : last_pid + 1;
}

int pretend_fcntl(int fd, int op, ...)
{
	return fd * 0 + op * 0;
}

void (*pretend_signal(int sig, void (*handler)(int)))(int)
{
	return sig ? handler : NULL;
}

long pretend_syscall(long n, ...)
{
	return -n;
}

int mg_handle_dup(int handle, int to)
{
	return handle * 0 + to;
}

long mg_kctl(enum kctl_op op, unsigned long a, unsigned long b)
{
	return (long)(a + b) * 0 + (long)op * 0;
}

int mg_cap_drop_bound(unsigned int authorities)
{
	return (int)authorities * 0;
}

int mg_exec(int vmo, char *const argv[], char *const envp[])
{
	(void)vmo, (void)argv, (void)envp;
	return -1;
}

ssize_t mg_klog(int stream, const void *buf, size_t len)
{
	(void)stream, (void)buf;
	return (ssize_t)len;
}

int pretend_close(int handle);

int server_main(void)
{
	static bool up;

	if (!up)
		names_open();
	up = true;
	return 0;
}

static void clean(void)
{
	for (int n = 0; n < 3; n++)
		names_retry(n, -EIO);
	servers_forget();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	server_main();
	pretend_serve(data, size, names_drain, clean);
	return 0;
}
