/* SPDX-License-Identifier: MIT */
/*
 * The end of a program: atexit functions in reverse order, then destructors in reverse order,
 * streams flushed, then _exit.
 */
#include <assert.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "thread/thread.h"

/*
 * Functions that wait for the end, the latest first, so that those which atexit functions add
 * themselves run next.  The first so many need no memory, as the standard promises.
 */
#define BLOCK 32

enum kind { AT_EXIT, ON_EXIT };

struct block {
	struct block *before;
	int nr;
	struct entry {
		enum kind kind;
		union {
			void (*plain)(void);
			void (*with_status)(int status, void *arg);
		};
		void *arg;
	} entry[BLOCK];
};

static struct block first_at_exit, first_at_quick_exit;
static struct block *at_exit_top = &first_at_exit, *at_quick_exit_top = &first_at_quick_exit;
static int lock;

static int add(struct block **top, struct entry entry)
{
	LOCKED(&lock);
	if ((*top)->nr == BLOCK) {
		struct block *more = malloc(sizeof(*more));

		if (!more)
			return -1;
		more->before = *top;
		more->nr = 0;
		*top = more;
	}
	(*top)->entry[(*top)->nr++] = entry;
	return 0;
}

/* Takes the latest; false if there is none.  The blocks are not freed: the program ends. */
static bool take(struct block **top, struct entry *entry)
{
	LOCKED(&lock);
	if (!(*top)->nr && (*top)->before)
		*top = (*top)->before;
	if (!(*top)->nr)
		return false;
	*entry = (*top)->entry[--(*top)->nr];
	return true;
}

static void run_all(struct block **top, int status)
{
	struct entry entry;

	while (take(top, &entry)) {
		if (entry.kind == ON_EXIT)
			entry.with_status(status, entry.arg);
		else
			entry.plain();
	}
}

int atexit(void (*fn)(void))
{
	return add(&at_exit_top, (struct entry){ .plain = fn });
}

int on_exit(void (*fn)(int status, void *arg), void *arg)
{
	return add(&at_exit_top, (struct entry){ .kind = ON_EXIT, .with_status = fn, .arg = arg });
}

int at_quick_exit(void (*fn)(void))
{
	return add(&at_quick_exit_top, (struct entry){ .plain = fn });
}

/* .fini_array, the last first; each once, should one of them call exit(). */
static void run_destructors(void)
{
	typedef void (*destructor)(void);
	extern const destructor __fini_array_start[], __fini_array_end[];
	static const destructor *left;

	if (!left)
		left = __fini_array_end;
	while (left > __fini_array_start)
		(*--left)();
}

void exit(int status)
{
	run_all(&at_exit_top, status);
	run_destructors();
	fflush(NULL);
	_exit(status);
}

void quick_exit(int status)
{
	run_all(&at_quick_exit_top, status);
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
