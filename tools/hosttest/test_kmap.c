/* SPDX-License-Identifier: MIT */
/* The kmap area on a pretended page table: stacks, guard pages, frames that come back. */
#include "kernel/x86/paging.h"
#include "mm/frame/kmap.h"
#include "mm/frame/page_alloc.h"
#include "tools/hosttest/hosttest.h"

#define RAM_END	   (32UL << 20)
#define KMAP_PAGES (KMAP_SIZE / PAGE_SIZE)
#define MANY	   100

static u64 ptes[KMAP_PAGES];
static bool table_exists[KMAP_PAGES / PTRS_PER_TABLE];
static u64 flushes;

u64 *kernel_entry(u64 va, u32 level __maybe_unused, u64 (*alloc_table)(void))
{
	u64 n = (va - KMAP_BASE) / PAGE_SIZE;

	CHECK(n < KMAP_PAGES);
	if (!table_exists[n / PTRS_PER_TABLE]) {
		if (!alloc_table())
			return NULL;
		table_exists[n / PTRS_PER_TABLE] = true;
	}
	return &ptes[n];
}

static u64 pte_at(u64 va)
{
	return ptes[(va - KMAP_BASE) / PAGE_SIZE];
}

static void note_flush(u64 start, u64 end)
{
	CHECK(start < end && start >= KMAP_BASE && end <= KMAP_BASE + KMAP_SIZE);
	flushes++;
}

static void start(void)
{
	machine_init(RAM_END);
	page_alloc_init();
	kmap_init();
	kmap_flush = note_flush;
}

TEST(kmap_stacks_have_guard_pages)
{
	u64 stack;

	start();
	stack = (u64)alloc_kstack();
	CHECK(stack);
	CHECK_EQ(pte_at(stack - 1), 0);
	CHECK_EQ(pte_at(stack + KSTACK_SIZE), 0);
	CHECK(kmap_is_guard(stack - 1) && kmap_is_guard(stack - PAGE_SIZE));
	CHECK(!kmap_is_guard(stack - PAGE_SIZE - 1) && !kmap_is_guard(stack));
	CHECK(!kmap_is_guard(stack + KSTACK_SIZE - 1));
	CHECK(!kmap_is_guard(stack + KSTACK_SIZE)); /* of a slot that nobody uses */
	CHECK(!kmap_is_guard(0));
	for (u64 va = stack; va < stack + KSTACK_SIZE; va += PAGE_SIZE) {
		CHECK(pte_at(va) & PTE_P && pte_at(va) & PTE_W && pte_at(va) & PTE_NX);
		CHECK(!(pte_at(va) & PTE_U));
	}
	CHECK_EQ(nr_pages_of(PK_STACK), KSTACK_PAGES);
}

TEST(kmap_stacks_are_kept_then_drained)
{
	void *stacks[MANY];
	u64 before;

	start();
	before = nr_free_pages();
	for (int i = 0; i < MANY; i++) {
		stacks[i] = alloc_kstack();
		for (int j = 0; j < i; j++)
			CHECK(stacks[i] != stacks[j]);
	}
	CHECK_EQ(nr_free_pages(), before - MANY * KSTACK_PAGES);
	for (int i = 0; i < MANY; i++)
		free_kstack(stacks[i]);
	CHECK(flushes > 0 && flushes < MANY / 10);
	free_kstack(alloc_kstack());
	kmap_drain();
	for (int i = 0; i < MANY; i++)
		CHECK_EQ(pte_at((u64)stacks[i]), 0);
	CHECK_EQ(nr_free_pages(), before);
	CHECK_EQ(nr_pages_of(PK_STACK), 0);
	CHECK(!kmap_is_guard((u64)stacks[0] - 1));
}

TEST(kmap_stack_failure_leaves_nothing)
{
	u64 before;

	start();
	before = nr_free_pages();
	for (u64 n = 1; n <= KSTACK_PAGES; n++) {
		machine_fail_nth(n);
		CHECK(!alloc_kstack());
		CHECK_EQ(nr_free_pages(), before);
	}
	machine_fail_nth(0);
	while (alloc_kstack())
		;
	CHECK_EQ(page_alloc_check(), 0);
}
