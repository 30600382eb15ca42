/* SPDX-License-Identifier: MIT */
/*
 * Characters of several bytes and wide ones.  In the "C" locale a character is a byte of ASCII;
 * in a UTF-8 locale it is one of Unicode, in its shortest form, and no surrogate:
 *
 *	to 7f	0xxxxxxx
 *	to 7ff	110xxxxx 10xxxxxx
 *	to ffff	1110xxxx 10xxxxxx 10xxxxxx
 *	to 10ffff 11110xxx and three more
 */
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#include "locale/locale.h"

#define ILLEGAL	   ((size_t)-1)
#define INCOMPLETE ((size_t)-2)

static size_t illegal(void)
{
	errno = EILSEQ;
	return ILLEGAL;
}

/* Begins a character of UTF-8: how many bytes follow its first one, whose bits go to *value; -1. */
static int begin(unsigned char byte, unsigned int *value)
{
	static const struct {
		unsigned char mask, mark;
		int more;
	} forms[] = { { 0xe0, 0xc0, 1 }, { 0xf0, 0xe0, 2 }, { 0xf8, 0xf0, 3 } };

	for (int i = 0; i < 3; i++) {
		if ((byte & forms[i].mask) != forms[i].mark)
			continue;
		*value = byte & (unsigned char)~forms[i].mask;
		return forms[i].more;
	}
	return -1;
}

/* Whether the second byte may follow the first: else it is too long a form, or no character. */
static int may_follow(unsigned char first, unsigned char second)
{
	switch (first) {
	case 0xe0:
		return second >= 0xa0;
	case 0xed: /* surrogates */
		return second < 0xa0;
	case 0xf0:
		return second >= 0x90;
	case 0xf4:
		return second < 0x90;
	default:
		return first >= 0xc2 && first < 0xf5;
	}
}

/* One more byte of a character: 0, or -1 if it cannot be one. */
static int go_on(mbstate_t *state, unsigned char byte)
{
	if ((byte & 0xc0) != 0x80 || (state->have == 1 && !may_follow(state->first, byte)))
		return -1;
	state->value = state->value << 6 | (byte & 0x3f);
	state->have++;
	state->need--;
	return 0;
}

size_t mbrtowc(wchar_t *restrict wide, const char *restrict s, size_t n, mbstate_t *restrict state)
{
	static mbstate_t own;
	size_t used = 0;
	wchar_t c;

	state = state ? state : &own;
	if (!s)
		return mbrtowc(NULL, "", 1, state);
	if (!n)
		return INCOMPLETE;
	if (!state->need) {
		unsigned char byte = (unsigned char)s[used++];
		int more = byte < 0x80 ? 0 : __locale_is_utf8() ? begin(byte, &state->value) : -1;

		if (more < 0 || (more && !may_follow(byte, 0x80) && !may_follow(byte, 0xa0)))
			return illegal();
		state->value = more ? state->value : byte;
		state->first = byte;
		state->need = (unsigned char)more;
		state->have = 1;
	}
	for (; state->need && used < n; used++)
		if (go_on(state, (unsigned char)s[used])) {
			*state = (mbstate_t){ 0 };
			return illegal();
		}
	if (state->need)
		return INCOMPLETE;
	c = (wchar_t)state->value;
	*state = (mbstate_t){ 0 };
	if (wide)
		*wide = c;
	return c ? used : 0;
}

size_t wcrtomb(char *restrict s, wchar_t wide, mbstate_t *restrict state)
{
	unsigned int c = (unsigned int)wide;
	size_t n = 1;

	(void)state; /* there is nothing to remember */
	if (!s)
		return 1;
	if (c < 0x80) {
		*s = (char)c;
		return 1;
	}
	if (!__locale_is_utf8() || c > 0x10ffff || (c >= 0xd800 && c < 0xe000))
		return illegal();
	n = c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
	for (size_t i = n - 1; i; i--, c >>= 6)
		s[i] = (char)(0x80 | (c & 0x3f));
	s[0] = (char)((0xf00 >> n & 0xff) | c);
	return n;
}

int mbsinit(const mbstate_t *state)
{
	return !state || !state->need;
}

size_t mbrlen(const char *restrict s, size_t n, mbstate_t *restrict state)
{
	static mbstate_t own;

	return mbrtowc(NULL, s, n, state ? state : &own);
}

int mbtowc(wchar_t *restrict wide, const char *restrict s, size_t n)
{
	mbstate_t state = { 0 };
	size_t used = s ? mbrtowc(wide, s, n, &state) : 0;

	return used == INCOMPLETE ? (int)illegal() : (int)used;
}

int mblen(const char *s, size_t n)
{
	return mbtowc(NULL, s, n);
}

int wctomb(char *s, wchar_t wide)
{
	return s ? (int)wcrtomb(s, wide, NULL) : 0;
}

size_t mbsnrtowcs(wchar_t *restrict wide, const char **restrict s, size_t bytes, size_t n,
		  mbstate_t *restrict state)
{
	static mbstate_t own;
	const char *from = *s;
	size_t done = 0, used;
	wchar_t c;

	state = state ? state : &own;
	while (!wide || done < n) {
		used = mbrtowc(&c, from, bytes, state);
		if (used == ILLEGAL) {
			if (wide)
				*s = from;
			return ILLEGAL;
		}
		if (used == INCOMPLETE) {
			from += bytes;
			break;
		}
		if (wide)
			wide[done] = c;
		if (!c) {
			from = NULL;
			break;
		}
		from += used;
		bytes -= used;
		done++;
	}
	if (wide)
		*s = from;
	return done;
}

size_t mbsrtowcs(wchar_t *restrict wide, const char **restrict s, size_t n,
		 mbstate_t *restrict state)
{
	return mbsnrtowcs(wide, s, ~(size_t)0, n, state);
}

size_t mbstowcs(wchar_t *restrict wide, const char *restrict s, size_t n)
{
	mbstate_t state = { 0 };
	const char *from = s;

	return mbsrtowcs(wide, &from, n, &state);
}

size_t wcsrtombs(char *restrict s, const wchar_t **restrict wide, size_t n,
		 mbstate_t *restrict state)
{
	const wchar_t *from = *wide;
	char bytes[MB_LEN_MAX];
	size_t done = 0;

	for (;; from++) {
		size_t len = wcrtomb(bytes, *from, state);

		if (len == ILLEGAL) {
			if (s)
				*wide = from;
			return ILLEGAL;
		}
		if (s && len > n - done)
			break;
		if (s)
			memcpy(s + done, bytes, len);
		if (!*from) {
			from = NULL;
			break;
		}
		done += len;
	}
	if (s)
		*wide = from;
	return done;
}

size_t wcstombs(char *restrict s, const wchar_t *restrict wide, size_t n)
{
	const wchar_t *from = wide;

	return wcsrtombs(s, &from, n, NULL);
}

wint_t btowc(int c)
{
	return c >= 0 && c < 0x80 ? (wint_t)c : WEOF;
}

int wctob(wint_t c)
{
	return c < 0x80 ? (int)c : EOF;
}

/* Columns on a terminal: 0 for what joins the character before, 2 for what fills two, -1. */
int wcwidth(wchar_t c)
{
	static const struct {
		int from, to, width;
	} ranges[] = {
		{ 0, 0, 0 },
		{ 1, 0x1f, -1 },
		{ 0x7f, 0x9f, -1 },
		{ 0x300, 0x36f, 0 },
		{ 0x483, 0x489, 0 },
		{ 0x591, 0x5bd, 0 },
		{ 0x1100, 0x115f, 2 },
		{ 0x200b, 0x200f, 0 },
		{ 0x20d0, 0x20f0, 0 },
		{ 0x2e80, 0x303e, 2 },
		{ 0x3041, 0x33ff, 2 },
		{ 0x3400, 0x4dbf, 2 },
		{ 0x4e00, 0x9fff, 2 },
		{ 0xa000, 0xa4cf, 2 },
		{ 0xac00, 0xd7a3, 2 },
		{ 0xd800, 0xdfff, -1 },
		{ 0xf900, 0xfaff, 2 },
		{ 0xfe00, 0xfe0f, 0 },
		{ 0xfe20, 0xfe2f, 0 },
		{ 0xfe30, 0xfe6f, 2 },
		{ 0xff00, 0xff60, 2 },
		{ 0xffe0, 0xffe6, 2 },
		{ 0x1f300, 0x1f64f, 2 },
		{ 0x1f900, 0x1f9ff, 2 },
		{ 0x20000, 0x3fffd, 2 },
	};

	for (size_t i = 0; i < sizeof(ranges) / sizeof(ranges[0]); i++)
		if (c >= ranges[i].from && c <= ranges[i].to)
			return ranges[i].width;
	return c > 0x10ffff || c < 0 ? -1 : 1;
}

int wcswidth(const wchar_t *s, size_t n)
{
	int total = 0;

	for (; n && *s; n--, s++) {
		int width = wcwidth(*s);

		if (width < 0)
			return -1;
		total += width;
	}
	return total;
}
