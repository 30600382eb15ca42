/* SPDX-License-Identifier: MIT */
/* sh [-c COMMANDS | FILE]: from the console, a string, a script, or standard input. */
#include <errno.h>
#include <fcntl.h>
#include <merganser.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "sh.h"

static void banner(void)
{
	struct kstat_mem mem = { 0 };

	mg_kstat(KSTAT_MEM, &mem, sizeof(mem));
	printf("\nMerganser, a teaching microkernel about virtual memory.\n"
	       "%lu CPU%s, %lu MiB of memory, %lu MiB free.  Type help; leave with exit.\n\n",
	       mem.nr_cpus, mem.nr_cpus == 1 ? "" : "s", mem.total_frames / 256,
	       mem.free_frames / 256);
}

static int interactive(void)
{
	char line[LINE_MAX_LEN];
	int status = 0;

	banner();
	while (read_line("merganser$ ", line, sizeof(line))) {
		status = run_line(line, status);
		reap_background(false);
	}
	return status;
}

static int script(int fd)
{
	char line[LINE_MAX_LEN];
	int status = 0;

	while (read_script_line(fd, line, sizeof(line)))
		status = run_line(line, status);
	return status;
}

int main(int argc, char **argv)
{
	int fd;

	if (argc == 3 && !strcmp(argv[1], "-c"))
		return run_line(argv[2], 0);
	if (argc > 2) {
		fprintf(stderr, "usage: sh [-c COMMANDS | FILE]\n");
		return 2;
	}
	if (argc < 2)
		return isatty(STDIN_FILENO) ? interactive() : script(STDIN_FILENO);
	fd = open(argv[1], O_RDONLY);
	if (fd < 0) {
		fprintf(stderr, "sh: %s: %s\n", argv[1], strerror(errno));
		return 127;
	}
	return script(fd);
}
