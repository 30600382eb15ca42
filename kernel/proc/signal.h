/* SPDX-License-Identifier: MIT */
/* Signals, as far as they go here: each has its default action, which is to end the process. */
#pragma once

#include <abi/signal.h>
#include "kernel/proc/process.h"

/* "SIGSEGV" and the like; "SIG?" for a number that is none. */
const char *signal_name(int sig);
/* Whether sig, sent by kill(), ends a process; the others are ignored by default. */
bool signal_is_fatal(int sig);
/* Whether sig would stop a process: there is no job control yet. */
bool signal_stops(int sig);
/*
 * Ends the calling process with sig and says why, in one clause, on the kernel
 * log and on the error stream.  No lock held.
 */
void __noreturn fault_kill(int sig, const char *why);
