/* SPDX-License-Identifier: MIT */
/* The layout of a chunk, shared by malloc() and what is built upon it; see malloc.c. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct chunk {
	size_t prev_size;	   /* of the chunk before, only if that is free */
	size_t head;		   /* size | flags */
	struct chunk *next, *prev; /* bin links, only if free */
};

#define CHUNK_USED	1ul
#define CHUNK_PREV_USED 2ul
#define CHUNK_MAPPED	4ul /* has a mapping of its own; prev_size: bytes of it before the chunk */
#define CHUNK_FLAGS	15ul

#define CHUNK_HEADER   offsetof(struct chunk, next)
#define CHUNK_OVERHEAD sizeof(size_t) /* what a chunk in use costs */
#define CHUNK_MIN      sizeof(struct chunk)
#define BIG	       (256ul << 10) /* from here on a mapping of its own */
#define NR_BINS	       64

static inline void *chunk_payload(struct chunk *c)
{
	return &c->next;
}

static inline struct chunk *chunk_of(void *p)
{
	return (struct chunk *)((char *)p - offsetof(struct chunk, next));
}

/* Gives back the first skip bytes (a multiple of 16, at least CHUNK_MIN) of the block p. */
void __malloc_trim_front(void *p, size_t skip);

/* Held by fork(), so that the child does not inherit it from a thread that it has not. */
extern int __malloc_lock;

/* Makes the block p hold n bytes without moving it; false if that cannot be. */
bool __malloc_resize(void *p, size_t n);
