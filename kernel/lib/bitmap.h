/* SPDX-License-Identifier: MIT */
/*
 * Bit sets in arrays of u64.  Nothing here is atomic: the caller holds the lock
 * of the set.
 */
#pragma once

#include "kernel/lib/types.h"

#define BITS_PER_WORD		   64
#define BITS_TO_WORDS(n)	   (((n) + BITS_PER_WORD - 1) / BITS_PER_WORD)
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

/* Lowest clear bit in [from, bits), bits if there is none. */
u64 find_next_zero_bit(const u64 *map, u64 bits, u64 from);
