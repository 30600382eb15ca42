/* SPDX-License-Identifier: MIT */
/*
 * The address sanitizer sees what it should, and nothing else: each test does a
 * wrong thing under kasan_catch(), which counts the reports and goes on.  What
 * is written is what stood there, so that nothing really breaks.
 *
 * config: kasan only
 */
#include "kernel/core/kasan.h"
#include "kernel/core/ktest.h"
#include "kernel/core/log.h"
#include "kernel/core/param.h"
#include "kernel/lib/string.h"
#include "kernel/x86/page_ops.h"
#include "kernel/x86/uaccess.h"
#include "mm/frame/kmap.h"
#include "mm/frame/page_alloc.h"
#include "mm/frame/slab.h"

#if CONFIG_KASAN

static struct kasan_catch caught;

/* A value that the compiler cannot see through. */
static __noinline u64 opaque(u64 n)
{
	__asm__ volatile("" ::: "memory");
	return n;
}

static __noinline u8 touch_read(const void *p)
{
	return *(const volatile u8 *)p;
}

/* The value, unseen by the sanitizer. */
static __noinline __no_kasan u8 kasan_peek(const void *p)
{
	return *(const volatile u8 *)p;
}

static __noinline void touch_write(void *p)
{
	*(volatile u8 *)p = kasan_peek(p);
}

static __noinline u64 read_word(const void *p)
{
	return *(const volatile u64 *)p;
}

static __noinline u32 read_half(const void *p)
{
	return *(const volatile u32 *)p;
}

/* Does one thing and checks that it was reported so often, the last time with these words. */
#define EXPECT_REPORTS(n, words, what) \
	do { \
		caught = (struct kasan_catch){}; \
		kasan_catch(&caught); \
		what; \
		kasan_catch(NULL); \
		KT_CHECK(caught.count == (n), "%u reports, the last: %s", caught.count, \
			 caught.last.sentence); \
		KT_CHECK(glob_match("*" words "*", caught.last.sentence), "%s", \
			 caught.last.sentence); \
	} while (0)

#define EXPECT_SILENCE(what) EXPECT_REPORTS(0, "", what)

KTEST(kasan_slab_overrun)
{
	u8 *obj = kmalloc(opaque(20));

	EXPECT_SILENCE(touch_write(obj + 19));
	EXPECT_REPORTS(1, "out of bounds: read of 1 bytes at *: byte 20 of*kmalloc-32",
		       touch_read(obj + 20));
	EXPECT_REPORTS(1, "out of bounds: write of 1 bytes at *: byte 24 of*kmalloc-32",
		       touch_write(obj + 24));
	EXPECT_REPORTS(1, "read of 8 bytes", read_word(obj + 16));
	KT_CHECK(caught.last.addr == (u64)obj + 20, "%s", caught.last.sentence);
	EXPECT_SILENCE(read_half(obj + 14));
	kfree(obj);
}

KTEST(kasan_slab_underrun)
{
	u8 *first = kmalloc(opaque(64)), *second = kmalloc(opaque(64));
	u8 *obj = IS_ALIGNED((u64)first, PAGE_SIZE) ? second : first; /* not the slab's first */

	EXPECT_REPORTS(1, "out of bounds: read", touch_read(obj - 1));
	kfree(first);
	kfree(second);
}

KTEST(kasan_use_after_free)
{
	u8 *obj = kmalloc(opaque(100));

	kfree(obj);
	EXPECT_REPORTS(1, "use after free: read of 1 bytes at *: byte 0 of*kmalloc-128",
		       touch_read(obj));
	EXPECT_REPORTS(1, "use after free: write of 1 bytes at *: byte 99 of*kmalloc-128",
		       touch_write(obj + 99));
}

/* A second life opens the object again, and a shorter one less of it. */
KTEST(kasan_second_life)
{
	u8 *first = kmalloc(opaque(30)), *second;

	kfree(first);
	second = kmalloc(opaque(17));
	KT_CHECK(first == second, "the last object freed is the first one given out");
	EXPECT_SILENCE(touch_write(second + 16));
	EXPECT_REPORTS(1, "out of bounds", touch_read(second + 17));
	kfree(second);
}

KTEST(kasan_large_kmalloc)
{
	u8 *block = kmalloc(opaque(5000));

	EXPECT_SILENCE(touch_write(block + 4999));
	EXPECT_REPORTS(1, "out of bounds: read", touch_read(block + 5000));
	EXPECT_REPORTS(1, "out of bounds: read", touch_read(block + 8191));
	kfree(block);
	EXPECT_REPORTS(1, "use after free: read", touch_read(block + 4096));
}

/* A stale pointer into a type-safe cache may be followed; but not beyond the object. */
KTEST(kasan_typesafe_stays_open)
{
	static struct kmem_cache *cache;
	u8 *obj;

	if (!cache)
		cache = kmem_cache_create("kasan_test", 40, 8, SLAB_TYPESAFE);
	obj = kmem_cache_alloc(cache);
	kmem_cache_free(cache, obj);
	EXPECT_SILENCE(touch_read(obj + 39));
	EXPECT_REPORTS(1, "byte 40 of an object of 40 in slab cache kasan_test",
		       touch_read(obj + 40));
}

KTEST(kasan_page_use_after_free)
{
	struct page *page = alloc_pages(0), *block = alloc_pages(2);
	u8 *bytes = page_address(page), *more = page_address(block);

	EXPECT_SILENCE(touch_write(bytes + PAGE_SIZE - 1));
	EXPECT_SILENCE(touch_write(more + 4 * PAGE_SIZE - 1));
	free_pages(page, 0);
	free_pages(block, 2);
	EXPECT_REPORTS(1, "use after free: read of 1 bytes at *: frame *, free",
		       touch_read(bytes + 5));
	EXPECT_REPORTS(1, "use after free: write", touch_write(bytes + PAGE_SIZE - 1));
	EXPECT_REPORTS(1, "use after free: read", touch_read(more + 3 * PAGE_SIZE));
}

/* Never given out since boot, hence barred since boot. */
KTEST(kasan_frame_never_allocated)
{
	u64 pfn = max_pfn - 1;

	while (pfn && !page_flag(pfn_to_page(pfn), PG_free))
		pfn--;
	EXPECT_REPORTS(1, "use after free", touch_read(page_address(pfn_to_page(pfn))));
}

KTEST(kasan_stack)
{
	volatile u8 array[13] = { 0 };
	volatile u8 *end = array + opaque(13);

	EXPECT_SILENCE(touch_write((void *)(end - 1)));
	EXPECT_REPORTS(1, "stack variable out of bounds: read*: byte 13 of array*(13 bytes)*",
		       touch_read((void *)end));
	EXPECT_REPORTS(1, "stack variable out of bounds", touch_read((void *)(end - 14)));
}

KTEST(kasan_dead_stack)
{
	u8 *stack = alloc_kstack();

	EXPECT_SILENCE(touch_write(stack));
	EXPECT_SILENCE(touch_write(stack + KSTACK_SIZE - 1));
	free_kstack(stack);
	EXPECT_REPORTS(1, "kernel stack used after free", touch_read(stack + 100));
	stack = alloc_kstack();
	EXPECT_SILENCE(touch_read(stack + 100));
	free_kstack(stack);
}

static u8 some_global[21];

KTEST(kasan_global)
{
	u8 *end = some_global + opaque(sizeof(some_global));

	EXPECT_SILENCE(touch_write(end - 1));
	EXPECT_REPORTS(1, "global variable out of bounds: read*: byte 21 of some_global (21 bytes*",
		       touch_read(end));
	EXPECT_REPORTS(1, "global variable out of bounds: write", touch_write(end + 10));
}

/* What the compiler does not see into is checked by range. */
KTEST(kasan_ranges)
{
	u8 *obj = kzalloc(opaque(40)), *page = alloc_zeroed_page();
	static u8 room[64];

	EXPECT_SILENCE(memcpy(room, obj, opaque(40)));
	EXPECT_REPORTS(1, "out of bounds: read of 41 bytes", memcpy(room, obj, opaque(41)));
	KT_CHECK(caught.last.addr == (u64)obj + 40, "%s", caught.last.sentence);
	EXPECT_REPORTS(1, "out of bounds: write of 41 bytes", memset(obj, 0, opaque(41)));
	EXPECT_REPORTS(1, "read of 64 bytes", memmove(room, obj, opaque(64)));
	EXPECT_REPORTS(1, "read of 48 bytes", (void)!memcmp(obj, room, opaque(48)));
	kfree(obj);
	free_pages(virt_to_page(page), 0);
	EXPECT_REPORTS(2, "use after free: read of 4096 bytes", copy_page(page, page));
}

/* Copies to and from user memory; nothing is copied, since no user address is given. */
KTEST(kasan_user_copies)
{
	u8 *obj = kmalloc(opaque(40));
	void *nowhere = (void *)TASK_SIZE;

	EXPECT_SILENCE((void)!copy_to_user(nowhere, obj, opaque(40)));
	EXPECT_REPORTS(1, "read of 41 bytes", (void)!copy_to_user(nowhere, obj, opaque(41)));
	EXPECT_REPORTS(1, "write of 41 bytes", (void)!copy_from_user(obj, nowhere, opaque(41)));
	EXPECT_REPORTS(1, "write of 41 bytes", (void)!strncpy_from_user((char *)obj, nowhere, 41));
	kfree(obj);
}

void kasan_trial(void)
{
	u8 *obj;

	if (!param_is("kasan", "overrun"))
		return;
	obj = kmalloc(opaque(20));
	obj[opaque(20)] = 0;
	kfree(obj);
}

#endif
