/* SPDX-License-Identifier: MIT */
/* Regular expressions, basic and extended, of POSIX; see libc/README.md, "Regular expressions". */
#pragma once

#include <sys/types.h>

#define REG_EXTENDED 1
#define REG_ICASE    2
#define REG_NEWLINE  4
#define REG_NOSUB    8

#define REG_NOTBOL   1
#define REG_NOTEOL   2
#define REG_STARTEND 4 /* from matches[0].rm_so to rm_eo: the text may hold NUL */

enum {
	REG_NOERROR,
	REG_NOMATCH,
	REG_BADPAT,
	REG_ECOLLATE,
	REG_ECTYPE,
	REG_EESCAPE,
	REG_ESUBREG,
	REG_EBRACK,
	REG_EPAREN,
	REG_EBRACE,
	REG_BADBR,
	REG_ERANGE,
	REG_ESPACE,
	REG_BADRPT
};

typedef int regoff_t;

typedef struct {
	size_t re_nsub; /* how many \( \) there are */
	struct re *__re;
} regex_t;

typedef struct {
	regoff_t rm_so, rm_eo; /* bytes; -1: took no part in the match */
} regmatch_t;

int regcomp(regex_t *restrict regex, const char *restrict pattern, int flags);
int regexec(const regex_t *restrict regex, const char *restrict text, size_t n,
	    regmatch_t matches[restrict], int flags);
size_t regerror(int error, const regex_t *restrict regex, char *restrict buf, size_t size);
void regfree(regex_t *regex);
