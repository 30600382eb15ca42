/* SPDX-License-Identifier: MIT */
/* A table that grows: see slots.h. */
#include "user/lib/slots.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define SLOTS_MIN 64

/* Twice as many places.  0, or -1 with errno. */
static int grow(struct slots *s)
{
	size_t size = s->size ? 2 * s->size : SLOTS_MIN;
	void **at;

	if (size > SLOTS_MAX) {
		errno = ENFILE;
		return -1;
	}
	at = realloc(s->at, size * sizeof(*at));
	if (!at)
		return -1;
	memset(at + s->size, 0, (size - s->size) * sizeof(*at));
	s->next = s->size;
	s->at = at;
	s->size = size;
	return 0;
}

/* Grows before it is full, so that the search for a free place stays short. */
uint64_t slots_add(struct slots *s, void *p)
{
	if (s->used >= s->size - s->size / 4 && grow(s) && s->used == s->size)
		return 0;
	while (s->at[s->next % s->size])
		s->next++;
	s->next %= s->size;
	s->at[s->next] = p;
	s->used++;
	return ++s->next;
}

void slots_remove(struct slots *s, uint64_t badge)
{
	if (!slots_find(s, badge))
		return;
	s->at[badge - 1] = NULL;
	s->used--;
}
