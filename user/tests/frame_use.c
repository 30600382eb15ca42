/* SPDX-License-Identifier: MIT */
/*
 * Proves, for anonymous pages alone and shared by fork, pages of an object and merged pages: what
 * /proc/kpagecount and kpageflags say is what vm_query() says; a page that is marked idle stays
 * so until one of its mappers uses it, and page_referenced() then counts it, once; page_mkclean()
 * takes W and D from every entry, moves D to the page, and the next write is seen.  A store that
 * a second thread repeats without pause is never lost between the two.  See mm/rmap/young.c,
 * mkclean.c and mm/frame_ops.c.
 *
 * cpus: 2
 */
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>

#include "merge.h"

#define RW	  (PROT_READ | PROT_WRITE)
#define KPF(name) (1ul << KPF_##name)

static int count_fd, flags_fd, idle_fd;

static uint64_t word_of(int fd, uint64_t at)
{
	uint64_t word = ~0ul;

	CHECK_EQ(pread(fd, &word, 8, (off_t)(at * 8)), 8, "read at %lu: %s", at, strerror(errno));
	return word;
}

static uint64_t flags_of(const void *p)
{
	return word_of(flags_fd, vmq(p).pfn);
}

static void mark_idle(const void *p)
{
	uint64_t pfn = vmq(p).pfn, word = 1ul << pfn % 64;

	CHECK_EQ(pwrite(idle_fd, &word, 8, (off_t)(pfn / 64 * 8)), 8, "mark: %s", strerror(errno));
}

static bool is_idle(const void *p)
{
	uint64_t pfn = vmq(p).pfn;

	return word_of(idle_fd, pfn / 64) >> pfn % 64 & 1;
}

static long referenced(const void *p)
{
	return mg_kctl(KCTL_FRAME_REFERENCED, vmq(p).pfn, 0);
}

static void touch(const volatile char *p)
{
	(void)*p;
}

/* ---- kpagecount, kpageflags ---- */

static void check_frame(const void *p, int mapped, uint64_t is, uint64_t is_not, const char *what)
{
	uint64_t flags = flags_of(p);

	CHECK_EQ(word_of(count_fd, vmq(p).pfn), mapped, "%s: kpagecount", what);
	CHECK_EQ(flags & (is | is_not), is, "%s: kpageflags %#lx", what, flags);
}

/* ---- a page in two mappings, used through either ---- */

static void use_in_child(void *p)
{
	step(1);
	touch(p);
	step(2);
}

/* p is mapped `mapped` times: here, by the child, and perhaps elsewhere. */
static void idle_of(char *p, int mapped, const char *what)
{
	pid_t child = child_start(use_in_child, p);

	step_wait(child, 1);
	touch(p);
	mark_idle(p);
	CHECK(is_idle(p) && flags_of(p) & KPF(IDLE), "%s: marked, and not used", what);
	CHECK(is_idle(p), "%s: to ask is no use", what);
	touch(p);
	CHECK(!is_idle(p), "%s: used by us", what);
	CHECK(flags_of(p) & KPF(REFERENCED), "%s: that use is remembered", what);
	CHECK(referenced(p) >= 1, "%s: and counted", what);
	CHECK_EQ(referenced(p), 0, "%s: once", what);
	mark_idle(p);
	step_go(child, 1);
	step_wait(child, 2);
	CHECK_EQ(vmq(p).mapcount, mapped, "%s: mappings", what);
	CHECK(!is_idle(p), "%s: used by the child", what);
	CHECK_EQ(referenced(p), 1, "%s: by that alone", what);
	mark_idle(p);
	touch(p);
	CHECK_EQ(referenced(p), 1, "%s: one mapper of %d has used it", what, mapped);
	CHECK(!is_idle(p), "%s: whoever takes the bit ends the idleness", what);
	step_go(child, 2);
	child_join(child);
	check_mm();
}

/* ---- page_mkclean ---- */

static long mkclean(const void *p)
{
	return mg_kctl(KCTL_FRAME_MKCLEAN, vmq(p).pfn, 0);
}

static void check_clean(const void *p, const char *what)
{
	unsigned int flags = vmq(p).flags;

	CHECK(!(flags & (VMQ_WRITABLE | VMQ_DIRTY)), "%s: entry flags %#x", what, flags);
	CHECK(flags & VMQ_PAGE_DIRTY, "%s: the page itself is dirty, %#x", what, flags);
	CHECK(flags_of(p) & KPF(DIRTY), "%s: kpageflags", what);
}

static void clean_of(char *p, char *other, const char *what)
{
	uint64_t pfn = vmq(p).pfn;

	p[0] = 1;
	if (other)
		other[1] = 2;
	CHECK_EQ(mkclean(p), other ? 2 : 1, "%s: entries", what);
	check_clean(p, what);
	if (other)
		check_clean(other, what);
	CHECK_EQ(mkclean(p), 0, "%s: again", what);
	p[0]++;
	CHECK(vmq(p).flags & VMQ_WRITABLE && vmq(p).flags & VMQ_DIRTY, "%s: written again", what);
	CHECK_EQ(vmq(p).pfn, pfn, "%s: in place", what);
	if (other) {
		check_clean(other, what);
		CHECK(p[1] == 2 && other[0] == 2, "%s: the bytes", what);
	}
	check_mm();
}

/* A thread counts up without pause: after page_mkclean() the number stands until a fault comes. */
static _Atomic uint64_t *number;
static atomic_bool stop;

static void *count_up(void *unused)
{
	(void)unused;
	while (!atomic_load(&stop))
		atomic_fetch_add_explicit(number, 1, memory_order_relaxed);
	return NULL;
}

/* Whether a store came without a dirty bit being anywhere. */
static void clean_while_written(void)
{
	char *p = map_pages(1);
	pthread_t thread;

	number = (_Atomic uint64_t *)p;
	*number = 1;
	CHECK(!pthread_create(&thread, NULL, count_up, NULL), "pthread_create");
	for (int i = 0; i < 100; i++) {
		uint64_t before = *number;

		CHECK(mkclean(p) >= 0, "mkclean: %s", strerror(errno));
		CHECK(vmq(p).flags & (VMQ_PAGE_DIRTY | VMQ_DIRTY), "round %d: dirty", i);
		wait_until(*number > before, "the thread goes on");
	}
	atomic_store(&stop, true);
	pthread_join(thread, NULL);
	check_mm();
	unmap_pages(p, 1);
}

int main(void)
{
	char *anon = map_pages(1), *a, *b, *merged;
	int vmo = mg_vmo_create(PAGE);

	count_fd = open("/proc/kpagecount", O_RDONLY);
	flags_fd = open("/proc/kpageflags", O_RDONLY);
	idle_fd = open("/sys/kernel/mm/page_idle/bitmap", O_RDWR);
	REQUIRE(count_fd >= 0 && flags_fd >= 0 && idle_fd >= 0, "open: %s", strerror(errno));
	anon[0] = 1;
	a = mmap(NULL, PAGE, RW, MAP_SHARED, vmo, 0);
	b = mmap(NULL, PAGE, RW, MAP_SHARED, vmo, 0);
	a[0] = b[0] = 1;
	merge_begin();
	merged = map_filled(2, 7);
	page_fill(merged + PAGE, 7);
	offer(merged, 2);
	wait_merged(merged, 2);
	settle();
	set_knob(KNOB_PKSM_RUN, 0); /* it takes dirty bits, too */

	TEST_BEGIN("kpagecount and kpageflags of each kind of page");
	check_frame(anon, 1, KPF(MMAP) | KPF(ANON) | KPF(SWAPBACKED) | KPF(UPTODATE),
		    KPF(KSM) | KPF(BUDDY) | KPF(SLAB) | KPF(PGTABLE), "anonymous");
	check_frame(a, 2, KPF(MMAP) | KPF(UPTODATE), KPF(ANON) | KPF(KSM) | KPF(BUDDY), "object");
	check_frame(merged, 2, KPF(MMAP) | KPF(ANON) | KPF(KSM), KPF(BUDDY), "merged");
	touch(map_pages(1));
	{
		char *zero = map_pages(1);
		uint64_t pfn;

		touch(zero);
		check_frame(zero, 0, KPF(ZERO_PAGE), KPF(ANON) | KPF(KSM) | KPF(MMAP), "zero");
		zero[0] = 1;
		pfn = vmq(zero).pfn;
		unmap_pages(zero, 1);
		CHECK(!mg_kctl(KCTL_DRAIN, 0, 0), "drain: %s", strerror(errno));
		CHECK_EQ(word_of(flags_fd, pfn) & (KPF(BUDDY) | KPF(MMAP)), KPF(BUDDY), "freed");
	}
	TEST_BEGIN("idle and referenced, a page shared by fork");
	idle_of(anon, 2, "anonymous");
	TEST_BEGIN("idle and referenced, an object's page");
	idle_of(a, 3, "object");
	TEST_BEGIN("idle and referenced, a merged page");
	idle_of(merged, 4, "merged");
	TEST_BEGIN("mkclean of an anonymous page");
	clean_of(anon, NULL, "anonymous");
	CHECK(vmq(anon).flags & VMQ_EXCLUSIVE, "still exclusive");
	TEST_BEGIN("mkclean of an object's page in two areas");
	clean_of(a, b, "object");
	TEST_BEGIN("mkclean of a merged page finds it clean");
	CHECK_EQ(mkclean(merged), 0, "entries");
	CHECK(vmq(merged).flags & VMQ_MERGED && vmq(merged).flags & VMQ_PAGE_DIRTY, "as it was");
	merge_end();
	TEST_BEGIN("mkclean while a thread writes");
	clean_while_written();
	return TEST_END();
}
