/* SPDX-License-Identifier: MIT */
/*
 * sh [-u] [-c COMMANDS [NAME [WORD...]] | FILE [WORD...]]: a string, a script, or standard input.
 * With -u neither the shell nor what it starts has any authority over the kernel, and none of
 * them can get it back.
 */
#include <errno.h>
#include <merganser.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "sh.h"

#define USAGE "usage: sh [-u] [-c COMMANDS [NAME [WORD...]] | FILE [WORD...]]"

struct shell sh = { .name = "sh" };

void complain(const char *fmt, ...)
{
	char sentence[512];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(sentence, sizeof(sentence), fmt, ap);
	va_end(ap);
	fflush(stdout);
	fprintf(stderr, "sh: %s\n", sentence);
}

static void banner(void)
{
	struct kstat_mem mem = { 0 };

	printf("\nMerganser, a teaching microkernel about virtual memory.\n");
	if (mg_kstat(KSTAT_MEM, &mem, sizeof(mem)) < 0) {
		printf("A shell without authority.  Type help; leave with exit.\n\n");
		return;
	}
	printf("%lu CPU%s, %lu MiB of memory, %lu MiB free.  Type help; leave with exit.\n\n",
	       mem.nr_cpus, mem.nr_cpus == 1 ? "" : "s", mem.total_frames / 256,
	       mem.free_frames / 256);
}

/* What stands after the name of the shell or the script. */
static void take_params(char **list)
{
	sh.params = list;
	while (list[sh.nr_params])
		sh.nr_params++;
}

static int run_words(char **words)
{
	if (!words[1]) {
		complain(USAGE);
		return STATUS_ERROR;
	}
	if (words[2])
		sh.name = words[2];
	take_params(words + 2 + (words[2] != NULL));
	return run_string(words[1]);
}

static int run_script_file(char **words)
{
	int status;

	sh.name = words[0];
	take_params(words + 1);
	status = run_file(words[0]);
	if (status >= 0)
		return status;
	complain("%s: %s", words[0], strerror(errno));
	return errno == ENOENT ? STATUS_NOT_FOUND : STATUS_NOT_RUN;
}

static int run_input(void)
{
	struct source s = { .fd = STDIN_FILENO, .console = isatty(STDIN_FILENO) };

	sh.params = (char *[]){ NULL };
	sh.interactive = s.console;
	if (s.console) {
		job_control();
		banner();
	}
	return run_source(&s);
}

int main(int argc, char **argv)
{
	(void)argc;
	sh.pid = getpid();
	var_import();
	if (argv[0] && argv[1] && !strcmp(argv[1], "-u")) {
		if (mg_cap_drop_bound(KCAP_ALL)) {
			complain("-u: %s", strerror(errno));
			return STATUS_ERROR;
		}
		argv++;
	}
	if (!argv[0] || !argv[1])
		return run_input();
	if (!strcmp(argv[1], "-c"))
		return run_words(argv + 1);
	return run_script_file(argv + 1);
}
