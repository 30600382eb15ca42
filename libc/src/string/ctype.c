/* SPDX-License-Identifier: MIT */
/* Character classes of the C locale, as ASCII has them. */
#include <ctype.h>

/* The function that tells whether c is in a class. */
#define CLASS(name, condition) \
	int name(int c) \
	{ \
		return condition; \
	}

CLASS(isdigit, c >= '0' && c <= '9')
CLASS(isupper, c >= 'A' && c <= 'Z')
CLASS(islower, c >= 'a' && c <= 'z')
CLASS(isalpha, isupper(c) || islower(c))
CLASS(isalnum, isalpha(c) || isdigit(c))
CLASS(isxdigit, isdigit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'))
CLASS(isblank, c == ' ' || c == '\t')
CLASS(isspace, c == ' ' || (c >= '\t' && c <= '\r'))
CLASS(isprint, c >= ' ' && c <= '~')
CLASS(isgraph, c > ' ' && c <= '~')
CLASS(ispunct, isgraph(c) && !isalnum(c))
CLASS(iscntrl, (c >= 0 && c < ' ') || c == 127)

int tolower(int c)
{
	return isupper(c) ? c - 'A' + 'a' : c;
}

int toupper(int c)
{
	return islower(c) ? c - 'a' + 'A' : c;
}
