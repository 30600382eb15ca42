/* SPDX-License-Identifier: MIT */
/*
 * Classes of wide characters.  Below 128 they are those of <ctype.h>.  Beyond, there are no tables
 * of Unicode: what is no control, space or private is printable; letters of Latin-1, Greek and
 * Cyrillic are letters, with their case.
 */
#include <ctype.h>
#include <string.h>
#include <wctype.h>

/* Capital letters from..to, each `step` apart, whose small ones stand `ahead` further on. */
static const struct cased {
	wint_t from, to, step, ahead;
} cased[] = {
	{ 'A', 'Z', 1, 32 },	  { 0xc0, 0xd6, 1, 32 },   { 0xd8, 0xde, 1, 32 },
	{ 0x100, 0x12e, 2, 1 },	  { 0x139, 0x147, 2, 1 },  { 0x14a, 0x176, 2, 1 },
	{ 0x391, 0x3a1, 1, 32 },  { 0x3a3, 0x3a9, 1, 32 }, { 0x400, 0x40f, 1, 80 },
	{ 0x410, 0x42f, 1, 32 },  { 0x460, 0x480, 2, 1 },  { 0x48a, 0x4be, 2, 1 },
	{ 0x1e00, 0x1e94, 2, 1 },
};
#define NR_CASED (sizeof(cased) / sizeof(cased[0]))

static int between(wint_t c, wint_t from, wint_t to)
{
	return c >= from && c <= to;
}

wint_t towlower(wint_t c)
{
	for (const struct cased *r = cased; r < cased + NR_CASED; r++)
		if (between(c, r->from, r->to) && !((c - r->from) % r->step))
			return c + r->ahead;
	return c;
}

wint_t towupper(wint_t c)
{
	for (const struct cased *r = cased; r < cased + NR_CASED; r++)
		if (between(c, r->from + r->ahead, r->to + r->ahead) &&
		    !((c - r->ahead - r->from) % r->step))
			return c - r->ahead;
	return c;
}

int iswupper(wint_t c)
{
	return towlower(c) != c;
}

int iswlower(wint_t c)
{
	return towupper(c) != c || c == 0xdf;
}

int iswalpha(wint_t c)
{
	if (c < 128)
		return isalpha((int)c);
	return iswupper(c) || iswlower(c) || between(c, 0x100, 0x2af) || between(c, 0x370, 0x52f) ||
	       between(c, 0x3041, 0x30ff) || between(c, 0x4e00, 0x9fff) ||
	       between(c, 0xac00, 0xd7a3);
}

int iswspace(wint_t c)
{
	if (c < 128)
		return isspace((int)c);
	return c == 0x1680 || between(c, 0x2000, 0x2006) || between(c, 0x2008, 0x200a) ||
	       c == 0x2028 || c == 0x2029 || c == 0x205f || c == 0x3000;
}

int iswcntrl(wint_t c)
{
	return c < 32 || between(c, 0x7f, 0x9f) || c == 0x2028 || c == 0x2029;
}

int iswprint(wint_t c)
{
	return !iswcntrl(c) && !between(c, 0xd800, 0xdfff) && c <= 0x10fffd &&
	       (c & 0xfffe) != 0xfffe;
}

int iswgraph(wint_t c)
{
	return iswprint(c) && !iswspace(c);
}

int iswdigit(wint_t c)
{
	return between(c, '0', '9');
}

int iswxdigit(wint_t c)
{
	return c < 128 && isxdigit((int)c);
}

int iswblank(wint_t c)
{
	return c == '\t' || (iswspace(c) && !iswcntrl(c));
}

int iswalnum(wint_t c)
{
	return iswalpha(c) || iswdigit(c);
}

int iswpunct(wint_t c)
{
	return iswgraph(c) && !iswalnum(c);
}

/* ---- classes and conversions by name: a number is one more than the place in the table ---- */

static const struct {
	const char *name;
	int (*is)(wint_t c);
} classes[] = {
	{ "alnum", iswalnum }, { "alpha", iswalpha }, { "blank", iswblank },
	{ "cntrl", iswcntrl }, { "digit", iswdigit }, { "graph", iswgraph },
	{ "lower", iswlower }, { "print", iswprint }, { "punct", iswpunct },
	{ "space", iswspace }, { "upper", iswupper }, { "xdigit", iswxdigit },
};
#define NR_CLASSES (sizeof(classes) / sizeof(classes[0]))

wctype_t wctype(const char *name)
{
	for (wctype_t i = 0; i < NR_CLASSES; i++)
		if (!strcmp(name, classes[i].name))
			return i + 1;
	return 0;
}

int iswctype(wint_t c, wctype_t type)
{
	return type && type <= NR_CLASSES ? classes[type - 1].is(c) : 0;
}

static const int to_lower, to_upper;

wctrans_t wctrans(const char *name)
{
	if (!strcmp(name, "tolower"))
		return &to_lower;
	return strcmp(name, "toupper") ? NULL : &to_upper;
}

wint_t towctrans(wint_t c, wctrans_t how)
{
	return how == &to_lower ? towlower(c) : how == &to_upper ? towupper(c) : c;
}
