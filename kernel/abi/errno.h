/* SPDX-License-Identifier: MIT */
/*
 * The error numbers that a system call may return (as -errno); the values are those of Linux.
 * What only libc and servers have use for, those of paths and files above all, is in
 * <errno.h>.
 */
#pragma once

#define EPERM	  1
#define ENOENT	  2
#define ESRCH	  3
#define EINTR	  4
#define EIO	  5
#define E2BIG	  7
#define ENOEXEC	  8
#define EBADF	  9
#define ECHILD	  10
#define EAGAIN	  11
#define ENOMEM	  12
#define EACCES	  13
#define EFAULT	  14
#define EBUSY	  16
#define EEXIST	  17
#define ENODEV	  19
#define EINVAL	  22
#define EMFILE	  24
#define EFBIG	  27
#define EPIPE	  32
#define EDEADLK	  35
#define ENOSYS	  38
#define ETIMEDOUT 110
