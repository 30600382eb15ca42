/* SPDX-License-Identifier: MIT */
/* On the host the kernel's functions stand beside the C library's, under other names. */
#pragma once

#define memcpy	mg_memcpy
#define memmove mg_memmove
#define memset	mg_memset
#define memcmp	mg_memcmp
#define memchr	mg_memchr
#define strlen	mg_strlen
#define strnlen mg_strnlen
#define strcmp	mg_strcmp
#define strncmp mg_strncmp
#define strlcpy mg_strlcpy
#define strchr	mg_strchr
#define strstr	mg_strstr

#include_next "kernel/lib/string.h"
