/* SPDX-License-Identifier: MIT */
/* Flags of the call wait4 beyond those of POSIX's waitpid(): what waitid() needs. */
#pragma once

#define WAIT_NO_ENDS 0x10	/* only stops and continuations count */
#define WAIT_PEEK    0x01000000 /* what is told is told again; waitid() calls it WNOWAIT */
