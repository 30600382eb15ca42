/* SPDX-License-Identifier: MIT */
/*
 * The merge engine's parts, for the engine and its scanners only.
 *
 * Legend: (s) scanner mutex; (p) lock of the merged page; (a) atomic;
 * (c) constant while the object lives.
 */
#pragma once

#include "kernel/lib/hash.h"
#include "mm/merge/merge.h"
#include "mm/rmap/rmap.h"
#include "mm/space/hooks.h"
#include "mm/space/pgtable.h"

/* One merged frame.  Holds no reference to it: see get_ksm_page(). */
struct stable_node {
	struct rb_node node;	     /* (s) in the stable tree */
	struct list_head all;	     /* (s) in stable_nodes, for pruning and stale walks */
	u64 hash;		     /* (c) of the write-protected page: the tree's key */
	u64 pfn;		     /* (c) the frame whose mapping is our tag */
	struct rb_root records;	     /* (p) by anon_vma, index */
	struct rb_node *last_record; /* (p) the greatest, or null: not known */
	struct rb_node *prune_at;    /* (p) next record to look at, null: the first */
	u32 nr_records;		     /* (p) */
	u32 nr_sites;		     /* (s) */
	struct list_head sites;	     /* (s) KSM's rmap_items, for its counters */
	struct list_head dups;	     /* (s) ring of nodes with equal bytes, one in the tree */
	bool in_tree;		     /* (s) */
};

/*
 * Where an absorbed page lived: enough to find its PTEs, which now map the
 * merged frame.  Equal records are stored once.
 */
struct rmap_record {
	struct rb_node node;	   /* (p) */
	struct anon_vma *anon_vma; /* (c) counted */
	u64 index;		   /* (c) */
};

/* page->scan.where: what the scanner thread has linked the page into. */
enum scan_where { WHERE_NONE, WHERE_RESCAN, WHERE_UNSTABLE };

enum merge_result {
	MERGE_DONE,    /* the page has been absorbed, its frame goes with our reference */
	MERGE_RETRY,   /* busy, pinned, or changed under us: try later */
	MERGE_REFUSED, /* an area that maps it does not take part */
	MERGE_DIFFERS, /* write-protected and not equal */
	MERGE_NOMEM,   /* no record, or the page has just been unmapped */
};

/*
 * What stands in the unstable tree: part of a page's record (PKSM: one for each
 * frame) or of an rmap_item (KSM: one for each address).
 */
struct unstable_item {
	struct rb_node node;
	u64 hash; /* the key, with order=hash */
};

/* Key order of both trees, a property of the scanner. */
enum merge_order { ORDER_HASH, ORDER_BYTES };

/* What a scanner has done so far, (s). */
struct merge_work {
	u64 scanned, rechecked, full_scans, merges, demotions, ptes_moved, collisions;
	u64 bytes_hashed, bytes_compared, scan_ns;
};

/* A scanner: decides which page to try next.  sweep_test.c has a third one, with explanations. */
struct merge_scanner {
	const char *name;
	struct merge_work *work;
	enum knob run, order, filter; /* its knobs */
	/* A new anonymous page has been mapped.  Page-table lock held; never allocates.  May be null. */
	void (*page_born)(struct page *page);
	/* Starts: from now on it is told of births.  The machine is stopped.  May be null. */
	void (*start)(void);
	/* Stops for another scanner; nothing is merged any more.  The machine is stopped.  May be null. */
	void (*stop)(void);
	/* Whether there is anything to scan; if not its thread sleeps until scanner_wake().  May be null. */
	bool (*has_work)(void);
	/* One wake-up's work.  Scanner mutex held. */
	void (*scan)(void);
	/* How long to sleep after a wake-up that took so many nanoseconds. */
	u64 (*pause_ns)(u64 took);
	/* Forgets what has died now.  Scanner mutex held.  May be null. */
	void (*drain)(void);
	/* Takes everything out of the unstable tree, to be tried again.  Scanner mutex held. */
	void (*reset)(void);
	/* A node, still where it stands, goes: its sites are told.  Scanner mutex held.  May be null. */
	void (*node_gone)(struct stable_node *node);
	/* Whether one more may be merged into the node (max_page_sharing). */
	bool (*has_room)(const struct stable_node *node);
	/* The page of an unstable item, referenced, or null if it has gone. */
	struct page *(*item_page)(struct unstable_item *item);
	/* The item is out of the unstable tree. */
	void (*item_out)(struct unstable_item *item);
	/* Checks its lists with the world stopped; violations printed and counted.  May be null. */
	int (*check)(void);
};

extern const struct merge_scanner *scanner; /* the one at work, or null; written under the mutex */
extern const struct merge_scanner pksm_scanner, ksm_scanner;
/*
 * Another scanner takes over (null: none), to work as its run knob says; what the old one
 * merged is parted first, its run is 0.  -ENOMEM: it could not be, and nothing has changed.
 * Scanner mutex held.
 */
int switch_scanner(const struct merge_scanner *to);
/* A scanner that had nothing to do has work now.  Any context. */
void scanner_wake(void);

/* Counters, (s) unless marked. */
struct merge_counters {
	u64 shared;	   /* live nodes */
	u64 chains;	   /* rings of more than one node */
	u64 dups;	   /* nodes in such rings */
	u64 records;	   /* records of all nodes */
	u64 unstable;	   /* pages in the unstable tree */
	atomic64_t broken; /* (a) merged mappings parted */
	atomic64_t stale;  /* (a) freed merged frames whose node is still here */
};
extern struct merge_counters merge_counters;

extern u64 merge_knobs[NR_KNOBS]; /* (s) */
#define MERGE_KNOB(name) (merge_knobs[KNOB_##name])

/* ---- stable.c: nodes, records, keyhole ---- */

static inline struct stable_node *page_stable_node(const struct page *page)
{
	return (struct stable_node *)(READ_ONCE(page->mapping) & ~(u64)PAGE_MAPPING_FLAGS);
}
extern struct list_head stable_nodes; /* (s) every node */
/* Makes the caches; once, at boot. */
void stable_init(void);
/* A node and a record for page in its present place, neither linked; NULL without memory. */
struct stable_node *stable_node_alloc(void);
/* Frees a node that no page's mapping points to, with its records. */
void stable_node_free(struct stable_node *node);
/* A record for page's anon_vma and index, counted; NULL without memory or if it is unmapped. Page lock held. */
struct rmap_record *record_alloc(struct page *page);
void record_free(struct rmap_record *rec);
/* Puts rec on the node, or frees it if an equal one is there.  Merged page's lock held. */
void record_append(struct stable_node *node, struct rmap_record *rec);
/*
 * The node's page with a reference, or NULL if it has gone: then the node has
 * been removed and freed, and a search must restart.  Scanner mutex held.
 */
struct page *get_ksm_page(struct stable_node *node);
/*
 * Looks at up to budget records, of all nodes in rotation, and drops those that no PTE
 * uses any more; frees stale nodes.  Scanner mutex held.
 */
void stable_prune_some(u64 budget);
/* The same at once for all nodes that have duplicates. */
void stable_prune_chains(void);
/* Frees the nodes of freed frames, if any are known.  Scanner mutex held. */
void stable_drop_stale(void);
/* rmap_walk() of a merged page.  Page lock held, or the world stopped. */
void rmap_walk_ksm(struct page *page, void *control);

/* ---- tree.c: both trees in hash order ---- */

/* Hash of a page under the seed and mask in force, counted. */
u64 merge_page_hash(struct page *page);
/* page_cmp() of two pages, counted. */
int merge_page_cmp(struct page *a, struct page *b);
/*
 * A search by hash alone has led to a page of other bytes: true, and counted, if the one
 * that may have been written since still has the hash of its key.  Then they really
 * collide, and bytes must decide.
 */
bool is_collision(struct page *page, u64 key);
/*
 * The first merged page that may take page in: with order=hash one of this hash
 * (with bytes: of these bytes), with order=bytes one of these bytes.  Referenced,
 * or NULL.  Restarts after a stale node.
 */
struct page *stable_tree_search(struct page *page, u64 hash, bool bytes);
/* Inserts a node whose page is write-protected.  Its page lock held. */
void stable_tree_insert(struct stable_node *node, struct page *kpage);
void stable_tree_erase(struct stable_node *node);
/*
 * A candidate with equal hash (with bytes, or order=bytes: equal contents) and, in
 * *found, its page, referenced; or NULL after item has been inserted for page.
 */
struct unstable_item *unstable_tree_search_insert(struct unstable_item *item, struct page *page,
						  u64 hash, bool bytes, struct page **found);
void unstable_tree_erase(struct unstable_item *item);
/* The next item in rotation for a re-check, or NULL if the tree is empty. */
struct unstable_item *unstable_tree_next(void);
/* Empties the unstable tree without visiting it: the items must know by themselves. */
void unstable_tree_drop(void);
/* Violations of both orders, with the world stopped. */
int tree_check(void);

/* ---- join.c: the seven steps ---- */

/* Which mappings of a page a merge moves: the one at addr in vma, or (vma null) all of them. */
struct merge_scope {
	struct vm_area_struct *vma; /* its mmap_lock is held for reading */
	u64 addr;
};
extern const struct merge_scope scope_all;

/*
 * Merges page into kpage.  Both referenced and unlocked on entry and exit; on
 * MERGE_DONE with scope_all page is mapped nowhere and goes with the caller's
 * reference.  Scanner mutex held.
 */
enum merge_result try_to_merge_with_ksm_page(struct page *page, struct page *kpage,
					     const struct merge_scope *scope);
/*
 * First merge: page becomes a merged page and tree_page, in its scope, is merged into
 * it; if that fails page is demoted to what it was.  Both referenced, unlocked, in no
 * tree.
 */
enum merge_result try_to_merge_two_pages(struct page *page, struct page *tree_page,
					 const struct merge_scope *scope);
/*
 * Steps 2 and 3: the mappings in scope read-only, clean, flushed, counted.
 * MERGE_DONE, MERGE_RETRY or MERGE_REFUSED.  Page lock and one reference held; av
 * is the page's anon_vma if the caller has a reference to it, or null.
 */
enum merge_result write_protect_page(struct page *page, u64 kpfn, struct anon_vma *av,
				     const struct merge_scope *scope);
/*
 * Step 6: moves the page's read-only mappings to kpage, or to the zero page if
 * kpage is null; returns how many moved.  Both page locks held.
 */
u64 replace_page(struct page *page, struct page *kpage, struct anon_vma *av,
		 const struct merge_scope *scope);

/* An area takes part unless it said no.  The last word is read under its page-table lock. */
static inline bool vma_takes_part(const struct vm_area_struct *vma)
{
	return !(READ_ONCE(vma->vm_flags) & (VM_UNMERGEABLE | VM_WIRED | VM_SHARED));
}

/* ---- volatile.c: has it changed since the last visit? ---- */

enum volatility { PAGE_UNCHANGED, PAGE_CHANGED, PAGE_BUSY, PAGE_REFUSED };
/* A page under visit, and what was found. */
struct visit {
	struct page *page; /* listed; may have died */
	enum volatility verdict;
};
/*
 * Judges a batch by PTE dirty bits, or by hash, as the knob says; one flush at
 * the end.  PAGE_REFUSED: an area that maps it does not take part (the dirty
 * filter sees it); PAGE_BUSY: locked by somebody, or dead.  Scanner mutex held.
 */
void pages_volatile(struct visit *visits, u32 nr);

/* The unstable item of a page's own record, and back. */
static inline struct unstable_item *page_item(struct page *page)
{
	return (struct unstable_item *)&page->scan.node;
}
static inline struct page *item_of_page(struct unstable_item *item)
{
	return container_of(&item->node, struct page, scan.node);
}
_Static_assert(offsetof(struct scan_record, hash) ==
		       offsetof(struct scan_record, node) + offsetof(struct unstable_item, hash),
	       "an unstable_item is the first part of a scan_record");

/* ---- lists.c: births, deaths, and the scanner's hold on a page ---- */

extern struct list_head rescan_list; /* (s) oldest visit first */
extern u64 rescan_len;		     /* (s) */

/* Empty lists; once, at boot. */
void pksm_init(void);
/* A new anonymous page has been mapped.  Page-table lock held, so it cannot die meanwhile. */
void pksm_add_new_anon_page(struct page *page);
/* The last reference has gone; the frame goes to the buddy as soon as this returns.  Any context. */
void pksm_del_anon_page(struct page *page);
/*
 * Takes up to max pages off the new lists, oldest first of each CPU; they are HELD and
 * linked nowhere.  Returns how many.  Scanner mutex held.
 */
u32 new_lists_take(struct page **pages, u32 max);
/* Length of all new lists together. */
u64 new_lists_len(void);
/* A page that is HELD and linked nowhere to the end of the rescan list, and off it. */
void rescan_add(struct page *page);
void rescan_del(struct page *page);
/*
 * A reference to a page that stands in the scanner's lists, if it is still the
 * page that was listed; false if that one has died.  Scanner mutex held.
 */
__must_check bool get_listed_page(struct page *page);
/* HELD to NONE: from now on a node watches over the page, or it is about to end.  Referenced. */
void scan_forget(struct page *page);
/* Reads the del list: dead pages leave lists and tree.  Scanner mutex held. */
void pksm_reap(void);
/* Lists the pages that were born before anybody listened.  The machine is stopped. */
void pksm_adopt(void);
/* Forgets every page.  The machine is stopped. */
void pksm_forget_all(void);
/* Checks the lists with the world stopped; violations printed and counted. */
int pksm_check(void);
/* Fills in the lengths of the lists. */
void pksm_lengths(struct kstat_pksm *st);

/* ---- ksm.c ---- */

/* mm has areas to be merged from now on.  mmap_lock(w) held, or nobody else has mm yet.  -ENOMEM */
int __ksm_enter(struct mm_struct *mm);
/* The last user of mm has gone.  No lock held. */
void __ksm_exit(struct mm_struct *mm);
/* Fills in the counts of sites and items.  Scanner mutex held. */
void ksm_counts(struct kstat_ksm *st);

/* ---- zero.c ---- */

/* Maps the zero page in place of a page of zeros.  Referenced, unlocked. */
enum merge_result try_to_merge_zero(struct page *page, const struct merge_scope *scope);

/* ---- part.c ---- */

/* Hook: parts the merged pages of a range of vma.  mmap_lock held. -ENOMEM */
int break_ksm_range(struct vm_area_struct *vma, u64 start, u64 end);
/* Parts every mapping of one node's page (by rmap).  Scanner mutex held. -ENOMEM */
int break_cow(struct stable_node *node);
/* run=2: parts everything, zero pages included.  Scanner mutex held. -ENOMEM */
int unmerge_all(void);
