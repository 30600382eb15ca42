/* SPDX-License-Identifier: MIT */
/* What the tests of signals have in common. */
#pragma once

#include "test.h"

static volatile int seen[NSIG]; /* how often note() ran for each signal */
static siginfo_t last_info;	/* what note_info() got last */

static inline void note(int sig)
{
	seen[sig]++;
}

static inline void note_info(int sig, siginfo_t *info, void *context)
{
	(void)context;
	last_info = *info;
	note(sig);
}

/* Installs a handler. */
static inline void catch_signal(int sig, void (*handler)(int), int flags, sigset_t mask)
{
	struct sigaction action = { .sa_handler = handler, .sa_flags = flags, .sa_mask = mask };

	CHECK(!sigaction(sig, &action, NULL), "sigaction of %d: %s", sig, strerror(errno));
	seen[sig] = 0;
}

/* The same for a handler with three arguments. */
static inline void catch_info(int sig, void (*handler)(int, siginfo_t *, void *), int flags)
{
	struct sigaction action = { .sa_sigaction = handler, .sa_flags = flags | SA_SIGINFO };

	CHECK(!sigaction(sig, &action, NULL), "sigaction of %d: %s", sig, strerror(errno));
	seen[sig] = 0;
}

static inline sigset_t set_of(int sig)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, sig);
	return set;
}

static inline void block(int sig)
{
	sigset_t set = set_of(sig);

	CHECK(!sigprocmask(SIG_BLOCK, &set, NULL), "sigprocmask: %s", strerror(errno));
}

static inline void unblock(int sig)
{
	sigset_t set = set_of(sig);

	CHECK(!sigprocmask(SIG_UNBLOCK, &set, NULL), "sigprocmask: %s", strerror(errno));
}

static inline sigset_t blocked_now(void)
{
	sigset_t set = ~0ul;

	CHECK(!sigprocmask(SIG_SETMASK, NULL, &set), "sigprocmask: %s", strerror(errno));
	return set;
}

static inline sigset_t pending_now(void)
{
	sigset_t set = ~0ul;

	CHECK(!sigpending(&set), "sigpending: %s", strerror(errno));
	return set;
}

/* What the kernel says a process does (enum thread_state), or -1 if there is none. */
static inline int state_of(pid_t pid)
{
	static struct kstat_proc proc[1024];
	ssize_t got = mg_kstat(KSTAT_PROCS, proc, sizeof(proc));

	for (ssize_t i = 0; i < got / (ssize_t)sizeof(proc[0]); i++)
		if (proc[i].pid == pid)
			return (int)proc[i].state;
	return -1;
}

/* Waits until a child sleeps in the kernel. */
static inline void wait_asleep_in(pid_t pid)
{
	wait_until(state_of(pid) == 1, "child %d never slept", pid);
}
