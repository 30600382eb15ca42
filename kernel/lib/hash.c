/* SPDX-License-Identifier: MIT */
/*
 * Page hash and page comparison with unrolled 8-byte loads.
 *
 * The hash is a chain of 64 × 64 → 128 bit multiplications ("mum", the step of
 * the wyhash family): two words enter a product, its halves are folded together
 * and enter the next one.  That is five instructions for 16 bytes, and every bit
 * of a word, the top one included, reaches all bits of the state in one step.
 * Rejected: several lanes of h = (h ^ word) * odd constant, which is cheaper but
 * lets a flipped top bit pass through unchanged, so that flipping the signs of
 * two neighbouring numbers cancels; lanes with a rotation for each word cost more
 * than the chain.
 */
#include "kernel/lib/hash.h"

#define PAGE_WORDS  512
#define BLOCK_WORDS 8

typedef unsigned __int128 u128;

u64 hash64(u64 x)
{
	x ^= x >> 32;
	x *= 0xd6e8feb86659fd93;
	x ^= x >> 32;
	x *= 0xd6e8feb86659fd93;
	return x ^ x >> 32;
}

static __always_inline u64 mum(u64 a, u64 b)
{
	u128 product = (u128)a * b;

	return (u64)product ^ (u64)(product >> 64);
}

u64 page_hash(const void *page, u64 seed)
{
	const u64 *word = page;
	u64 key = hash64(seed + 0x9e3779b97f4a7c15) | 1;
	u64 h = hash64(~seed);

#pragma GCC unroll 16
	for (u32 i = 0; i < PAGE_WORDS; i += 2)
		h = mum(h ^ word[i], key ^ word[i + 1]);
	return hash64(h ^ key);
}

/* -1, 0 or 1 as memcmp() would order the bytes of two words. */
static int word_order(u64 a, u64 b)
{
	a = __builtin_bswap64(a);
	b = __builtin_bswap64(b);
	return (a > b) - (a < b);
}

static __always_inline bool block_differs(const u64 *a, const u64 *b)
{
	return a[0] != b[0] || a[1] != b[1] || a[2] != b[2] || a[3] != b[3] || a[4] != b[4] ||
	       a[5] != b[5] || a[6] != b[6] || a[7] != b[7];
}

int page_cmp(const void *a, const void *b)
{
	const u64 *x = a, *y = b;
	const u64 *end = x + PAGE_WORDS;

	while (!block_differs(x, y)) {
		x += BLOCK_WORDS;
		y += BLOCK_WORDS;
		if (x == end)
			return 0;
	}
	while (*x == *y) {
		x++;
		y++;
	}
	return word_order(*x, *y);
}

bool page_is_zero(const void *page)
{
	const u64 *w = page;
	const u64 *end = w + PAGE_WORDS;

	for (; w < end; w += BLOCK_WORDS)
		if (w[0] | w[1] | w[2] | w[3] | w[4] | w[5] | w[6] | w[7])
			return false;
	return true;
}
