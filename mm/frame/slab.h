/* SPDX-License-Identifier: MIT */
/* Objects smaller than a page: typed caches, and kmalloc() on top of them. */
#pragma once

#include "kernel/lib/types.h"

struct kmem_cache;

enum slab_flags {
	/*
	 * Frames of the cache never serve anything else, and an object keeps its
	 * bytes between two lives (zero before the first): a stale pointer always
	 * points to an object of this type.  No poison, no zalloc.
	 */
	SLAB_TYPESAFE = 1,
	/* Charged to a program: its frames are those of alloc_charged_pages(). */
	SLAB_ACCOUNT = 2,
};

/* Makes the kmalloc() caches.  After page_alloc_init(), before anything else here. */
void slab_init(void);

/*
 * A new cache of objects of size bytes, aligned to align (a power of two), at least to 8.
 * Boot time only; never fails, never freed.  name is kept, not copied.
 */
struct kmem_cache *kmem_cache_create(const char *name, size_t size, size_t align, u32 flags);

/*
 * An object with undefined contents; NULL if memory is short or a fault is injected.  Any context.
 */
void *kmem_cache_alloc(struct kmem_cache *cache);
/* The same, zeroed. */
void *kmem_cache_zalloc(struct kmem_cache *cache);
/* Gives an object back to the cache it came from.  Any context. */
void kmem_cache_free(struct kmem_cache *cache, void *obj);

/* size bytes, aligned to 8 (to size, if that is a power of two); NULL if short.  Any context. */
void *kmalloc(size_t size);
/* The same, zeroed. */
void *kzalloc(size_t size);
/* Frees what kmalloc() or kzalloc() gave; NULL is allowed.  Any context. */
void kfree(void *ptr);

/* Empties all magazines and gives every empty slab's frames back, except type-safe ones. */
void kmem_cache_shrink_all(void);

/* Objects in use; exact when nobody allocates. */
u64 kmem_cache_objects(struct kmem_cache *cache);

/* The object nearest to an address in a slab, for reports: the one whose slot holds it. */
struct slab_place {
	const char *cache;
	const void *obj;
	u32 size;
};
/* Says where addr lies in a slab; false if its frame belongs to none.  Any context. */
bool slab_locate(const void *addr, struct slab_place *place);

/* Asserts the invariants of every cache; returns the number of violations, each printed. */
int slab_check(void);
