/* SPDX-License-Identifier: MIT */
/*
 * Page hash and page comparison with unrolled 8-byte loads.
 *
 * The hash keeps four CRC-32C sums, each over every fourth word of the page, and
 * in the end multiplies them together under the seed ("mum", the step of the
 * wyhash family).  The CPU's crc32 instruction (SSE4.2) takes a word from memory
 * into a sum in one instruction, and four independent sums hide its latency.
 *
 *	word   0 1 2 3 4 5 6 7 8 ...      a = crc(0, 4, 8, ...)
 *	sum    a b c d a b c d a ...      hash = mix(mum(ab ^ key, cd ^ ~key))
 *
 * What a CRC gives: pages that differ in up to three bits, or in one word by no
 * more than 32 neighbouring bits, never have equal sums.  Of other changes, and of
 * words that change places, a sum misses one in 2^31.  What it does not give:
 * secrecy.  A program can construct pages with equal sums, for every seed; every
 * user of the hash compares the bytes in any case, so that costs time only.
 *
 * Rejected: several lanes of h = (h ^ word) * odd constant: a flipped top bit
 * passes through unchanged, so that flipping the signs of two neighbouring numbers
 * cancels, and it is twice as long.  One product for each two words (wyhash):
 * strong, 1,340 instructions.  One product for the sum of several words: as short
 * as this, but a small number that moves from one word of a sum to another, in a
 * page of zeros, leaves the hash as it was.
 */
#include "kernel/lib/hash.h"

#pragma GCC target("crc32")

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
	u64 key = hash64(seed + 0x9e3779b97f4a7c15);
	u64 a = 0, b = 0, c = 0, d = 0;

#pragma GCC unroll 16
	for (u32 i = 0; i < PAGE_WORDS; i += 4) {
		a = __builtin_ia32_crc32di(a, word[i]);
		b = __builtin_ia32_crc32di(b, word[i + 1]);
		c = __builtin_ia32_crc32di(c, word[i + 2]);
		d = __builtin_ia32_crc32di(d, word[i + 3]);
	}
	return hash64(mum((a | b << 32) ^ key, (c | d << 32) ^ ~key) ^ key);
}

/* -1 or 1 as memcmp() would order the bytes of two words that differ. */
static int word_order(u64 a, u64 b)
{
	return __builtin_bswap64(a) < __builtin_bswap64(b) ? -1 : 1;
}

static __always_inline bool blocks_differ(const u64 *a, const u64 *b)
{
#pragma GCC unroll 64
	for (u32 i = 0; i < 8 * BLOCK_WORDS; i++)
		if (a[i] != b[i])
			return true;
	return false;
}

int page_cmp(const void *a, const void *b, u64 *bytes)
{
	const u64 *x = a, *y = b;
	const u64 *end = x + PAGE_WORDS;

	while (x < end && !blocks_differ(x, y)) {
		x += 8 * BLOCK_WORDS;
		y += 8 * BLOCK_WORDS;
	}
	/* A page that is written meanwhile may have become equal after the look at its blocks. */
	while (x < end) {
		u64 v = READ_ONCE(*x), w = READ_ONCE(*y);

		x++;
		y++;
		if (v != w) {
			*bytes += 2 * sizeof(*x) * (u64)(x - (const u64 *)a);
			return word_order(v, w);
		}
	}
	*bytes += 2 * sizeof(*x) * PAGE_WORDS;
	return 0;
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
