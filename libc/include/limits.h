/* SPDX-License-Identifier: MIT */
/* Limits of the system; those of the language's types come from the compiler. */
#pragma once

#define PATH_MAX   4096
#define NAME_MAX   255
#define ARG_MAX	   131072
#define IOV_MAX	   1024
#define MB_LEN_MAX 16

/* The compiler's own limits.h, when it was not the one that brought us here. */
#ifndef _GCC_NEXT_LIMITS_H
#include_next <limits.h>
#endif
