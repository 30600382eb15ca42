/* SPDX-License-Identifier: MIT */
/* What page_alloc.c, page_debug.c and stat.c share. */
#pragma once

#include "mm/frame/cpulock.h"
#include "mm/frame/page_alloc.h"

#define BATCH_ORDER 5
#define BATCH	    (1U << BATCH_ORDER) /* frames moved between a stock and the buddy at once */

/* (b) buddy.lock */
struct buddy {
	spinlock_t lock; /* BUDDY, irqsave */
	struct {
		struct list_head blocks; /* (b) heads, linked by lru */
		u64 count;		 /* (b) */
	} area[MAX_ORDER + 1];
	struct page *depot; /* (b) chains of BATCH single frames, the last one in first */
	u64 nr_chains;	    /* (b) */
	u64 nr_free;	    /* (b) frames in all areas and in the depot */
	u64 managed;	    /* (b) frames ever given to the allocator */
};

/* One CPU's stock of single frames.  (l) lock */
struct cpu_frames {
	cpulock_t lock;
	u32 count;		     /* (l) frames in list */
	struct list_head list;	     /* (l) hot end first */
	u32 quarantined;	     /* (l) frames in quarantine */
	struct list_head quarantine; /* (l) oldest first; debug builds only */
	u32 nr_zeroed;		     /* (l) frames in zeroed */
	struct list_head zeroed;     /* (l) that were page tables and hold zeros; no debug builds */
	s64 booked[NR_PAGE_KINDS];   /* (l) frames booked here, less those unbooked here */
} __aligned(64);

extern struct buddy buddy;
extern struct cpu_frames cpu_frames[MAXCPU];
extern u64 watermark[NR_WMARKS]; /* (c) after page_alloc_init() */

/* The stock of the CPU that the caller runs on, with interrupts off. */
static inline struct cpu_frames *lock_cpu_frames(u64 *flags)
{
	struct cpu_frames *cf;

	*flags = irq_save();
	cf = &cpu_frames[cpu_id()];
	cpulock_take(&cf->lock);
	return cf;
}

static inline void unlock_cpu_frames(struct cpu_frames *cf, u64 flags)
{
	cpulock_release(&cf->lock);
	irq_restore(flags);
}

/* Gives a block, whose frames are marked free, to the buddy and joins it with its buddies. */
void give_block(struct page *page, u32 order);

/* Stops the machine, telling what is wrong with the page and all that is known of it. */
void __noreturn __cold bad_page(const struct page *page, const char *what);

#if CONFIG_KASAN
/* Tells the address sanitizer how to put an address of the direct map into words. */
void kasan_describe_init(void);
#else
static inline void kasan_describe_init(void)
{
}
#endif

/* Panics if a frame that is said to hold zeros does not, telling where. */
void check_zeroed(const struct page *page);
/* Fills a free frame with the poison pattern and marks it. */
void poison_frame(struct page *page);
/* Panics if somebody has written to the poisoned frame, telling where. */
void check_poison(const struct page *page);
