/* SPDX-License-Identifier: MIT */
/* Signals by their names and in words. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A row of the table: a signal's name without "SIG", and its text. */
#define SIGNAL(name, text) [SIG##name] = { #name, text }

static const struct {
	char name[SIG2STR_MAX];
	const char *text;
} signals[NSIG] = {
	[0] = { "0", NULL },
	SIGNAL(HUP, "Hangup"),
	SIGNAL(INT, "Interrupt"),
	SIGNAL(QUIT, "Quit"),
	SIGNAL(ILL, "Illegal instruction"),
	SIGNAL(TRAP, "Trace/breakpoint trap"),
	SIGNAL(ABRT, "Aborted"),
	SIGNAL(BUS, "Bus error"),
	SIGNAL(FPE, "Floating point exception"),
	SIGNAL(KILL, "Killed"),
	SIGNAL(USR1, "User defined signal 1"),
	SIGNAL(SEGV, "Segmentation fault"),
	SIGNAL(USR2, "User defined signal 2"),
	SIGNAL(PIPE, "Broken pipe"),
	SIGNAL(ALRM, "Alarm clock"),
	SIGNAL(TERM, "Terminated"),
	SIGNAL(STKFLT, "Stack fault"),
	SIGNAL(CHLD, "Child exited"),
	SIGNAL(CONT, "Continued"),
	SIGNAL(STOP, "Stopped (signal)"),
	SIGNAL(TSTP, "Stopped"),
	SIGNAL(TTIN, "Stopped (tty input)"),
	SIGNAL(TTOU, "Stopped (tty output)"),
	SIGNAL(URG, "Urgent I/O condition"),
	SIGNAL(XCPU, "CPU time limit exceeded"),
	SIGNAL(XFSZ, "File size limit exceeded"),
	SIGNAL(VTALRM, "Virtual timer expired"),
	SIGNAL(PROF, "Profiling timer expired"),
	SIGNAL(WINCH, "Window changed"),
	SIGNAL(IO, "I/O possible"),
	SIGNAL(PWR, "Power failure"),
	SIGNAL(SYS, "Bad system call"),
};

char *strsignal(int sig)
{
	static char unknown[32];

	if (sig > 0 && sig < NSIG)
		return (char *)signals[sig].text;
	snprintf(unknown, sizeof(unknown), "Unknown signal %d", sig);
	return unknown;
}

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

int sig2str(int sig, char *text)
{
	if (sig < 1 || sig >= NSIG)
		return -1;
	strcpy(text, signals[sig].name);
	return 0;
}

/* A number is taken too, and "SIG" may stand before a name. */
int str2sig(const char *restrict text, int *restrict sig)
{
	const char *name = strncmp(text, "SIG", 3) ? text : text + 3;
	char *end;

	for (*sig = 0; *sig < NSIG; ++*sig)
		if (!strcmp(name, signals[*sig].name))
			return 0;
	*sig = (int)strtol(text, &end, 10);
	return end == text || *end || *sig < 0 || *sig >= NSIG ? -1 : 0;
}
