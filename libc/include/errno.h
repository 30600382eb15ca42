/* SPDX-License-Identifier: MIT */
/* Error numbers and the place where the last one stands. */
#pragma once

#include <abi/errno.h> /* those of the kernel */

/* Those of libc and of servers; the values are Linux's. */
#define ENXIO	     6
#define EWOULDBLOCK  EAGAIN
#define ENOTBLK	     15
#define EXDEV	     18
#define ENOTDIR	     20
#define EISDIR	     21
#define ENFILE	     23
#define ENOTTY	     25
#define ETXTBSY	     26
#define ENOSPC	     28
#define ESPIPE	     29
#define EROFS	     30
#define EMLINK	     31
#define EDOM	     33
#define ERANGE	     34
#define ENAMETOOLONG 36
#define ENOLCK	     37
#define ENOTEMPTY    39
#define ELOOP	     40
#define ENOMSG	     42
#define EILSEQ	     84
#define EOVERFLOW    75
#define ENOTSUP	     95
#define EOPNOTSUPP   95

int *__errno_location(void);
#define errno (*__errno_location())

extern char *program_invocation_name, *program_invocation_short_name;
