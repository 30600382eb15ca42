/* SPDX-License-Identifier: MIT */
/* time COMMAND [WORD...]: how long it ran, and the page faults of the machine meanwhile. */
#include <abi/event_ids.h>
#include <err.h>
#include <errno.h>
#include <merganser.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static double now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

static _Noreturn void run(char **argv)
{
	int missing;

	execvp(argv[0], argv);
	missing = errno == ENOENT;
	warn("%s", argv[0]);
	_exit(missing ? 127 : 126);
}

int main(int argc, char **argv)
{
	long faults = mg_kctl(KCTL_EVENT_COUNT, EV_fault, 0);
	double start = now();
	int status;
	pid_t pid;

	if (argc < 2)
		errx(2, "usage: time COMMAND [WORD...]");
	pid = fork();
	if (!pid)
		run(argv + 1);
	if (pid < 0 || waitpid(pid, &status, 0) < 0)
		err(1, "%s", argv[1]);
	fprintf(stderr, "real %.3f s, %ld page faults\n", now() - start,
		mg_kctl(KCTL_EVENT_COUNT, EV_fault, 0) - faults);
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}
