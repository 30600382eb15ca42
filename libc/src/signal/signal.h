/* SPDX-License-Identifier: MIT */
/*
 * SA_RESTART.  The kernel only knows -EINTR; what a handler returns through
 * (restore.asm) says here whether one ran, and whether one ran that had no
 * SA_RESTART.  A signal for which no handler ran - a stop and SIGCONT, say -
 * never ends a call.
 */
#pragma once

#include <errno.h>
#include <stdbool.h>

/* [0]: a handler has run; [1]: one without SA_RESTART. */
#define __sig_ran (*(volatile unsigned char __seg_fs(*)[2])8)

static inline bool __sig_forget(void)
{
	__sig_ran[0] = __sig_ran[1] = 0;
	return true;
}

/* The result of a system call that is made again unless a handler's flags say -EINTR. */
#define SYS_RESTART(call) \
	({ \
		long ret_; \
\
		do \
			__sig_forget(); \
		while ((ret_ = (call)) == -EINTR && !__sig_ran[1]); \
		ret_; \
	})

/* The same for those that any handler interrupts, whatever its flags. */
#define SYS_UNTIL_HANDLER(call) \
	({ \
		long ret_; \
\
		do \
			__sig_forget(); \
		while ((ret_ = (call)) == -EINTR && !__sig_ran[0]); \
		ret_; \
	})
