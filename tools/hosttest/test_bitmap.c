/* SPDX-License-Identifier: MIT */
/* Bit sets against an array of bool. */
#include "kernel/lib/bitmap.h"
#include "tools/hosttest/hosttest.h"

#define BITS 201

static DECLARE_BITMAP(map, BITS);
static bool reference[BITS];

static u64 next_zero(u64 from)
{
	while (from < BITS && reference[from])
		from++;
	return from;
}

static void change(u64 bit, bool value)
{
	reference[bit] = value;
	if (value)
		__set_bit(bit, map);
	else
		__clear_bit(bit, map);
}

static void compare(void)
{
	u64 from = rnd_below(BITS + 1);

	for (u64 i = 0; i < BITS; i++)
		CHECK_EQ(test_bit(i, map), reference[i]);
	CHECK_EQ(find_next_zero_bit(map, BITS, from), next_zero(from));
}

TEST(bitmap_random)
{
	for (int step = 0; step < 20000; step++) {
		u64 bit = rnd_below(BITS);

		if (rnd_below(10)) {
			change(bit, rnd_below(2));
		} else { /* a run, so that whole words are full */
			while (bit < BITS)
				change(bit++, rnd_below(100));
		}
		compare();
	}
}
