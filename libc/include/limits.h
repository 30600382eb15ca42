/* SPDX-License-Identifier: MIT */
/* Limits of the system; those of the language's types come from the compiler. */
#pragma once

#define PATH_MAX       4096
#define NAME_MAX       255
#define ARG_MAX	       131072
#define IOV_MAX	       1024
#define PIPE_BUF       4096
#define NGROUPS_MAX    0
#define OPEN_MAX       256
#define LINE_MAX       2048
#define HOST_NAME_MAX  64
#define LOGIN_NAME_MAX 256
#define SSIZE_MAX      0x7fffffffffffffffl
#define NL_ARGMAX      4096
#define RE_DUP_MAX     32767

/* What POSIX promises at least. */
#define _POSIX_ARG_MAX			    4096
#define _POSIX_CHILD_MAX		    25
#define _POSIX_HOST_NAME_MAX		    255
#define _POSIX_LINK_MAX			    8
#define _POSIX_LOGIN_NAME_MAX		    9
#define _POSIX_MAX_CANON		    255
#define _POSIX_MAX_INPUT		    255
#define _POSIX_NAME_MAX			    14
#define _POSIX_NGROUPS_MAX		    8
#define _POSIX_OPEN_MAX			    20
#define _POSIX_PATH_MAX			    256
#define _POSIX_PIPE_BUF			    512
#define _POSIX_RE_DUP_MAX		    255
#define _POSIX_SEM_NSEMS_MAX		    256
#define _POSIX_SEM_VALUE_MAX		    32767
#define _POSIX_SSIZE_MAX		    32767
#define _POSIX_STREAM_MAX		    8
#define _POSIX_THREAD_DESTRUCTOR_ITERATIONS 4
#define _POSIX_THREAD_KEYS_MAX		    128
#define _POSIX_THREAD_THREADS_MAX	    64
#define _POSIX_TIMER_MAX		    32
#define _POSIX_TTY_NAME_MAX		    9
#define _POSIX_TZNAME_MAX		    6

#define MB_LEN_MAX 16

#if __GNUC__ >= 4
/* The compiler's own limits.h, when it was not the one that brought us here. */
#ifndef _GCC_NEXT_LIMITS_H
#include_next <limits.h>
#endif
#else
/* tcc brings none. */
#define CHAR_BIT   8
#define SCHAR_MIN  (-128)
#define SCHAR_MAX  127
#define UCHAR_MAX  255
#define CHAR_MIN   SCHAR_MIN
#define CHAR_MAX   SCHAR_MAX
#define SHRT_MIN   (-32767 - 1)
#define SHRT_MAX   32767
#define USHRT_MAX  65535
#define INT_MIN	   (-2147483647 - 1)
#define INT_MAX	   2147483647
#define UINT_MAX   4294967295U
#define LONG_MIN   (-9223372036854775807L - 1)
#define LONG_MAX   9223372036854775807L
#define ULONG_MAX  18446744073709551615UL
#define LLONG_MIN  (-9223372036854775807LL - 1)
#define LLONG_MAX  9223372036854775807LL
#define ULLONG_MAX 18446744073709551615ULL
#endif
