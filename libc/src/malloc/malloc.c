/* SPDX-License-Identifier: MIT */
/*
 * malloc: boundary tags (Knuth, TAOCP 1, 2.5) over segregated free lists, good
 * fit, in the manner of Doug Lea's allocator.  Memory comes from mmap in
 * segments; a request of BIG or more has a mapping of its own.
 *
 *	segment:  | chunk | chunk | ... | end marker: a chunk in use of size 0 |
 *
 *	chunk in use              free chunk
 *	+-----------+             +-----------+
 *	| (before's)|             | (before's)|  prev_size: the chunk before us, only if it is free
 *	| head      | size|flags  | head      |
 *	+===========+ <- pointer  +===========+
 *	| payload   |             | next prev |  links of the bin
 *	| ...       |             | ...       |
 *	| (last 8)  |             | size      |  the prev_size of the chunk behind
 *	+-----------+             +-----------+
 *
 * So a chunk in use costs 8 bytes, and free() finds both neighbours in constant
 * time.  Two free chunks never lie side by side.  A segment that is one free
 * chunk goes back to the kernel, except the last.
 *
 * Segments have a place of their own, far below where mmap puts what a program asks for: so these
 * mappings are never joined with one of malloc's, and malloc never fills a hole between them.
 */
#include "malloc/malloc.h"

#include <errno.h>
#include <merganser.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "thread/thread.h"

#define SEGMENT_SIZE (1ul << 20)
#define SEGMENT_ROOM (SEGMENT_SIZE - CHUNK_HEADER) /* for chunks; then comes the end marker */

int __malloc_lock;		   /* of all that follows, and of the chunks in it */
static struct chunk bins[NR_BINS]; /* list heads */
static uint64_t occupied;	   /* bit b: bins[b] is not empty */
static int nr_segments;
static char *next_place = (char *)0x20000000; /* for a segment, if it is free */
static long nr_blocks;	      /* in use, those with a mapping of their own left out */
static unsigned long fail_in; /* the so-maniest request from now on is refused; 0: none */

_Static_assert(CHUNK_HEADER % 16 == 0, "payloads are aligned for any type");

static size_t chunk_size(const struct chunk *c)
{
	return c->head & ~CHUNK_FLAGS;
}

static struct chunk *chunk_at(void *base, size_t offset)
{
	return (struct chunk *)((char *)base + offset);
}

static struct chunk *next_chunk(struct chunk *c)
{
	return chunk_at(c, chunk_size(c));
}

/* Bin of a size: one for each multiple of 16 below 512, then four for each power of two. */
static unsigned int bin_of(size_t size)
{
	unsigned int log, bin;

	if (size < 512)
		return (unsigned int)(size / 16);
	log = 63 - (unsigned int)__builtin_clzl(size);
	bin = 32 + (log - 9) * 4 + (unsigned int)(size >> (log - 2) & 3);
	return bin < NR_BINS ? bin : NR_BINS - 1;
}

static void bin_insert(struct chunk *c)
{
	unsigned int b = bin_of(chunk_size(c));

	if (!bins[b].next)
		bins[b].next = bins[b].prev = &bins[b];
	c->next = bins[b].next;
	c->prev = &bins[b];
	c->next->prev = c;
	bins[b].next = c;
	occupied |= 1ul << b;
}

static void bin_remove(struct chunk *c)
{
	unsigned int b = bin_of(chunk_size(c));

	c->prev->next = c->next;
	c->next->prev = c->prev;
	if (bins[b].next == &bins[b])
		occupied &= ~(1ul << b);
}

/* Makes c a free chunk of that size and tells the chunk behind it. */
static void set_free(struct chunk *c, size_t size)
{
	c->head = size | (c->head & CHUNK_PREV_USED);
	next_chunk(c)->prev_size = size;
	next_chunk(c)->head &= ~CHUNK_PREV_USED;
	bin_insert(c);
}

static void set_used(struct chunk *c, size_t size)
{
	c->head = size | CHUNK_USED | (c->head & CHUNK_PREV_USED);
	next_chunk(c)->head |= CHUNK_PREV_USED;
}

static void *map(void *hint, size_t size)
{
	void *p = mmap(hint, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return p == MAP_FAILED ? NULL : p;
}

static struct chunk *new_segment(void)
{
	struct chunk *first = map(next_place, SEGMENT_SIZE);

	if (!first)
		return NULL;
	next_place = (char *)first + SEGMENT_SIZE;
	chunk_at(first, SEGMENT_ROOM)->head = CHUNK_USED;
	first->head = CHUNK_PREV_USED;
	set_free(first, SEGMENT_ROOM);
	nr_segments++;
	return first;
}

/* If the free chunk c is its whole segment, and not the only one, the kernel gets it back. */
static void release_segment(struct chunk *c)
{
	if (chunk_size(c) != SEGMENT_ROOM || nr_segments == 1)
		return;
	bin_remove(c);
	nr_segments--;
	if ((char *)c + SEGMENT_SIZE == next_place)
		next_place = (char *)c;
	munmap(c, SEGMENT_SIZE);
}

/* The first chunk of at least size bytes: its own bin first, then the next larger ones. */
static struct chunk *find(size_t size)
{
	unsigned int b = bin_of(size);
	uint64_t larger;

	if (occupied >> b & 1)
		for (struct chunk *c = bins[b].next; c != &bins[b]; c = c->next)
			if (chunk_size(c) >= size)
				return c;
	larger = b == NR_BINS - 1 ? 0 : occupied & (~0ul << (b + 1));
	return larger ? bins[__builtin_ctzl(larger)].next : NULL;
}

/* Uses the first size bytes of c, which is in no bin; the rest becomes free again. */
static void carve(struct chunk *c, size_t size)
{
	size_t rest = chunk_size(c) - size;

	if (rest < CHUNK_MIN) {
		set_used(c, size + rest);
		return;
	}
	set_used(c, size);
	set_free(next_chunk(c), rest);
}

static void *alloc_big(size_t size)
{
	size_t total = (size + CHUNK_HEADER + 4095) & ~4095ul;
	struct chunk *c = map(NULL, total);

	if (!c)
		return NULL;
	c->prev_size = 0; /* it starts where its mapping starts */
	c->head = total | CHUNK_USED | CHUNK_MAPPED;
	return chunk_payload(c);
}

/* The size of the chunk for a request, or 0 if no chunk can be that large. */
static size_t padded(size_t n)
{
	if (n > PTRDIFF_MAX - 8192)
		return 0;
	n = (n + CHUNK_OVERHEAD + 15) & ~15ul;
	return n < CHUNK_MIN ? CHUNK_MIN : n;
}

static void *alloc_small(size_t size)
{
	struct chunk *c = find(size);

	if (!c)
		c = new_segment();
	if (!c)
		return NULL;
	bin_remove(c);
	carve(c, size);
	nr_blocks++;
	return chunk_payload(c);
}

unsigned long mg_malloc_fail_nth(unsigned long n)
{
	unsigned long left = fail_in;

	fail_in = n;
	return left;
}

long mg_malloc_blocks(void)
{
	return nr_blocks;
}

static bool fails(void)
{
	return fail_in && !--fail_in;
}

void *malloc(size_t n)
{
	size_t size = fails() ? 0 : padded(n);
	void *p = NULL;

	if (size >= BIG) {
		p = alloc_big(n);
	} else if (size) {
		LOCKED(&__malloc_lock);
		p = alloc_small(size);
	}
	if (!p)
		errno = ENOMEM;
	return p;
}

static _Noreturn void corrupted(const char *what, void *p)
{
	fprintf(stderr, "free: %s (%p)\n", what, p);
	abort();
}

/* A chunk that is given back, joined with what is free on either side. */
static struct chunk *coalesce(struct chunk *c)
{
	size_t size = chunk_size(c);
	struct chunk *next = next_chunk(c);

	if (!(next->head & CHUNK_USED)) {
		bin_remove(next);
		size += chunk_size(next);
	}
	if (!(c->head & CHUNK_PREV_USED)) {
		size += c->prev_size;
		c = chunk_at(c, -c->prev_size);
		bin_remove(c);
	}
	set_free(c, size);
	return c;
}

void free(void *p)
{
	struct chunk *c;

	if (!p)
		return;
	c = chunk_of(p);
	if ((uintptr_t)p % 16 || !(c->head & CHUNK_USED))
		corrupted("not a block in use", p);
	if (c->head & CHUNK_MAPPED) {
		munmap((char *)c - c->prev_size, chunk_size(c) + c->prev_size);
		return;
	}
	LOCKED(&__malloc_lock);
	nr_blocks--;
	c->head &= ~CHUNK_USED;
	release_segment(coalesce(c));
}

size_t malloc_usable_size(void *p)
{
	struct chunk *c;

	if (!p)
		return 0;
	c = chunk_of(p);
	return chunk_size(c) - (c->head & CHUNK_MAPPED ? CHUNK_HEADER : CHUNK_OVERHEAD);
}

void __malloc_trim_front(void *p, size_t skip)
{
	struct chunk *c = chunk_of(p), *kept = chunk_at(c, skip);
	size_t size = chunk_size(c);

	if (c->head & CHUNK_MAPPED) {
		kept->prev_size = c->prev_size + skip;
		kept->head = (size - skip) | CHUNK_USED | CHUNK_MAPPED;
		return;
	}
	LOCKED(&__malloc_lock);
	kept->head = (size - skip) | CHUNK_USED;
	c->head = skip | (c->head & CHUNK_PREV_USED);
	coalesce(c);
}

bool __malloc_resize(void *p, size_t n)
{
	struct chunk *c = chunk_of(p), *next;
	size_t size = padded(n), have = chunk_size(c);

	if (c->head & CHUNK_MAPPED || !size || size >= BIG)
		return n && n <= malloc_usable_size(p) && n > malloc_usable_size(p) / 2;
	LOCKED(&__malloc_lock);
	next = next_chunk(c);
	if (have < size && !(next->head & CHUNK_USED) && have + chunk_size(next) >= size) {
		bin_remove(next);
		have += chunk_size(next);
		set_used(c, have);
	}
	if (have < size)
		return false;
	if (have - size >= CHUNK_MIN) {
		struct chunk *rest = chunk_at(c, size);

		rest->head = (have - size) | CHUNK_PREV_USED;
		c->head = size | (c->head & CHUNK_FLAGS);
		coalesce(rest);
	}
	return true;
}
