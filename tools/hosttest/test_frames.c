/* SPDX-License-Identifier: MIT */
/* The frame allocator: random use with its invariants re-derived, misuse, several CPUs. */
#include "kernel/x86/paging.h"
#include "mm/frame/internal.h"
#include "tools/hosttest/hosttest.h"

#define RAM_END (8UL << 20)
#define HELD	600

struct held {
	struct page *page;
	u32 order;
};

static struct held held[HELD];
static u8 owned[RAM_END >> PAGE_SHIFT]; /* by frame: 1 while a test holds it */

static void start(void)
{
	machine_init(RAM_END);
	page_alloc_init();
	CHECK_EQ(page_alloc_check(), 0);
}

static void own(struct page *page, u32 order, u8 value)
{
	for (u64 i = 0; i < BIT(order); i++) {
		CHECK_EQ(owned[page_to_pfn(page) + i], !value);
		owned[page_to_pfn(page) + i] = value;
	}
}

static void alloc_some(struct held *h)
{
	bool user = rnd_below(2);

	h->order = user || rnd_below(3) ? 0 : (u32)rnd_below(6);
	h->page = user ? alloc_user_page() : alloc_pages(h->order);
	if (!h->page)
		return;
	CHECK(IS_ALIGNED(page_to_pfn(h->page), BIT(h->order)));
	CHECK_EQ(page_count(h->page), user);
	CHECK_EQ(h->page->mapping, 0);
	own(h->page, h->order, 1);
	__builtin_memset(page_address(h->page), 0x11, PAGE_SIZE << h->order);
}

static void free_some(struct held *h)
{
	own(h->page, h->order, 0);
	if (page_count(h->page))
		put_page(h->page);
	else
		free_pages(h->page, h->order);
	h->page = NULL;
}

static u64 frames_held(void)
{
	u64 n = 0;

	for (u32 i = 0; i < HELD; i++)
		n += held[i].page ? BIT(held[i].order) : 0;
	return n;
}

TEST(frames_random)
{
	start();
	for (int step = 0; step < 30000; step++) {
		struct held *h = &held[rnd_below(HELD)];

		host_cpu = (u32)rnd_below(MAXCPU);
		if (h->page)
			free_some(h);
		else
			alloc_some(h);
		CHECK_EQ(nr_free_pages() + frames_held(), nr_managed_pages());
		if (step % 1000 == 0)
			CHECK_EQ(page_alloc_check(), 0);
	}
	CHECK(host_irqs_on);
}

/* Free blocks of each order. */
static void block_counts(u64 counts[MAX_ORDER + 1])
{
	for (u32 order = 0; order <= MAX_ORDER; order++)
		counts[order] = buddy.area[order].count;
}

TEST(frames_all_come_back_joined)
{
	u64 before[MAX_ORDER + 1], after[MAX_ORDER + 1];

	start();
	block_counts(before);
	for (u32 i = 0; i < HELD; i++)
		alloc_some(&held[i]);
	for (u32 i = 0; i < HELD; i++)
		if (held[i].page)
			free_some(&held[i]);
	drain_all_pages();
	block_counts(after);
	for (u32 order = 0; order <= MAX_ORDER; order++)
		CHECK_EQ(after[order], before[order]);
	CHECK_EQ(nr_free_pages(), nr_managed_pages());
	CHECK_EQ(page_alloc_check(), 0);
}

/* More than the depot takes, freed at once and taken again. */
TEST(frames_through_the_depot)
{
	static struct page *pages[6000];

	machine_init(40UL << 20);
	page_alloc_init();
	for (int round = 0; round < 3; round++) {
		for (u32 i = 0; i < ARRAY_SIZE(pages); i++)
			CHECK(pages[i] = alloc_user_page());
		CHECK_EQ(buddy.nr_chains, 0);
		CHECK_EQ(page_alloc_check(), 0);
		for (u32 i = 0; i < ARRAY_SIZE(pages); i++)
			put_page(pages[i]);
		CHECK(buddy.nr_chains > 100);
		CHECK_EQ(page_alloc_check(), 0);
		CHECK_EQ(nr_free_pages(), nr_managed_pages());
	}
	CHECK(alloc_pages(MAX_ORDER));
	drain_all_pages();
	CHECK_EQ(buddy.nr_chains, 0);
	CHECK_EQ(page_alloc_check(), 0);
}

TEST(frames_exhaustion_is_exact)
{
	static struct page *pages[RAM_END >> PAGE_SHIFT];
	u64 n = 0, user;

	start();
	while ((pages[n] = alloc_user_page()))
		n++;
	put_page(pages[--n]);
	user = n;
	CHECK(buddy.nr_free < watermark[WMARK_MIN] || nr_free_pages() <= 64);
	CHECK(nr_free_pages() > 0);
	CHECK_EQ(nr_pages_of(PK_USER), user);
	host_cpu = 3; /* what lies in CPU 0's stock must be found from here */
	while ((pages[n] = alloc_pages(0)))
		n++;
	CHECK_EQ(n, nr_managed_pages());
	CHECK_EQ(nr_free_pages(), 0);
	CHECK_EQ(nr_pages_of(PK_KERNEL), n - user);
	CHECK(!alloc_pages(3));
	while (n-- > user)
		free_pages(pages[n], 0);
	for (n = 0; n < user; n++)
		put_page(pages[n]);
	CHECK_EQ(nr_free_pages(), nr_managed_pages());
	CHECK_EQ(page_alloc_check(), 0);
	CHECK(buddy.nr_free >= watermark[WMARK_HIGH]);
}

TEST(frames_boot_leaves_out_reserved_ranges)
{
	u64 managed;

	machine_init(RAM_END);
	boot_info_reserve(0x400000, 0x403000);
	boot_info_reserve(0x402000, 0x405000); /* overlaps the one before */
	boot_info_reserve(RAM_END - 0x1000, RAM_END + 0x5000);
	page_alloc_init();
	managed = nr_managed_pages();
	CHECK_EQ(managed, (RAM_END - early_alloc_used().end) / PAGE_SIZE - 6);
	for (u64 phys = 0x400000; phys < 0x405000; phys += PAGE_SIZE)
		CHECK(page_flag(pfn_to_page(phys >> PAGE_SHIFT), PG_reserved));
	CHECK(page_flag(pfn_to_page(0), PG_reserved));
	free_reserved_range(0x400000, 0x405000);
	CHECK_EQ(nr_managed_pages(), managed + 5);
	CHECK_EQ(nr_free_pages(), managed + 5);
	CHECK_EQ(page_alloc_check(), 0);
	CHECK_PANIC(free_reserved_range(0x400000, 0x405000), "not reserved");
}

TEST(frames_misuse_is_detected)
{
	struct page *page, *block;

	start();
	page = alloc_pages(0);
	free_pages(page, 0);
	CHECK_PANIC(free_pages(page, 0), "freed twice");
	block = alloc_pages(2);
	free_pages(block, 2);
	CHECK_PANIC(free_pages(block + 3, 0), "freed twice");
	page = alloc_user_page();
	CHECK_PANIC(free_pages(page, 0), "freed with users");
	atomic_inc(&page->mapcount);
	CHECK_PANIC(put_page(page), "freed with users");
	atomic_dec(&page->mapcount);
	page_set_flag(page, PG_locked);
	CHECK_PANIC(free_user_page(page), "freed while in use");
}

#if CONFIG_LOCKDEP
TEST(frames_late_write_is_detected)
{
	struct page *page;
	char *late;

	start();
	page = alloc_pages(0);
	late = page_address(page);
	free_pages(page, 0);
	late[1000] = 1;
	for (int i = 0; i < 32; i++)
		free_pages(alloc_pages(0), 0);
	CHECK_PANIC(while (alloc_pages(0)), "was written after it was freed");
	CHECK_PANIC(check_poison(page), "offset 0x3e8");
}
#endif

static u32 smallest_order(void)
{
	u32 order = 0;

	while (list_empty(&buddy.area[order].blocks))
		order++;
	return order;
}

TEST(frames_checker_sees_damage)
{
	struct page *page;

	start();
	page = alloc_pages(0);
	page_set_flag(page, PG_free);
	CHECK_EQ(page_alloc_check(), 1);
	page->flags = 0;
	drain_all_pages();
	page = list_first_entry(&buddy.area[smallest_order()].blocks, struct page, lru);
	atomic_inc(&page->refcount);
	CHECK_EQ(page_alloc_check(), 1);
	atomic_dec(&page->refcount);
	page->private ++;
	CHECK(page_alloc_check() >= 1);
	page->private --;
	CHECK_EQ(page_alloc_check(), 0);
}

static struct page *died;
static u64 mapping_at_death;

static void note_death(struct page *page)
{
	died = page;
	mapping_at_death = page->mapping;
}

TEST(frames_last_reference_tells_the_scanner)
{
	struct page *page;

	start();
	page_hooks.dying = note_death;
	page = alloc_user_page();
	page->mapping = 0x1001;
	get_page(page);
	put_page(page);
	CHECK(!died);
	put_page(page);
	CHECK(died == page);
	CHECK_EQ(mapping_at_death, 0x1001);
	CHECK_EQ(page->mapping, 0);
	CHECK(!get_page_unless_zero(page));
}

TEST(frames_injected_failure)
{
	u64 before;

	start();
	before = nr_free_pages();
	for (u32 order = 0; order < 3; order++) {
		machine_fail_nth(1);
		CHECK(!alloc_pages(order));
	}
	machine_fail_nth(2);
	free_pages(alloc_pages(0), 0);
	CHECK(!alloc_user_page());
	CHECK_EQ(nr_free_pages(), before);
}

/* One CPU's share of the stress: its own frames, with drains in between. */
static void stress(u32 cpu)
{
	struct page *mine[100] = { 0 };

	rnd_seed(cpu + 1);
	for (int step = 0; step < 30000; step++) {
		u64 i = rnd_below(100);
		u64 *word;

		if (mine[i]) {
			word = page_address(mine[i]);
			BUG_ON(*word != (cpu << 16 | i));
			put_page(mine[i]);
			mine[i] = NULL;
		} else if ((mine[i] = alloc_user_page())) {
			word = page_address(mine[i]);
			*word = cpu << 16 | i;
		}
		if (step % 61 == 0)
			drain_all_pages();
	}
	for (int i = 0; i < 100; i++)
		if (mine[i])
			put_page(mine[i]);
}

TEST(frames_stress_on_four_cpus)
{
	start();
	run_on_cpus(4, stress);
	CHECK_EQ(nr_free_pages(), nr_managed_pages());
	CHECK_EQ(nr_pages_of(PK_USER), 0);
	CHECK_EQ(page_alloc_check(), 0);
}
