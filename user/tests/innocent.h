/* SPDX-License-Identifier: MIT */
/* An innocent: a process that lives beside others that take all memory, and is not to die. */
#pragma once

#include "test.h"

#define INNOCENT 600 /* pages */

static inline void touch(char *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		p[i * PAGE] = 1;
}

static inline _Noreturn void stay(void)
{
	for (;;)
		usleep(100000);
}

/* Gives some of its pages back, and takes them again. */
static inline void be_innocent(void *unused)
{
	char *p = map_pages(INNOCENT);

	(void)unused;
	for (;;) {
		touch(p, INNOCENT);
		step_page.at = 1;
		usleep(20000);
		madvise(p, INNOCENT / 10 * PAGE, MADV_DONTNEED);
	}
}

static inline pid_t start_innocent(void)
{
	pid_t pid = child_start(be_innocent, NULL);

	wait_asleep(peek_step(pid) == 1, "the innocent has its pages");
	return pid;
}

static inline void end(pid_t pid)
{
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

static inline void check_alive(pid_t pid)
{
	CHECK_EQ(waitpid(pid, NULL, WNOHANG), 0, "the innocent lives");
}
