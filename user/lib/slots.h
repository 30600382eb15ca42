/* SPDX-License-Identifier: MIT */
/*
 * A table of what clients have open, which grows with them: the badge of a connection is a place in
 * it, plus 1.  It holds no more than all processes together can have handles, so that none of them
 * is refused because of another.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#define SLOTS_MAX (1024 * 256) /* processes, and the handles of each */

struct slots {
	void **at;	   /* size of them; null: free */
	size_t size, used; /* used: not null */
	size_t next;	   /* where the search begins: most likely it is free */
};

/* Puts p, not null, into a free place: the badge, or 0, ENOMEM or ENFILE: there are SLOTS_MAX. */
uint64_t slots_add(struct slots *s, void *p);
/* What has the badge, or null. */
static inline void *slots_find(const struct slots *s, uint64_t badge)
{
	return badge - 1 < s->size ? s->at[badge - 1] : NULL;
}
/* The badge is free again, if it was taken. */
void slots_remove(struct slots *s, uint64_t badge);
