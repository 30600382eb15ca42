/* SPDX-License-Identifier: MIT */
/* kill [-SIGNAL | -s SIGNAL] PID...: sends TERM, or a signal by number or name; -l lists them. */
#include <err.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int list_signals(void)
{
	char name[SIG2STR_MAX];

	for (int sig = 1; sig < NSIG; sig++)
		if (!sig2str(sig, name))
			puts(name);
	return 0;
}

static _Noreturn void usage(void)
{
	errx(2, "usage: kill [-SIGNAL | -s SIGNAL] PID...   or   kill -l");
}

/* The signal that the options name; *argv is left past them. */
static int take_signal(char ***argv)
{
	const char *name = **argv;
	int sig = SIGTERM;

	if (name && *name == '-' && strcmp(name, "--")) {
		name = strcmp(name, "-s") ? name + 1 : *++*argv;
		if (!name || str2sig(name, &sig))
			usage();
		++*argv;
	}
	if (**argv && !strcmp(**argv, "--"))
		++*argv;
	return sig;
}

int main(int argc, char **argv)
{
	int sig, status = 0;
	char *end;

	if (argc == 2 && !strcmp(argv[1], "-l"))
		return list_signals();
	argv++;
	sig = take_signal(&argv);
	if (!*argv)
		usage();
	for (; *argv; argv++) {
		long pid = strtol(*argv, &end, 10);

		if (end == *argv || *end)
			usage();
		if (!kill((pid_t)pid, sig))
			continue;
		warn("%s", *argv);
		status = 1;
	}
	return status;
}
