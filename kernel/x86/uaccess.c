/* SPDX-License-Identifier: MIT */
/* Strings from user memory; everything else is in uaccess.h and uaccess.asm. */
#include "kernel/x86/uaccess.h"

long uaccess_strncpy(char *dst, const char *src, size_t max);

long strncpy_from_user(char *dst, const char *src, size_t max)
{
	size_t room = (u64)src < TASK_SIZE ? TASK_SIZE - (u64)src : 0;
	size_t limit = MIN(max, room);
	long len;

	kasan_check_write(dst, max);
	len = uaccess_strncpy(dst, src, limit);
	/* Without a NUL before the end of user memory the string runs out of it. */
	if ((size_t)len == limit && limit < max)
		return -EFAULT;
	return len;
}
