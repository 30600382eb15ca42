/* SPDX-License-Identifier: MIT */
/*
 * A stack of allocations: the tree of a command, and the words it is expanded to, are
 * needed until the command has run and then never again, so they are freed together.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sh.h"

struct block {
	struct block *below;
	_Alignas(16) char bytes[];
};

static struct block *top;

static void *or_die(void *p)
{
	if (!p) {
		complain("out of memory");
		exit(STATUS_ERROR);
	}
	return p;
}

void *keep_alloc(size_t size)
{
	return or_die(calloc(1, size));
}

char *keep_copy(const char *s)
{
	return or_die(strdup(s));
}

void *mem_alloc(size_t size)
{
	struct block *b = keep_alloc(sizeof(*b) + size);

	b->below = top;
	top = b;
	return b->bytes;
}

char *mem_copy(const char *s, size_t n)
{
	return memcpy(mem_alloc(n + 1), s, n);
}

struct block *mem_mark(void)
{
	return top;
}

void mem_release(struct block *mark)
{
	while (top != mark) {
		struct block *below = top->below;

		free(top);
		top = below;
	}
}

void text_put(struct text *t, char c)
{
	if (t->len + 1 >= t->room) {
		t->room = t->room ? 2 * t->room : 64;
		t->bytes = or_die(realloc(t->bytes, t->room));
	}
	t->bytes[t->len++] = c;
	t->bytes[t->len] = '\0';
}

void text_add(struct text *t, const char *s)
{
	while (*s)
		text_put(t, *s++);
}

char *text_take(struct text *t)
{
	char *s = mem_copy(t->bytes ? t->bytes : "", t->len);

	free(t->bytes);
	*t = (struct text){ 0 };
	return s;
}
