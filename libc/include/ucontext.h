/* SPDX-License-Identifier: MIT */
/* What a signal interrupted: the third argument of a handler with SA_SIGINFO. */
#pragma once

#include <signal.h>

/* Places in uc_mcontext.gregs, with Linux's names; the order is the kernel's struct pt_regs. */
enum {
	REG_R15,
	REG_R14,
	REG_R13,
	REG_R12,
	REG_RBP,
	REG_RBX,
	REG_R11,
	REG_R10,
	REG_R9,
	REG_R8,
	REG_RAX,
	REG_RCX,
	REG_RDX,
	REG_RSI,
	REG_RDI,
	REG_TRAPNO,
	REG_ERR,
	REG_RIP,
	REG_CSGSFS,
	REG_EFL,
	REG_RSP,
	REG_SS,
	NGREG
};

typedef unsigned long greg_t;
typedef greg_t gregset_t[NGREG];
