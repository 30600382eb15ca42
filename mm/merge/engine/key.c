/* SPDX-License-Identifier: MIT */
/*
 * Keys: the order in which equal pages meet.
 *
 * THEORY
 *
 * Finding a page equal to a given one among N needs an order.  Two are to be had, and the
 * scanner chooses (knob `order`):
 *
 *     order=hash     (64-bit hash, then bytes)     7f3a.. < 9e01.. ; equal hashes: bytes
 *     order=bytes    the 4096 bytes                as memcmp() would have it
 *
 * The hash is one full hash of 4096 bytes, seeded at boot.  A search by hash reads the page
 * once and compares words on its way down.  A search by bytes needs no hash, and reads at
 * each of log N nodes as far as the two pages agree; it is the literature's.
 *
 * A hash is a proposal.  Equal hashes make a hit (KEY_HASH), and the merge, which compares
 * all bytes under write protection, has the last word.  If it says that they differ, either
 * one of the two was written since its hash was taken, or the hashes collide.  The page in
 * question is hashed again: only if its hash is still the same is it a true collision, which
 * is counted, and a second search (KEY_BYTES) compares bytes at each node of equal hash.
 *
 * Worked example.  Pages 812 and 990 hold the same bytes, hash 51c0.  The search for 990
 * ends at 812 after two word comparisons; no byte was read for it.  Had the bytes differed,
 * the merge would have said so, and one hash more would have told why.
 *
 * Lock: the scanner mutex.
 *
 * Invariants
 *  1. With order=hash a tree's keys never decay: they are words that were stored.
 *  2. What is hashed and compared is counted in the client's work.
 *
 * Rejected: a hash alone, without bytes (two pages would be merged by accident, or by
 * somebody who has looked for a collision: the historical PKSM counted such a page as
 * merged); a partial hash as key (many equal keys where pages begin alike).
 *
 * Deliberately missing: a cryptographic hash, slower, and not needed where bytes decide.
 *
 * Further reading: kernel/lib/hash.c.
 */
#include "mm/merge/engine/key.h"

#include "kernel/core/event.h"
#include "kernel/lib/hash.h"

#define HASH_SEED 0x6d657267616e7365UL

u64 merge_hash_bits = 64;

u64 merge_page_hash(struct page *page)
{
	u64 hash = page_hash(page_address(page), HASH_SEED);

	engine_client->work->bytes_hashed += PAGE_SIZE;
	if (merge_hash_bits < 64)
		hash &= BIT(merge_hash_bits) - 1;
	EVENT(checksum, page_to_pfn(page), hash);
	return hash;
}

int merge_page_cmp(struct page *a, struct page *b)
{
	return page_cmp(page_address(a), page_address(b), &engine_client->work->bytes_compared);
}

bool is_collision(struct page *page, u64 key)
{
	if (order_bytes() || merge_page_hash(page) != key)
		return false;
	engine_client->work->collisions++;
	return true;
}
