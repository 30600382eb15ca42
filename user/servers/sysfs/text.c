/* SPDX-License-Identifier: MIT */
/*
 * Texts that grow, and numbers as a kernel reads them.
 *
 * A file's text is made in one go and kept, so its length is not known before.  What the
 * texts of a client hold is counted, and what all hold: a client that opens everything there
 * is gets ENOMEM, and the machine keeps its memory.  When several clients have filled all, the
 * one that holds most loses its texts: they are made anew when it reads on.  So no client is
 * refused for what others have.
 */
#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "user/servers/sysfs/sysfs.h"

static size_t held;		  /* by all texts */
static uint32_t held_by[1 << 16]; /* by the texts of a client, by the 16 bits of its pid */
static struct text *texts;	  /* that hold memory */

static uint32_t *held_by_client(const struct text *t)
{
	return &held_by[(uint16_t)t->pid];
}

/* Takes all its texts from the client that holds most; false: that is the client of t. */
static bool take_from_largest(const struct text *t)
{
	const struct text *most = t;
	struct text *next;
	pid_t loser;

	for (struct text *o = texts; o; o = o->next)
		if (*held_by_client(o) > *held_by_client(most))
			most = o;
	loser = most->pid;
	if (loser == t->pid)
		return false;
	for (struct text *o = texts; o; o = next) {
		next = o->next;
		if (o->pid == loser)
			text_free(o);
	}
	return true;
}

/* Whether t may hold so many bytes more, others having lost theirs if need be. */
static bool may_hold(const struct text *t, size_t more)
{
	if (*held_by_client(t) + more > TEXTS_OF_CLIENT)
		return false;
	while (held + more > TEXTS_MAX)
		if (!take_from_largest(t))
			return false;
	return true;
}

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
	at = may_hold(t, size - t->size) ? realloc(t->at, size) : NULL;
	if (!at) {
		t->error = -ENOMEM;
		return false;
	}
	if (!t->at) {
		t->next = texts;
		t->link = &texts;
		if (texts)
			texts->link = &t->next;
		texts = t;
	}
	held += size - t->size;
	*held_by_client(t) += (uint32_t)(size - t->size);
	t->at = at;
	t->size = size;
	return true;
}

void text_begin(struct text *t, pid_t pid)
{
	text_free(t);
	t->pid = pid;
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
	if (t->at) {
		*t->link = t->next;
		if (t->next)
			t->next->link = t->link;
	}
	held -= t->size;
	*held_by_client(t) -= (uint32_t)t->size;
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
