/* SPDX-License-Identifier: MIT */
/* Slab caches and kmalloc: random use, overlap and contents, misuse, shrinking. */
#include "mm/frame/internal.h"
#include "mm/frame/slab.h"
#include "mm/frame/stat.h"
#include "tools/hosttest/hosttest.h"

#define RAM_END (16UL << 20)
#define HELD	800

struct held {
	u8 *obj;
	size_t size;
	u8 fill;
};

static struct held held[HELD];

static void start(void)
{
	machine_init(RAM_END);
	page_alloc_init();
	slab_init();
}

/* A fresh object is filled; before it is freed the bytes must be as they were. */
static void fill(struct held *h)
{
	h->fill = (u8)rnd();
	__builtin_memset(h->obj, h->fill, h->size);
}

static void check_fill(const struct held *h)
{
	for (size_t i = 0; i < h->size; i++)
		CHECK_EQ(h->obj[i], h->fill);
}

static void random_cache(size_t size, size_t align, u32 flags)
{
	struct kmem_cache *cache = kmem_cache_create("test", size, align, flags);
	u64 in_use = 0;

	__builtin_memset(held, 0, sizeof(held));
	for (int step = 0; step < 8000; step++) {
		struct held *h = &held[rnd_below(HELD)];

		host_cpu = (u32)rnd_below(3);
		if (h->obj) {
			check_fill(h);
			kmem_cache_free(cache, h->obj);
			h->obj = NULL;
			in_use--;
		} else {
			*h = (struct held){ .obj = kmem_cache_alloc(cache), .size = size };
			CHECK(h->obj && IS_ALIGNED((u64)h->obj, align));
			fill(h);
			in_use++;
		}
		CHECK_EQ(kmem_cache_objects(cache), in_use);
	}
	CHECK_EQ(slab_check(), 0);
	for (int i = 0; i < HELD; i++)
		if (held[i].obj)
			kmem_cache_free(cache, held[i].obj);
	CHECK_EQ(kmem_cache_objects(cache), 0);
	CHECK_EQ(slab_check(), 0);
}

TEST(slab_random)
{
	u64 before;

	start();
	before = nr_free_pages();
	random_cache(1, 1, 0);
	random_cache(24, 8, 0);
	random_cache(56, 8, 0);
	random_cache(200, 64, 0);
	random_cache(1400, 16, 0);
	random_cache(3000, 8, 0);
	kmem_cache_shrink_all();
	CHECK_EQ(nr_free_pages(), before);
	CHECK_EQ(nr_pages_of(PK_SLAB), 0);
	CHECK_EQ(slab_check(), 0);
	CHECK_EQ(page_alloc_check(), 0);
}

TEST(slab_typesafe_keeps_frames_and_bytes)
{
	struct kmem_cache *cache;
	struct kstat_slab st;
	u64 *obj, frames;

	start();
	cache = kmem_cache_create("typesafe", 48, 8, SLAB_TYPESAFE);
	obj = kmem_cache_alloc(cache);
	for (int i = 0; i < 6; i++)
		CHECK_EQ(obj[i], 0);
	for (u64 i = 0; i < 6; i++)
		obj[i] = i + 100;
	kmem_cache_free(cache, obj);
	for (u64 i = 0; i < 6; i++)
		CHECK_EQ(obj[i], i + 100);
	frames = nr_pages_of(PK_SLAB);
	kmem_cache_shrink_all();
	CHECK_EQ(nr_pages_of(PK_SLAB), frames);
	CHECK(slab_stat(8, &st) && !slab_stat(9, &st));
	CHECK_STR(st.name, "typesafe");
	CHECK_EQ(st.frames, frames);
	CHECK_EQ(st.objects, 0);
	random_cache(40, 8, SLAB_TYPESAFE);
}

TEST(slab_kmalloc_random)
{
	u64 before;

	start();
	before = nr_free_pages();
	for (int step = 0; step < 20000; step++) {
		struct held *h = &held[rnd_below(HELD)];

		if (h->obj) {
			check_fill(h);
			kfree(h->obj);
			h->obj = NULL;
			continue;
		}
		h->size = rnd_below(rnd_below(50) ? 600 : 20000);
		h->obj = kmalloc(h->size);
		CHECK(h->obj && IS_ALIGNED((u64)h->obj, 8));
		fill(h);
	}
	CHECK_EQ(slab_check(), 0);
	for (int i = 0; i < HELD; i++)
		kfree(held[i].obj);
	kmem_cache_shrink_all();
	CHECK_EQ(nr_free_pages(), before);
}

TEST(slab_kmalloc_sizes)
{
	u8 *zeroed;

	start();
	for (size_t size = 16; size <= PAGE_SIZE * 4; size *= 2) {
		void *exact = kmalloc(size);

		CHECK(IS_ALIGNED((u64)exact, size));
		kfree(exact);
		zeroed = kzalloc(size - 1);
		for (size_t i = 0; i < size - 1; i++)
			CHECK_EQ(zeroed[i], 0);
		kfree(zeroed);
	}
	CHECK(!kmalloc(5UL << 20));
	kfree(NULL);
}

TEST(slab_out_of_memory_and_injection)
{
	void *list = NULL, **obj;
	struct page *block;
	u64 before;

	start();
	before = nr_free_pages();
	machine_fail_nth(1);
	CHECK(!kmalloc(100));
	while ((obj = kmalloc(2048))) {
		*obj = list;
		list = obj;
	}
	/* the rest is no program's, of whom kmalloc() asks; a slab may not fit in exactly */
	CHECK(nr_free_pages() >= watermark[WMARK_MIN]);
	CHECK(nr_free_pages() <= watermark[WMARK_MIN] + BIT(3));
	CHECK(!alloc_charged_pages(3));
	block = alloc_pages(0);
	CHECK(block);
	free_pages(block, 0);
	while ((obj = list)) {
		list = *obj;
		kfree(obj);
	}
	kmem_cache_shrink_all();
	CHECK_EQ(nr_free_pages(), before);
}

TEST(slab_misuse_is_detected)
{
	struct kmem_cache *a, *b;
	u8 *obj;

	start();
	a = kmem_cache_create("a", 40, 8, 0);
	b = kmem_cache_create("b", 40, 8, 0);
	obj = kmem_cache_alloc(a);
	CHECK_PANIC(kmem_cache_free(b, obj), "BUG");
#if CONFIG_LOCKDEP
	CHECK_PANIC(kmem_cache_free(a, obj + 8), "does not begin here");
	kmem_cache_free(a, obj);
	CHECK_PANIC(kmem_cache_free(a, obj), "is freed twice");
	obj = kmem_cache_alloc(a);
	obj[40] = 0;
	CHECK_PANIC(kmem_cache_free(a, obj), "written behind its end");
	obj = kmem_cache_alloc(a);
	kmem_cache_free(a, obj);
	obj[7] = 0;
	CHECK_PANIC(kmem_cache_alloc(a), "written after it was freed");
#endif
}

static struct kmem_cache *shared;

static void stress(u32 cpu)
{
	u64 *mine[60] = { 0 };

	rnd_seed(cpu + 1);
	for (int step = 0; step < 30000; step++) {
		u64 i = rnd_below(60);

		if (mine[i]) {
			BUG_ON(*mine[i] != (cpu << 16 | i));
			kmem_cache_free(shared, mine[i]);
			mine[i] = NULL;
		} else {
			mine[i] = kmem_cache_alloc(shared);
			*mine[i] = cpu << 16 | i;
		}
		if (step % 61 == 0)
			kmem_cache_shrink_all();
	}
	for (int i = 0; i < 60; i++)
		if (mine[i])
			kmem_cache_free(shared, mine[i]);
}

TEST(slab_stress_on_four_cpus)
{
	u64 before;

	start();
	before = nr_free_pages();
	shared = kmem_cache_create("shared", 72, 8, 0);
	run_on_cpus(4, stress);
	CHECK_EQ(kmem_cache_objects(shared), 0);
	CHECK_EQ(slab_check(), 0);
	kmem_cache_shrink_all();
	CHECK_EQ(nr_free_pages(), before);
}
