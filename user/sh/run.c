/* SPDX-License-Identifier: MIT */
/* Running commands. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sh.h"

#define NOT_FOUND  127
#define NOT_RUN	   126
#define NO_PROCESS 1

static pid_t start(const struct command *cmd)
{
	pid_t pid = fork();

	if (pid < 0)
		fprintf(stderr, "sh: fork: %s\n", strerror(errno));
	if (pid)
		return pid;
	execvp(cmd->argv[0], cmd->argv);
	if (errno == ENOENT)
		fprintf(stderr, "sh: %s: not found; try help\n", cmd->argv[0]);
	else
		fprintf(stderr, "sh: %s: %s\n", cmd->argv[0], strerror(errno));
	_exit(errno == ENOENT ? NOT_FOUND : NOT_RUN);
}

/* 0…255 as the program said, 128 + n if signal n ended it. */
static int status_number(const struct command *cmd, int status)
{
	if (!WIFSIGNALED(status))
		return WEXITSTATUS(status);
	fprintf(stderr, "sh: %s: %s\n", cmd->argv[0], strsignal(WTERMSIG(status)));
	return 128 + WTERMSIG(status);
}

static int run_foreground(const struct command *cmd)
{
	int status = run_builtin(cmd);
	pid_t pid;

	if (status >= 0)
		return status;
	fflush(stdout);
	pid = start(cmd);
	if (pid < 0)
		return NO_PROCESS;
	if (waitpid(pid, &status, 0) < 0) {
		fprintf(stderr, "sh: wait for %s: %s\n", cmd->argv[0], strerror(errno));
		return NO_PROCESS;
	}
	return status_number(cmd, status);
}

static int run_background(const struct command *cmd)
{
	pid_t pid;

	fflush(stdout);
	pid = start(cmd);
	if (pid < 0)
		return NO_PROCESS;
	printf("[%d] %s\n", pid, cmd->argv[0]);
	return 0;
}

void reap_background(bool block)
{
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, block ? 0 : WNOHANG)) > 0) {
		if (WIFSIGNALED(status))
			printf("[%d] %s\n", pid, strsignal(WTERMSIG(status)));
		else
			printf("[%d] ended, status %d\n", pid, WEXITSTATUS(status));
	}
}

int run_line(const char *line, int last_status)
{
	struct command cmd;
	enum separator sep, before = SEP_SEMI;

	do {
		bool skip =
			(before == SEP_AND && last_status) || (before == SEP_OR && !last_status);

		sep = parse_command(&line, &cmd, last_status);
		if (sep == SEP_ERROR)
			return 2;
		if (cmd.argc && !skip)
			last_status =
				sep == SEP_BACKGROUND ? run_background(&cmd) : run_foreground(&cmd);
		before = sep;
	} while (sep != SEP_END);
	return last_status;
}
