/* SPDX-License-Identifier: MIT */
/*
 * struct page: what the kernel knows of one frame.
 *
 * A frame is *frozen* (refcount 0) while it belongs to the kernel itself
 * (slab, page table, stack) or to the buddy allocator; only a frame that is
 * handed to user memory or belongs to a memory object has references.  So get_page_unless_zero()
 * can never catch hold of a kernel frame, whatever stale pointer it follows.
 *
 * mapping, low bits:   ...01  anon_vma | ANON
 *                      ...11  stable node | ANON | KSM
 *                      ...00  memory object (struct vmo), or nothing
 * The free path clears it, and nothing else that is ever stored there may look
 * like a stable node's key: the keyhole reference depends on both.
 */
#pragma once

#include "kernel/core/spinlock.h"
#include "kernel/lib/atomic.h"
#include "kernel/lib/list.h"
#include "kernel/lib/rbtree.h"
#include "kernel/lib/types.h"
#include "kernel/x86/layout.h"

enum page_flag {
	PG_locked,	   /* the page lock, see mm/space/pagelock.h */
	PG_waiters,	   /* somebody sleeps for the page lock */
	PG_anon_exclusive, /* this anonymous page has one owner, who may write it (t) */
	PG_dirty,	   /* written since it was last clean */
	PG_buddy,	   /* head of a free block; private holds the order */
	PG_slab,	   /* private holds the kmem_cache */
	PG_table,	   /* a page table; ptl is valid */
	PG_reserved,	   /* never given to the allocator */
	PG_pcp,		   /* free, in a per-CPU list or quarantine */
	PG_free,	   /* free, wherever it is: also the frames after a block's head */
	PG_poisoned,	   /* free, and filled with the poison pattern (debug builds) */
	PG_idle,	   /* marked idle, and no use seen since (p) */
	PG_young,	   /* idle tracking has taken an accessed bit (p) */
};

enum { PAGE_MAPPING_ANON = 1, PAGE_MAPPING_KSM = 3, PAGE_MAPPING_FLAGS = 3 };

/* What a scanner keeps about a page, so that no fault ever allocates for it. */
struct scan_record {
	union {
		struct rb_node node; /* unstable tree (scanner thread only) */
		struct list_head
			link; /* new list (SCAN_LIST lock) or rescan list (scanner thread) */
	};
	u64 hash;     /* key under which the page stands in the unstable tree */
	u32 del_next; /* next frame number on the del list + 1 (a) */
	u16 state;    /* (a) enum pksm_state, see mm/merge/pksm/lists.c */
	u8 where;     /* scanner thread only: what node/link is in */
	u8 visits;    /* scanner thread only: passes without a change */
};

/*
 * (a) atomic, (p) page lock, (t) the page-table lock of a PTE that maps it,
 * (o) the owner of the frozen frame, (c) constant while in use
 */
struct page {
	u64 flags;	   /* (a) 1 << enum page_flag */
	atomic_t refcount; /* (a) 0: frozen or free */
	atomic_t mapcount; /* (a) PTEs that map it */
	u64 mapping;	   /* (p) tagged pointer, above */
	union {
		u64 index;		/* (p) linear page index within the anon_vma or object */
		spinlock_t ptl;		/* of a page table: guards its entries */
		struct {		/* of the first frame of a slab (cache lock) */
			u16 slab_free;	/* number of the first free object, from 1; 0 none */
			u16 slab_inuse; /* objects given out */
		};
	};
	struct list_head lru; /* (o) free list, slab list, ... */
	u64 private;	      /* (o) buddy order, kmem_cache, ... */
	/* Shared with nothing: a dead frame's record may stay linked while the frame lives on. */
	struct scan_record scan;
};

_Static_assert(sizeof(struct page) <= 96, "struct page is at most 96 bytes");

extern struct page *mem_map; /* (c) one for each frame below max_pfn */
extern u64 max_pfn;	     /* (c) */

static inline u64 page_to_pfn(const struct page *page)
{
	return (u64)(page - mem_map);
}
static inline struct page *pfn_to_page(u64 pfn)
{
	return mem_map + pfn;
}
static inline u64 page_to_phys(const struct page *page)
{
	return page_to_pfn(page) << PAGE_SHIFT;
}
static inline void *page_address(const struct page *page)
{
	return phys_to_virt(page_to_phys(page));
}
static inline struct page *virt_to_page(const void *addr)
{
	return pfn_to_page(virt_to_phys(addr) >> PAGE_SHIFT);
}

static inline bool page_flag(const struct page *page, enum page_flag f)
{
	return READ_ONCE(page->flags) >> f & 1;
}
static inline void page_set_flag(struct page *page, enum page_flag f)
{
	__atomic_fetch_or(&page->flags, BIT(f), __ATOMIC_SEQ_CST);
}
static inline void page_clear_flag(struct page *page, enum page_flag f)
{
	__atomic_fetch_and(&page->flags, ~BIT(f), __ATOMIC_SEQ_CST);
}
/* Sets the flag; true if it was set before. */
static inline bool page_test_and_set_flag(struct page *page, enum page_flag f)
{
	return __atomic_fetch_or(&page->flags, BIT(f), __ATOMIC_ACQUIRE) >> f & 1;
}

/* True if anybody holds the page lock. */
static inline bool PageLocked(const struct page *page)
{
	return page_flag(page, PG_locked);
}
static inline bool PageAnon(const struct page *page)
{
	return READ_ONCE(page->mapping) & PAGE_MAPPING_ANON;
}
static inline bool PageKsm(const struct page *page)
{
	return (READ_ONCE(page->mapping) & PAGE_MAPPING_FLAGS) == PAGE_MAPPING_KSM;
}
static inline bool PageAnonExclusive(const struct page *page)
{
	return page_flag(page, PG_anon_exclusive);
}
static inline int page_count(const struct page *page)
{
	return atomic_read(&page->refcount);
}
static inline int page_mapcount(const struct page *page)
{
	return atomic_read(&page->mapcount);
}
static inline bool page_mapped(const struct page *page)
{
	return page_mapcount(page) > 0;
}

/*
 * A pin (a reference through which the kernel copies data, mm/space/gup.c)
 * adds PAGE_PIN to refcount instead of 1, so that fork can tell it from a
 * passing reference.
 */
#define PAGE_PIN 1024
static inline bool page_maybe_pinned(const struct page *page)
{
	return page_count(page) >= PAGE_PIN;
}
