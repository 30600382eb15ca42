/* SPDX-License-Identifier: MIT */
/* The way into a handler of a signal and back; faults, which are signals that do not wait. */
#pragma once

#include "kernel/proc/signal.h"

/*
 * Lets the caller go on in its handler for info->si_signo: a frame with its
 * registers, mask and FPU state on its stack or the alternate one.  False: no
 * room there.
 */
bool signal_run_handler(const siginfo_t *info);
/*
 * The end of a handler: takes the ucontext_t at rsp back, and returns the rax in it.  A bad one, or
 * one whose rip no program can have, is a SIGSEGV.
 */
s64 signal_return(void);
/* Whether the calling program runs on its alternate stack. */
bool signal_on_altstack(void);
/*
 * fault_hooks.raise: the calling process has done what it must not.  Runs its
 * handler for sig; if it has none, or blocks sig, as fault_kill().  No lock held.
 */
void signal_fault(int sig, int code, u64 addr, const char *why);
/*
 * Ends the calling process with sig and says why, in one clause, on the kernel
 * log and on the error stream.  No lock held.
 */
void __noreturn fault_kill(int sig, const char *why);
