/* SPDX-License-Identifier: MIT */
/*
 * In-kernel tests of the machine floor, which cannot test itself: user copies
 * need an address space, and the protection bits are looked at on every CPU.
 */
#include "kernel/core/ktest.h"
#include "kernel/lib/string.h"
#include "kernel/proc/process.h"
#include "kernel/x86/paging.h"
#include "kernel/x86/apic.h"
#include "kernel/x86/smp.h"
#include "kernel/x86/uaccess.h"
#include "kernel/x86/wx_test.h"
#include "mm/space/mm.h"
#include "mm/space/mmap.h"

#define USER_ADDR	 0x10000000UL /* two pages are mapped here, nothing after them */
#define USER_SIZE	 (2 * PAGE_SIZE)
#define USER_PTR(offset) ((char *)USER_ADDR + (offset))

/* --- user copies ---------------------------------------------------------------- */

/* Enters an address space with two pages at USER_ADDR; false without memory. */
static bool enter_user_space(void)
{
	struct mm_struct *mm = mm_alloc(0);

	if (!mm)
		return false;
	thread_swap_mm(mm);
	return do_mmap(mm, USER_ADDR, USER_SIZE, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE) == (s64)USER_ADDR;
}

static void leave_user_space(void)
{
	mmput(thread_swap_mm(NULL));
}

/* Whatever a copy came to, user memory must be closed again. */
#define EXPECT(copy, expected) \
	do { \
		long seen_ = (copy); \
		KT_CHECK(seen_ == (expected), "%s is %ld", #copy, seen_); \
		KT_CHECK(!(read_flags() & RFLAGS_AC), "AC is set after %s", #copy); \
	} while (0)

KTEST(uaccess_copies)
{
	char buf[16] = "";

	KT_CHECK(enter_user_space(), "no address space");
	EXPECT(copy_to_user(USER_PTR(PAGE_SIZE - 3), "abcdefghij", 11), 0);
	EXPECT(copy_from_user(buf, USER_PTR(PAGE_SIZE - 3), 11), 0);
	KT_CHECK(strcmp(buf, "abcdefghij") == 0, "across two pages came %s", buf);
	EXPECT(copy_to_user(USER_PTR(PAGE_SIZE - 1), "\0", 2), 0);
	EXPECT(strncpy_from_user(buf, USER_PTR(PAGE_SIZE - 3), sizeof(buf)), 2);
	EXPECT(strncpy_from_user(buf, USER_PTR(PAGE_SIZE + 1), 4), 4);
	leave_user_space();
}

KTEST(uaccess_fixes_up_faults)
{
	char buf[16] = "..............";

	KT_CHECK(enter_user_space(), "no address space");
	EXPECT(copy_to_user(USER_PTR(USER_SIZE - 8), "abcdefgh", 8), 0);
	EXPECT(copy_from_user(buf, USER_PTR(USER_SIZE - 8), 9), -EFAULT);
	KT_CHECK(memcmp(buf, "abcdefgh.", 9) == 0, "up to the fault came %.9s", buf);
	EXPECT(copy_to_user(USER_PTR(USER_SIZE - 8), buf, 9), -EFAULT);
	EXPECT(strncpy_from_user(buf, USER_PTR(USER_SIZE - 8), sizeof(buf)), -EFAULT);
	EXPECT(copy_from_user(buf, NULL, 1), -EFAULT);
	leave_user_space();
}

KTEST(uaccess_checks_ranges)
{
	char buf[16] = "kernel";
	char *end = (char *)TASK_SIZE;

	KT_CHECK(user_range_ok(end - 16, 16) && !user_range_ok(end - 16, 17), "the end");
	KT_CHECK(user_range_ok(end, 0) && !user_range_ok(end + 1, 0), "nothing beyond the end");
	KT_CHECK(!user_range_ok(USER_PTR(0), ~0UL), "a length that wraps around");
	EXPECT(copy_from_user(buf + 8, buf, 8), -EFAULT);
	EXPECT(copy_to_user(buf, buf + 8, 8), -EFAULT);
	EXPECT(strncpy_from_user(buf + 8, buf, 8), -EFAULT);
	KT_CHECK(strcmp(buf, "kernel") == 0, "kernel memory was written");
}

/* --- rights in the kernel's page tables ------------------------------------------- */

static u8 data_page[PAGE_SIZE] __aligned(PAGE_SIZE);
static const u8 constant_page[PAGE_SIZE] __aligned(PAGE_SIZE) = { 1 };

/* The self-test must find the mapping of page with these bits set and others cleared. */
static void expect_found(const void *page, u64 set, u64 clear, const char *fault)
{
	u64 *pte = kernel_entry((u64)page, LEVEL_PAGE, NULL), good = *pte;
	struct wx_report report;
	int ret;

	*pte = (good | set) & ~clear;
	ret = wx_selftest(&report);
	*pte = good; /* no flush: nobody has used the page meanwhile */
	KT_CHECK(ret == -EPERM && report.fault && strcmp(report.fault, fault) == 0,
		 "%s was found as %s", fault, report.fault ? report.fault : "nothing");
	KT_CHECK(report.bad_va == (u64)page, "at %lx instead of %p", report.bad_va, page);
}

KTEST(wx_selftest_finds_each_fault)
{
	struct wx_report report;

	expect_found(data_page, 0, PTE_NX, "writable and executable");
	expect_found(data_page, PTE_U, 0, "open to user mode");
	expect_found(constant_page, PTE_W, 0, "a writable view of kernel text or constants");
	expect_found(phys_to_virt(kernel_virt_to_phys(constant_page)), PTE_W, 0,
		     "a writable view of kernel text or constants");
	KT_CHECK(wx_selftest(&report) == 0, "%s at %lx", report.fault, report.bad_va);
}

/* --- protection bits -------------------------------------------------------------- */

#define CR4_FSGSBASE (1UL << 16) /* must be off: entry.asm */

static void check_bits(const char *name, u64 value, u64 wanted, u64 unwanted)
{
	KT_CHECK((value & wanted) == wanted && !(value & unwanted), "%s of CPU %u is %lx", name,
		 cpu_id(), value);
}

KTEST(protection_bits_on_every_cpu)
{
	for (u32 cpu = 0; cpu < nr_cpus; cpu++) {
		KT_CHECK(set_affinity(BIT(cpu)) == 0 && cpu_id() == cpu, "CPU %u", cpu);
		check_bits("CR0", read_cr0(), CR0_PE | CR0_NE | CR0_WP | CR0_PG, 0);
		check_bits("CR4", read_cr4(), CR4_PGE | CR4_SMEP | CR4_SMAP | CR4_UMIP,
			   CR4_FSGSBASE);
		check_bits("EFER", rdmsr(MSR_EFER), EFER_SCE | EFER_NXE, 0);
		check_bits("RFLAGS", read_flags(), RFLAGS_IF, RFLAGS_AC | RFLAGS_IOPL);
	}
	set_affinity(~0UL);
}

/* --- where the other CPUs begin ------------------------------------------------- */

/* RAM up to 640 KiB but for its last page, a module at [start, end): where the page is found. */
static u64 low_page_beside(u64 start, u64 end)
{
	static struct boot_info b;

	b.nmap = 2;
	b.map[0] = (struct mem_range){ 0, REAL_MODE_END - PAGE_SIZE };
	b.map[1] = (struct mem_range){ LOW_MEMORY_END, 2 * LOW_MEMORY_END };
	b.nreserved = 1;
	b.reserved[0] = (struct mem_range){ start, end };
	return boot_info_low_page(&b);
}

KTEST(trampoline_beside_a_module)
{
	u64 top = REAL_MODE_END - 2 * PAGE_SIZE; /* the last page of RAM there */

	KT_CHECK(low_page_beside(LOW_MEMORY_END, 2 * LOW_MEMORY_END) == top, "nothing below");
	KT_CHECK(low_page_beside(0, PAGE_SIZE) == top, "a module below it");
	KT_CHECK(low_page_beside(0x8000, REAL_MODE_END) == 0x7000, "a module up to the end");
	KT_CHECK(low_page_beside(top, top + PAGE_SIZE) == top - PAGE_SIZE, "one page of it");
	KT_CHECK(low_page_beside(PAGE_SIZE, REAL_MODE_END) == 0, "only page 0 is left");
}
