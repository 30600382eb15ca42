/* SPDX-License-Identifier: MIT */
/*
 * Tests of address spaces that no process runs in.
 *
 * THEORY
 *
 * An address space needs no program: mm_alloc() makes one, do_mmap() fills it with
 * areas, handle_mm_fault() does what a touch would do, dup_mm() forks it, mmput() ends
 * it.  No CPU ever loads it, so what is tested is the bookkeeping, and a wrong count
 * is found where it is made.  exit_mmap() itself asserts that nothing is left.
 *
 * The VMA tests run the same random calls against a model, one byte for each page:
 *
 *      model    r r - w w w - -        expected areas: the longest runs of equal
 *      areas   [r  )  [w    )          bytes, nothing unsplit, nothing unmerged
 *
 * Worked example.  mprotect(READ) over the end of a writable and the start of a
 * read-only area splits both and has to join three pieces; a vma_merge() that looked at
 * one neighbour on each side left two areas where the model has one run.
 *
 * With pages in the areas the anon_vmas forbid some joins, so the runs are not compared;
 * instead every page must keep its index and be found by one step of an rmap walk.
 *
 * Invariants tested: those of vma.c, pgtable.c (tables come and go with their areas),
 * fault.c (the cases, and reuse never by mapcount), fork.c, gup.c and mm.c; and of
 * tlb.c that CPUs that shoot at each other all come back.
 *
 * Deliberately missing: what needs a program to touch memory, above all the TLB: that
 * is in user/tests.
 *
 * Further reading: Claessen and Hughes, "QuickCheck" (2000), for tests against models.
 */
#include <abi/errno.h>

#include "kernel/core/ktest.h"
#include "kernel/core/log.h"
#include "kernel/sched/crew_test.h"
#include "mm/pgtable/tlb.h"
#include "mm/rmap/rmap.h"
#include "mm/space/copy.h"
#include "mm/space/fault.h"
#include "mm/space/fork.h"
#include "mm/space/gup.h"
#include "mm/pgtable/ptwalk.h"
#include "mm/space/mm.h"
#include "mm/space/mmap.h"
#include "mm/space/mprotect.h"
#include "mm/space/pagelock.h"
#include "mm/space/vma.h"

#define BASE	 0x10000000UL
#define ANON	 (MAP_PRIVATE | MAP_ANONYMOUS)
#define RW	 (PROT_READ | PROT_WRITE)
#define AT(page) (BASE + (page)*PAGE_SIZE)

/* An empty address space that the scanner keeps out of, or NULL and a failed test. */
static struct mm_struct *test_mm(void)
{
	struct mm_struct *mm = mm_alloc(0);

	KT_CHECK(mm, "no memory");
	if (mm)
		mm->merge_disabled = true;
	return mm;
}

static bool map_at(struct mm_struct *mm, u64 page, u64 pages, u64 prot)
{
	s64 addr = do_mmap(mm, AT(page), pages * PAGE_SIZE, prot, ANON | MAP_FIXED);

	KT_CHECK(addr == (s64)AT(page), "mmap gave %ld", addr);
	return addr == (s64)AT(page);
}

static enum vm_fault touch(struct mm_struct *mm, u64 page, u32 flags)
{
	READ_GUARD(&mm->mmap_lock);
	return handle_mm_fault(vma_lookup(mm, AT(page)), AT(page), flags);
}

static pte_t entry(struct mm_struct *mm, u64 page)
{
	pte_t *pte = pte_find(mm, AT(page));

	return pte ? ptep_get(pte) : 0;
}

/* --- VMAs against a model ------------------------------------------------------ */

#define MODEL_PAGES  64
#define MODEL_ROUNDS 2000
#define MODEL_NONE   0xff

static u64 rng_state;

static u64 rng(u64 n)
{
	rng_state = rng_state * 6364136223846793005UL + 1442695040888963407UL;
	return (rng_state >> 33) % n;
}

static u8 random_prot(void)
{
	static const u8 prots[] = { PROT_NONE, PROT_READ, RW, PROT_READ | PROT_EXEC };

	return prots[rng(ARRAY_SIZE(prots))];
}

static bool model_full(const u8 *model, u64 first, u64 n)
{
	for (u64 i = first; i < first + n; i++)
		if (model[i] == MODEL_NONE)
			return false;
	return true;
}

static void model_set(u8 *model, u64 first, u64 n, u8 value)
{
	for (u64 i = first; i < first + n; i++)
		model[i] = value;
}

/* One random call, in both worlds. */
static void model_step(struct mm_struct *mm, u8 *model)
{
	u64 first = rng(MODEL_PAGES), n = 1 + rng(MIN(MODEL_PAGES - first, 12UL));
	u8 prot = random_prot();
	int err;

	switch (rng(3)) {
	case 0:
		map_at(mm, first, n, prot);
		model_set(model, first, n, prot);
		break;
	case 1:
		err = do_munmap(mm, AT(first), n * PAGE_SIZE);
		KT_CHECK(err == 0, "munmap gave %d", err);
		model_set(model, first, n, MODEL_NONE);
		break;
	default:
		err = do_mprotect(mm, AT(first), n * PAGE_SIZE, prot);
		KT_CHECK(err == (model_full(model, first, n) ? 0 : -ENOMEM), "mprotect gave %d",
			 err);
		if (!err)
			model_set(model, first, n, prot);
	}
}

/* Largest hole below a VMA, in the list's order. */
static u64 largest_hole(struct mm_struct *mm)
{
	struct vm_area_struct *vma;
	u64 largest = 0, end = TASK_MIN;

	for_each_vma(mm, vma) {
		largest = MAX(largest, vma->vm_start - end);
		end = vma->vm_end;
	}
	return largest;
}

/* What the area at a page should be. */
static bool page_as_modelled(struct mm_struct *mm, u64 page, u8 prot)
{
	struct vm_area_struct *vma = vma_lookup(mm, AT(page));

	if (!vma || prot == MODEL_NONE)
		return !vma && prot == MODEL_NONE;
	return (vma->vm_flags & VM_PROT) == prot &&
	       linear_page_index(vma, AT(page)) == AT(page) >> PAGE_SHIFT;
}

static u64 root_gap(struct mm_struct *mm)
{
	struct rb_node *root = mm->vmas.rb_node;

	return root ? rb_entry(root, struct vm_area_struct, vm_rb)->vm_max_gap : 0;
}

/* The areas are exactly the longest runs of equal pages: nothing unsplit, nothing unmerged. */
static bool as_modelled(struct mm_struct *mm, const u8 *model, int round)
{
	bool pages_right = true;
	u32 runs = 0;

	for (u64 i = 0; i < MODEL_PAGES; i++) {
		if (model[i] != MODEL_NONE && (i == 0 || model[i - 1] != model[i]))
			runs++;
		if (!page_as_modelled(mm, i, model[i]))
			pages_right = false;
	}
	KT_CHECK(pages_right, "round %d", round);
	KT_CHECK(mm->nr_vmas == runs, "round %d: %u areas, %u runs", round, mm->nr_vmas, runs);
	KT_CHECK(root_gap(mm) == largest_hole(mm), "round %d: %#lx, expected %#lx", round,
		 root_gap(mm), largest_hole(mm));
	return pages_right && mm->nr_vmas == runs && root_gap(mm) == largest_hole(mm);
}

KTEST(space_vma_model)
{
	static u8 model[MODEL_PAGES];
	struct mm_struct *mm = test_mm();

	if (!mm)
		return;
	rng_state = 1;
	model_set(model, 0, MODEL_PAGES, MODEL_NONE);
	for (int round = 0; round < MODEL_ROUNDS; round++) {
		model_step(mm, model);
		READ_GUARD(&mm->mmap_lock);
		if (!as_modelled(mm, model, round))
			break;
	}
	mmput(mm);
}

/* What a page of the range should look like from below: alone in its area, found by one walk. */
static bool page_found(struct mm_struct *mm, u64 page, u8 prot)
{
	pte_t e = entry(mm, page);
	struct page *p = pte_present(e) ? pte_page(e) : NULL;
	bool right;

	if (!p)
		return true;
	lock_page(p);
	right = prot != MODEL_NONE && p->index == AT(page) >> PAGE_SHIFT && page_rmap_count(p) == 1;
	unlock_page(p);
	return right;
}

/* The same calls with pages in the areas: whatever is split and joined, each page is found. */
KTEST(space_vma_model_with_pages)
{
	static u8 model[MODEL_PAGES];
	struct mm_struct *mm = test_mm();
	bool right = true;

	if (!mm)
		return;
	rng_state = 2;
	model_set(model, 0, MODEL_PAGES, MODEL_NONE);
	for (int round = 0; right && round < MODEL_ROUNDS; round++) {
		u64 page = rng(MODEL_PAGES);

		model_step(mm, model);
		if (model[page] == RW)
			touch(mm, page, FAULT_FLAG_WRITE);
		for (u64 i = 0; i < MODEL_PAGES; i++)
			if (!page_found(mm, i, model[i]))
				right = false;
		KT_CHECK(right, "round %d", round);
	}
	mmput(mm);
}

/* Top-down, first fit from above, and back into the highest hole that is large enough. */
KTEST(space_mmap_places)
{
	struct mm_struct *mm = test_mm();
	u64 a, b, c, small, large;

	if (!mm)
		return;
	a = (u64)do_mmap(mm, 0, 4 * PAGE_SIZE, PROT_READ, ANON);
	b = (u64)do_mmap(mm, 0, 2 * PAGE_SIZE, RW, ANON);
	c = (u64)do_mmap(mm, 0, PAGE_SIZE, PROT_READ, ANON);
	KT_CHECK(b == a - 2 * PAGE_SIZE && c == b - PAGE_SIZE, "%#lx %#lx %#lx", a, b, c);
	KT_CHECK(!do_munmap(mm, b, 2 * PAGE_SIZE), "munmap");
	large = (u64)do_mmap(mm, 0, 3 * PAGE_SIZE, RW, ANON);
	small = (u64)do_mmap(mm, 0, PAGE_SIZE, RW, ANON);
	KT_CHECK(large == c - 3 * PAGE_SIZE, "3 pages at %#lx, not below %#lx", large, c);
	KT_CHECK(small == b + PAGE_SIZE, "1 page at %#lx, not in the hole at %#lx", small, b);
	mmput(mm);
}

/* --- faults and page tables ---------------------------------------------------- */

KTEST(space_fault_cases)
{
	struct mm_struct *mm = test_mm();
	struct page *page;

	if (!mm || !map_at(mm, 0, 4, RW))
		return;
	KT_CHECK(touch(mm, 0, 0) == VM_FAULT_OK, "read fault");
	KT_CHECK(pte_special(entry(mm, 0)) && pte_pfn(entry(mm, 0)) == zero_pfn &&
			 !pte_write(entry(mm, 0)),
		 "entry %#lx", entry(mm, 0));
	KT_CHECK(touch(mm, 0, FAULT_FLAG_WRITE) == VM_FAULT_OK, "write to the zero page");
	page = pte_page(entry(mm, 0));
	KT_CHECK(page && pte_write(entry(mm, 0)) && PageAnonExclusive(page), "entry %#lx",
		 entry(mm, 0));
	KT_CHECK(touch(mm, 1, FAULT_FLAG_UNSHARE) == VM_FAULT_OK && !entry(mm, 1),
		 "unshare of nothing left %#lx", entry(mm, 1));
	KT_CHECK(touch(mm, 1, 0) == VM_FAULT_OK && touch(mm, 1, FAULT_FLAG_UNSHARE) == VM_FAULT_OK,
		 "unshare");
	page = pte_page(entry(mm, 1));
	KT_CHECK(page && !pte_write(entry(mm, 1)) && PageAnonExclusive(page), "entry %#lx",
		 entry(mm, 1));
	KT_CHECK(touch(mm, 1, FAULT_FLAG_EXEC) == VM_FAULT_SIGSEGV, "executed");
	KT_CHECK(!do_mprotect(mm, AT(0), PAGE_SIZE, PROT_NONE), "mprotect");
	KT_CHECK(!(entry(mm, 0) & PTE_P) && pte_present(entry(mm, 0)), "PROT_NONE leaves %#lx",
		 entry(mm, 0));
	KT_CHECK(touch(mm, 0, 0) == VM_FAULT_SIGSEGV, "read of a PROT_NONE area");
	mmput(mm);
}

/* Tables come with the first touch, go with the last area in their reach, and not before. */
KTEST(space_page_tables)
{
	u64 far = AT(0) + (1UL << 40), two_mib = HUGE_PAGE_SIZE;
	struct mm_struct *mm = test_mm();
	s64 here;

	if (!mm || !map_at(mm, 0, 1, RW) || !map_at(mm, 2, 1, RW))
		return;
	touch(mm, 0, FAULT_FLAG_WRITE);
	touch(mm, 2, FAULT_FLAG_WRITE);
	KT_CHECK(atomic64_read(&mm->nr_tables) == 4, "%ld tables", atomic64_read(&mm->nr_tables));
	KT_CHECK(ptwalk_find(mm, 0, TASK_SIZE).addr == ALIGN_DOWN(BASE, two_mib), "first table");
	KT_CHECK(ptwalk_find(mm, BASE + two_mib, far).addr == far, "a table in a hole");
	here = do_mmap(mm, far, PAGE_SIZE, RW, ANON | MAP_FIXED | MAP_POPULATE);
	KT_CHECK(here == (s64)far && atomic64_read(&mm->nr_tables) == 7, "%ld tables",
		 atomic64_read(&mm->nr_tables));
	KT_CHECK(!do_munmap(mm, AT(0), PAGE_SIZE) && entry(mm, 2), "the neighbour's table went");
	KT_CHECK(!do_munmap(mm, AT(2), PAGE_SIZE), "munmap");
	KT_CHECK(atomic64_read(&mm->nr_tables) == 4 && atomic64_read(&mm->nr_ptes) == 1,
		 "%ld tables, %ld entries", atomic64_read(&mm->nr_tables),
		 atomic64_read(&mm->nr_ptes));
	mmput(mm);
}

/* --- fork and pins ------------------------------------------------------------- */

KTEST(space_fork_shares)
{
	struct mm_struct *mm = test_mm(), *child;
	struct page *page;

	if (!mm || !map_at(mm, 0, 2, RW))
		return;
	touch(mm, 0, FAULT_FLAG_WRITE);
	page = pte_page(entry(mm, 0));
	child = dup_mm(mm, 0);
	KT_CHECK(child && pte_page(entry(child, 0)) == page && !entry(child, 1), "dup_mm");
	KT_CHECK(!pte_write(entry(mm, 0)) && !pte_write(entry(child, 0)), "writable");
	KT_CHECK(!PageAnonExclusive(page) && page_count(page) == 2 && page_mapcount(page) == 2,
		 "count %d, mapcount %d", page_count(page), page_mapcount(page));
	touch(mm, 0, FAULT_FLAG_WRITE);
	KT_CHECK(pte_page(entry(mm, 0)) != page && page_count(page) == 1, "no copy was made");
	touch(child, 0, FAULT_FLAG_WRITE);
	KT_CHECK(pte_page(entry(child, 0)) == page && PageAnonExclusive(page), "not taken over");
	mmput(child);
	mmput(mm);
}

/* A passing reference, unlike a mapping, must keep a page from being written in place. */
KTEST(space_no_reuse_by_mapcount)
{
	struct mm_struct *mm = test_mm(), *child;
	struct page *page;

	if (!mm || !map_at(mm, 0, 1, RW))
		return;
	touch(mm, 0, FAULT_FLAG_WRITE);
	child = dup_mm(mm, 0);
	page = pte_page(entry(mm, 0));
	get_page(page);
	mmput(child);
	KT_CHECK(page_mapcount(page) == 1 && page_count(page) == 2, "count %d", page_count(page));
	touch(mm, 0, FAULT_FLAG_WRITE);
	KT_CHECK(pte_page(entry(mm, 0)) != page, "written in place under a foreign reference");
	put_page(page);
	mmput(mm);
}

KTEST(space_pinned_page_is_copied_at_fork)
{
	struct mm_struct *mm = test_mm(), *child;
	struct page *page;

	if (!mm || !map_at(mm, 0, 1, RW))
		return;
	page = pin_user_page(mm, AT(0), true);
	child = dup_mm(mm, 0);
	KT_CHECK(child && pte_page(entry(mm, 0)) == page && pte_write(entry(mm, 0)) &&
			 PageAnonExclusive(page),
		 "the parent lost its pinned page");
	KT_CHECK(pte_page(entry(child, 0)) != page && PageAnonExclusive(pte_page(entry(child, 0))),
		 "the child has no page of its own");
	unpin_user_page(page);
	KT_CHECK(page_count(page) == 1, "count %d", page_count(page));
	mmput(child);
	mmput(mm);
}

/* A write from outside goes to a read-only area, privately, and does not open it. */
KTEST(space_poke_read_only)
{
	struct mm_struct *mm = test_mm(), *child;
	u64 word = 0x1234;

	if (!mm || !map_at(mm, 0, 2, RW))
		return;
	touch(mm, 0, FAULT_FLAG_WRITE);
	child = dup_mm(mm, 0);
	KT_CHECK(!do_mprotect(child, AT(0), 2 * PAGE_SIZE, PROT_READ), "mprotect");
	KT_CHECK(access_remote_vm(child, AT(1) - 4, &word, 8, true) == 8, "poke");
	KT_CHECK(!pte_write(entry(child, 0)) && pte_dirty(entry(child, 0)), "entry %#lx",
		 entry(child, 0));
	KT_CHECK(access_remote_vm(mm, AT(1) - 4, &word, 8, false) == 8 && word == 0,
		 "the parent reads %#lx", word);
	KT_CHECK(access_remote_vm(child, AT(1) - 4, &word, 8, false) == 8 && word == 0x1234,
		 "the child reads %#lx", word);
	KT_CHECK(access_remote_vm(mm, AT(2), &word, 8, false) == -EFAULT, "peek beyond the area");
	mmput(child);
	mmput(mm);
}

/* --- the end ------------------------------------------------------------------- */

KTEST(space_mm_count_outlives_users)
{
	struct mm_struct *mm = test_mm();

	if (!mm || !map_at(mm, 0, 1, RW))
		return;
	touch(mm, 0, FAULT_FLAG_WRITE);
	mmgrab(mm);
	mmput(mm);
	KT_CHECK(mm_is_dying(mm) && !mmget_not_zero(mm), "users of a dead address space");
	down_read(&mm->mmap_lock);
	KT_CHECK(!find_vma(mm, 0) && !mm->nr_vmas && !pte_find(mm, AT(0)), "not empty");
	up_read(&mm->mmap_lock);
	mmdrop(mm);
}

#define SHOOTERS	 4
#define SHOTS		 300
#define UNUSED_KERNEL_VA (KMAP_BASE + KMAP_SIZE - PAGE_SIZE)

static void shoot(void *unused __maybe_unused)
{
	for (int i = 0; i < SHOTS; i++) {
		tlb_flush_kernel_range(UNUSED_KERNEL_VA, UNUSED_KERNEL_VA + PAGE_SIZE);
		cond_resched();
	}
}

/* Everybody asks everybody at the same time: each must serve while it waits. */
KTEST(space_shootdowns_cross)
{
	struct crew crew;

	crew_start(&crew, SHOOTERS, SCHED_NORMAL, shoot, NULL);
	crew_join(&crew);
}
