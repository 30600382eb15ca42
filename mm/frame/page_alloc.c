/* SPDX-License-Identifier: MIT */
/*
 * The frame allocator: a binary buddy system, and in front of it, for single
 * frames, a stock for each CPU and a depot between them.
 *
 *	alloc_user_page, alloc_pages(0)              alloc_pages(n)
 *	        |      ^                                 |   ^
 *	        v      | free                            |   |
 *	  cpu_frames[]: hot ... cold                     |   |
 *	        |      ^                                 |   |
 *	 refill |      | a chain of 32                   |   |
 *	        v      |                                 |   |
 *	      depot: chain, chain, ...                   |   |
 *	        |      | too many chains, drain          |   |
 *	        v      v                                 v   |
 *	  area[0]  area[1]  ...  area[10]       blocks of 2^n frames
 *
 * A block of order n begins at a frame number that 2^n divides.  Its *buddy* is
 * the block beside it with which it forms one of order n + 1: their numbers
 * differ in bit n alone.  Allocation takes the smallest block that is large
 * enough and gives the halves that it does not need back; freeing joins a block
 * with its buddy as long as that is free and whole.
 *
 * Example: of an empty 16-frame block, alloc_pages(0) gives frame 0 and leaves
 * 1 (order 0), 2-3 (order 1), 4-7 (order 2), 8-15 (order 3).  free_pages(0, 0)
 * finds 1 free: 0-1; then 2-3: 0-3; then 4-7: 0-7; then 8-15: the whole again.
 *
 * Single frames are what faults use, so they must be cheap: a CPU takes them
 * from its own list, hottest (last freed, still in its cache) first.  A list that
 * has become too long gives a chain of 32 from its cold end to the depot in one
 * step, and an empty one takes such a chain, so that frames that come and go are
 * neither joined nor split.  Without a chain the list is refilled from the
 * smallest free blocks, so that fragments are used up first.  (The depot is that
 * of Bonwick's magazines; slab.c has the same structure for objects.)
 *
 * A page table that ends maps nothing and so is all zeros, as it was when it began.  A few
 * such frames wait apart on each CPU (zeroed) to be tables once more, unzeroed.
 *
 * Lock order: cpu_frames.lock -> buddy.lock.  Both with interrupts off, because
 * a frame may be freed in any context.  Two cpu_frames locks are never held.
 *
 * Invariants (page_alloc_check() restates them):
 *  1. A frame is free exactly if PG_free is set; then refcount, mapcount and
 *     mapping are 0, so no stale pointer can take a reference to it.
 *  2. The head of a free block has PG_buddy and its order in private; the other
 *     frames of the block have neither PG_buddy nor PG_pcp.
 *  3. No two free buddies of the same order exist.  Frames of a stock, of the
 *     depot or of the zeroed ones have PG_pcp and are not blocks: drain_all_pages()
 *     makes them so.
 *  4. nr_free_pages() = frames with PG_free.
 *  5. The scan record of a frame is never touched here: a page that died may
 *     still stand on a scanner's list (mm/merge/pksm/pksm.c).
 *
 * Debug builds fill freed frames with a pattern, keep the last few of each CPU
 * in quarantine, and check the pattern when the frame is handed out again: so a
 * write through a stale pointer or a stale TLB entry is found.
 *
 * Rejected: bitmaps of free blocks (a flag in struct page serves); per-CPU lists
 * without a lock, drained by IPI (a drain would have to wait for other CPUs, and
 * could not be called with interrupts off).
 *
 * Missing on purpose: zones and NUMA nodes (all RAM is in the direct map and no
 * device here needs low addresses), migration types and compaction (user frames
 * are single), highatomic reserves (instead all that a program can ask for stops
 * at WMARK_MIN: its memory, its objects, and what the kernel keeps for it).
 * Unlike Linux, a frame of the kernel has a reference count of 0, not 1: see
 * page.h.
 *
 * Further reading: Knuth, The Art of Computer Programming 1, 2.5 (buddy system);
 * Bonwick and Adams, Magazines and Vmem (2001); Gorman, Understanding the Linux
 * Virtual Memory Manager, chapter 6.
 */
#include "kernel/core/event.h"
#include "kernel/core/kasan.h"
#include "kernel/core/log.h"
#include "kernel/x86/page_ops.h"
#include "mm/frame/internal.h"

#define STOCK_MAX      (3 * BATCH) /* a longer list gives a chain to the depot */
#define DEPOT_MAX      128	   /* chains: 16 MiB */
#define QUARANTINE_MAX 64
#define ZEROED_MAX     32

/* Flags that a frame must not have when its owner frees it. */
#define BAD_WHEN_FREED \
	(BIT(PG_locked) | BIT(PG_waiters) | BIT(PG_buddy) | BIT(PG_slab) | BIT(PG_table) | \
	 BIT(PG_reserved) | BIT(PG_pcp) | BIT(PG_free))

struct page_hooks page_hooks;
struct buddy buddy = { .lock = SPINLOCK_INIT(LOCK_BUDDY) };
struct cpu_frames cpu_frames[MAXCPU];
u64 watermark[NR_WMARKS];

/* --- the state of a frame --------------------------------------------------------------------- */

static __always_inline bool in_use(const struct page *page)
{
	return page->mapping | (u32)page->refcount.counter | (u32)page->mapcount.counter;
}

/* From free, and out of every list, to in use. */
static __always_inline void mark_allocated(struct page *page)
{
	if (unlikely((page->flags & ~(BIT(PG_poisoned) | BIT(PG_pcp))) != BIT(PG_free)))
		bad_page(page, "a frame in a free list is not marked free");
	if (unlikely(in_use(page)))
		bad_page(page, "a free frame has users");
	kasan_unpoison(page_address(page), PAGE_SIZE);
	if (CONFIG_LOCKDEP && page_flag(page, PG_poisoned))
		check_poison(page);
	page->flags = 0;
}

/* From in use to free; more says what kind of free, 0 or PG_pcp's bit. */
static __always_inline void mark_free(struct page *page, u64 more)
{
	if (unlikely(page->flags & BAD_WHEN_FREED))
		bad_page(page, page_flag(page, PG_free) ? "freed twice" : "freed while in use");
	if (unlikely(in_use(page)))
		bad_page(page, "freed with users");
	page->flags = BIT(PG_free) | more;
	if (CONFIG_LOCKDEP)
		poison_frame(page);
	kasan_poison(page_address(page), PAGE_SIZE, KASAN_DEAD_FRAME);
}

/* --- the buddy system: all with buddy.lock held ----------------------------------------------- */

static void add_block(struct page *page, u32 order)
{
	page->flags |= BIT(PG_buddy);
	page->private = order;
	list_add(&page->lru, &buddy.area[order].blocks);
	buddy.area[order].count++;
}

static void remove_block(struct page *page, u32 order)
{
	page->flags &= ~BIT(PG_buddy);
	list_del(&page->lru);
	buddy.area[order].count--;
}

/* The buddy of a block if it is free and whole, NULL otherwise. */
static struct page *free_buddy(struct page *page, u64 pfn, u32 order)
{
	struct page *other = pfn & BIT(order) ? page - BIT(order) : page + BIT(order);

	if (order == MAX_ORDER || (pfn ^ BIT(order)) >= max_pfn)
		return NULL;
	if (!page_flag(other, PG_buddy) || other->private != order)
		return NULL;
	return other;
}

void give_block(struct page *page, u32 order)
{
	u64 pfn = page_to_pfn(page);
	struct page *other = free_buddy(page, pfn, order);

	buddy.nr_free += BIT(order);
	while (other) {
		remove_block(other, order);
		page = MIN(page, other);
		pfn &= ~BIT(order);
		order++;
		other = free_buddy(page, pfn, order);
	}
	add_block(page, order);
}

/* Smallest order from order on of which there is a free block; MAX_ORDER + 1 if none. */
static u32 smallest_free(u32 order)
{
	while (order <= MAX_ORDER && !buddy.area[order].count)
		order++;
	return order;
}

/* Takes a block out, splitting a larger one if need be; NULL if there is none. */
static struct page *take_block(u32 order)
{
	u32 found = smallest_free(order);
	struct page *page;

	if (found > MAX_ORDER)
		return NULL;
	page = list_first_entry(&buddy.area[found].blocks, struct page, lru);
	remove_block(page, found);
	while (found > order) {
		found--;
		add_block(page + BIT(found), found);
	}
	buddy.nr_free -= BIT(order);
	return page;
}

/* --- the depot: chains of single frames, all with buddy.lock held ----------------------------- */

static void push_chain(struct page *chain)
{
	chain->private = (u64)buddy.depot;
	buddy.depot = chain;
	buddy.nr_chains++;
	buddy.nr_free += BATCH;
}

static struct page *pop_chain(void)
{
	struct page *chain = buddy.depot;

	buddy.depot = (struct page *)chain->private;
	buddy.nr_chains--;
	buddy.nr_free -= BATCH;
	return chain;
}

/* The frames of a chain become blocks again. */
static void dissolve_chain(struct page *chain)
{
	struct page *next;

	for (u32 i = 0; i < BATCH; i++) {
		next = list_next_entry(chain, lru);
		chain->flags &= ~BIT(PG_pcp);
		give_block(chain, 0);
		chain = next;
	}
}

static void shrink_depot(u64 chains)
{
	while (buddy.nr_chains > chains)
		dissolve_chain(pop_chain());
}

/* --- the stock of one CPU: all with its lock held --------------------------------------------- */

/* Cuts a batch off the cold end: a ring without a head. */
static struct page *cut_chain(struct cpu_frames *cf)
{
	struct list_head *last = cf->list.prev, *first = last;

	for (u32 i = 1; i < BATCH; i++)
		first = first->prev;
	first->prev->next = &cf->list;
	cf->list.prev = first->prev;
	first->prev = last;
	last->next = first;
	cf->count -= BATCH;
	return list_entry(first, struct page, lru);
}

/* The reverse of cut_chain(). */
static void join_chain(struct cpu_frames *cf, struct page *chain)
{
	struct list_head *first = &chain->lru, *last = first->prev;

	first->prev = cf->list.prev;
	cf->list.prev->next = first;
	last->next = &cf->list;
	cf->list.prev = last;
	cf->count += BATCH;
}

/* A block becomes single frames at the cold end. */
static void join_block(struct cpu_frames *cf, struct page *page, u32 order)
{
	for (u32 i = 0; i < BIT(order); i++) {
		page[i].flags |= BIT(PG_pcp);
		list_add_tail(&page[i].lru, &cf->list);
	}
	cf->count += BIT(order);
}

/*
 * Moves about a batch to the stock, but leaves reserve frames: a chain of the
 * depot, or else the smallest blocks.  False if nothing came.
 */
static __noinline bool refill(struct cpu_frames *cf, u64 reserve)
{
	IRQ_GUARD(&buddy.lock);
	while (cf->count < BATCH && buddy.nr_free > reserve) {
		u32 order = MIN(smallest_free(0), (u32)BATCH_ORDER);

		if (buddy.depot)
			join_chain(cf, pop_chain());
		else
			join_block(cf, take_block(order), order);
	}
	return cf->count;
}

/* Returns the whole stock to the buddy. */
static void empty_stock(struct cpu_frames *cf)
{
	IRQ_GUARD(&buddy.lock);
	for (; cf->count; cf->count--) {
		struct page *page = list_first_entry(&cf->list, struct page, lru);

		list_del(&page->lru);
		page->flags &= ~BIT(PG_pcp);
		give_block(page, 0);
	}
}

static __always_inline struct page *take_hot(struct cpu_frames *cf, enum page_kind kind)
{
	struct page *page = list_first_entry(&cf->list, struct page, lru);

	list_del(&page->lru);
	cf->count--;
	cf->booked[kind]++;
	return page;
}

static __always_inline void add_hot(struct cpu_frames *cf, struct page *page)
{
	list_add(&page->lru, &cf->list);
	cf->count++;
}

/* The oldest frame leaves quarantine for the list. */
static void leave_quarantine(struct cpu_frames *cf)
{
	struct page *page = list_first_entry(&cf->quarantine, struct page, lru);

	cf->quarantined--;
	list_del(&page->lru);
	add_hot(cf, page);
}

static void enter_quarantine(struct cpu_frames *cf, struct page *page)
{
	list_add_tail(&page->lru, &cf->quarantine);
	if (++cf->quarantined > QUARANTINE_MAX)
		leave_quarantine(cf);
}

static __always_inline void add_zeroed(struct cpu_frames *cf, struct page *page)
{
	list_add(&page->lru, &cf->zeroed);
	cf->nr_zeroed++;
}

static struct page *remove_zeroed(struct cpu_frames *cf)
{
	struct page *page = list_first_entry(&cf->zeroed, struct page, lru);

	cf->nr_zeroed--;
	list_del(&page->lru);
	return page;
}

void drain_all_pages(void)
{
	for (u32 cpu = 0; cpu < MAXCPU; cpu++) {
		struct cpu_frames *cf = &cpu_frames[cpu];
		u64 flags = irq_save();

		cpulock_take(&cf->lock);
		while (cf->quarantined)
			leave_quarantine(cf);
		while (cf->nr_zeroed)
			add_hot(cf, remove_zeroed(cf));
		empty_stock(cf);
		unlock_cpu_frames(cf, flags);
	}
	IRQ_GUARD(&buddy.lock);
	shrink_depot(0);
}

/* --- allocating ------------------------------------------------------------------------------- */

static __noinline struct page *refill_and_take(enum page_kind kind, u64 reserve)
{
	u64 flags;
	struct cpu_frames *cf = lock_cpu_frames(&flags);
	struct page *page = NULL;

	if (cf->count || refill(cf, reserve))
		page = take_hot(cf, kind);
	unlock_cpu_frames(cf, flags);
	return page;
}

static atomic64_t nr_refusals; /* (a) */

u64 nr_refused_allocations(void)
{
	return (u64)atomic64_read(&nr_refusals);
}

static void count_refusal(void)
{
	atomic64_inc(&nr_refusals);
}

/* The stock was empty; in the end what other CPUs and the quarantine hold is looked for, too. */
static __noinline struct page *take_frame_slow(enum page_kind kind, u64 reserve)
{
	struct page *page = refill_and_take(kind, reserve);

	if (page)
		return page;
	drain_all_pages();
	page = refill_and_take(kind, reserve);
	if (!page)
		count_refusal();
	return page;
}

static __always_inline struct page *take_frame(enum page_kind kind, u64 reserve)
{
	u64 flags;
	struct cpu_frames *cf = lock_cpu_frames(&flags);
	struct page *page = NULL;

	if (likely(cf->count))
		page = take_hot(cf, kind);
	unlock_cpu_frames(cf, flags);
	return likely(page) ? page : take_frame_slow(kind, reserve);
}

static __always_inline struct page *alloc_single(enum page_kind kind, u64 reserve)
{
	struct page *page;

	if (should_fail())
		return NULL;
	page = take_frame(kind, reserve);
	if (likely(page))
		mark_allocated(page);
	return page;
}

/* NULL as well if less than reserve frames would be left. */
static struct page *take_block_locked(u32 order, u64 reserve)
{
	IRQ_GUARD(&buddy.lock);
	if (buddy.nr_free < reserve + BIT(order))
		return NULL;
	return take_block(order);
}

static struct page *alloc_block(u32 order, u64 reserve)
{
	struct page *page;

	if (order > MAX_ORDER || should_fail())
		return NULL;
	page = take_block_locked(order, reserve);
	if (!page) {
		drain_all_pages();
		page = take_block_locked(order, reserve);
	}
	if (!page) {
		count_refusal();
		return NULL;
	}
	for (u64 i = 0; i < BIT(order); i++)
		mark_allocated(page + i);
	return page;
}

struct page *alloc_pages(u32 order)
{
	return order ? alloc_block(order, 0) : alloc_single(PK_KERNEL, 0);
}

struct page *alloc_charged_pages(u32 order)
{
	u64 reserve = watermark[WMARK_MIN];

	return order ? alloc_block(order, reserve) : alloc_single(PK_KERNEL, reserve);
}

void *alloc_zeroed_page(void)
{
	struct page *page = alloc_charged_pages(0);

	if (!page)
		return NULL;
	clear_page(page_address(page));
	return page_address(page);
}

/* A frame of zeros that was a table, or NULL. */
static struct page *take_zeroed(void)
{
	u64 flags;
	struct cpu_frames *cf = lock_cpu_frames(&flags);
	struct page *page = NULL;

	if (cf->nr_zeroed) {
		page = remove_zeroed(cf);
		cf->booked[PK_TABLE]++;
	}
	unlock_cpu_frames(cf, flags);
	return page;
}

struct page *alloc_pgtable_page(void)
{
	struct page *page;
	bool zeroed;

	if (should_fail())
		return NULL;
	page = take_zeroed();
	zeroed = page;
	if (!page)
		page = take_frame(PK_TABLE, watermark[WMARK_MIN]);
	if (!page)
		return NULL;
	mark_allocated(page);
	if (!zeroed)
		clear_page(page_address(page));
	return page;
}

struct page *alloc_user_page(void)
{
	struct page *page = alloc_single(PK_USER, watermark[WMARK_MIN]);

	if (likely(page))
		atomic_set(&page->refcount, 1);
	return page;
}

/* --- freeing ---------------------------------------------------------------------------------- */

/* This CPU's stock was full: its cold end goes to the depot. */
static __noinline void drain_batch(void)
{
	u64 flags;
	struct cpu_frames *cf = lock_cpu_frames(&flags);

	if (cf->count > BATCH) {
		spin_lock(&buddy.lock);
		push_chain(cut_chain(cf));
		shrink_depot(DEPOT_MAX);
		spin_unlock(&buddy.lock);
	}
	unlock_cpu_frames(cf, flags);
}

static __always_inline void free_single(struct page *page, enum page_kind kind)
{
	struct cpu_frames *cf;
	u64 flags;
	bool full;

	mark_free(page, BIT(PG_pcp));
	cf = lock_cpu_frames(&flags);
	cf->booked[kind]--;
	if (CONFIG_LOCKDEP)
		enter_quarantine(cf, page);
	else if (kind == PK_TABLE && cf->nr_zeroed < ZEROED_MAX)
		add_zeroed(cf, page);
	else
		add_hot(cf, page);
	full = cf->count > STOCK_MAX;
	unlock_cpu_frames(cf, flags);
	if (unlikely(full))
		drain_batch();
}

static void free_block(struct page *page, u32 order)
{
	BUG_ON(order > MAX_ORDER || !IS_ALIGNED(page_to_pfn(page), BIT(order)));
	for (u64 i = 0; i < BIT(order); i++)
		mark_free(page + i, 0);
	IRQ_GUARD(&buddy.lock);
	give_block(page, order);
}

void free_pages(struct page *page, u32 order)
{
	if (order)
		free_block(page, order);
	else
		free_single(page, PK_KERNEL);
}

void free_pgtable_page(struct page *page)
{
	if (CONFIG_LOCKDEP)
		check_zeroed(page);
	free_single(page, PK_TABLE);
}

void free_user_page(struct page *page)
{
	EVENT(page_free, page_to_pfn(page));
	if (page_hooks.dying)
		page_hooks.dying(page);
	WRITE_ONCE(page->mapping, 0);
	free_single(page, PK_USER);
}
