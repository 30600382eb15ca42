/* SPDX-License-Identifier: MIT */
/* Bit sets against an array of bool. */
#include "kernel/lib/bitmap.h"
#include "tools/hosttest/hosttest.h"

#define BITS 201

static DECLARE_BITMAP(map, BITS);
static bool reference[BITS];

static u64 next(u64 from, bool value)
{
	while (from < BITS && reference[from] != value)
		from++;
	return from;
}

static u64 zero_area(u64 from, u64 len)
{
	for (u64 start = from; start + len <= BITS; start++) {
		u64 n = 0;

		while (n < len && !reference[start + n])
			n++;
		if (n == len)
			return start;
	}
	return BITS;
}

static void change_one(u64 bit)
{
	bool old = reference[bit], value = rnd_below(2);

	reference[bit] = value;
	if (rnd_below(2))
		CHECK_EQ(value ? test_and_set_bit(bit, map) : test_and_clear_bit(bit, map), old);
	else if (rnd_below(2))
		value ? set_bit(bit, map) : clear_bit(bit, map);
	else
		value ? __set_bit(bit, map) : __clear_bit(bit, map);
}

static void change_run(u64 start)
{
	u64 len = rnd_below(BITS - start + 1);
	bool value = rnd_below(2);

	for (u64 i = start; i < start + len; i++)
		reference[i] = value;
	(value ? bitmap_set : bitmap_clear)(map, start, len);
}

static void compare(void)
{
	u64 weight = 0, from = rnd_below(BITS + 1), len = 1 + rnd_below(20);

	for (u64 i = 0; i < BITS; i++) {
		CHECK_EQ(test_bit(i, map), reference[i]);
		weight += reference[i];
	}
	CHECK_EQ(bitmap_weight(map, BITS), weight);
	CHECK_EQ(find_next_bit(map, BITS, from), next(from, true));
	CHECK_EQ(find_next_zero_bit(map, BITS, from), next(from, false));
	CHECK_EQ(find_zero_area(map, BITS, from, len), zero_area(from, len));
}

TEST(bitmap_random)
{
	bitmap_fill(map, BITS);
	CHECK_EQ(bitmap_weight(map, BITS), BITS);
	bitmap_zero(map, BITS);
	for (u64 i = 0; i < BITS; i++)
		reference[i] = false;
	for (int step = 0; step < 20000; step++) {
		if (rnd_below(10))
			change_one(rnd_below(BITS));
		else
			change_run(rnd_below(BITS));
		compare();
	}
}
