/* SPDX-License-Identifier: MIT */
/*
 * The slab allocator: caches of equal objects, cut from frames.
 *
 *	kmem_cache ── magazine of each CPU   [obj obj obj ...]   the fast path
 *	     |
 *	     +── partial:  slab ── slab      some objects given out
 *	     +── full:     slab ── slab ...  all given out
 *	     +── empty:    slab              none; at most KEEP_EMPTY are kept
 *
 * A slab is a block of 2^order frames cut into objects of one stride.  The
 * struct page of its first frame describes it: lru links it into one of the
 * three lists, slab_inuse counts what has been given out (to a magazine or to a
 * user), slab_free is the number (from 1) of the first free object, and each free
 * object holds the number of the next.  All frames of a slab have PG_slab and the
 * cache in private, so an address alone leads to its cache.
 *
 * Worked example, 56-byte objects, release build: stride 56, 73 fit into a frame.
 *	slab_inuse = 2, slab_free = 3:  [1 used][2 used][3 → 4][4 → 5] ... [73 → 0]
 *
 * An object in a debug build, and in a type-safe cache:
 *
 *	+-----------+----------+------+     state: a word that says ACTIVE or FREE;
 *	| object    | state    | next |     a wrong one is an overrun, a double free
 *	+-----------+----------+------+     or a pointer that was never ours
 *	  0         tail       tail + 8
 *
 * In a release build the next number lies in the first bytes of the free object
 * itself; but never in a type-safe cache, whose objects keep their bytes when
 * freed, because readers with stale pointers may still look at them.
 *
 * Lock order: magazine.lock -> cache.lock (SLAB) -> buddy.  All with interrupts
 * off: objects are freed in any context.
 *
 * Invariants (slab_check()):
 *  1. partial: 0 < inuse < per_slab; full: inuse = per_slab; empty: inuse = 0.
 *  2. The chain from slab_free has per_slab - inuse links.
 *  3. The sum of slab_inuse over all slabs is cache.given; objects in use are
 *     given less what the magazines hold.
 *
 * Type-safe caches (SLAB_TYPESAFE) exist for anon_vma: a reader follows
 * page->mapping without a lock and then tries to take a reference, which is safe
 * only if the memory is still *some* anon_vma with a valid count.  Unlike Linux,
 * which gives such frames back after an RCU grace period, we never do: there is
 * no RCU here, and the caches stay small.
 *
 * Rejected: constructors (only type-safe caches would need one, and zero is the
 * right first state for them); per-CPU slabs in the manner of SLUB (one more list
 * protocol, for a gain that a magazine gives as well); merging of caches of equal
 * size (the figures of each would be lost to the reader).
 *
 * What a program can make the kernel keep comes from caches with SLAB_ACCOUNT: their
 * frames stop at WMARK_MIN.  To whom an object is charged is found when somebody asks
 * (kernel/proc/charge.c), so an allocation books nothing.
 *
 * Missing on purpose: cache destruction, NUMA, counters by owner.
 *
 * Further reading: Bonwick, The Slab Allocator (1994); Bonwick and Adams,
 * Magazines and Vmem (2001).
 */
#include "kernel/core/event.h"
#include "kernel/core/kasan.h"
#include "kernel/core/log.h"
#include "kernel/lib/string.h"
#include "mm/frame/cpulock.h"
#include "mm/frame/page_alloc.h"
#include "mm/frame/slab.h"
#include "mm/frame/stat.h"
#include "mm/frame/violation.h"

#define MAX_CACHES     40
#define MAGAZINE_SIZE  16
#define MAGAZINE_HALF  (MAGAZINE_SIZE / 2)
#define KEEP_EMPTY     1
#define MAX_SLAB_ORDER 3
#define MIN_PER_SLAB   4
#define KASAN_ROOM     (8 * CONFIG_KASAN) /* after an object: at least so long a red zone */

#define STATE_ACTIVE  0xac71fe0bac71fe0bUL
#define STATE_FREE    0xf4eef4eef4eef4eeUL
#define OBJECT_POISON 0x6b

/* One CPU's stock of free objects.  (l) lock */
struct magazine {
	cpulock_t lock;
	u32 count;		  /* (l) */
	void *obj[MAGAZINE_SIZE]; /* (l) last in, first out */
};

/* (s) lock, (c) constant */
struct kmem_cache {
	const char *name;	/* (c) */
	u32 size, align, flags; /* (c) as asked for */
	u32 stride;		/* (c) from one object to the next */
	u32 link;		/* (c) offset of the next number in a free object */
	u32 order;		/* (c) frames of a slab: 2^order */
	u32 per_slab;		/* (c) objects in a slab */
	bool guarded;		/* (c) objects carry a state word at offset size (rounded up) */
	spinlock_t lock;	/* SLAB, irqsave */
	struct list_head partial, full, empty; /* (s) slabs, by page.lru */
	u64 nr_slabs, nr_empty;		       /* (s) */
	u64 given;			       /* (s) objects in magazines and in use */
	struct magazine magazine[MAXCPU];
};

static struct kmem_cache caches[MAX_CACHES];
static u32 nr_caches; /* (c) after boot */

/* --- objects: where they lie, how they are guarded -------------------------------------------- */

static void *object(const struct kmem_cache *cache, const struct page *slab, u32 n)
{
	return page_address(slab) + (n - 1) * cache->stride;
}

static struct page *slab_of(const struct kmem_cache *cache, const void *obj)
{
	return pfn_to_page(ALIGN_DOWN(page_to_pfn(virt_to_page(obj)), BIT(cache->order)));
}

/* Number of the object in its slab, from 1. */
static u32 object_number(const struct kmem_cache *cache, const struct page *slab, const void *obj)
{
	return (u32)(obj - page_address(slab)) / cache->stride + 1;
}

static u16 *next_free(const struct kmem_cache *cache, void *obj)
{
	return obj + cache->link;
}

static u64 *state_word(const struct kmem_cache *cache, void *obj)
{
	return obj + ALIGN_UP(cache->size, sizeof(u64));
}

static bool poisons(const struct kmem_cache *cache)
{
	return cache->guarded && !(cache->flags & SLAB_TYPESAFE);
}

static void __noreturn __cold bad_object(const struct kmem_cache *cache, void *obj,
					 const char *what)
{
	panic("slab %s: object %p %s", cache->name, obj, what);
}

static void check_object_poison(const struct kmem_cache *cache, void *obj)
{
	const u8 *byte = obj;

	for (u32 i = 0; i < cache->size; i++)
		if (byte[i] != OBJECT_POISON)
			bad_object(cache, obj, "was written after it was freed");
}

/* A guarded object leaves for its user. */
static void check_out(const struct kmem_cache *cache, void *obj)
{
	if (*state_word(cache, obj) != STATE_FREE)
		bad_object(cache, obj, "in the free list is not marked free");
	if (poisons(cache))
		check_object_poison(cache, obj);
	*state_word(cache, obj) = STATE_ACTIVE;
}

/* A guarded object comes back, or is new. */
static void mark_object_free(const struct kmem_cache *cache, void *obj)
{
	*state_word(cache, obj) = STATE_FREE;
	if (poisons(cache))
		memset(obj, OBJECT_POISON, cache->size);
}

static void check_in(const struct kmem_cache *cache, void *obj)
{
	if ((obj - page_address(slab_of(cache, obj))) % cache->stride)
		bad_object(cache, obj, "is freed but does not begin here");
	if (*state_word(cache, obj) == STATE_FREE)
		bad_object(cache, obj, "is freed twice");
	if (*state_word(cache, obj) != STATE_ACTIVE)
		bad_object(cache, obj, "was written behind its end");
	mark_object_free(cache, obj);
}

/* --- slabs: all with cache->lock held --------------------------------------------------------- */

/* To the front of the list that the count asks for; called when that is another list. */
static void file_slab(struct kmem_cache *cache, struct page *slab)
{
	struct list_head *list = &cache->partial;

	if (slab->slab_inuse == 0)
		list = &cache->empty;
	else if (slab->slab_inuse == cache->per_slab)
		list = &cache->full;
	list_move(&slab->lru, list);
}

/* Chains all objects of a new slab, the first one first. */
static void init_objects(struct kmem_cache *cache, struct page *slab)
{
	if (cache->flags & SLAB_TYPESAFE)
		memset(page_address(slab), 0, PAGE_SIZE << cache->order);
	for (u32 n = 1; n <= cache->per_slab; n++) {
		void *obj = object(cache, slab, n);

		if (cache->guarded)
			mark_object_free(cache, obj);
		*next_free(cache, obj) = n < cache->per_slab ? n + 1 : 0;
	}
	slab->slab_free = 1;
	slab->slab_inuse = 0;
}

/* A new empty slab, NULL if memory is short. */
static struct page *new_slab(struct kmem_cache *cache)
{
	struct page *slab;

	if (cache->flags & SLAB_ACCOUNT)
		slab = alloc_charged_pages(cache->order);
	else
		slab = alloc_pages(cache->order);
	if (!slab)
		return NULL;
	for (u32 i = 0; i < BIT(cache->order); i++) {
		slab[i].private = (u64)cache;
		slab[i].flags = BIT(PG_slab);
	}
	account_pages(PK_SLAB, (s64)BIT(cache->order));
	init_objects(cache, slab);
	kasan_poison(page_address(slab), PAGE_SIZE << cache->order, KASAN_REDZONE);
	list_add(&slab->lru, &cache->empty);
	cache->nr_slabs++;
	cache->nr_empty++;
	return slab;
}

static void free_slab(struct kmem_cache *cache, struct page *slab)
{
	list_del(&slab->lru);
	cache->nr_slabs--;
	cache->nr_empty--;
	for (u32 i = 0; i < BIT(cache->order); i++)
		slab[i].flags = 0;
	account_pages(PK_SLAB, -(s64)BIT(cache->order));
	free_pages(slab, cache->order);
}

static void free_empty_slabs(struct kmem_cache *cache, u64 keep)
{
	if (cache->flags & SLAB_TYPESAFE)
		return;
	while (cache->nr_empty > keep)
		free_slab(cache, list_first_entry(&cache->empty, struct page, lru));
}

/* A slab with a free object: a partial one first, so that the others can become empty. */
static struct page *slab_with_room(struct kmem_cache *cache)
{
	if (!list_empty(&cache->partial))
		return list_first_entry(&cache->partial, struct page, lru);
	if (!list_empty(&cache->empty))
		return list_first_entry(&cache->empty, struct page, lru);
	return new_slab(cache);
}

/* Takes one object out of a slab; NULL if there is none and no memory. */
static void *take_object(struct kmem_cache *cache)
{
	struct page *slab = slab_with_room(cache);
	void *obj;

	if (!slab)
		return NULL;
	obj = object(cache, slab, slab->slab_free);
	slab->slab_free = *next_free(cache, obj);
	if (slab->slab_inuse == 0)
		cache->nr_empty--;
	slab->slab_inuse++;
	cache->given++;
	if (slab->slab_inuse == 1 || slab->slab_inuse == cache->per_slab)
		file_slab(cache, slab);
	return obj;
}

/* Puts one object back into its slab. */
static void give_object(struct kmem_cache *cache, void *obj)
{
	struct page *slab = slab_of(cache, obj);

	BUG_ON(!slab->slab_inuse);
	*next_free(cache, obj) = slab->slab_free;
	slab->slab_free = (u16)object_number(cache, slab, obj);
	slab->slab_inuse--;
	cache->given--;
	if (slab->slab_inuse == cache->per_slab - 1 || slab->slab_inuse == 0)
		file_slab(cache, slab);
	if (slab->slab_inuse == 0) {
		cache->nr_empty++;
		free_empty_slabs(cache, KEEP_EMPTY);
	}
}

/* --- magazines: all with magazine.lock held --------------------------------------------------- */

/* Half fills an empty magazine; false if not one object could be had. */
static __noinline bool refill_magazine(struct kmem_cache *cache, struct magazine *m)
{
	IRQ_GUARD(&cache->lock);
	while (m->count < MAGAZINE_HALF) {
		void *obj = take_object(cache);

		if (!obj)
			break;
		m->obj[m->count++] = obj;
	}
	return m->count > 0;
}

/* Returns the n objects that have lain longest in the magazine to their slabs. */
static __noinline void flush_magazine(struct kmem_cache *cache, struct magazine *m, u32 n)
{
	u64 flags = spin_lock_irqsave(&cache->lock);

	for (u32 i = 0; i < n; i++)
		give_object(cache, m->obj[i]);
	spin_unlock_irqrestore(&cache->lock, flags);
	m->count -= n;
	memmove(m->obj, m->obj + n, m->count * sizeof(m->obj[0]));
}

static __always_inline struct magazine *lock_magazine(struct kmem_cache *cache, u64 *flags)
{
	struct magazine *m;

	*flags = irq_save();
	m = &cache->magazine[cpu_id()];
	cpulock_take(&m->lock);
	return m;
}

static __always_inline void unlock_magazine(struct magazine *m, u64 flags)
{
	cpulock_release(&m->lock);
	irq_restore(flags);
}

/* --- the interface ---------------------------------------------------------------------------- */

/* The magazine was empty. */
static __noinline void *alloc_slow(struct kmem_cache *cache)
{
	u64 flags;
	struct magazine *m = lock_magazine(cache, &flags);
	void *obj = NULL;

	if (m->count || refill_magazine(cache, m))
		obj = m->obj[--m->count];
	unlock_magazine(m, flags);
	return obj;
}

void *kmem_cache_alloc(struct kmem_cache *cache)
{
	struct magazine *m;
	void *obj = NULL;
	u64 flags;

	if (should_fail())
		return NULL;
	m = lock_magazine(cache, &flags);
	if (likely(m->count))
		obj = m->obj[--m->count];
	unlock_magazine(m, flags);
	if (unlikely(!obj))
		obj = alloc_slow(cache);
	if (CONFIG_LOCKDEP && obj)
		check_out(cache, obj);
	kasan_unpoison(obj, obj ? cache->size : 0);
	return obj;
}

void *kmem_cache_zalloc(struct kmem_cache *cache)
{
	void *obj = kmem_cache_alloc(cache);

	ASSERT(!(cache->flags & SLAB_TYPESAFE));
	return obj ? memset(obj, 0, cache->size) : NULL;
}

/* The magazine was full. */
static __noinline void free_slow(struct kmem_cache *cache, void *obj)
{
	u64 flags;
	struct magazine *m = lock_magazine(cache, &flags);

	if (m->count == MAGAZINE_SIZE)
		flush_magazine(cache, m, MAGAZINE_HALF);
	m->obj[m->count++] = obj;
	unlock_magazine(m, flags);
}

void kmem_cache_free(struct kmem_cache *cache, void *obj)
{
	struct page *page = virt_to_page(obj);
	struct magazine *m;
	u64 flags;
	bool room;

	BUG_ON(page->flags != BIT(PG_slab) || page->private != (u64)cache);
	kasan_check_write(obj, 1); /* freed twice? */
	kasan_unpoison(obj, cache->size);
	if (CONFIG_LOCKDEP)
		check_in(cache, obj);
	if (!(cache->flags & SLAB_TYPESAFE))
		kasan_poison(obj, ALIGN_UP(cache->size, 8), KASAN_DEAD_OBJECT);
	m = lock_magazine(cache, &flags);
	room = m->count < MAGAZINE_SIZE;
	if (likely(room))
		m->obj[m->count++] = obj;
	unlock_magazine(m, flags);
	if (unlikely(!room))
		free_slow(cache, obj);
}

static void shrink_cache(struct kmem_cache *cache)
{
	for (u32 cpu = 0; cpu < MAXCPU; cpu++) {
		struct magazine *m = &cache->magazine[cpu];
		u64 flags = irq_save();

		cpulock_take(&m->lock);
		flush_magazine(cache, m, m->count);
		unlock_magazine(m, flags);
	}
	IRQ_GUARD(&cache->lock);
	free_empty_slabs(cache, 0);
}

void kmem_cache_shrink_all(void)
{
	for (u32 i = 0; i < nr_caches; i++)
		shrink_cache(&caches[i]);
}

/* Lays an object out: [object][state word if guarded][next number, or inside the object]. */
static void lay_out(struct kmem_cache *cache)
{
	u32 end = cache->size + KASAN_ROOM;

	cache->guarded = CONFIG_LOCKDEP;
	if (cache->guarded)
		end = ALIGN_UP(end, 8) + sizeof(u64);
	if (cache->guarded || cache->flags & SLAB_TYPESAFE) {
		cache->link = ALIGN_UP(end, 2);
		end = cache->link + sizeof(u16);
	}
	cache->stride = ALIGN_UP(end, cache->align);
	while (cache->order < MAX_SLAB_ORDER &&
	       (PAGE_SIZE << cache->order) / cache->stride < MIN_PER_SLAB)
		cache->order++;
	cache->per_slab = (u32)(PAGE_SIZE << cache->order) / cache->stride;
	BUG_ON(!cache->per_slab);
}

struct kmem_cache *kmem_cache_create(const char *name, size_t size, size_t align, u32 flags)
{
	struct kmem_cache *cache = &caches[nr_caches];

	BUG_ON(nr_caches == MAX_CACHES || !size);
	*cache = (struct kmem_cache){
		.name = name,
		.size = (u32)size,
		.align = MAX((u32)align, 8U),
		.flags = flags,
		.lock = SPINLOCK_INIT(LOCK_SLAB),
	};
	INIT_LIST_HEAD(&cache->partial);
	INIT_LIST_HEAD(&cache->full);
	INIT_LIST_HEAD(&cache->empty);
	lay_out(cache);
	nr_caches++;
	return cache;
}

/* --- figures and checks ----------------------------------------------------------------------- */

u64 kmem_cache_objects(struct kmem_cache *cache)
{
	u64 n = READ_ONCE(cache->given);

	for (u32 cpu = 0; cpu < MAXCPU; cpu++)
		n -= READ_ONCE(cache->magazine[cpu].count);
	return n;
}

bool slab_stat(u32 n, struct kstat_slab *st)
{
	struct kmem_cache *cache = &caches[n];

	if (n >= nr_caches)
		return false;
	*st = (struct kstat_slab){
		.size = cache->size,
		.align = cache->align,
		.objects = kmem_cache_objects(cache),
		.frames = READ_ONCE(cache->nr_slabs) << cache->order,
	};
	strlcpy(st->name, cache->name, sizeof(st->name));
	return true;
}

bool slab_locate(const void *addr, struct slab_place *place)
{
	const struct page *page = virt_to_page(addr);
	const struct kmem_cache *cache = (const struct kmem_cache *)page->private;
	const struct page *slab;
	u32 n;

	if (page->flags != BIT(PG_slab))
		return false;
	slab = slab_of(cache, addr);
	n = MIN(object_number(cache, slab, addr), cache->per_slab);
	*place = (struct slab_place){ cache->name, object(cache, slab, n), cache->size };
	return true;
}

static void expect_cache(int *bad, bool holds, const struct kmem_cache *cache, const char *what)
{
	CHECK_THAT(bad, holds, "slab_check: %s: %s", cache->name, what);
}

/* Length of the chain of free objects; stops when it is too long, or leads out of the slab. */
static u32 free_chain_length(const struct kmem_cache *cache, const struct page *slab)
{
	u32 len = 0, n = slab->slab_free;

	while (n && len <= cache->per_slab) {
		len++;
		if (n > cache->per_slab)
			break;
		n = *next_free(cache, object(cache, slab, n));
	}
	return len;
}

/* What the slabs of a cache's lists hold together. */
struct slab_sums {
	u64 slabs, given;
};

/* One list of slabs, each with min to max objects given out. */
static void check_slabs(int *bad, const struct kmem_cache *cache, const struct list_head *list,
			u32 min, u32 max, struct slab_sums *sums)
{
	const struct page *slab;

	list_for_each_entry(slab, list, lru) {
		u32 inuse = slab->slab_inuse;

		expect_cache(bad, inuse >= min && inuse <= max, cache, "a slab in the wrong list");
		expect_cache(bad, page_flag(slab, PG_slab), cache, "a slab without PG_slab");
		expect_cache(bad, slab->private == (u64)cache, cache, "a slab of another cache");
		expect_cache(bad, free_chain_length(cache, slab) == cache->per_slab - inuse, cache,
			     "a broken chain of free objects");
		sums->given += inuse;
		sums->slabs++;
	}
}

static void check_cache(int *bad, struct kmem_cache *cache)
{
	u32 per_slab = cache->per_slab;
	struct slab_sums sums = { 0 };

	IRQ_GUARD(&cache->lock);
	check_slabs(bad, cache, &cache->empty, 0, 0, &sums);
	expect_cache(bad, sums.slabs == cache->nr_empty, cache, "empty slabs miscounted");
	check_slabs(bad, cache, &cache->partial, 1, per_slab - 1, &sums);
	check_slabs(bad, cache, &cache->full, per_slab, per_slab, &sums);
	expect_cache(bad, sums.slabs == cache->nr_slabs, cache, "slabs miscounted");
	expect_cache(bad, sums.given == cache->given, cache, "objects miscounted");
}

int slab_check(void)
{
	int bad = 0;

	for (u32 i = 0; i < nr_caches; i++)
		check_cache(&bad, &caches[i]);
	return bad;
}
