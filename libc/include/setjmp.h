/* SPDX-License-Identifier: MIT */
/* Non-local jumps: the registers that a called function must keep, and the way back. */
#pragma once

typedef long jmp_buf[8]; /* rbx rbp r12 r13 r14 r15 rsp rip */
typedef jmp_buf sigjmp_buf;

int setjmp(jmp_buf env) __attribute__((returns_twice));
_Noreturn void longjmp(jmp_buf env, int value);
