/* SPDX-License-Identifier: MIT */
/* The "C" locale. */
#include <limits.h>
#include <locale.h>
#include <string.h>

char *setlocale(int category, const char *name)
{
	static char only[] = "C";

	if (category < LC_CTYPE || category > LC_ALL)
		return NULL;
	return !name || !*name || !strcmp(name, "C") || !strcmp(name, "POSIX") ? only : NULL;
}

struct lconv *localeconv(void)
{
	static char none[] = "", point[] = ".";
	static struct lconv conv = {
		point,	  none,	    none,     none,	none,	  none,	    none,     none,
		none,	  none,	    CHAR_MAX, CHAR_MAX, CHAR_MAX, CHAR_MAX, CHAR_MAX, CHAR_MAX,
		CHAR_MAX, CHAR_MAX, CHAR_MAX, CHAR_MAX, CHAR_MAX, CHAR_MAX, CHAR_MAX, CHAR_MAX,
	};

	return &conv;
}
