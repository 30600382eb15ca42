/* SPDX-License-Identifier: MIT */
/* Signals in words: on standard error, and by their names. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void psignal(int sig, const char *text)
{
	fprintf(stderr, "%s%s%s\n", text ? text : "", text && *text ? ": " : "", strsignal(sig));
}

void psiginfo(const siginfo_t *info, const char *text)
{
	fprintf(stderr, "%s%s%s (code %d, pid %d, address %p)\n", text ? text : "",
		text && *text ? ": " : "", strsignal(info->si_signo), info->si_code, info->si_pid,
		info->si_addr);
}

static const char names[NSIG][SIG2STR_MAX] = {
	[0] = "0",	    [SIGHUP] = "HUP",	  [SIGINT] = "INT",
	[SIGQUIT] = "QUIT", [SIGILL] = "ILL",	  [SIGTRAP] = "TRAP",
	[SIGABRT] = "ABRT", [SIGBUS] = "BUS",	  [SIGFPE] = "FPE",
	[SIGKILL] = "KILL", [SIGUSR1] = "USR1",	  [SIGSEGV] = "SEGV",
	[SIGUSR2] = "USR2", [SIGPIPE] = "PIPE",	  [SIGALRM] = "ALRM",
	[SIGTERM] = "TERM", [SIGCHLD] = "CHLD",	  [SIGSTKFLT] = "STKFLT",
	[SIGCONT] = "CONT", [SIGSTOP] = "STOP",	  [SIGTSTP] = "TSTP",
	[SIGTTIN] = "TTIN", [SIGTTOU] = "TTOU",	  [SIGURG] = "URG",
	[SIGXCPU] = "XCPU", [SIGXFSZ] = "XFSZ",	  [SIGVTALRM] = "VTALRM",
	[SIGPROF] = "PROF", [SIGWINCH] = "WINCH", [SIGIO] = "IO",
	[SIGPWR] = "PWR",   [SIGSYS] = "SYS",
};

int sig2str(int sig, char *text)
{
	if (sig < 1 || sig >= NSIG)
		return -1;
	strcpy(text, names[sig]);
	return 0;
}

/* A number is taken too, and "SIG" may stand before a name. */
int str2sig(const char *restrict text, int *restrict sig)
{
	const char *name = strncmp(text, "SIG", 3) ? text : text + 3;
	char *end;

	for (*sig = 0; *sig < NSIG; ++*sig)
		if (!strcmp(name, names[*sig]))
			return 0;
	*sig = (int)strtol(text, &end, 10);
	return end == text || *end || *sig < 0 || *sig >= NSIG ? -1 : 0;
}
