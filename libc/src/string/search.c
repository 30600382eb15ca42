/* SPDX-License-Identifier: MIT */
/* Looking for characters and strings, and cutting strings apart. */
#include <stdbool.h>
#include <string.h>
#include <strings.h>

char *strchrnul(const char *s, int c)
{
	while (*s && *s != (char)c)
		s++;
	return (char *)s;
}

char *strchr(const char *s, int c)
{
	char *p = strchrnul(s, c);

	return *p == (char)c ? p : NULL;
}

char *strrchr(const char *s, int c)
{
	return memrchr(s, c, strlen(s) + 1);
}

char *strstr(const char *hay, const char *needle)
{
	return memmem(hay, strlen(hay), needle, strlen(needle));
}

char *strcasestr(const char *hay, const char *needle)
{
	size_t len = strlen(needle);

	for (; strncasecmp(hay, needle, len); hay++)
		if (!*hay)
			return NULL;
	return (char *)hay;
}

/* The length of the start of s whose characters all are (or are not) in set. */
static size_t span(const char *s, const char *set, bool in)
{
	bool member[256] = { false };
	size_t n = 0;

	for (; *set; set++)
		member[(unsigned char)*set] = true;
	while (s[n] && member[(unsigned char)s[n]] == in)
		n++;
	return n;
}

size_t strspn(const char *s, const char *accept)
{
	return span(s, accept, true);
}

size_t strcspn(const char *s, const char *reject)
{
	return span(s, reject, false);
}

char *strpbrk(const char *s, const char *accept)
{
	s += strcspn(s, accept);
	return *s ? (char *)s : NULL;
}

char *strsep(char **s, const char *delim)
{
	char *start = *s;

	if (!start)
		return NULL;
	*s = strpbrk(start, delim);
	if (*s)
		*(*s)++ = '\0';
	return start;
}

char *strtok_r(char *restrict s, const char *restrict delim, char **restrict save)
{
	if (!s)
		s = *save;
	if (s)
		s += strspn(s, delim);
	*save = s;
	if (!s || !*s)
		return NULL;
	return strsep(save, delim);
}

char *strtok(char *restrict s, const char *restrict delim)
{
	static char *save;

	return strtok_r(s, delim, &save);
}

char *index(const char *s, int c)
{
	return strchr(s, c);
}

char *rindex(const char *s, int c)
{
	return strrchr(s, c);
}
