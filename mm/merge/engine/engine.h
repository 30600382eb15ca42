/* SPDX-License-Identifier: MIT */
/*
 * The merge engine as a whole: the lock of everything in it, what it counts, and what it asks
 * of its client, the scanner that decides which page is tried next.
 *
 * Legend: (s) scanner mutex; (a) atomic; (c) constant while the object lives.
 */
#pragma once

#include "kernel/lib/atomic.h"
#include "kernel/lib/types.h"
#include "kernel/sched/rwsem.h"

struct page;
struct stable_node;
struct unstable_item;

/* Key order of both trees: by hash, then bytes; or by bytes alone. */
enum merge_order { ORDER_HASH, ORDER_BYTES };

/* What was done for a client so far, (s). */
struct merge_work {
	u64 scanned, rechecked, full_scans; /* kept by the client itself */
	u64 merges, demotions, ptes_moved, collisions;
	u64 bytes_hashed, bytes_compared;
	u64 scan_ns; /* kept by its thread */
};

/* What the engine asks of whoever uses it.  All calls: scanner mutex held. */
struct engine_client {
	const u64 *order;	 /* (s) enum merge_order; changes only while there is no node */
	struct merge_work *work; /* (c) */
	/* Whether one more page may be merged into the node (max_page_sharing). */
	bool (*has_room)(const struct stable_node *node);
	/* The page of an unstable item, referenced, or null if it has gone. */
	struct page *(*item_page)(struct unstable_item *item);
	/* The item is out of the unstable tree. */
	void (*item_out)(struct unstable_item *item);
	/* A node, still where it stands, goes: its sites are told.  May be null. */
	void (*node_gone)(struct stable_node *node);
};

/* Whom the engine works for, or null: then there is no node.  Changes with the machine stopped. */
extern const struct engine_client *engine_client;

/*
 * LOCK_SCANNER: trees, nodes, one merge at a time, and what the scanners keep.  A scanner's
 * thread has it while it scans.
 */
extern struct rwsem scanner_mutex;

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

/* Makes the lock; once, at boot. */
void engine_init(void);
