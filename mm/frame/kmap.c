/* SPDX-License-Identifier: MIT */
/*
 * The kmap area: the part of the kernel's address space in which page tables,
 * not the direct map, say what lies where.  Kernel stacks live here because they
 * need a hole below them.
 *
 *	KMAP_BASE                                   STACKS_END         + 1 GiB
 *	| G s s s s | G s s s s | G s s s s | ...   | nothing            |
 *	  slot 0      slot 1      slot 2
 *
 * A slot is five pages: a guard page that is never mapped, and the four pages of
 * a stack above it (eight with KASAN=1).  Stacks grow down, so a thread that needs more than 16 KiB
 * runs into its own guard page and faults at once, instead of writing over a
 * neighbour.  The fault handler then asks kmap_is_guard().
 *
 * Example: slot 1 begins at KMAP_BASE + 0x5000.  Its guard page is 5000-5fff, its
 * stack 6000-9fff; alloc_kstack() returns KMAP_BASE + 0x6000 and the thread
 * starts with the stack pointer at KMAP_BASE + 0xa000.
 *
 * Life of a slot:   unused → mapped, in use ⇄ kept → unmapped, flushed → unused
 *
 * Freed stacks are kept, mapped, for the next thread: fork and exit then cost
 * neither allocation nor flush.  When KEEP_STACKS are kept, a batch of them goes
 * back at once (and all of them on kmap_drain()): entries cleared first, then one
 * flush on every CPU, only then the frames freed and the slots used again.  No
 * flush when a stack is mapped: it only adds a mapping, and x86 caches no absent
 * ones.
 *
 * The page tables of all slots are made at boot, so that starting a thread never
 * leaves a page table behind and the count of free frames is exactly what it was
 * when the thread has gone.
 *
 * Lock order: kmap_lock (KMAP, a plain spinlock) is held only to choose or to
 * release a slot, never while frames are allocated or CPUs are asked.  An entry
 * belongs to whoever owns its slot.
 *
 * Invariants:
 *  1. A guard page's entry is never present.
 *  2. A slot is in use from before its first entry is written until after the
 *     flush of the last one.
 *  3. nr_kept stacks are in kept[], their entries present, their slots in use.
 *
 * Rejected: stacks in the direct map (no guard page possible); a guard page
 * shared between neighbours by alternating direction (saves address space, of
 * which there is plenty).
 *
 * Missing on purpose: a general vmalloc(); nothing here needs it.
 *
 * Further reading: Intel SDM volume 3, 4.10.2.3 (what a TLB may cache).
 */
#include "kernel/core/kasan.h"
#include "kernel/core/log.h"
#include "kernel/core/spinlock.h"
#include "kernel/lib/string.h"
#include "kernel/x86/cpu.h"
#include "kernel/x86/paging.h"
#include "mm/frame/kmap.h"
#include "mm/frame/page_alloc.h"

#define MAX_STACKS  2048
#define KEEP_STACKS 64 /* kept for reuse; one more, and a batch of them is unmapped */
#define BATCH	    32
#define SLOT_SIZE   ((KSTACK_PAGES + 1) * PAGE_SIZE)
#define STACKS_END  (KMAP_BASE + MAX_STACKS * SLOT_SIZE)

_Static_assert(STACKS_END <= KMAP_BASE + KMAP_SIZE, "all stacks lie in the kmap area");

void (*kmap_flush)(u64 start, u64 end);
void (*kmap_check)(u64 start, u64 end);

static spinlock_t kmap_lock = SPINLOCK_INIT(LOCK_KMAP);
static bool slot_used[MAX_STACKS]; /* (kmap_lock) */
static void *kept[KEEP_STACKS];	   /* (kmap_lock) free stacks, still mapped */
static u32 nr_kept;		   /* (kmap_lock) */

/* A zeroed frame for kernel_entry(): its physical address, 0 if memory is short. */
static u64 alloc_table(void)
{
	void *table = alloc_zeroed_page();

	return table ? virt_to_phys(table) : 0;
}

/* The entry of a page of some stack; its table was made by kmap_init(). */
static u64 *stack_pte(u64 va)
{
	return kernel_entry(va, LEVEL_PAGE, alloc_table);
}

void kmap_init(void)
{
	for (u64 va = KMAP_BASE; va < STACKS_END; va += PAGE_SIZE)
		if (!kernel_entry(va, LEVEL_PAGE, alloc_table))
			panic("no memory for the page tables of the kernel stacks");
	if (!shadow_map_kmap(STACKS_END, alloc_table))
		panic("no memory for the shadow of the kernel stacks");
}

static u64 stack_slot(u64 va)
{
	return (va - KMAP_BASE) / SLOT_SIZE;
}

static void *pop_kept(void)
{
	assert_spin_held(&kmap_lock);
	return kept[--nr_kept];
}

/* A kept stack, or NULL. */
static void *take_kept(void)
{
	SPIN_GUARD(&kmap_lock);
	return nr_kept ? pop_kept() : NULL;
}

/* Moves up to BATCH kept stacks to stacks[]; returns how many. */
static u32 take_batch(void *stacks[BATCH])
{
	u32 n;

	assert_spin_held(&kmap_lock);
	n = MIN(nr_kept, (u32)BATCH);
	for (u32 i = 0; i < n; i++)
		stacks[i] = pop_kept();
	return n;
}

/* Keeps the stack for reuse; if that are too many, some leave for surplus[]: returns how many. */
static u32 keep(void *stack, void *surplus[BATCH])
{
	u32 n = 0;

	SPIN_GUARD(&kmap_lock);
	if (nr_kept == KEEP_STACKS)
		n = take_batch(surplus);
	kept[nr_kept++] = stack;
	return n;
}

static u32 take_surplus(void *surplus[BATCH])
{
	SPIN_GUARD(&kmap_lock);
	return take_batch(surplus);
}

static void slot_set(bool *slot, bool used)
{
	assert_spin_held(&kmap_lock);
	ASSERT(*slot != used);
	*slot = used;
}

/* Takes a slot; returns the lowest address of its stack, NULL if all are in use. */
static void *take_slot(void)
{
	bool *slot;

	SPIN_GUARD(&kmap_lock);
	slot = memchr(slot_used, false, sizeof(slot_used));
	if (!slot)
		return NULL;
	slot_set(slot, true);
	return (void *)(KMAP_BASE + (slot - slot_used) * SLOT_SIZE + PAGE_SIZE);
}

static void release_slot(u64 va)
{
	SPIN_GUARD(&kmap_lock);
	slot_set(&slot_used[stack_slot(va)], false);
}

static void flush(u64 start, u64 end)
{
	if (kmap_flush) {
		kmap_flush(start, end);
		return;
	}
	for (; start < end; start += PAGE_SIZE)
		invlpg(start);
}

/* Clears the entries of a stack into frames[]. */
static void clear_entries(u64 va, u64 frames[KSTACK_PAGES])
{
	for (u32 i = 0; i < KSTACK_PAGES; i++)
		frames[i] = xchg(stack_pte(va + i * PAGE_SIZE), 0) & PTE_PFN_MASK;
}

/* Frees n frames of a stack.  They are not mapped, and every CPU has flushed. */
static void free_frames(const u64 frames[], u32 n)
{
	for (u32 i = 0; i < n; i++) {
		account_pages(PK_STACK, -1);
		free_pages(pfn_to_page(frames[i] >> PAGE_SHIFT), 0);
	}
}

/* Fills frames[] with fresh frames; if memory is short it keeps none and returns false. */
static bool alloc_frames(u64 frames[KSTACK_PAGES])
{
	for (u32 i = 0; i < KSTACK_PAGES; i++) {
		struct page *page = alloc_charged_pages(0);

		if (!page) {
			free_frames(frames, i);
			return false;
		}
		account_pages(PK_STACK, 1);
		frames[i] = page_to_phys(page);
	}
	return true;
}

/* The frames and the slot of a stack that is mapped no more; every CPU has flushed. */
static void give_away(u64 va, const u64 frames[KSTACK_PAGES])
{
	if (CONFIG_LOCKDEP && kmap_check)
		kmap_check(va, va + KSTACK_SIZE);
	free_frames(frames, KSTACK_PAGES);
	release_slot(va);
}

/* Unmaps n > 0 stacks with one flush and releases all they hold. */
static void unmap_stacks(void *const stacks[], u32 n)
{
	u64 frames[BATCH][KSTACK_PAGES];
	u64 start = STACKS_END, end = 0;

	for (u32 i = 0; i < n; i++) {
		u64 va = (u64)stacks[i];

		clear_entries(va, frames[i]);
		start = MIN(start, va);
		end = MAX(end, va + KSTACK_SIZE);
	}
	flush(start, end);
	for (u32 i = 0; i < n; i++)
		give_away((u64)stacks[i], frames[i]);
}

/*
 * Maps fresh frames at the stack's place.  They are taken first: where memory is short there is
 * nothing to unmap, so nothing to flush, which the boot CPU cannot do before interrupts are on.
 */
static bool map_stack(u64 va)
{
	u64 frames[KSTACK_PAGES];

	if (!alloc_frames(frames))
		return false;
	for (u32 i = 0; i < KSTACK_PAGES; i++)
		WRITE_ONCE(*stack_pte(va + i * PAGE_SIZE), frames[i] | PROT_KERNEL_RW);
	return true;
}

void *alloc_kstack(void)
{
	void *stack = take_kept();

	if (!stack) {
		stack = take_slot();
		if (stack && !map_stack((u64)stack)) {
			release_slot((u64)stack);
			return NULL;
		}
	}
	kasan_unpoison(stack, stack ? KSTACK_SIZE : 0);
	return stack;
}

void free_kstack(void *stack)
{
	void *surplus[BATCH];
	u32 n;

	kasan_poison(stack, KSTACK_SIZE, KASAN_DEAD_STACK);
	n = keep(stack, surplus);
	if (n)
		unmap_stacks(surplus, n);
}

void kmap_drain(void)
{
	void *surplus[BATCH];
	u32 n;

	while ((n = take_surplus(surplus)))
		unmap_stacks(surplus, n);
}

bool kmap_is_guard(u64 addr)
{
	return addr >= KMAP_BASE && addr < STACKS_END &&
	       (addr - KMAP_BASE) % SLOT_SIZE < PAGE_SIZE && READ_ONCE(slot_used[stack_slot(addr)]);
}
