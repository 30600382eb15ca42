/* SPDX-License-Identifier: MIT */
/* Signals in words, on standard error. */
#include <signal.h>
#include <stdio.h>
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
