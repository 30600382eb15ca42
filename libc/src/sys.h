/* SPDX-License-Identifier: MIT */
/*
 * System calls as C functions, made from the table: sys_mmap(…), sys_fork() and
 * so on return what the kernel returns, a result or -errno.  sys_ret() turns
 * that into the convention of POSIX: -1 and errno.
 */
#pragma once

#include <errno.h>
#include <stddef.h>

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

static inline long sys_call(long nr, long a, long b, long c, long d, long e, long f)
{
	register long r10 asm("r10") = d;
	register long r8 asm("r8") = e;
	register long r9 asm("r9") = f;
	long ret;

	asm volatile("syscall"
		     : "=a"(ret)
		     : "a"(nr), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
		     : "rcx", "r11", "memory");
	return ret;
}

#define SYS_STUB_0(nr, name, none) \
	static inline long sys_##name(void) \
	{ \
		return sys_call(nr, 0, 0, 0, 0, 0, 0); \
	}
#define SYS_STUB_1(nr, name, ta) \
	static inline long sys_##name(sys_##ta a) \
	{ \
		return sys_call(nr, (long)a, 0, 0, 0, 0, 0); \
	}
#define SYS_STUB_2(nr, name, ta, tb) \
	static inline long sys_##name(sys_##ta a, sys_##tb b) \
	{ \
		return sys_call(nr, (long)a, (long)b, 0, 0, 0, 0); \
	}
#define SYS_STUB_3(nr, name, ta, tb, tc) \
	static inline long sys_##name(sys_##ta a, sys_##tb b, sys_##tc c) \
	{ \
		return sys_call(nr, (long)a, (long)b, (long)c, 0, 0, 0); \
	}
#define SYS_STUB_4(nr, name, ta, tb, tc, td) \
	static inline long sys_##name(sys_##ta a, sys_##tb b, sys_##tc c, sys_##td d) \
	{ \
		return sys_call(nr, (long)a, (long)b, (long)c, (long)d, 0, 0); \
	}
#define SYS_STUB_5(nr, name, ta, tb, tc, td, te) \
	static inline long sys_##name(sys_##ta a, sys_##tb b, sys_##tc c, sys_##td d, sys_##te e) \
	{ \
		return sys_call(nr, (long)a, (long)b, (long)c, (long)d, (long)e, 0); \
	}
#define SYS_STUB_6(nr, name, ta, tb, tc, td, te, tf) \
	static inline long sys_##name(sys_##ta a, sys_##tb b, sys_##tc c, sys_##td d, sys_##te e, \
				      sys_##tf f) \
	{ \
		return sys_call(nr, (long)a, (long)b, (long)c, (long)d, (long)e, (long)f); \
	}

#define SYSCALL(nr, name, argc, ...) SYS_STUB_##argc(nr, name, __VA_ARGS__)
#include <abi/syscall.tbl>
#undef SYSCALL

static inline long sys_ret(long ret)
{
	if (ret >= 0 || ret < -4095)
		return ret;
	errno = (int)-ret;
	return -1;
}
