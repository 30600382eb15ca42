/* SPDX-License-Identifier: MIT */
/*
 * Joining: how the mappings of one page come to map another.
 *
 * THEORY
 *
 * Two pages hold equal bytes *now*.  To give one frame back, every PTE that maps
 * it must come to map the other, while their owners read, write, fork, unmap and
 * exit on other CPUs.  The order of steps is the whole art:
 *
 *     1 lock      page                       one merge of it at a time; no reuse
 *     2 protect   each PTE: clear, flush,    from here on no store can reach it
 *                 count, put back read-only
 *     3 count     found = mapcount, nobody   every way to the bytes is known
 *                 pins it, no area refuses
 *     4 compare   4096 bytes                 equal, and will stay so
 *     5 append    record to kpage's node     the rmap knows the PTEs to come
 *     6 replace   each PTE: clear, flush,    reader by reader, moved
 *                 set to kpage
 *     7 free      the old frame              goes with the last reference
 *
 * What each order prevents:
 *   compare before protect: a store after the comparison is lost (the page still
 *     looked equal when its bytes were read);
 *   no flush in protect: a CPU that holds the old writable translation stores
 *     through it after the comparison, and no fault tells us;
 *   count before flush: a pin taken through the old translation is not seen;
 *   replace before append: in between, kpage has PTEs that no walk can find: an
 *     unmerge or reclaim walk would miss them;
 *   no flush in replace: a stale reader goes on reading the old frame after it
 *     has been freed and given to somebody else.
 *
 * Worked example.  P and its child C share frame 990 (mapcount 2, read-only, not
 * exclusive); kpage is 812.  Lock 990.  Protect walks A's tree: P's PTE and C's
 * are read-only already, each address is shot down (fork may not have flushed
 * yet).  Found 2 = mapcount 2, references 3 = 2 mappings + ours.  Equal.  Lock
 * 812, append {A, index}.  Replace: P's PTE, C's PTE; mapcount(812) += 2, that
 * of 990 falls to 0.  Our put_page() frees 990.
 *
 * Scope.  PKSM merges pages: every mapping moves, or none.  KSM, as in Linux, merges
 * one mapping, the one it visits; the others of a page shared by fork follow when
 * their turn comes.  Either way a page is promoted as a whole: its mapping word is
 * one, so all of its PTEs are protected then.
 *
 * After step 2 no write fault can make the page writable again: reuse needs
 * AnonExclusive, which protect has cleared, or a reference count of one and the
 * page lock, and we hold both a reference and the lock.  A write that comes
 * simply copies: then the PTE no longer maps the page, and replace skips it.
 *
 * Locks, outer to inner
 *     scanner mutex -> page lock (page; kpage only tried) -> root anon_vma (read)
 *     -> page-table lock
 * No mmap_lock is taken here: with scope_all a merge never waits for a process.  KSM
 * holds that of the one address space in its scope, for reading, and may wait for it.
 * What the locks of the others would have protected is re-checked under the page-table
 * lock: the area's consent, and that the PTE still holds the frame.
 *
 * Invariants
 *  1. A PTE is never left empty when its page-table lock is dropped.
 *  2. A merged page's PTEs are read-only and it is never AnonExclusive.
 *  3. Between promote and the end of try_to_merge_two_pages() the page is locked,
 *     so nobody sees a merged page that is in no tree.
 *
 * Demotion.  The first merge makes page a merged page before it knows whether
 * the partner will follow.  If it does not, its mapping of before comes back (the
 * index never changed), under the page lock held all the time.  Unlike Linux, which
 * calls break_cow() there: that copies, allocates, and may fail.
 *
 * Rejected: stopping the owners (simple, and a pause for every process); taking
 * mmap_lock of each mapper (lock order with the page lock, and a scanner that
 * waits for a process in the middle of a fault).
 *
 * Deliberately missing: huge pages are not split, because there are none.
 *
 * Further reading: the two models in the chapter; CVE-2020-29374 for what
 * happens when reuse is decided by the wrong count.
 */
#include "mm/merge/engine/join.h"

#include "kernel/core/event.h"
#include "kernel/core/log.h"
#include "mm/pgtable/pgtable.h"
#include "mm/pgtable/tlb.h"
#include "mm/pgtable/tlb_check.h"
#include "mm/rmap/rmap.h"
#include "mm/space/pagelock.h"

const struct merge_scope scope_all;

struct protect_walk {
	int found;    /* PTEs that map the page, all read-only now */
	bool busy;    /* somebody holds a reference that no PTE explains */
	bool refused; /* an area does not take part */
};

/* A reference for each mapping, one for the scanner, and nobody else's. */
static bool only_mapped(struct page *page)
{
	return page_count(page) == page_mapcount(page) + 1;
}

/*
 * The one mapping of an AnonExclusive page.
 * Lock: its page-table lock, held throughout, so the PTE is never seen empty by
 *   anyone but the hardware, which faults and waits for the lock.
 * Flush: after clearing and before counting, so that no CPU can store or pin
 *   through the old translation any more.
 * Count: mapcount + 1; a pin makes it more, then the old PTE is put back.
 * Other CPUs: a store before the flush is in the page and in the dirty bit; one
 *   after it faults, finds the PTE read-only, and copies.  Fork is excluded by
 *   the page-table lock.
 */
static bool protect_exclusive(struct page *page, struct vm_area_struct *vma, u64 addr, pte_t *pte)
{
	pte_t old = ptep_get_and_clear(pte);

	tlb_flush_page(vma->vm_mm, addr);
	tlb_check_page(vma->vm_mm, addr, pte);
	if (!only_mapped(page)) {
		set_pte(pte, old);
		return false;
	}
	if (pte_dirty(old))
		page_set_flag(page, PG_dirty);
	page_clear_flag(page, PG_anon_exclusive);
	set_pte(pte, pte_wrprotect(pte_mkclean(old)));
	EVENT(wrprotect, page_to_pfn(page), addr);
	return true;
}

/*
 * One of several mappings: read-only already (writable => exclusive).  Flushed
 * all the same: fork defers its flush to the end, and we do not hold mmap_lock.
 */
static void protect_shared(struct page *page, struct vm_area_struct *vma, u64 addr, pte_t *pte)
{
	ASSERT(!pte_write(ptep_get(pte)));
	tlb_flush_page(vma->vm_mm, addr);
	tlb_check_page(vma->vm_mm, addr, pte);
	EVENT(wrprotect, page_to_pfn(page), addr);
}

static bool protect_one(struct page *page, struct vm_area_struct *vma, u64 addr, void *arg)
{
	struct protect_walk *w = arg;
	pte_t *pte = page_vma_mapped(page, vma, addr);

	if (!pte)
		return true; /* this area does not map it: skip, not the end */
	/* locked: page, root(r), pte */
	if (!vma_takes_part(vma))
		w->refused = true;
	else if (!PageAnonExclusive(page))
		protect_shared(page, vma, addr, pte);
	else if (!protect_exclusive(page, vma, addr, pte))
		w->busy = true;
	w->found++;
	pte_unlock(pte);
	return !w->refused && !w->busy;
}

enum join_result write_protect_page(struct page *page, u64 kpfn, struct anon_vma *av,
				    const struct merge_scope *scope)
{
	struct protect_walk w = { 0 };
	struct rmap_walk_control rwc = { .rmap_one = protect_one, .arg = &w, .anon_vma = av };
	int wanted = 1;

	ASSERT(PageLocked(page) && !PageKsm(page));
	EVENT(merge_protect, page_to_pfn(page), kpfn);
	if (scope->vma) {
		protect_one(page, scope->vma, scope->addr, &w);
	} else {
		rmap_walk(page, &rwc);
		wanted = page_mapcount(page);
	}
	if (w.refused)
		return JOIN_REFUSED;
	if (w.busy || w.found == 0 || w.found != wanted || !only_mapped(page))
		return JOIN_RETRY;
	EVENT(merge_protected, page_to_pfn(page), kpfn, w.found);
	return JOIN_DONE;
}

struct replace_walk {
	struct page *kpage; /* null: the zero page */
	u64 moved;
};

/* The new entry: old's protection and accessed bit, read-only and clean. */
static pte_t replaced_pte(pte_t old, struct page *kpage)
{
	pte_t e = old & ~(PTE_PFN_MASK | PTE_W | PTE_D);

	if (!kpage)
		return e | zero_pfn << PAGE_SHIFT | PTE_SPECIAL | PTE_ZMERGED;
	return e | page_to_phys(kpage);
}

/* Counts for the mapping that is about to come, before the PTE shows it. */
static void take_target(struct page *kpage, struct mm_struct *mm)
{
	if (!kpage) {
		count_zero_merged(mm, 1);
		return;
	}
	get_page(kpage);
	page_dup_rmap(kpage);
}

/*
 * Lock: the page-table lock of this PTE.
 * Flush: between clear and set, so that no CPU reads the old frame once this
 *   lock is dropped; the frame is freed only after every PTE has been through.
 * Count: kpage gains reference and mapping before its PTE exists, the page loses
 *   both after its own has gone; ours keeps put_page() from freeing under the lock.
 * Other CPUs: a fault on the empty PTE waits for the lock and retries.  The
 *   area's consent is re-read here: MADV_UNMERGEABLE sets the flag, then takes
 *   this lock to part what is merged.  Either it comes later and finds kpage, or
 *   it came first and we see the flag.
 */
static bool replace_one(struct page *page, struct vm_area_struct *vma, u64 addr, void *arg)
{
	struct replace_walk *w = arg;
	pte_t *pte = page_vma_mapped(page, vma, addr);
	pte_t old;

	if (!pte)
		return true; /* copied, unmapped or replaced meanwhile */
	/* locked: page, kpage, root(r), pte */
	if (!pte_write(ptep_get(pte)) && vma_takes_part(vma)) {
		take_target(w->kpage, vma->vm_mm);
		old = ptep_get_and_clear(pte);
		tlb_flush_page(vma->vm_mm, addr);
		tlb_check_page(vma->vm_mm, addr, pte);
		set_pte(pte, replaced_pte(old, w->kpage));
		page_remove_rmap(page);
		put_page(page);
		w->moved++;
		EVENT(replace, page_to_pfn(page), w->kpage ? page_to_pfn(w->kpage) : zero_pfn,
		      addr);
	}
	pte_unlock(pte);
	return true;
}

u64 replace_page(struct page *page, struct page *kpage, struct anon_vma *av,
		 const struct merge_scope *scope)
{
	struct replace_walk w = { .kpage = kpage };
	struct rmap_walk_control rwc = { .rmap_one = replace_one, .arg = &w, .anon_vma = av };

	ASSERT(PageLocked(page) && (!kpage || (PageLocked(kpage) && PageKsm(kpage))));
	if (scope->vma)
		replace_one(page, scope->vma, scope->addr, &w);
	else
		rmap_walk(page, &rwc);
	engine_client->work->ptes_moved += w.moved;
	return w.moved;
}

bool scope_is_done(const struct merge_scope *scope, const struct page *page, u64 moved)
{
	if (scope->vma)
		return moved == 1;
	return !page_mapped(page);
}

/*
 * The seven steps.  What step 5 needs is allocated before step 2, so that nothing can fail
 * once a mapping has moved.  kpage is locked by the caller, or here.
 */
static enum join_result join_pages(struct page *page, struct page *kpage, bool kpage_locked,
				   const struct merge_scope *scope, u64 *moved)
{
	enum join_result r = JOIN_RETRY;
	struct rmap_record *rec;
	struct anon_vma *av;
	int differs;

	ASSERT(mutex_is_held(&scanner_mutex));
	*moved = 0;
	/* 1 lock */
	if (should_fail_event(EV_merge_locked) || !trylock_page(page))
		goto failed;
	EVENT(merge_locked, page_to_pfn(page), page_to_pfn(kpage));
	rec = record_alloc(page);
	r = JOIN_NOMEM;
	if (!rec)
		goto unlock;
	if (should_fail_event(EV_append))
		goto free_record;
	av = rec->anon_vma;
	/* locked: page */
	/* 2 protect, 3 count */
	r = write_protect_page(page, page_to_pfn(kpage), av, scope);
	if (r != JOIN_DONE)
		goto free_record;
	/* 4 compare */
	differs = merge_page_cmp(page, kpage);
	EVENT(compare, page_to_pfn(page), page_to_pfn(kpage), differs);
	r = JOIN_DIFFERS;
	if (differs)
		goto free_record;
	r = JOIN_RETRY;
	if (!kpage_locked && !trylock_page(kpage))
		goto free_record;
	/* locked: page, kpage */
	/* 5 append: from here on av is counted by a record of the node */
	record_append(&page_stable_node(kpage)->records, rec);
	EVENT(append, page_to_pfn(page), page_to_pfn(kpage));
	/* 6 replace */
	*moved = replace_page(page, kpage, av, scope);
	page_set_flag(kpage, PG_dirty); /* its clean PTEs must not let reclaim drop it */
	if (!kpage_locked)
		unlock_page(kpage);
	if (!scope_is_done(scope, page, *moved))
		goto unlock;
	unlock_page(page);
	/* 7 free: the old frame goes with the caller's reference */
	engine_client->work->merges++;
	EVENT(merge_done, page_to_pfn(page), page_to_pfn(kpage), *moved);
	return JOIN_DONE;

free_record:
	record_free(rec);
unlock:
	unlock_page(page);
failed:
	EVENT(merge_fail, page_to_pfn(page), page_to_pfn(kpage), r);
	return r;
}

enum join_result try_to_merge_with_ksm_page(struct page *page, struct page *kpage,
					    const struct merge_scope *scope)
{
	u64 moved;

	return join_pages(page, kpage, false, scope, &moved);
}

/* A locked, ordinary page becomes a merged page with one record; it is in no tree yet. */
static enum join_result promote(struct page *page, u64 partner_pfn)
{
	enum join_result r = JOIN_NOMEM;
	struct stable_node *node;
	struct rmap_record *rec;

	node = stable_node_alloc();
	if (!node)
		return JOIN_NOMEM;
	rec = record_alloc(page);
	if (!rec)
		goto free_node;
	r = write_protect_page(page, partner_pfn, rec->anon_vma, &scope_all);
	if (r != JOIN_DONE)
		goto free_record;
	node->pfn = page_to_pfn(page);
	record_append(&node->records, rec);
	WRITE_ONCE(page->mapping, stable_node_key(node));
	EVENT(promote, node->pfn);
	return JOIN_DONE;

free_record:
	record_free(rec);
free_node:
	stable_node_free(node);
	return r;
}

/*
 * Back to an ordinary page: its PTEs stay read-only, the next write reuses it.
 * No copy, no allocation: cannot fail.  Page lock held since promote(), so the
 * mapping of before is good again; the partner's record may be on the node too.
 */
static void demote(struct page *page, u64 mapping)
{
	struct stable_node *node = page_stable_node(page);

	ASSERT(PageLocked(page) && !node->in_tree);
	WRITE_ONCE(page->mapping, mapping);
	stable_node_free(node);
	engine_client->work->demotions++;
	EVENT(demote, page_to_pfn(page));
}

static bool consent_one(struct page *page, struct vm_area_struct *vma, u64 addr, void *arg)
{
	bool *consent = arg;
	pte_t *pte = page_vma_mapped(page, vma, addr);

	if (!pte)
		return true;
	*consent = vma_takes_part(vma);
	pte_unlock(pte);
	return *consent;
}

/*
 * Consent for a page that has just been promoted, as replace_one() re-reads it
 * for one that is absorbed.  MADV_UNMERGEABLE sets the flag, then takes each
 * page-table lock to part what is merged.  Either it comes later and finds a
 * merged page, or it came first and we see the flag.
 */
static bool all_consent(struct page *page)
{
	bool consent = true;
	struct rmap_walk_control rwc = { .rmap_one = consent_one, .arg = &consent };

	ASSERT(PageLocked(page) && PageKsm(page));
	rmap_walk(page, &rwc);
	return consent;
}

enum join_result try_to_merge_two_pages(struct page *page, struct page *tree_page,
					const struct merge_scope *scope)
{
	enum join_result r;
	u64 moved = 0, mapping;

	if (!trylock_page(page))
		return JOIN_RETRY;
	/* locked: page */
	mapping = page->mapping;
	r = promote(page, page_to_pfn(tree_page));
	if (r != JOIN_DONE)
		goto unlock;
	if (all_consent(page))
		r = join_pages(tree_page, page, true, scope, &moved);
	else
		r = JOIN_REFUSED;
	if (moved) { /* even if one area backed out: what has moved is merged */
		stable_tree_insert(page_stable_node(page), page);
		r = JOIN_DONE;
	} else {
		demote(page, mapping);
		if (r == JOIN_DONE)
			r = JOIN_RETRY; /* the partner was unmapped meanwhile */
	}
unlock:
	unlock_page(page);
	return r;
}
