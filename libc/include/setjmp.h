/* SPDX-License-Identifier: MIT */
/* Non-local jumps: the registers that a called function must keep, the mask if asked, and back. */
#pragma once

/* rbx rbp r12 r13 r14 r15 rsp rip; whether there is a mask, the mask */
typedef long jmp_buf[10];
typedef jmp_buf sigjmp_buf;

int setjmp(jmp_buf env) __attribute__((returns_twice));
_Noreturn void longjmp(jmp_buf env, int value);
#define _setjmp(env)	     setjmp(env)
#define _longjmp(env, value) longjmp(env, value)

void __sigjmp_save(sigjmp_buf env, int savemask);
#define sigsetjmp(env, savemask) (__sigjmp_save(env, savemask), setjmp(env))
_Noreturn void siglongjmp(sigjmp_buf env, int value);
