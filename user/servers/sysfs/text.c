/* SPDX-License-Identifier: MIT */
/*
 * Texts that grow, and numbers as a kernel reads them.
 *
 * A file's text is made in one go and kept, so its length is not known before.  What all
 * texts hold together is counted: a client that opens everything there is gets ENOMEM, and
 * the machine keeps its memory.
 */
#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "user/servers/sysfs/sysfs.h"

static size_t held; /* by all texts */

/* Makes room for n more bytes; false: there is none. */
static bool make_room(struct text *t, size_t n)
{
	size_t size = t->size ? t->size : 256;
	char *at;

	if (t->error)
		return false;
	while (size < t->len + n)
		size *= 2;
	if (size == t->size)
		return true;
	at = held - t->size + size <= TEXTS_MAX ? realloc(t->at, size) : NULL;
	if (!at) {
		t->error = -ENOMEM;
		return false;
	}
	held += size - t->size;
	t->at = at;
	t->size = size;
	return true;
}

void text_add(struct text *t, const void *bytes, size_t n)
{
	if (!make_room(t, n))
		return;
	memcpy(t->at + t->len, bytes, n);
	t->len += n;
}

void text_printf(struct text *t, const char *fmt, ...)
{
	char line[512];
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	text_add(t, line, (size_t)n < sizeof(line) ? (size_t)n : sizeof(line) - 1);
}

void text_free(struct text *t)
{
	held -= t->size;
	free(t->at);
	*t = (struct text){ 0 };
}

int parse_number(const char *text, uint64_t most, uint64_t *value)
{
	bool too_large = false;
	uint64_t v = 0;

	text += *text == '+';
	if (*text < '0' || *text > '9')
		return -EINVAL;
	for (; *text >= '0' && *text <= '9'; text++)
		too_large |= __builtin_mul_overflow(v, 10, &v) ||
			     __builtin_add_overflow(v, (uint64_t)(*text - '0'), &v);
	text += *text == '\n';
	if (*text)
		return -EINVAL;
	*value = v;
	return too_large || v > most ? -ERANGE : 0;
}

int parse_bool(const char *text, uint64_t *value)
{
	static const char yes[] = "yYtT1", no[] = "nNfF0";
	bool o = *text == 'o' || *text == 'O';
	char c = o ? text[1] : *text;

	if (!c)
		return -EINVAL;
	*value = strchr(o ? "nN" : yes, c) != NULL;
	return *value || strchr(o ? "fF" : no, c) ? 0 : -EINVAL;
}
