/* SPDX-License-Identifier: MIT */
/*
 * System calls as C functions, made from the table: sys_mmap(…), sys_fork() and
 * so on return what the kernel returns, a result or -errno.  sys_ret() turns
 * that into the convention of POSIX: -1 and errno.
 */
#pragma once

#include <errno.h>
#include <stddef.h>

#include "alias.h"

typedef void *sys_ADDR;
typedef const void *sys_IN;
typedef void *sys_OUT;
typedef const void *sys_INZ;
typedef void *sys_OUTZ;
typedef char *const *sys_STRV;
typedef int *sys_OUTI;
typedef size_t sys_SIZE;
typedef int sys_INT;
typedef int sys_FLAGS;
typedef int sys_HANDLE;
typedef int sys_PID;

static inline long sys_call(long nr, const long arg[6])
{
	register long r10 asm("r10") = arg[3];
	register long r8 asm("r8") = arg[4];
	register long r9 asm("r9") = arg[5];
	long ret;

	asm volatile("syscall"
		     : "=a"(ret)
		     : "a"(nr), "D"(arg[0]), "S"(arg[1]), "d"(arg[2]), "r"(r10), "r"(r8), "r"(r9)
		     : "rcx", "r11", "memory");
	return ret;
}

/* sys_NAME(), with these parameters, makes the call with these values. */
#define SYS_STUB(nr, name, parameters, ...) \
	static inline long sys_##name parameters \
	{ \
		return sys_call(nr, (long[6]){ __VA_ARGS__ }); \
	}
#define SYS_STUB_0(nr, name, none)   SYS_STUB(nr, name, (void), 0)
#define SYS_STUB_1(nr, name, ta)     SYS_STUB(nr, name, (sys_##ta a), (long)a)
#define SYS_STUB_2(nr, name, ta, tb) SYS_STUB(nr, name, (sys_##ta a, sys_##tb b), (long)a, (long)b)
#define SYS_STUB_3(nr, name, ta, tb, tc) \
	SYS_STUB(nr, name, (sys_##ta a, sys_##tb b, sys_##tc c), (long)a, (long)b, (long)c)
#define SYS_STUB_4(nr, name, ta, tb, tc, td) \
	SYS_STUB(nr, name, (sys_##ta a, sys_##tb b, sys_##tc c, sys_##td d), (long)a, (long)b, \
		 (long)c, (long)d)
#define SYS_STUB_5(nr, name, ta, tb, tc, td, te) \
	SYS_STUB(nr, name, (sys_##ta a, sys_##tb b, sys_##tc c, sys_##td d, sys_##te e), (long)a, \
		 (long)b, (long)c, (long)d, (long)e)
#define SYS_STUB_6(nr, name, ta, tb, tc, td, te, tf) \
	SYS_STUB(nr, name, \
		 (sys_##ta a, sys_##tb b, sys_##tc c, sys_##td d, sys_##te e, sys_##tf f), \
		 (long)a, (long)b, (long)c, (long)d, (long)e, (long)f)

#define SYSCALL(nr, name, argc, ...) SYS_STUB_##argc(nr, name, __VA_ARGS__)
#include <abi/syscall.tbl>
#undef SYSCALL

/* Puts the error into errno: -1.  Apart, so that no caller saves registers for it. */
long __sys_error(long ret);

static inline long sys_ret(long ret)
{
	return (unsigned long)ret < -4095ul ? ret : __sys_error(ret);
}

/* A function that is a system call and no more: its type, its name, the call, its parameters. */
#define SYS_FUNCTION(type, name, call, ...) \
	FUNCTION(type, name, (type)sys_ret(sys_##call), __VA_ARGS__)
