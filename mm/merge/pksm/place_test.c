/* SPDX-License-Identifier: MIT */
/*
 * A test of the place of the last page.
 *
 * THEORY
 *
 * That a batch finds its pages without a walk is seen by nothing but the time that it takes: a
 * place that is never kept harms no page.  So this one asks the place itself.
 *
 *      pages     0   1   2  ...  511 | 512         the bar: the end of a page table
 *      enter(0)  *   .   .        .  |             held without a further search
 *      holds(512)                    |  *          by a step to the next table
 *
 * Worked example.  Entered with page 0, the place holds page 2 in slot 2, and the slot's entry
 * maps its frame.  A page of another area it does not hold.
 *
 * Invariants tested: those of place.c.
 *
 * Deliberately missing: frames that die meanwhile: user/tests/merge_stress.c.
 *
 * Further reading: volatile.c, the only user.
 */
#include "kernel/core/ktest.h"
#include "mm/merge/pksm/place.h"
#include "mm/pgtable/pgtable.h"
#include "mm/rmap/anon_vma.h"
#include "mm/space/fault.h"
#include "mm/space/gup.h"
#include "mm/space/mm.h"
#include "mm/space/mmap.h"
#include "mm/space/pagelock.h"
#include "mm/space/vma.h"

#define BASE	 0x40000000UL /* a page table begins here */
#define AT(page) (BASE + (page)*PAGE_SIZE)

/* The page that a write brings, with a reference. */
static struct page *touched(struct mm_struct *mm, u64 page)
{
	READ_GUARD(&mm->mmap_lock);
	if (handle_mm_fault(vma_lookup(mm, AT(page)), AT(page), FAULT_FLAG_WRITE) != VM_FAULT_OK)
		return NULL;
	return follow_page(mm, AT(page));
}

static void enter(struct place *at, struct page *page)
{
	lock_page(page);
	place_enter(at, page);
	unlock_page(page);
}

static void check_held(struct place *at, struct page *page, u64 slot)
{
	u64 n = 0;

	KT_CHECK(place_holds(at, page, &n), "slot %lu is not held", slot);
	KT_CHECK(n == slot, "slot %lu, not %lu", n, slot);
	KT_CHECK(pte_maps(ptep_get(at->pte + n), page), "the slot maps another frame");
}

static void check_place(struct mm_struct *mm)
{
	struct page *first = touched(mm, 0), *third = touched(mm, 2), *next = touched(mm, 512);
	struct page *other = touched(mm, 1024);
	struct place at = { 0 };
	u64 n;

	KT_CHECK(first && third && next && other, "no memory");
	if (!first || !third || !next || !other)
		return;
	enter(&at, first);
	KT_CHECK(at.av == page_anon_vma(first), "nowhere");
	check_held(&at, first, 0);
	check_held(&at, third, 2);
	check_held(&at, next, 0);
	KT_CHECK(!place_holds(&at, other, &n), "a page of another area is held");
	place_leave(&at);
	KT_CHECK(!at.av && !place_holds(&at, first, &n), "left, and held");
	put_page(first);
	put_page(third);
	put_page(next);
	put_page(other);
}

KTEST(pksm_place_is_kept)
{
	struct mm_struct *mm = mm_alloc(0);

	KT_CHECK(mm, "no memory");
	if (!mm)
		return;
	mm->merge_disabled = true;
	for (u64 first = 0; first <= 1024; first += 1024)
		KT_CHECK(do_mmap(mm, AT(first), 513 * PAGE_SIZE, PROT_READ | PROT_WRITE,
				 MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED) == (s64)AT(first),
			 "mmap");
	check_place(mm);
	mmput(mm);
}
