/* SPDX-License-Identifier: MIT */
/*
 * Runs the host unit tests and prints KTAP: host-test [--seed N] [GLOB].  Each
 * test has a process of its own: they cannot disturb one another, and one that
 * crashes is one that failed.
 */
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tools/hosttest/hosttest.h"

bool glob_match(const char *pattern, const char *name);

#define MAX_SECONDS 60 /* a test that takes longer has failed */

static struct host_test *tests;
static __thread u64 rnd_state = 1;

void host_test_register(struct host_test *test)
{
	struct host_test **link = &tests;

	while (*link && strcmp((*link)->name, test->name) < 0)
		link = &(*link)->next;
	test->next = *link;
	*link = test;
}

void __noreturn test_failed(const char *file, int line, const char *fmt, ...)
{
	va_list args;

	printf("# %s:%d: ", file, line);
	va_start(args, fmt);
	vprintf(fmt, args);
	va_end(args);
	printf("\n");
	exit(1);
}

void rnd_seed(u64 seed)
{
	rnd_state = seed * 2 + 1;
}

u64 rnd(void)
{
	rnd_state ^= rnd_state << 13;
	rnd_state ^= rnd_state >> 7;
	rnd_state ^= rnd_state << 17;
	return rnd_state * 0x2545f4914f6cdd1d;
}

u64 rnd_below(u64 n)
{
	return (rnd() >> 11) % n;
}

static bool run_test(struct host_test *test, u64 seed)
{
	int status;
	pid_t pid;

	fflush(NULL);
	pid = fork();
	if (pid == 0) {
		alarm(MAX_SECONDS);
		rnd_seed(seed);
		test->run();
		exit(0);
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		abort();
	if (WIFSIGNALED(status))
		printf("# %s: ended by signal %d (%s)\n", test->name, WTERMSIG(status),
		       WTERMSIG(status) == SIGALRM ? "it took too long" :
						     strsignal(WTERMSIG(status)));
	return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

/* Runs what matches; returns how many failed, or -1 if nothing matched. */
static int run_all(const char *glob, u64 seed)
{
	int n = 0, failed = 0;

	printf("KTAP version 1\n");
	for (struct host_test *test = tests; test; test = test->next) {
		if (!glob_match(glob, test->name))
			continue;
		n++;
		if (run_test(test, seed)) {
			printf("ok %d %s\n", n, test->name);
			continue;
		}
		failed++;
		printf("not ok %d %s\n# repeat: host-test --seed %lu %s\n", n, test->name, seed,
		       test->name);
	}
	printf("1..%d\n# %d passed, %d failed\n", n, n - failed, failed);
	return n ? failed : -1;
}

int main(int argc, char **argv)
{
	const char *glob = "*";
	u64 seed = 1;

	for (int i = 1; i < argc; i++) {
		if (!strcmp(argv[i], "--seed") && i + 1 < argc)
			seed = strtoull(argv[++i], NULL, 0);
		else
			glob = argv[i];
	}
	setvbuf(stdout, NULL, _IOLBF, 0);
	return run_all(glob, seed) ? 1 : 0;
}

int host_strcmp(const char *a, const char *b)
{
	return strcmp(a, b);
}

char *host_strstr(const char *a, const char *b)
{
	return strstr(a, b);
}

int host_memcmp(const void *a, const void *b, size_t n)
{
	return memcmp(a, b, n);
}

int host_snprintf(char *buf, size_t size, const char *fmt, ...)
{
	va_list args;
	int n;

	va_start(args, fmt);
	n = vsnprintf(buf, size, fmt, args);
	va_end(args);
	return n;
}
