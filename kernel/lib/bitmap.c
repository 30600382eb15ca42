/* SPDX-License-Identifier: MIT */
/* Bit sets: the operations that walk over words. */
#include "kernel/lib/bitmap.h"
#include "kernel/lib/string.h"

void bitmap_zero(u64 *map, u64 bits)
{
	memset(map, 0, BITS_TO_WORDS(bits) * sizeof(u64));
}

void bitmap_fill(u64 *map, u64 bits)
{
	memset(map, 0xff, BITS_TO_WORDS(bits) * sizeof(u64));
}

void bitmap_set(u64 *map, u64 start, u64 len)
{
	for (u64 i = start; i < start + len; i++)
		__set_bit(i, map);
}

void bitmap_clear(u64 *map, u64 start, u64 len)
{
	for (u64 i = start; i < start + len; i++)
		__clear_bit(i, map);
}

u64 bitmap_weight(const u64 *map, u64 bits)
{
	u64 weight = 0, bit;

	for_each_set_bit(bit, map, bits)
		weight++;
	return weight;
}

/* Lowest bit in [from, bits) that is set after inverting with flip (0 or all ones). */
static u64 find_bit(const u64 *map, u64 bits, u64 from, u64 flip)
{
	u64 i = from / BITS_PER_WORD;
	u64 word;

	if (from >= bits)
		return bits;
	word = (map[i] ^ flip) & (~0UL << (from % BITS_PER_WORD));
	while (!word) {
		if (++i >= BITS_TO_WORDS(bits))
			return bits;
		word = map[i] ^ flip;
	}
	return MIN(bits, i * BITS_PER_WORD + (u64)__builtin_ctzl(word));
}

u64 find_next_bit(const u64 *map, u64 bits, u64 from)
{
	return find_bit(map, bits, from, 0);
}

u64 find_next_zero_bit(const u64 *map, u64 bits, u64 from)
{
	return find_bit(map, bits, from, ~0UL);
}

u64 find_zero_area(const u64 *map, u64 bits, u64 from, u64 len)
{
	u64 start = find_next_zero_bit(map, bits, from);

	while (start < bits && len <= bits - start) {
		u64 taken = find_next_bit(map, start + len, start);

		if (taken == start + len)
			return start;
		start = find_next_zero_bit(map, bits, taken);
	}
	return bits;
}
