/* SPDX-License-Identifier: MIT */
/*
 * Bit sets in arrays of u64.  set_bit, clear_bit and the test_and_ forms are
 * atomic full barriers; those with two underscores are plain, for callers that
 * hold a lock. 
 */
#pragma once

#include "kernel/lib/types.h"

#define BITS_PER_WORD		   64
#define BITS_TO_WORDS(n)	   DIV_ROUND_UP(n, BITS_PER_WORD)
#define DECLARE_BITMAP(name, bits) u64 name[BITS_TO_WORDS(bits)]

static inline bool test_bit(u64 nr, const u64 *map)
{
	return READ_ONCE(map[nr / BITS_PER_WORD]) >> (nr % BITS_PER_WORD) & 1;
}

static inline void __set_bit(u64 nr, u64 *map)
{
	map[nr / BITS_PER_WORD] |= BIT(nr % BITS_PER_WORD);
}

static inline void __clear_bit(u64 nr, u64 *map)
{
	map[nr / BITS_PER_WORD] &= ~BIT(nr % BITS_PER_WORD);
}

static inline void set_bit(u64 nr, u64 *map)
{
	__atomic_fetch_or(&map[nr / BITS_PER_WORD], BIT(nr % BITS_PER_WORD), __ATOMIC_SEQ_CST);
}

static inline void clear_bit(u64 nr, u64 *map)
{
	__atomic_fetch_and(&map[nr / BITS_PER_WORD], ~BIT(nr % BITS_PER_WORD), __ATOMIC_SEQ_CST);
}

/* Sets the bit; returns whether it was set before. */
static inline bool test_and_set_bit(u64 nr, u64 *map)
{
	u64 mask = BIT(nr % BITS_PER_WORD);

	return __atomic_fetch_or(&map[nr / BITS_PER_WORD], mask, __ATOMIC_SEQ_CST) & mask;
}

/* Clears the bit; returns whether it was set before. */
static inline bool test_and_clear_bit(u64 nr, u64 *map)
{
	u64 mask = BIT(nr % BITS_PER_WORD);

	return __atomic_fetch_and(&map[nr / BITS_PER_WORD], ~mask, __ATOMIC_SEQ_CST) & mask;
}

/* Clears (sets) the first bits bits and whatever else lies in their last word. */
void bitmap_zero(u64 *map, u64 bits);
void bitmap_fill(u64 *map, u64 bits);

/* Sets or clears len bits from start on, not atomically. */
void bitmap_set(u64 *map, u64 start, u64 len);
void bitmap_clear(u64 *map, u64 start, u64 len);

/* Number of set bits among the first bits bits. */
u64 bitmap_weight(const u64 *map, u64 bits);

/* Lowest set (clear) bit in [from, bits), bits if there is none. */
u64 find_next_bit(const u64 *map, u64 bits, u64 from);
u64 find_next_zero_bit(const u64 *map, u64 bits, u64 from);

/* First of len consecutive clear bits in [from, bits), bits if there is none. */
u64 find_zero_area(const u64 *map, u64 bits, u64 from, u64 len);

#define for_each_set_bit(bit, map, bits) \
	for (bit = find_next_bit(map, bits, 0); bit < (bits); \
	     bit = find_next_bit(map, bits, bit + 1))
