/* SPDX-License-Identifier: MIT */
/* The boot self-test looks at the page tables themselves, not at what paging.c meant to write. */
#include "kernel/x86/wx_test.h"
#include <abi/errno.h>
#include "kernel/x86/cpu.h"
#include "kernel/x86/paging.h"
#include "kernel/x86/user_try.h"

/* Slots of the PML4 from here on belong to the kernel and are the same in every address space. */
#define KERNEL_PML4_START 256

/* Returns what is wrong with a mapping that has the combined rights of its path, or NULL. */
static const char *wx_judge(u64 rights, u64 phys, u64 size)
{
	if ((rights & PTE_W) && !(rights & PTE_NX))
		return "writable and executable";
	if ((rights & PTE_W) && holds_constants(phys, phys + size))
		return "a writable view of kernel text or constants";
	return NULL;
}

static void report_fault(struct wx_report *report, u64 va, const char *fault)
{
	if (!fault || report->fault)
		return;
	report->bad_va = va;
	report->fault = fault;
}

static void visit_mapping(struct wx_report *report, u64 va, u64 rights, u64 entry, u32 level)
{
	u64 size = level_span(level);

	report->mappings++;
	if (!(rights & PTE_NX))
		report->executable++;
	report_fault(report, va, wx_judge(rights, entry & PTE_PFN_MASK & ~(size - 1), size));
}

/* Writable if every level says so, executable unless one forbids it. */
static u64 combine(u64 above, u64 entry)
{
	return (above & entry & PTE_W) | ((above | entry) & PTE_NX);
}

/* The path to the one page that debug builds open to user mode; it is mapped read-only. */
static bool may_be_user(u64 va, u32 level)
{
	return USER_TRY && va == ALIGN_DOWN(USER_TRY_PAGE, level_span(level));
}

/* Visits what a table maps from va on; rights are those of the path to it. */
static void visit_table(struct wx_report *report, const u64 *table, u64 va, u64 rights, u32 level)
{
	u32 first = level == LEVEL_TOP ? KERNEL_PML4_START : 0;

	report->tables++;
	for (u32 i = first; i < PTRS_PER_TABLE; i++) {
		u64 entry = table[i];
		u64 here = va + i * level_span(level);

		if (!(entry & PTE_P))
			continue;
		if (level == LEVEL_TOP)
			here |= 0xffffUL << 48;
		if ((entry & PTE_U) && !may_be_user(here, level))
			report_fault(report, here, "open to user mode");
		if (level == LEVEL_PAGE || (entry & PTE_PS))
			visit_mapping(report, here, combine(rights, entry), entry, level);
		else
			visit_table(report, phys_to_virt(entry & PTE_PFN_MASK), here,
				    combine(rights, entry), level - 1);
	}
}

int wx_selftest(struct wx_report *report)
{
	*report = (struct wx_report){};
	visit_table(report, phys_to_virt(read_cr3() & PTE_PFN_MASK), 0, PTE_W, LEVEL_TOP);
	return report->fault ? -EPERM : 0;
}
