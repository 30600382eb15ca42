/* SPDX-License-Identifier: MIT */
/* Keys: by what two pages are put in order, in both trees.  Theory: key.c. */
#pragma once

#include "mm/frame/page.h"
#include "mm/merge/engine/engine.h"

/* What a search takes for equal.  The first is tried first; bytes decide after a collision. */
enum merge_key {
	KEY_HASH,  /* with order=hash equal hashes are enough; with order=bytes as below */
	KEY_BYTES, /* equal hashes and equal bytes */
};

/* How many low bits of a hash count, (s); 64 but in tests.  Changes while there is no node. */
extern u64 merge_hash_bits;

static inline bool order_bytes(void)
{
	return *engine_client->order == ORDER_BYTES;
}

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

/* What a search finds at a node. */
enum probe { PROBE_LEFT, PROBE_RIGHT, PROBE_HIT, PROBE_RESTART };

/* By the hashes alone: PROBE_HIT if they do not decide. */
static __always_inline enum probe probe_hash(u64 hash, u64 other)
{
	if (hash == other || order_bytes())
		return PROBE_HIT;
	return hash < other ? PROBE_LEFT : PROBE_RIGHT;
}

/* For pages whose hashes do not decide: by bytes, if the search asks for them. */
static __always_inline enum probe probe_bytes(struct page *page, struct page *other,
					      enum merge_key key)
{
	int c;

	if (key == KEY_HASH && !order_bytes())
		return PROBE_HIT;
	c = merge_page_cmp(page, other);
	if (c == 0)
		return PROBE_HIT;
	return c < 0 ? PROBE_LEFT : PROBE_RIGHT;
}
