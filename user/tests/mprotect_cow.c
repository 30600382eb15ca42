/* SPDX-License-Identifier: MIT */
/*
 * Proves: mprotect splits and joins areas, keeps frames and bytes, and never
 * makes a shared page writable: "writable => exclusive => mapcount 1" survives.
 * See mm/README.md, "The invariant".
 *
 * cpus: 1 2 4
 */
#include "test.h"

#define NR 8
#define RW (PROT_READ | PROT_WRITE)

static char *p;

static void write_byte(void *arg)
{
	*(volatile char *)arg = 1;
}

static void read_byte(void *arg)
{
	(void)*(volatile char *)arg;
}

static void idle(void *arg)
{
	(void)arg;
	step(1);
	for (size_t i = 0; i < NR; i++)
		CHECK(page_holds(p + i * PAGE, i), "the child's page %zu kept its bytes", i);
}

static void protect(size_t first, size_t n, int prot)
{
	CHECK(!mprotect(p + first * PAGE, n * PAGE, prot), "mprotect(%zu, %zu, %d): %s", first, n,
	      prot, strerror(errno));
}

static void test_alone(void)
{
	uint64_t frame = vmq(p).pfn;
	int vmas = vma_count(getpid());

	TEST_BEGIN("an exclusive page stays exclusive, and in place");
	protect(0, 1, PROT_READ);
	CHECK_EQ(vma_count(getpid()), vmas + 1, "areas after the split");
	CHECK(!(vmq(p).flags & VMQ_WRITABLE), "page 0 is read-only");
	CHECK(vmq(p).flags & VMQ_EXCLUSIVE, "page 0 is still exclusive");
	CHECK_EQ(dies_by(write_byte, p), SIGSEGV, "signal for a write");
	CHECK_EQ(dies_by(read_byte, p), 0, "signal for a read");
	protect(0, 1, RW);
	CHECK_EQ(vma_count(getpid()), vmas, "areas after the join");
	*(volatile char *)p = *(volatile char *)p;
	CHECK_EQ(vmq(p).pfn, frame, "frame after the write");
	CHECK(vmq(p).flags & VMQ_WRITABLE, "page 0 is writable");
	check_mm();
}

static void test_none(void)
{
	uint64_t frame = vmq(p + PAGE).pfn;

	TEST_BEGIN("PROT_NONE forbids all access and keeps the page");
	protect(1, 1, PROT_NONE);
	CHECK_EQ(dies_by(read_byte, p + PAGE), SIGSEGV, "signal for a read");
	CHECK_EQ(dies_by(write_byte, p + PAGE), SIGSEGV, "signal for a write");
	check_mm();
	protect(1, 1, RW);
	CHECK(page_holds(p + PAGE, 1), "the bytes are there again");
	CHECK_EQ(vmq(p + PAGE).pfn, frame, "frame");
	check_mm();
}

static void test_shared(void)
{
	pid_t pid = child_start(idle, NULL);

	TEST_BEGIN("a shared page does not become writable");
	step_wait(pid, 1);
	protect(0, NR, PROT_READ);
	protect(0, NR, RW);
	for (size_t i = 0; i < NR; i++) {
		CHECK(!(vmq(p + i * PAGE).flags & VMQ_WRITABLE), "page %zu is read-only", i);
		CHECK_EQ(vmq(p + i * PAGE).pfn, vmq_of(pid, p + i * PAGE).pfn,
			 "the child's frame of page %zu", i);
	}
	check_mm();
	for (size_t i = 0; i < NR; i++)
		page_fill(p + i * PAGE, 100 + i);
	check_mm();
	step_go(pid, 1);
	child_join(pid); /* it checks that it saw none of these writes */
	for (size_t i = 0; i < NR; i++)
		CHECK(page_holds(p + i * PAGE, 100 + i), "page %zu holds the parent's bytes", i);
}

static void test_errors(void)
{
	TEST_BEGIN("wrong arguments of mprotect");
	CHECK_ERRNO(mprotect(p + 1, PAGE, RW), EINVAL);
	CHECK_ERRNO(mprotect(p, PAGE, 0x40), EINVAL);
	CHECK_ERRNO(mprotect(p, PAGE, RW | PROT_EXEC), EACCES);
	CHECK_ERRNO(mprotect(p, -PAGE, RW), ENOMEM);
	CHECK(!mprotect(p, 0, RW), "length 0 does nothing: %s", strerror(errno));
	unmap_pages(p + 4 * PAGE, 1);
	CHECK_ERRNO(mprotect(p, NR * PAGE, PROT_READ), ENOMEM);
	CHECK_EQ(dies_by(read_byte, p), 0, "signal for a read");
	check_mm();
}

int main(void)
{
	p = map_pages(NR + 2);
	unmap_pages(p, 1); /* nothing joins on either side */
	unmap_pages(p + (NR + 1) * PAGE, 1);
	p += PAGE;
	for (size_t i = 0; i < NR; i++)
		page_fill(p + i * PAGE, i);
	test_alone();
	test_none();
	test_shared();
	test_errors();
	return TEST_END();
}
