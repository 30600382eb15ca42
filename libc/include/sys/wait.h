/* SPDX-License-Identifier: MIT */
/* Waiting for children, and what their status says. */
#pragma once

#include <abi/signal.h>
#include <sys/types.h>

#define WIFEXITED(s)	(((s)&0x7f) == 0)
#define WEXITSTATUS(s)	((s) >> 8 & 0xff)
#define WIFSIGNALED(s)	(((s)&0x7f) != 0 && ((s)&0x7f) != 0x7f)
#define WTERMSIG(s)	((s)&0x7f)
#define WIFSTOPPED(s)	(((s)&0xff) == 0x7f)
#define WSTOPSIG(s)	WEXITSTATUS(s)
#define WIFCONTINUED(s) ((s) == 0xffff)
#define WCOREDUMP(s)	0

/* waitid(): whose end, what counts, and not to take it. */
typedef enum { P_ALL, P_PID, P_PGID } idtype_t;
#define WSTOPPED WUNTRACED
#define WEXITED	 4
#define WNOWAIT	 0x01000000

int waitid(idtype_t type, id_t id, siginfo_t *info, int options);

struct rusage;
pid_t wait(int *status);
pid_t waitpid(pid_t pid, int *status, int options);
pid_t wait4(pid_t pid, int *status, int options, struct rusage *usage);
pid_t wait3(int *status, int options, struct rusage *usage);
