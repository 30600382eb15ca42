/* SPDX-License-Identifier: MIT */
/* The end of a program: atexit functions in reverse order, streams flushed, then _exit. */
#include <assert.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define MAX_ATEXIT 32

static void (*functions[MAX_ATEXIT])(void);
static int nr_functions;

int atexit(void (*fn)(void))
{
	if (nr_functions == MAX_ATEXIT)
		return -1;
	functions[nr_functions++] = fn;
	return 0;
}

void exit(int status)
{
	while (nr_functions)
		functions[--nr_functions]();
	fflush(NULL);
	_exit(status);
}

void abort(void)
{
	sigset_t only = 1ul << SIGABRT;

	sigprocmask(SIG_UNBLOCK, &only, NULL);
	raise(SIGABRT);
	signal(SIGABRT, SIG_DFL); /* it was ignored, or its handler returned */
	raise(SIGABRT);
	for (;;)
		__builtin_trap();
}

void __assert_fail(const char *cond, const char *file, int line, const char *func)
{
	fflush(stdout);
	fprintf(stderr, "%s:%d: %s: assertion \"%s\" failed\n", file, line, func, cond);
	abort();
}
