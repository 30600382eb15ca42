/* SPDX-License-Identifier: MIT */
/* Page hash: every bit and position counts; page_cmp() against memcmp(). */
#include "kernel/lib/hash.h"
#include "tools/hosttest/hosttest.h"

#define WORDS 512
#define BITS  (WORDS * 64)

static u64 page[WORDS], other[WORDS];

static void fill(u64 *p)
{
	for (int i = 0; i < WORDS; i++)
		p[i] = rnd();
}

static void flip(u64 *p, u64 bit)
{
	p[bit / 64] ^= BIT(bit % 64);
}

static int bits_changed(u64 a, u64 b)
{
	return __builtin_popcountl(a ^ b);
}

TEST(hash_every_single_bit_avalanches)
{
	u64 before, total = 0;

	for (int zeros = 0; zeros < 2; zeros++) {
		fill(page);
		for (int i = 0; zeros && i < WORDS; i++)
			page[i] = 0;
		before = page_hash(page, 7);
		for (u64 bit = 0; bit < BITS; bit++) {
			int changed;

			flip(page, bit);
			changed = bits_changed(before, page_hash(page, 7));
			flip(page, bit);
			CHECK(changed >= 8 && changed <= 56);
			total += (u64)changed;
		}
	}
	CHECK(total > 2 * BITS * 31UL && total < 2 * BITS * 33UL);
}

/* Flips the same bit in two words: what a weak chain lets cancel. */
TEST(hash_pairs_of_equal_bits_do_not_cancel)
{
	u64 before;

	fill(page);
	before = page_hash(page, 7);
	for (u64 bit = 0; bit < 64; bit += 9)
		for (u64 distance = 1; distance < 20; distance++)
			for (u64 i = 0; i + distance < WORDS; i += 5) {
				flip(page, i * 64 + bit);
				flip(page, (i + distance) * 64 + bit);
				CHECK(page_hash(page, 7) != before);
				flip(page, i * 64 + bit);
				flip(page, (i + distance) * 64 + bit);
			}
	for (int i = 0; i < WORDS; i++)
		flip(page, (u64)i * 64 + 63);
	CHECK(page_hash(page, 7) != before);
}

TEST(hash_depends_on_position)
{
	u64 before;

	fill(page);
	before = page_hash(page, 7);
	for (int step = 0; step < 20000; step++) {
		u64 i = rnd_below(WORDS), j = rnd_below(WORDS), word = page[i];

		page[i] = page[j];
		page[j] = word;
		CHECK_EQ(page_hash(page, 7) == before, i == j);
		page[j] = page[i];
		page[i] = word;
	}
}

TEST(hash_depends_on_seed)
{
	fill(page);
	for (u64 seed = 0; seed < 200; seed++) {
		int changed = bits_changed(page_hash(page, seed), page_hash(page, seed + 1));

		CHECK(changed >= 8 && changed <= 56);
	}
	CHECK_EQ(page_hash(page, 3), page_hash(page, 3));
}

TEST(hash_small_counters_spread)
{
	u64 seen[4096];
	int n = 0;

	for (int i = 0; i < WORDS; i++)
		page[i] = 0;
	for (u64 value = 0; value < 4096; value++) {
		page[value % WORDS] = value / WORDS + 1;
		seen[n++] = page_hash(page, 0) & 0xffffffff;
		page[value % WORDS] = 0;
	}
	for (int i = 0; i < n; i++)
		for (int j = i + 1; j < n; j++)
			CHECK(seen[i] != seen[j] || i == j);
}

TEST(hash64_is_a_good_mixer)
{
	for (u64 x = 0; x < 2000; x++)
		for (u64 bit = 0; bit < 64; bit++) {
			int changed = bits_changed(hash64(x), hash64(x ^ BIT(bit)));

			CHECK(changed >= 8 && changed <= 56);
		}
}

static int sign(int x)
{
	return (x > 0) - (x < 0);
}

TEST(page_cmp_orders_like_memcmp)
{
	u64 bytes = 0;

	fill(page);
	__builtin_memcpy(other, page, sizeof(page));
	CHECK_EQ(page_cmp(page, other, &bytes), 0);
	CHECK_EQ(bytes, 2 * sizeof(page));
	for (u64 byte = 0; byte < sizeof(page); byte++) {
		u8 *p = (u8 *)other + byte;
		u8 old = *p;

		*p = (u8)(old + 1 + rnd_below(255));
		flip(other, 8 * byte + rnd_below(BITS - 8 * byte));
		bytes = 0;
		CHECK_EQ(sign(page_cmp(page, other, &bytes)),
			 sign(host_memcmp(page, other, sizeof(page))));
		CHECK_EQ(bytes, 2 * 8 * (byte / 8 + 1));
		CHECK_EQ(sign(page_cmp(other, page, &bytes)),
			 sign(host_memcmp(other, page, sizeof(page))));
		__builtin_memcpy(other, page, sizeof(page));
	}
}

TEST(page_is_zero_sees_every_bit)
{
	__builtin_memset(page, 0, sizeof(page));
	CHECK(page_is_zero(page));
	for (u64 bit = 0; bit < BITS; bit++) {
		flip(page, bit);
		CHECK(!page_is_zero(page));
		flip(page, bit);
	}
}
