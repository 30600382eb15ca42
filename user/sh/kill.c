/* SPDX-License-Identifier: MIT */
/* The builtin kill: as the program, and for jobs (%1). */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "sh.h"

static int list_signals(void)
{
	char name[SIG2STR_MAX];

	for (int sig = 1; sig < NSIG; sig++)
		if (!sig2str(sig, name))
			printf("%s\n", name);
	return 0;
}

/* The signal that the option names, past which *argv goes; -1: none of that name. */
static int signal_of(char ***argv)
{
	char *word = **argv;
	int sig = SIGTERM;

	if (word && *word == '-' && strcmp(word, "--")) {
		++*argv;
		word++;
		if (!strcmp(word, "s") && **argv)
			word = *(*argv)++;
		if (str2sig(word, &sig))
			return -1;
	}
	if (**argv && !strcmp(**argv, "--"))
		++*argv;
	return sig;
}

static int send(const char *word, int sig)
{
	struct job *j = *word == '%' ? job_find(word) : NULL;
	long target = j ? job_target(j) : 0;

	if (!j && !parse_number(word, &target)) {
		complain("kill: %s: no such job or process", word);
		return 1;
	}
	if (!kill((pid_t)target, sig))
		return 0;
	complain("kill: %s: %s", word, strerror(errno));
	return 1;
}

int builtin_kill(char **argv)
{
	int sig, status = 0;

	argv++;
	if (*argv && !strcmp(*argv, "-l"))
		return list_signals();
	sig = signal_of(&argv);
	if (sig < 0 || !*argv) {
		complain("usage: kill [-SIGNAL | -s SIGNAL] PID | %%JOB ...   or   kill -l");
		return STATUS_ERROR;
	}
	for (; *argv; argv++)
		status |= send(*argv, sig);
	return status;
}
