/* SPDX-License-Identifier: MIT */
/* Joining: how the mappings of one page come to map another.  Theory: join.c. */
#pragma once

#include "mm/merge/engine/stable.h"
#include "mm/space/mm.h"

/* What came of a join. */
enum join_result {
	JOIN_DONE,    /* every mapping in scope has moved */
	JOIN_RETRY,   /* busy, pinned, or changed under us: try later */
	JOIN_REFUSED, /* an area that maps it does not take part */
	JOIN_DIFFERS, /* write-protected and not equal */
	JOIN_NOMEM,   /* no record, or the page has just been unmapped */
};

/* Which mappings of a page a merge moves: the one at addr in vma, or (vma null) all of them. */
struct merge_scope {
	struct vm_area_struct *vma; /* its mmap_lock is held for reading */
	u64 addr;
};
extern const struct merge_scope scope_all;

/*
 * Merges page into kpage.  Both referenced and unlocked on entry and exit; on
 * JOIN_DONE with scope_all page is mapped nowhere and goes with the caller's
 * reference.  Scanner mutex held.
 */
enum join_result try_to_merge_with_ksm_page(struct page *page, struct page *kpage,
					    const struct merge_scope *scope);
/*
 * First merge: page becomes a merged page and tree_page, in its scope, is merged into
 * it; if that fails page is demoted to what it was.  Both referenced, unlocked, in no
 * tree.  JOIN_DONE even if not all of tree_page's mappings moved.
 */
enum join_result try_to_merge_two_pages(struct page *page, struct page *tree_page,
					const struct merge_scope *scope);
/*
 * Steps 2 and 3: the mappings in scope read-only, clean, flushed, counted.
 * JOIN_DONE, JOIN_RETRY or JOIN_REFUSED.  Page lock and one reference held; av
 * is the page's anon_vma if the caller has a reference to it, or null.
 */
enum join_result write_protect_page(struct page *page, u64 kpfn, struct anon_vma *av,
				    const struct merge_scope *scope);
/*
 * Step 6: moves the page's read-only mappings to kpage, or to the zero page if
 * kpage is null; returns how many moved.  Both page locks held.
 */
u64 replace_page(struct page *page, struct page *kpage, struct anon_vma *av,
		 const struct merge_scope *scope);
/* Whether all in scope has moved, if that many have. */
bool scope_is_done(const struct merge_scope *scope, const struct page *page, u64 moved);

/* An area takes part unless it said no.  The last word is read under its page-table lock. */
static inline bool vma_takes_part(const struct vm_area_struct *vma)
{
	return !(READ_ONCE(vma->vm_flags) & (VM_UNMERGEABLE | VM_WIRED | VM_SHARED));
}
