/* SPDX-License-Identifier: MIT */
/* Commands of the shell: one that is waited for, and one with a stream to it. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "thread/thread.h"

static _Noreturn void run_shell(const char *command)
{
	execl("/bin/sh", "sh", "-c", command, NULL);
	_exit(127);
}

/* Waits whatever signals come; the status or -1. */
static int wait_for(pid_t pid)
{
	int status;

	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return -1;
	return status;
}

/* Meanwhile Ctrl-C is the command's, and its end nobody else's. */
int system(const char *command)
{
	struct sigaction ignore = { .sa_handler = SIG_IGN }, on_int, on_quit;
	sigset_t child, mask;
	int status = -1;
	pid_t pid;

	if (!command)
		return 1;
	sigemptyset(&child);
	sigaddset(&child, SIGCHLD);
	sigaction(SIGINT, &ignore, &on_int);
	sigaction(SIGQUIT, &ignore, &on_quit);
	sigprocmask(SIG_BLOCK, &child, &mask);
	pid = fork();
	if (pid > 0)
		status = wait_for(pid);
	sigaction(SIGINT, &on_int, NULL);
	sigaction(SIGQUIT, &on_quit, NULL);
	sigprocmask(SIG_SETMASK, &mask, NULL);
	if (!pid)
		run_shell(command);
	return status;
}

/* ---- streams ---- */

struct command {
	struct command *next;
	FILE *stream;
	pid_t pid;
};

static struct command *commands; /* under the lock */
static int lock;

/* In the child: what streams to other commands it has would keep those from seeing their end. */
static _Noreturn void begin(const char *command, int end, bool reads)
{
	for (struct command *c = commands; c; c = c->next)
		close(fileno(c->stream));
	if (end == reads)
		fcntl(end, F_SETFD, 0);
	else
		dup2(end, reads);
	run_shell(command);
}

/* Starts c's command, whose end of the pipe is its standard input, or output if we read. */
static bool start(struct command *c, const char *command, bool reads, int flags)
{
	int fd[2];

	if (pipe2(fd, O_CLOEXEC))
		return false;
	LOCKED(&lock);
	c->stream = fdopen(fd[!reads], reads ? "r" : "w");
	c->pid = c->stream ? fork() : -1;
	if (!c->pid)
		begin(command, fd[reads], reads);
	close(fd[reads]);
	if (c->pid < 0) {
		if (c->stream)
			fclose(c->stream);
		else
			close(fd[!reads]);
		return false;
	}
	if (!(flags & O_CLOEXEC))
		fcntl(fd[!reads], F_SETFD, 0);
	c->next = commands;
	commands = c;
	return true;
}

FILE *popen(const char *command, const char *mode)
{
	int flags = mode[1] == 'e' ? O_CLOEXEC : 0;
	struct command *c;

	if ((*mode != 'r' && *mode != 'w') || mode[flags ? 2 : 1]) {
		errno = EINVAL;
		return NULL;
	}
	c = malloc(sizeof(*c));
	if (!c || start(c, command, *mode == 'r', flags))
		return c ? c->stream : NULL;
	free(c);
	return NULL;
}

/* Takes it out of the list: its process, or -1. */
static pid_t forget(FILE *f)
{
	struct command **link = &commands, *c;
	pid_t pid;

	LOCKED(&lock);
	while (*link && (*link)->stream != f)
		link = &(*link)->next;
	c = *link;
	if (!c)
		return -1;
	*link = c->next;
	pid = c->pid;
	free(c);
	return pid;
}

int pclose(FILE *f)
{
	pid_t pid = forget(f);

	if (pid < 0) {
		errno = ECHILD;
		return -1;
	}
	fclose(f);
	return wait_for(pid);
}
