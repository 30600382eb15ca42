/* SPDX-License-Identifier: MIT */
/*
 * The only doors to user memory.  SMAP is open just inside the copy loops of
 * uaccess.asm; a fault there goes the ordinary way of page faults, and if that
 * cannot resolve it the exception table turns it into -EFAULT.
 *
 * All of these may sleep (interrupts on, no spinlock held).  On -EFAULT part of
 * the destination may have been written.
 */
#pragma once

#include <abi/errno.h>
#include "kernel/lib/asan.h"
#include "kernel/lib/types.h"
#include "kernel/x86/layout.h"

/* The loop: 0 or -EFAULT; ranges already checked. */
int uaccess_copy(void *dst, const void *src, size_t n);
/* The same of n words of 8 bytes. */
int uaccess_copy_words(void *dst, const void *src, size_t n);

/* Says whether [addr, addr + n) lies below TASK_SIZE; says nothing of what is mapped there. */
static inline bool user_range_ok(const void *addr, size_t n)
{
	return n <= TASK_SIZE && (u64)addr <= TASK_SIZE - n;
}

/* Sees to it that both ends of n bytes can be written, up to a page; ranges already checked. */
int uaccess_touch(void *addr, size_t n);

/*
 * Debug builds: whether this CPU can access the byte at addr, of a program or of the kernel, now;
 * if not nothing comes of it.  Interrupts off.
 */
int uaccess_try_read(u64 addr);
int uaccess_try_write(u64 addr);

/* The loop that is the shorter for n. */
static __always_inline int copy_checked(void *dst, const void *src, size_t n)
{
	if (__builtin_constant_p(n) && n % sizeof(u64) == 0)
		return uaccess_copy_words(dst, src, n / sizeof(u64));
	return uaccess_copy(dst, src, n);
}

/* Copies n bytes from user memory.  -EFAULT: not all of them are readable by the program. */
static __always_inline int __must_check copy_from_user(void *dst, const void *src, size_t n)
{
	kasan_check_write(dst, n);
	return user_range_ok(src, n) ? copy_checked(dst, src, n) : -EFAULT;
}

/* -EFAULT: the n bytes at addr, at most a page, are not writable by the program. */
static inline int __must_check touch_user(void *addr, size_t n)
{
	if (!n)
		return 0;
	return user_range_ok(addr, n) ? uaccess_touch(addr, n) : -EFAULT;
}

/* Copies n bytes to user memory.  -EFAULT: not all of them are writable by the program. */
static __always_inline int __must_check copy_to_user(void *dst, const void *src, size_t n)
{
	kasan_check_read(src, n);
	return user_range_ok(dst, n) ? copy_checked(dst, src, n) : -EFAULT;
}

/*
 * Copies a string with its NUL, at most max bytes, and returns its length without the NUL;
 * max if there was no NUL among the first max bytes (dst is then not terminated).  -EFAULT.
 */
long __must_check strncpy_from_user(char *dst, const char *src, size_t max);
