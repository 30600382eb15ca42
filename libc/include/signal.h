/* SPDX-License-Identifier: MIT */
/* Signals.  Real-time signals and sigqueue() there are not: a signal waits once or not at all. */
#pragma once

#include <abi/signal.h>
#include <sys/types.h>

#define SIG_ERR	   ((void (*)(int)) - 1)
#define SIGPOLL	   SIGIO
#define SIGSTKSZ   16384
#define _NSIG	   NSIG
#define SA_NOMASK  SA_NODEFER
#define SA_ONESHOT SA_RESETHAND
#define SA_STACK   SA_ONSTACK

typedef int sig_atomic_t;
typedef void (*sighandler_t)(int sig);
typedef sighandler_t sig_t;

sighandler_t signal(int sig, sighandler_t handler);
int sigaction(int sig, const struct sigaction *action, struct sigaction *old);
int siginterrupt(int sig, int interrupts);

int kill(pid_t pid, int sig);
int killpg(pid_t group, int sig);
int raise(int sig);

int sigemptyset(sigset_t *set);
int sigfillset(sigset_t *set);
int sigaddset(sigset_t *set, int sig);
int sigdelset(sigset_t *set, int sig);
int sigismember(const sigset_t *set, int sig);
int sigprocmask(int how, const sigset_t *set, sigset_t *old);
int sigpending(sigset_t *set);
int sigsuspend(const sigset_t *set);
/* Take a signal of the set, which the caller blocks; sigwait() returns an error, not -1. */
struct timespec;
int sigwait(const sigset_t *restrict set, int *restrict sig);
int sigwaitinfo(const sigset_t *restrict set, siginfo_t *restrict info);
int sigtimedwait(const sigset_t *restrict set, siginfo_t *restrict info,
		 const struct timespec *restrict timeout);
int sigaltstack(const stack_t *stack, stack_t *old);

/* Names without "SIG": 0, or -1 if there is no such signal. */
#define SIG2STR_MAX 8
int sig2str(int sig, char *text);
int str2sig(const char *restrict text, int *restrict sig);

void psignal(int sig, const char *text);
void psiginfo(const siginfo_t *info, const char *text);
