/* SPDX-License-Identifier: MIT */
/* Bit sets: the search that walks over words. */
#include "kernel/lib/bitmap.h"

u64 find_next_zero_bit(const u64 *map, u64 bits, u64 from)
{
	u64 i = from / BITS_PER_WORD;
	u64 clear;

	if (from >= bits)
		return bits;
	clear = ~map[i] & (~0UL << (from % BITS_PER_WORD));
	while (!clear) {
		if (++i >= BITS_TO_WORDS(bits))
			return bits;
		clear = ~map[i];
	}
	return MIN(bits, i * BITS_PER_WORD + (u64)__builtin_ctzl(clear));
}
