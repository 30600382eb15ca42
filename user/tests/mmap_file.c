/* SPDX-License-Identifier: MIT */
/*
 * Proves: a mapped memory object shows its bytes and zeros past them, and SIGBUS past its
 * last page; what is written to a shared mapping is the object's, what is written to a private
 * one a copy of its own; fork, split, join, mprotect, madvise and the end of mapping, handle
 * and process in any order keep bytes, rights and counts right; one frame comes of many faults
 * at once; every single failure of memory leaves all as it was.
 * See mm/README.md, "Address spaces", and mm/space/filefault.c.
 *
 * cpus: 1 2 4
 * timeout: 120
 */
#include <fcntl.h>
#include <setjmp.h>
#include <sys/stat.h>

#include "sigtest.h"

#define RW   (PROT_READ | PROT_WRITE)
#define NR   40 /* pages of the object; the last one is half full */
#define SIZE (NR * PAGE - PAGE / 2)

static char page[PAGE];
static sigjmp_buf env;
static siginfo_t info;

static char *map_of(int fd, size_t n, int prot, int flags, size_t first)
{
	char *p = mmap(NULL, n * PAGE, prot, flags, fd, (off_t)(first * PAGE));

	REQUIRE(p != MAP_FAILED, "mmap of page %zu: %s", first, strerror(errno));
	return p;
}

/* An object of NR pages, page i with tag i. */
static int new_object(void)
{
	int vmo = mg_vmo_create(SIZE);

	REQUIRE(vmo >= 0, "vmo_create: %s", strerror(errno));
	for (size_t i = 0; i < NR; i++) {
		size_t n = i < NR - 1 ? PAGE : PAGE / 2;

		page_fill(page, i);
		CHECK_EQ(mg_vmo_write(vmo, page, n, (off_t)(i * PAGE)), n, "vmo_write");
	}
	return vmo;
}

static bool object_holds(int vmo, size_t i, uint64_t tag)
{
	CHECK_EQ(mg_vmo_read(vmo, page, PAGE, (off_t)(i * PAGE)), PAGE, "vmo_read");
	return page_holds(page, tag);
}

static void jump_out(int sig, siginfo_t *i, void *context)
{
	(void)sig, (void)context;
	info = *i;
	siglongjmp(env, 1);
}

/* The signal that a touch of p causes, or 0; info says more. */
static int touch_signal(char *p, bool write)
{
	info.si_signo = 0;
	if (!sigsetjmp(env, 1)) {
		if (write)
			*(volatile char *)p = 1;
		else
			(void)*(volatile char *)p;
	}
	return info.si_signo;
}

static void check_signal(char *p, bool write, int sig, int code)
{
	CHECK_EQ(touch_signal(p, write), sig, "signal of a touch of %p", p);
	if (sig) {
		CHECK_EQ(info.si_code, code, "si_code");
		CHECK(info.si_addr == p, "si_addr %p, touched %p", info.si_addr, p);
	}
}

/* ---- bytes ---- */

/* At a multiple of 64 KiB, so that 16 pages are a window of fault-around. */
static char *map_aligned(int vmo, size_t n)
{
	char *room = map_pages(n + 16), *p = (char *)(((unsigned long)room + 0xffff) & ~0xfffful);

	unmap_pages(room, n + 16);
	REQUIRE(mmap(p, n * PAGE, PROT_READ, MAP_PRIVATE | MAP_FIXED, vmo, 0) == p, "mmap at %p",
		p);
	return p;
}

static void test_read(void)
{
	int vmo = new_object();
	char *p = map_aligned(vmo, NR + 2), *q;
	long mapped;

	TEST_BEGIN("a read shows the object, with what is there around it");
	mapped = event_count(EV_file_map); /* our own text is mapped by faults as well */
	(void)*(volatile char *)(p + 20 * PAGE);
	mapped = event_count(EV_file_map) - mapped;
	CHECK_EQ(mapped, 16, "pages that one fault maps");
	CHECK(page_holds(p + 20 * PAGE, 20), "page 20");
	for (size_t i = 16; i < 32; i++)
		CHECK((vmq(p + i * PAGE).flags & (VMQ_PRESENT | VMQ_WRITABLE)) == VMQ_PRESENT,
		      "page %zu is there, read-only", i);
	CHECK(!(vmq(p + 15 * PAGE).flags & VMQ_PRESENT) &&
		      !(vmq(p + 32 * PAGE).flags & VMQ_PRESENT),
	      "and no further one");
	CHECK(vmq(p + 20 * PAGE).flags & VMQ_ACCESSED && !(vmq(p + 21 * PAGE).flags & VMQ_ACCESSED),
	      "the one that was used is accessed, the next is not");
	for (size_t i = 0; i < NR - 1; i++)
		CHECK(page_holds(p + i * PAGE, i), "page %zu", i);
	CHECK_EQ(vmq(p).mapcount, 1, "mappings");
	CHECK_EQ(vmq(p).refcount, 2, "references: the object's and the entry's");
	q = map_of(vmo, 2, PROT_READ, MAP_SHARED, 20);
	CHECK(page_holds(q, 20) && vmq(q).pfn == vmq(p + 20 * PAGE).pfn,
	      "the same frame, by offset");
	CHECK_EQ(vmq(q).mapcount, 2, "mappings");
	check_mm();

	TEST_BEGIN("zeros past the last byte, SIGBUS past the last page");
	page_fill(page, NR - 1);
	CHECK(!memcmp(p + (NR - 1) * PAGE, page, PAGE / 2), "the last page's first half");
	for (size_t i = PAGE / 2; i < PAGE; i++)
		CHECK(!p[(NR - 1) * PAGE + i], "byte %zu of the last page is zero", i);
	check_signal(p + NR * PAGE, false, SIGBUS, BUS_ADRERR);
	check_signal(p + NR * PAGE + PAGE, false, SIGBUS, BUS_ADRERR);
	check_signal(p, true, SIGSEGV, SEGV_ACCERR);
	CHECK_ERRNO(mg_vmo_write(vmo, p + NR * PAGE, 8, 0), EFAULT);
	CHECK_EQ(mg_vm_peek(0, p + NR * PAGE, page, 8), -1, "vm_peek behind the end");
	unmap_pages(p, NR + 2);
	p = map_of(vmo, 2, RW, MAP_SHARED, NR);
	check_signal(p, true, SIGBUS, BUS_ADRERR);
	unmap_pages(p, 2);
	unmap_pages(q, 2);
	close(vmo);
	check_mm();
}

static void test_module(void)
{
	size_t size = (size_t)mg_vmo_size(HANDLE_INITRD), n = (size + PAGE - 1) / PAGE;
	char *p = map_of(HANDLE_INITRD, n, RW, MAP_PRIVATE, 0);

	TEST_BEGIN("a boot module is mapped where it lies, and written to in a copy");
	CHECK_EQ(mg_vmo_read(HANDLE_INITRD, page, PAGE, PAGE), PAGE, "vmo_read");
	CHECK(!memcmp(p + PAGE, page, PAGE), "its second page");
	for (size_t i = size; i < n * PAGE; i++)
		CHECK(!p[i], "byte %zu, behind the end, is zero", i - size);
	memset(p + PAGE, 0x5a, PAGE);
	CHECK_EQ(mg_vmo_read(HANDLE_INITRD, page, PAGE, PAGE), PAGE, "vmo_read");
	CHECK(page[0] != 0x5a || page[1] != 0x5a, "the module was not written");
	check_mm();
	unmap_pages(p, n);
}

static void write_all(void *arg)
{
	char *p = arg;

	for (size_t i = 0; i < NR; i++)
		page_fill(p + i * PAGE, 1000 + i);
}

static void test_private(void)
{
	int vmo = new_object();
	char *p = map_of(vmo, NR, RW, MAP_PRIVATE, 0);
	struct vm_page_info v;

	TEST_BEGIN("a private write changes neither the object nor another process");
	for (size_t i = 0; i < NR - 1; i += 2)
		CHECK(page_holds(p + i * PAGE, i), "page %zu", i); /* now all are mapped */
	CHECK(!madvise(p + 30 * PAGE, 10 * PAGE, MADV_DONTNEED), "madvise: %s", strerror(errno));
	child_join(child_start(write_all, p));
	for (size_t i = 0; i < NR - 1; i++)
		CHECK(page_holds(p + i * PAGE, i), "page %zu after the child's writes", i);
	page_fill(p + 3 * PAGE, 77); /* mapped: wp_page_copy */
	CHECK(!madvise(p + 35 * PAGE, PAGE, MADV_DONTNEED), "madvise: %s", strerror(errno));
	p[35 * PAGE] = 7; /* not mapped: do_cow_fault */
	CHECK(page_holds(p + 3 * PAGE, 77) && object_holds(vmo, 3, 3), "page 3 and the object's");
	page_fill(page, 35);
	CHECK(!memcmp(p + 35 * PAGE + 1, page + 1, PAGE - 1), "the rest of page 35 was copied");
	CHECK(object_holds(vmo, 35, 35), "the object's page 35");
	for (size_t i = 3; i <= 35; i += 32) {
		v = vmq(p + i * PAGE);
		CHECK((v.flags & (VMQ_WRITABLE | VMQ_EXCLUSIVE)) == (VMQ_WRITABLE | VMQ_EXCLUSIVE),
		      "page %zu: flags %#x", i, v.flags);
		CHECK(v.mapcount == 1 && v.rmap_count == 1 && v.refcount == 1, "page %zu: %d %d %d",
		      i, v.mapcount, v.rmap_count, v.refcount);
	}
	check_mm();

	TEST_BEGIN("MADV_DONTNEED drops the copies; what is written to the object shows");
	page_fill(page, 99);
	CHECK_EQ(mg_vmo_write(vmo, page, PAGE, 3 * PAGE), PAGE, "vmo_write");
	CHECK(page_holds(p + 3 * PAGE, 77), "the copy stays");
	CHECK(!madvise(p, NR * PAGE, MADV_DONTNEED), "madvise: %s", strerror(errno));
	CHECK(page_holds(p + 3 * PAGE, 99) && page_holds(p + 35 * PAGE, 35), "the object's again");
	CHECK_ERRNO(madvise(p, PAGE, MADV_FREE), EINVAL);
	unmap_pages(p, NR);
	close(vmo);
	check_mm();
}

static void shared_child(void *arg)
{
	char *p = arg;

	CHECK(page_holds(p + 5 * PAGE, 500), "the parent's write from before the fork");
	page_fill(p + 6 * PAGE, 600);
}

static void test_shared(void)
{
	int vmo = new_object(), empty = mg_vmo_create(NR * PAGE);
	char *p = map_of(vmo, NR, RW, MAP_SHARED, 0),
	     *q = map_of(vmo, NR, PROT_READ, MAP_SHARED, 0);
	struct vm_page_info v;

	TEST_BEGIN("a shared write is the object's: seen by all who look");
	CHECK(page_holds(q + 5 * PAGE, 5), "page 5");
	(void)*(volatile char *)(p + 4 * PAGE); /* read first: then wp_page_shared */
	CHECK(!(vmq(p + 5 * PAGE).flags & VMQ_WRITABLE), "mapped by a read: read-only");
	page_fill(p + 5 * PAGE, 500);
	page_fill(p + 39 * PAGE, 3900); /* not read before: do_shared_fault */
	v = vmq(p + 5 * PAGE);
	CHECK((v.flags & (VMQ_WRITABLE | VMQ_DIRTY | VMQ_EXCLUSIVE)) == (VMQ_WRITABLE | VMQ_DIRTY),
	      "flags %#x", v.flags);
	CHECK(v.mapcount == 2 && v.refcount == 3 && v.pfn == vmq(q + 5 * PAGE).pfn,
	      "one frame: %d mappings, %d references", v.mapcount, v.refcount);
	CHECK(object_holds(vmo, 5, 500) && page_holds(q + 5 * PAGE, 500), "page 5 elsewhere");
	child_join(child_start(shared_child, p));
	CHECK(page_holds(p + 6 * PAGE, 600) && page_holds(q + 6 * PAGE, 600), "the child's write");
	CHECK(object_holds(vmo, 6, 600), "the child's write in the object");
	page_fill(page, 700);
	CHECK_EQ(mg_vmo_write(vmo, page, PAGE, 7 * PAGE), PAGE, "vmo_write");
	CHECK(page_holds(p + 7 * PAGE, 700), "a write by offset shows");
	check_mm();
	unmap_pages(q, NR);

	TEST_BEGIN("pages that an object does not have yet are made, once");
	q = map_of(empty, NR, RW, MAP_SHARED, 0);
	CHECK(page_is_zero(q), "a page that was never written");
	CHECK_EQ(vmq(q + PAGE).flags, 0, "flags of a neighbour that the object does not have");
	q[PAGE] = 1;
	CHECK_EQ(mg_vmo_read(empty, page, 1, PAGE), 1, "vmo_read");
	CHECK_EQ(page[0], 1, "the object's byte");
	mg_vmo_write(empty, "x", 1, 0);
	CHECK_EQ(q[0], 'x', "a write to a page that was read when it was not there");
	unmap_pages(q, NR);
	unmap_pages(p, NR);
	close(vmo);
	close(empty);
	check_mm();
}

/* ---- fork ---- */

static void grandchild(void *arg)
{
	char *p = arg;

	CHECK(page_holds(p, 10) && page_holds(p + PAGE, 21) && page_holds(p + 2 * PAGE, 2),
	      "what three generations wrote");
	page_fill(p + PAGE, 31);
}

static void child(void *arg)
{
	char *p = arg;

	page_fill(p + PAGE, 21);
	child_join(child_start(grandchild, p));
	CHECK(page_holds(p + PAGE, 21), "the grandchild's write is its own");
	CHECK_EQ(vmq(p).mapcount, 2, "the parent's copy is shared");
}

static void test_fork(void)
{
	int vmo = new_object();
	char *p = map_of(vmo, NR, RW, MAP_PRIVATE, 0);
	long copied, shares;

	TEST_BEGIN("fork shares the copies and leaves the object's pages to faults");
	page_fill(p, 10);
	CHECK(page_holds(p + 2 * PAGE, 2), "page 2");
	child_join(child_start(child, p));
	CHECK(page_holds(p, 10) && page_holds(p + PAGE, 1), "the parent's pages");
	CHECK_EQ(vmq(p).mapcount, 1, "mappings of the parent's copy");
	for (size_t i = 0; i < NR - 1; i++)
		(void)*(volatile char *)(p + i * PAGE);
	shares = event_count(EV_fork_share);
	child_join(child_start(child, p));
	shares = event_count(EV_fork_share) - shares;
	CHECK(shares < 2 * NR, "%ld entries were copied by two forks", shares);
	copied = event_count(EV_cow_copy) + event_count(EV_cow_reuse);
	page_fill(p, 10);
	CHECK_EQ(event_count(EV_cow_copy) + event_count(EV_cow_reuse) - copied, 1,
		 "faults of a write to a page that fork shared");
	unmap_pages(p, NR);
	close(vmo);
	check_mm();
}

/* ---- areas ---- */

static void test_areas(void)
{
	int vmo = new_object(), other = new_object(), vmas = vma_count(getpid());
	char *p = map_of(vmo, 12, RW, MAP_PRIVATE, 4);
	long frames;

	TEST_BEGIN("munmap splits an area, and mapping the same pages again joins it");
	vmas++;
	page_fill(p + 8 * PAGE, 88);
	unmap_pages(p + 4 * PAGE, 2);
	CHECK_EQ(vma_count(getpid()), vmas + 1, "areas with a hole");
	check_signal(p + 4 * PAGE, false, SIGSEGV, SEGV_MAPERR);
	CHECK(page_holds(p + 6 * PAGE, 10) && page_holds(p + 8 * PAGE, 88) && page_holds(p, 4),
	      "offsets after the split");
	REQUIRE(mmap(p + 4 * PAGE, 2 * PAGE, RW, MAP_PRIVATE | MAP_FIXED, other, 8 * PAGE) ==
			p + 4 * PAGE,
		"mmap of another object");
	CHECK_EQ(vma_count(getpid()), vmas + 2, "areas with two pages of another object");
	REQUIRE(mmap(p + 4 * PAGE, 2 * PAGE, RW, MAP_PRIVATE | MAP_FIXED, vmo, 9 * PAGE) ==
			p + 4 * PAGE,
		"mmap of other pages");
	CHECK_EQ(vma_count(getpid()), vmas + 2, "areas with other pages of the object");
	REQUIRE(mmap(p + 4 * PAGE, 2 * PAGE, RW, MAP_PRIVATE | MAP_FIXED, vmo, 8 * PAGE) ==
			p + 4 * PAGE,
		"mmap of what was there");
	CHECK_EQ(vma_count(getpid()), vmas, "areas with the pages that fit");
	CHECK(page_holds(p + 4 * PAGE, 8) && page_holds(p + 5 * PAGE, 9), "the pages that fit");
	CHECK(!mprotect(p + 2 * PAGE, PAGE, PROT_NONE), "mprotect: %s", strerror(errno));
	CHECK_EQ(vma_count(getpid()), vmas + 2, "areas with one that allows nothing");
	check_signal(p + 2 * PAGE, false, SIGSEGV, SEGV_ACCERR);
	CHECK_EQ(mg_vm_peek(0, p + 2 * PAGE, page, PAGE), PAGE, "vm_peek");
	CHECK(page_holds(page, 6), "a debugger sees it");
	check_mm();
	CHECK(!mprotect(p + 2 * PAGE, PAGE, RW), "mprotect: %s", strerror(errno));
	CHECK_EQ(vma_count(getpid()), vmas, "areas joined again");
	CHECK(page_holds(p + 2 * PAGE, 6) && page_holds(p + 8 * PAGE, 88), "their pages");
	unmap_pages(p, 12);

	TEST_BEGIN("whoever goes last, handle, area or process, takes the object along");
	close(vmo);
	close(other);
	frames = free_frames();
	vmo = new_object();
	p = map_of(vmo, 8, RW, MAP_SHARED, 0);
	close(vmo);
	CHECK(page_holds(p + 7 * PAGE, 7), "an object without a handle");
	unmap_pages(p + 2 * PAGE, 2);
	child_join(child_start(shared_child, (p[5 * PAGE] = 0, page_fill(p + 5 * PAGE, 500), p)));
	CHECK(page_holds(p + 6 * PAGE, 600), "the child's write");
	unmap_pages(p, 8);
	CHECK_EQ(free_frames(), frames, "free frames after the last area");
	check_mm();
}

/* A process that ends with handle and areas, split and written. */
static void leave_all(void *arg)
{
	int vmo = new_object();
	char *p = map_of(vmo, NR, RW, MAP_PRIVATE, 0), *q = map_of(vmo, NR, RW, MAP_SHARED, 0);

	unmap_pages(p + 10 * PAGE, 5);
	memset(p, 1, 10 * PAGE);
	memset(q + 15 * PAGE, 1, 10 * PAGE);
	if (arg)
		close(vmo);
}

static void test_exit(void)
{
	long frames = free_frames();

	TEST_BEGIN("a process that ends gives all back");
	child_join(child_start(leave_all, NULL));
	child_join(child_start(leave_all, page));
	CHECK_EQ(free_frames(), frames, "free frames");
	check_mm();
}

/* ---- rights ---- */

static void test_rights(void)
{
	char *p = map_of(HANDLE_INITRD, 2, PROT_READ, MAP_SHARED, 0);
	int vmo = new_object();

	TEST_BEGIN("a mapping gives no right that the handle did not");
	CHECK_ERRNO(mmap(NULL, PAGE, RW, MAP_SHARED, HANDLE_INITRD, 0), EACCES);
	CHECK_ERRNO(mmap(NULL, PAGE, PROT_EXEC, MAP_PRIVATE, HANDLE_INITRD, 0), EACCES);
	CHECK_ERRNO(mprotect(p, PAGE, RW), EACCES);
	CHECK_ERRNO(mprotect(p, PAGE, PROT_READ | PROT_EXEC), EACCES);
	check_signal(p, true, SIGSEGV, SEGV_ACCERR);
	CHECK_EQ(mg_vm_poke(0, p, "x", 1), -1, "vm_poke to a shared mapping that is read-only");
	unmap_pages(p, 2);
	p = map_of(HANDLE_INITRD, 2, PROT_READ, MAP_PRIVATE, 0);
	CHECK_ERRNO(mprotect(p, 2 * PAGE, PROT_EXEC), EACCES);
	CHECK(!mprotect(p, PAGE, RW), "a private mapping may be written: %s", strerror(errno));
	p[0] = 1;
	CHECK_ERRNO(mprotect(p, 2 * PAGE, PROT_EXEC), EACCES);
	check_signal(p, true, 0, 0);
	unmap_pages(p, 2);
	CHECK_ERRNO(mmap(NULL, PAGE, RW | PROT_EXEC, MAP_PRIVATE, vmo, 0), EACCES);
	CHECK_ERRNO(mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE, vmo, 1), EINVAL);
	CHECK_ERRNO(mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE, HANDLE_STDERR, 0), ENODEV);
	CHECK_ERRNO(mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE, 99, 0), EBADF);

	TEST_BEGIN("mprotect takes the right to write and gives it back");
	p = map_of(vmo, 4, RW, MAP_SHARED, 0);
	p[0] = 1;
	CHECK(!mprotect(p, 4 * PAGE, PROT_READ), "mprotect: %s", strerror(errno));
	check_signal(p, true, SIGSEGV, SEGV_ACCERR);
	check_signal(p + PAGE, true, SIGSEGV, SEGV_ACCERR);
	CHECK_EQ(mg_vm_poke(0, p, "x", 1), -1, "vm_poke to a shared mapping that is read-only");
	CHECK(!mprotect(p, 4 * PAGE, RW), "mprotect: %s", strerror(errno));
	p[0] = 2;
	p[PAGE] = 3;
	CHECK_EQ(mg_vm_poke(0, p + 1, "x", 1), 1, "vm_poke to one that is writable");
	CHECK_EQ(mg_vmo_read(vmo, page, 2, 0), 2, "vmo_read");
	CHECK(page[0] == 2 && page[1] == 'x', "the object's bytes");
	check_mm();
	unmap_pages(p, 4);

	TEST_BEGIN("a debugger's write to a private page makes a copy");
	p = map_of(vmo, 4, PROT_READ, MAP_PRIVATE, 0);
	CHECK(page_holds(p + 2 * PAGE, 2), "page 2");
	CHECK_EQ(mg_vm_poke(0, p + 2 * PAGE, "poke", 4), 4, "vm_poke to a page that was read");
	CHECK_EQ(mg_vm_poke(0, p + 3 * PAGE, "poke", 4), 4, "vm_poke to another");
	CHECK(!memcmp(p + 2 * PAGE, "poke", 4) && !memcmp(p + 3 * PAGE, "poke", 4), "the copies");
	CHECK(object_holds(vmo, 2, 2) && object_holds(vmo, 3, 3), "the object's pages");
	check_signal(p + 2 * PAGE, true, SIGSEGV, SEGV_ACCERR);
	check_mm();
	unmap_pages(p, 4);
	close(vmo);
}

/* ---- shared anonymous memory; faults at once ---- */

static struct together {
	volatile unsigned int arrived, round;
	volatile uint64_t pfn[4][64];
} * together;

static char *field;

static void meet(unsigned int n)
{
	unsigned int round = together->round;

	if (__atomic_add_fetch(&together->arrived, 1, __ATOMIC_SEQ_CST) == n) {
		together->arrived = 0;
		__atomic_add_fetch(&together->round, 1, __ATOMIC_SEQ_CST);
	}
	for (unsigned int i = 0; together->round == round; i++)
		if (i > 1000)
			sched_yield();
}

static void touch_together(void *arg)
{
	size_t me = (size_t)arg;

	for (size_t i = 0; i < 64; i++) {
		meet(4);
		if (me & 1)
			field[i * PAGE + me] = (char)me;
		else
			(void)*(volatile char *)(field + i * PAGE);
		together->pfn[me][i] = vmq(field + i * PAGE).pfn;
	}
}

static void read_page_7(void *arg)
{
	(void)arg;
	CHECK_EQ(field[7 * PAGE], 'p', "what the parent wrote to page 7 meanwhile");
	together->pfn[0][0] = vmq(field + 7 * PAGE).pfn;
}

/* One has a frame ready when the other enters its own. */
static void test_lost_race(void)
{
	pid_t pid;

	TEST_BEGIN("who comes second with a frame for a missing page uses the first one's");
	field[0] = 1; /* the table is there */
	hold(EV_file_new, 0);
	pid = child_start(read_page_7, NULL);
	wait_held(EV_file_new);
	field[7 * PAGE] = 'p';
	release(EV_file_new);
	child_join(pid);
	CHECK_EQ(together->pfn[0][0], vmq(field + 7 * PAGE).pfn, "the child's frame");
	check_mm();
	unmap_pages(field, 64);
	field = mmap(NULL, 64 * PAGE, RW, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	REQUIRE(field != MAP_FAILED, "mmap: %s", strerror(errno));
}

static void test_at_once(void)
{
	pid_t pid[4];
	uint64_t vmo_frames;

	TEST_BEGIN("shared anonymous memory is the same in parent and child");
	together = mmap(NULL, sizeof(*together), RW, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	field = mmap(NULL, 64 * PAGE, RW, MAP_SHARED | MAP_ANONYMOUS, -1, 5 * PAGE);
	REQUIRE(together != MAP_FAILED && field != MAP_FAILED, "mmap: %s", strerror(errno));
	CHECK(page_is_zero(field), "it begins as zeros");
	CHECK(!madvise(field, 64 * PAGE, MADV_DONTNEED), "madvise: %s", strerror(errno));
	test_lost_race();
	vmo_frames = mem_stat().vmo_frames;
	for (size_t me = 0; me < 4; me++)
		pid[me] = child_start(touch_together, (void *)me);
	for (size_t me = 0; me < 4; me++)
		child_join(pid[me]);

	TEST_BEGIN("of four faults on one missing page comes one frame");
	for (size_t i = 0; i < 64; i++) {
		for (size_t me = 1; me < 4; me++)
			CHECK_EQ(together->pfn[me][i], together->pfn[0][i], "frame of page %zu", i);
		CHECK(field[i * PAGE + 1] == 1 && field[i * PAGE + 3] == 3, "writes to page %zu",
		      i);
		CHECK_EQ(vmq(field + i * PAGE).mapcount, 1, "mappings of page %zu", i);
	}
	mg_kctl(KCTL_DRAIN, 0, 0);
	CHECK(mem_stat().vmo_frames - vmo_frames <= 64 + 8, "%ld frames were made",
	      (long)(mem_stat().vmo_frames - vmo_frames));
	check_mm();
	unmap_pages(field, 64);
	unmap_pages(together, 1);
}

/* ---- files ---- */

static void test_one_object(void)
{
	static char buf[2 * PAGE];
	struct stat st = { 0 };
	char *p, *q;
	int fd;

	TEST_BEGIN("an archived file that is written stays one with its mappings");
	fd = open("/tests/mmap_merge", O_RDWR);
	REQUIRE(fd >= 0 && !fstat(fd, &st), "open: %s", strerror(errno));
	p = map_of(fd, 4, PROT_READ, MAP_PRIVATE, 0);
	q = map_of(fd, 4, RW, MAP_SHARED, 0);
	CHECK_EQ(pread(fd, buf, PAGE, 2 * PAGE), PAGE, "pread");
	CHECK_EQ(pwrite(fd, "pwrite", 6, 2 * PAGE + 8), 6, "pwrite to a page that is to come");
	memcpy(buf + 8, "pwrite", 6);
	CHECK(!memcmp(p + 2 * PAGE, buf, PAGE), "the page: the archive's bytes and the new ones");
	memcpy(q + PAGE, "shared", 6);
	CHECK(pread(fd, buf, 6, PAGE) == 6 && !memcmp(buf, "shared", 6), "what the file holds");
	CHECK(!memcmp(p + PAGE, "shared", 6) && !memcmp(p, "\177ELF", 4), "what is mapped");
	CHECK(!ftruncate(fd, 100) && !ftruncate(fd, 4 * PAGE), "ftruncate: %s", strerror(errno));
	CHECK(q[1] == 'E' && !q[100] && !q[2 * PAGE + 8] && !q[4 * PAGE - 1],
	      "zeros from byte 100 on");
	q[3 * PAGE] = 1;
	CHECK(!ftruncate(fd, PAGE) && !ftruncate(fd, 4 * PAGE), "ftruncate: %s", strerror(errno));
	CHECK(!q[3 * PAGE], "zero again");
	unmap_pages(p, 4);
	unmap_pages(q, 4);
	close(fd);

	TEST_BEGIN("a file's mapping ends with the file, and grows with it");
	fd = open("/tmp/grows", O_RDWR | O_CREAT | O_TRUNC, 0644);
	REQUIRE(fd >= 0, "open: %s", strerror(errno));
	CHECK_EQ(write(fd, buf, PAGE + 5), PAGE + 5, "write");
	p = map_of(fd, 4, RW, MAP_SHARED, 0);
	p[PAGE + 5] = 'x'; /* past the end: nobody is to see it later */
	check_signal(p + 2 * PAGE, true, SIGBUS, BUS_ADRERR);
	CHECK(!ftruncate(fd, 3 * PAGE), "ftruncate: %s", strerror(errno));
	check_signal(p + 2 * PAGE, true, 0, 0);
	check_signal(p + 3 * PAGE, false, SIGBUS, BUS_ADRERR);
	CHECK(pread(fd, buf, PAGE + 1, PAGE + 5) == PAGE + 1 && !buf[0] && buf[PAGE - 5] == 1,
	      "zeros where nothing was, and what was written through the mapping");
	unmap_pages(p, 4);
	close(fd);
	CHECK(!unlink("/tmp/grows"), "unlink: %s", strerror(errno));
}

static void test_files(void)
{
	static char buf[2 * PAGE];
	struct stat st = { 0 };
	int fd = open("/tests/mmap_file", O_RDONLY), pipes[2];
	char *p, *q;
	long made;
	size_t n;

	TEST_BEGIN("a file that was opened is mapped by the object that its server has for it");
	REQUIRE(fd >= 0 && !fstat(fd, &st), "open: %s", strerror(errno));
	n = ((size_t)st.st_size + PAGE - 1) / PAGE;
	p = map_of(fd, n, PROT_READ, MAP_PRIVATE, 0);
	made = event_count(EV_file_new);
	(void)*(volatile char *)(p + 3 * PAGE);
	made = event_count(EV_file_new) - made;
	CHECK(made > 0 && made <= 17, "%ld frames for the first touch, of %zu pages", made, n);
	CHECK_EQ(pread(fd, buf, sizeof(buf), PAGE), sizeof(buf), "pread");
	CHECK(!memcmp(p, "\177ELF", 4) && !memcmp(p + PAGE, buf, sizeof(buf)), "its bytes");
	for (size_t i = (size_t)st.st_size; i < n * PAGE; i++)
		CHECK(!p[i], "byte %zu, behind the end, is zero", i);
	CHECK_ERRNO(mmap(NULL, PAGE, RW, MAP_SHARED, fd, 0), EACCES);
	close(fd);
	CHECK(!memcmp(p + PAGE, buf, sizeof(buf)), "its bytes when it is closed");
	unmap_pages(p, n);

	TEST_BEGIN("what is written to a file shows in its mapping, and the other way round");
	fd = open("/tmp/mapped", O_RDWR | O_CREAT | O_TRUNC, 0644);
	REQUIRE(fd >= 0, "open: %s", strerror(errno));
	memset(buf, 'a', sizeof(buf));
	CHECK_EQ(write(fd, buf, sizeof(buf)), sizeof(buf), "write");
	p = map_of(fd, 2, RW, MAP_SHARED, 0);
	q = map_of(fd, 2, RW, MAP_PRIVATE, 0);
	CHECK(p[0] == 'a' && p[2 * PAGE - 1] == 'a' && q[PAGE] == 'a', "what was written");
	q[0] = 'q';
	p[1] = 'p';
	CHECK(pread(fd, buf, 2, 0) == 2 && buf[0] == 'a' && buf[1] == 'p', "what the file holds");
	CHECK_EQ(pwrite(fd, "wxyz", 4, PAGE), 4, "pwrite");
	CHECK(!memcmp(p + PAGE, "wxyz", 4) && !memcmp(q + PAGE, "wxyz", 4), "a write by offset");
	CHECK_EQ(pread(fd, p, 4, PAGE), 4, "pread into the mapping");
	CHECK_EQ(pread(fd, q + PAGE + 100, 4, PAGE), 4, "pread into the private one");
	CHECK(!memcmp(p, "wxyz", 4) && !memcmp(q + PAGE + 100, "wxyz", 4), "what was read there");
	CHECK_EQ(pwrite(fd, q, 4, 8), 4, "pwrite from a mapping");
	CHECK(!memcmp(p + 8, "q", 1), "what was written from there");
	check_mm();
	unmap_pages(p, 2);
	unmap_pages(q, 2);
	close(fd);
	CHECK(!unlink("/tmp/mapped"), "unlink: %s", strerror(errno));
	REQUIRE(!pipe(pipes), "pipe: %s", strerror(errno));
	CHECK_ERRNO(mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE, pipes[0], 0), ENODEV);
	close(pipes[0]);
	close(pipes[1]);
}

/* ---- failures of memory ---- */

#define NTH_MAX 2000

static int unmap_both(char *p, char *q, int err)
{
	if (q != MAP_FAILED)
		munmap(q, 8 * PAGE);
	munmap(p, 8 * PAGE);
	return err;
}

/* Everything that allocates, with one object; 0 or the errno of what failed. */
static int work_with(int vmo)
{
	char *p = mmap(NULL, 8 * PAGE, RW, MAP_SHARED, vmo, 0), *q;
	pid_t pid;

	if (p == MAP_FAILED)
		return errno;
	q = mmap(NULL, 8 * PAGE, RW, MAP_PRIVATE, vmo, 0);
	if (q == MAP_FAILED)
		return unmap_both(p, q, errno);
	p[0] = 1; /* faults that fail are tried again */
	(void)*(volatile char *)(p + PAGE);
	(void)*(volatile char *)q;
	q[0] = q[3 * PAGE] = 2;
	pid = fork();
	if (!pid)
		_exit(q[0] != 2 || p[0] != 1 || (q[PAGE] = 1, p[2 * PAGE] = 1) != 1);
	if (pid < 0)
		return unmap_both(p, q, errno);
	child_join(pid);
	if (mprotect(q + PAGE, PAGE, PROT_READ) || munmap(p + 3 * PAGE, PAGE))
		return unmap_both(p, q, errno);
	return unmap_both(p, q, 0);
}

static int attempt(void)
{
	char *shared = mmap(NULL, 4 * PAGE, RW, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	int vmo, err;

	if (shared == MAP_FAILED)
		return errno;
	shared[PAGE] = 1;
	vmo = mg_vmo_create(8 * PAGE);
	err = vmo < 0 ? errno : work_with(vmo);
	if (vmo >= 0)
		close(vmo);
	munmap(shared, 4 * PAGE);
	return err;
}

static void test_failures(void)
{
	long frames, objects, rest = 0;
	int nth, err, failures = 0;

	TEST_BEGIN("every allocation of all this may fail once");
	CHECK_EQ(attempt(), 0, "without a failure: errno");
	frames = free_frames();
	objects = (long)mem_stat().slab_objects;
	for (nth = 1; !rest && nth < NTH_MAX; nth++) {
		mg_kctl(KCTL_FAIL_NTH, (unsigned long)nth, 0);
		err = attempt();
		rest = mg_kctl(KCTL_FAIL_NTH, 0, 0);
		CHECK(!err || err == ENOMEM || err == EAGAIN, "n=%d: %s", nth, strerror(err));
		CHECK_EQ(free_frames(), frames, "n=%d: free frames", nth);
		CHECK_EQ(mem_stat().slab_objects, objects, "n=%d: slab objects", nth);
		failures += err != 0;
	}
	CHECK(nth < NTH_MAX && failures > 5, "%d of %d allocations were not tolerated", failures,
	      nth);
	check_mm();
}

int main(void)
{
	catch_info(SIGBUS, jump_out, 0);
	catch_info(SIGSEGV, jump_out, 0);
	test_read();
	test_module();
	test_private();
	test_shared();
	test_fork();
	test_areas();
	test_exit();
	test_rights();
	test_at_once();
	test_files();
	test_one_object();
	test_failures();
	return TEST_END();
}
