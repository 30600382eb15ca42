/* SPDX-License-Identifier: MIT */
/*
 * Records: how the PTEs of a merged page are found.  Theory: record.c.
 *
 * Legend: (p) lock of the merged page; (c) constant while the object lives.
 */
#pragma once

#include "mm/rmap/rmap.h"

/*
 * Where an absorbed page lived: enough to find its PTEs, which now map the
 * merged frame.
 */
struct rmap_record {
	struct rb_node node;	   /* (p) in its set */
	struct anon_vma *anon_vma; /* (c) counted */
	u64 index;		   /* (c) */
};

/* The records of one merged page, all different. */
struct record_set {
	struct rb_root root;	  /* (p) by anon_vma, index */
	struct rb_node *last;	  /* (p) the greatest, or null: not known */
	struct rb_node *prune_at; /* (p) next record to look at, null: the first */
	u32 nr;			  /* (p) */
};

/* Makes the cache; once, at boot. */
void record_init(void);
/*
 * A record for page's anon_vma and index, counted; NULL without memory or if it is unmapped.
 * Page lock held.
 */
struct rmap_record *record_alloc(struct page *page);
void record_free(struct rmap_record *rec);
/* Puts rec into the set, or frees it if an equal one is there.  Merged page's lock held. */
void record_append(struct record_set *set, struct rmap_record *rec);
/* Takes rec out of the set and frees it.  Merged page's lock held. */
void record_remove(struct record_set *set, struct rmap_record *rec);
/* Frees all of them; the set is not used again. */
void record_set_free(struct record_set *set);
/* One record's part of a walk; false if it was ended early.  Merged page's lock held. */
bool rmap_walk_record(struct page *page, struct record_set *set, struct rmap_record *rec,
		      struct rmap_walk_control *rwc);
