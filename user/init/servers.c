/* SPDX-License-Identifier: MIT */
/* The servers: started when they are first needed, again after they have died. */
#include <errno.h>
#include <fcntl.h>
#include <merganser.h>
#include <mg/ipc.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "init.h"
#include "user/lib/initrd.h"

static struct {
	const char *program;
	unsigned int authorities; /* that it needs */
	pid_t pid;		  /* 0: does not run */
	int root;		  /* connection to it; 0: not there yet, or no more */
	bool served;		  /* it has been there */
} servers[] = {
	{ .program = "servers/fs", .authorities = KCAP_LOG | KCAP_STAT | KCAP_PAGER },
	{ .program = "servers/sysfs", .authorities = KCAP_LOG | KCAP_STAT | KCAP_CTL | KCAP_QUERY },
	[SERVER_TTY] = { .program = "servers/tty", .authorities = KCAP_LOG | KCAP_IO },
};

/* The longest prefix comes first. */
static const struct {
	const char *prefix;
	int server;
} mounts[] = {
	{ "proc", 1 },
	{ "sys", 1 },
	{ "dev", SERVER_TTY },
	{ "", 0 },
};

#define NR_SERVERS ((int)(sizeof(servers) / sizeof(servers[0])))

int server_for(const char *path)
{
	for (int i = 0;; i++) {
		size_t len = strlen(mounts[i].prefix);

		if (!len ||
		    (!strncmp(path, mounts[i].prefix, len) && (path[len] == '/' || !path[len])))
			return mounts[i].server;
	}
}

void exec_initrd(const char *path, char *const argv[], char *const envp[])
{
	struct initrd_entry e;
	int vmo;

	if (initrd_find(HANDLE_INITRD, path, &e))
		return;
	if (!(e.mode & 0111)) {
		errno = EACCES;
		return;
	}
	vmo = initrd_vmo(HANDLE_INITRD, &e);
	if (vmo >= 0)
		mg_exec(vmo, argv, envp);
}

/* All that a server has of the kernel, and for ever: on standard input, output and error too. */
static bool take_authorities(unsigned int authorities)
{
	if (mg_cap_drop_bound(KCAP_ALL & ~authorities))
		return false;
	return dup2(HANDLE_STDERR, HANDLE_STDIN) >= 0 && dup2(HANDLE_STDERR, HANDLE_STDOUT) >= 0;
}

/* A copy of init that becomes the server; its pid or -errno. */
static pid_t spawn(const char *program, unsigned int authorities)
{
	char *argv[] = { (char *)program, NULL }, *envp[] = { NULL };
	pid_t pid = fork();

	if (pid)
		return pid < 0 ? -errno : pid;
	setsid(); /* no Ctrl-C of a program's is meant for it */
	mg_kctl(KCTL_SPARE, 0, 0);
	if (take_authorities(authorities))
		exec_initrd(program, argv, envp);
	fprintf(stderr, "init: cannot run %s: %s\n", program, strerror(errno));
	_exit(1);
}

int server_root(int n)
{
	if (servers[n].root && mg_notify(servers[n].root, 0)) { /* dead, as we shall hear */
		close(servers[n].root);
		servers[n].root = 0;
	}
	if (servers[n].root)
		return servers[n].root;
	if (!servers[n].pid) {
		pid_t pid = spawn(servers[n].program, servers[n].authorities);

		if (pid < 0)
			return pid;
		servers[n].pid = pid;
	}
	return -EAGAIN;
}

int server_is_there(pid_t pid, int root)
{
	int copy;

	for (int i = 0; i < NR_SERVERS; i++) {
		if (servers[i].pid != pid)
			continue;
		copy = dup(root); /* the message's own is closed after it */
		if (copy < 0)
			return -EBADF;
		if (servers[i].root) /* it says so again */
			close(servers[i].root);
		servers[i].root = copy;
		fcntl(servers[i].root, F_SETFD, FD_CLOEXEC);
		servers[i].served = true;
		return i;
	}
	return -EPERM;
}

static void tell_end(const char *program, pid_t pid, int status)
{
	char line[128];
	int len;

	if (WIFSIGNALED(status))
		len = snprintf(line, sizeof(line), "init: %s (pid %d) was ended by %s", program,
			       pid, strsignal(WTERMSIG(status)));
	else
		len = snprintf(line, sizeof(line), "init: %s (pid %d) has ended, status %d",
			       program, pid, WEXITSTATUS(status));
	mg_klog(KLOG_LOG, line, (size_t)len);
}

static void forget(int n)
{
	if (servers[n].root)
		close(servers[n].root);
	servers[n].pid = servers[n].root = 0;
	servers[n].served = false;
}

void servers_forget(void)
{
	for (int i = 0; i < NR_SERVERS; i++)
		forget(i);
}

bool server_has_ended(pid_t pid, int status)
{
	int result;

	for (int i = 0; i < NR_SERVERS; i++) {
		if (servers[i].pid != pid)
			continue;
		result = servers[i].served ? 0 :
					     -EIO; /* one that cannot start is not tried for ever */
		tell_end(servers[i].program, pid, status);
		forget(i);
		names_retry(i, result);
		return true;
	}
	return false;
}
