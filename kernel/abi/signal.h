/* SPDX-License-Identifier: MIT */
/*
 * Signals, shared by kernel and libc: numbers, flags and codes with Linux's
 * values; of the structures those that cross the border.  A set has bit `sig`
 * for signal sig.
 */
#pragma once

#include <stddef.h>

#define SIGHUP	  1
#define SIGINT	  2
#define SIGQUIT	  3
#define SIGILL	  4
#define SIGTRAP	  5
#define SIGABRT	  6
#define SIGBUS	  7
#define SIGFPE	  8
#define SIGKILL	  9
#define SIGUSR1	  10
#define SIGSEGV	  11
#define SIGUSR2	  12
#define SIGPIPE	  13
#define SIGALRM	  14
#define SIGTERM	  15
#define SIGSTKFLT 16
#define SIGCHLD	  17
#define SIGCONT	  18
#define SIGSTOP	  19
#define SIGTSTP	  20
#define SIGTTIN	  21
#define SIGTTOU	  22
#define SIGURG	  23
#define SIGXCPU	  24
#define SIGXFSZ	  25
#define SIGVTALRM 26
#define SIGPROF	  27
#define SIGWINCH  28
#define SIGIO	  29
#define SIGPWR	  30
#define SIGSYS	  31
#define NSIG	  32

/* Instead of a handler. */
#define SIG_DFL ((void (*)(int))0)
#define SIG_IGN ((void (*)(int))1)

/* sigaction.sa_flags.  SA_RESTART is libc's affair; SA_RESTORER is taken for granted. */
#define SA_NOCLDSTOP 0x00000001
#define SA_NOCLDWAIT 0x00000002
#define SA_SIGINFO   0x00000004
#define SA_RESTORER  0x04000000
#define SA_ONSTACK   0x08000000
#define SA_RESTART   0x10000000
#define SA_NODEFER   0x40000000
#define SA_RESETHAND 0x80000000

/* sigprocmask's `how` */
enum { SIG_BLOCK, SIG_UNBLOCK, SIG_SETMASK };

/* siginfo_t.si_code: what sent it, or what the fault was. */
enum { SI_USER = 0, SI_TKILL = -6, SI_KERNEL = 0x80 };
enum { ILL_ILLOPC = 1, ILL_ILLOPN, ILL_ILLADR, ILL_ILLTRP, ILL_PRVOPC, ILL_PRVREG };
enum { FPE_INTDIV = 1, FPE_INTOVF, FPE_FLTDIV, FPE_FLTOVF, FPE_FLTUND, FPE_FLTRES, FPE_FLTINV };
enum { SEGV_MAPERR = 1, SEGV_ACCERR };
enum { BUS_ADRALN = 1, BUS_ADRERR, BUS_OBJERR };
enum { TRAP_BRKPT = 1, TRAP_TRACE };
enum { CLD_EXITED = 1, CLD_KILLED, CLD_DUMPED, CLD_TRAPPED, CLD_STOPPED, CLD_CONTINUED };

/* stack_t.ss_flags; the least ss_size; a sensible one */
#define SS_ONSTACK  1
#define SS_DISABLE  2
#define MINSIGSTKSZ 2048

typedef unsigned long sigset_t;

typedef struct {
	int si_signo, si_code, si_errno;
	int si_pid; /* kill: the sender; SIGCHLD: the child */
	unsigned int si_uid;
	int si_status; /* SIGCHLD: exit status or signal */
	void *si_addr; /* a fault's address */
} siginfo_t;

struct sigaction {
	union {
		void (*sa_handler)(int sig);
		void (*sa_sigaction)(int sig, siginfo_t *info, void *context);
	};
	sigset_t sa_mask;
	int sa_flags;
	void (*sa_restorer)(void); /* where a handler returns to: makes the call sigreturn */
};

typedef struct {
	void *ss_sp;
	int ss_flags;
	size_t ss_size;
} stack_t;

/* What a handler interrupted; sigreturn takes it back, changed or not.  Without padding. */
typedef struct ucontext {
	unsigned long uc_flags;
	struct ucontext *uc_link;
	stack_t uc_stack;
	sigset_t uc_sigmask;
	struct {
		unsigned long gregs[22]; /* struct pt_regs; libc's <ucontext.h> has the names */
		unsigned char fpregs[512] __attribute__((aligned(16))); /* as FXSAVE has it */
	} uc_mcontext;
} ucontext_t;

/* wait4 status word: code << 8 for an exit, the signal number for a death by signal. */
#define WAIT_EXITED(code)  (((code)&0xff) << 8)
#define WAIT_SIGNALED(sig) ((sig)&0x7f)
#define WAIT_STOPPED(sig)  ((sig) << 8 | 0x7f)
#define WAIT_CONTINUED	   0xffff

/* wait4 flags */
#define WNOHANG	   1
#define WUNTRACED  2
#define WCONTINUED 8
