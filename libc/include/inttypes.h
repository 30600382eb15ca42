/* SPDX-License-Identifier: MIT */
/* Formats for the exact-width types on x86-64 (LP64). */
#pragma once

#include <stdint.h>

#define PRId8	"hhd"
#define PRIi8	"hhi"
#define PRIu8	"hhu"
#define PRIo8	"hho"
#define PRIx8	"hhx"
#define PRIX8	"hhX"
#define PRId16	"hd"
#define PRIi16	"hi"
#define PRIu16	"hu"
#define PRIo16	"ho"
#define PRIx16	"hx"
#define PRIX16	"hX"
#define PRId32	"d"
#define PRIi32	"i"
#define PRIu32	"u"
#define PRIo32	"o"
#define PRIx32	"x"
#define PRIX32	"X"
#define PRId64	"ld"
#define PRIi64	"li"
#define PRIu64	"lu"
#define PRIo64	"lo"
#define PRIx64	"lx"
#define PRIX64	"lX"
#define PRIdMAX "ld"
#define PRIiMAX "li"
#define PRIuMAX "lu"
#define PRIoMAX "lo"
#define PRIxMAX "lx"
#define PRIXMAX "lX"
#define PRIdPTR "ld"
#define PRIiPTR "li"
#define PRIuPTR "lu"
#define PRIoPTR "lo"
#define PRIxPTR "lx"
#define PRIXPTR "lX"
#define SCNd32	"d"
#define SCNi32	"i"
#define SCNu32	"u"
#define SCNx32	"x"
#define SCNd64	"ld"
#define SCNi64	"li"
#define SCNu64	"lu"
#define SCNx64	"lx"

intmax_t imaxabs(intmax_t n);
intmax_t strtoimax(const char *s, char **end, int base);
uintmax_t strtoumax(const char *s, char **end, int base);
