/* SPDX-License-Identifier: MIT */
/*
 * The system calls as C functions, one for each line of <abi/syscall.tbl>:
 * sys_mmap(u64, u64, u64, u64, int, u64) and so on, typed as the table says.
 * What each does, and in which order it finds fault with its arguments, stands
 * at its definition; all return a result or -errno, in their own process.
 */
#pragma once

#include "kernel/lib/types.h"

typedef int syscall_INT;
typedef int syscall_HANDLE;
typedef int syscall_PID;
typedef u64 syscall_SIZE;
typedef u64 syscall_FLAGS;
typedef u64 syscall_ADDR;
typedef const void *syscall_IN;
typedef void *syscall_OUT;
typedef const void *syscall_INZ;
typedef void *syscall_OUTZ;
typedef int *syscall_OUTI;
typedef const u64 *syscall_STRV;

#define SYSCALL_PARAMS_0(none)		   void
#define SYSCALL_PARAMS_1(a)		   syscall_##a
#define SYSCALL_PARAMS_2(a, b)		   syscall_##a, syscall_##b
#define SYSCALL_PARAMS_3(a, b, c)	   SYSCALL_PARAMS_2(a, b), syscall_##c
#define SYSCALL_PARAMS_4(a, b, c, d)	   SYSCALL_PARAMS_3(a, b, c), syscall_##d
#define SYSCALL_PARAMS_5(a, b, c, d, e)	   SYSCALL_PARAMS_4(a, b, c, d), syscall_##e
#define SYSCALL_PARAMS_6(a, b, c, d, e, f) SYSCALL_PARAMS_5(a, b, c, d, e), syscall_##f

#define SYSCALL(nr, name, argc, ...) s64 sys_##name(SYSCALL_PARAMS_##argc(__VA_ARGS__));
#include <abi/syscall.tbl>
#undef SYSCALL

/* Fills in the system call hook; once, before the first program runs. */
void syscall_init(void);
