/* SPDX-License-Identifier: MIT */
/* Sending signals; handlers come with the microkernel's signals. */
#pragma once

#include <abi/signal.h>
#include <sys/types.h>

typedef int sig_atomic_t;

int kill(pid_t pid, int sig);
int raise(int sig);
