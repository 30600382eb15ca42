/* SPDX-License-Identifier: MIT */
/*
 * Debug builds: whether some CPU still has a translation that the page table does not back.
 *
 * THEORY
 *
 * A missing flush does no harm where it is missing.  Some other thread writes to memory that it has
 * lost, and what is found, if anything, is a third program with wrong bytes.  So each operation
 * that takes something from an entry says what it must have flushed when it ends, and is then
 * tested: every CPU that runs the address space tries the addresses, without a page fault's coming
 * of it.  The entry says what must fail:
 *
 *      entry afterwards           tried     why
 *      not present, not the       read      the frame, or every access, was taken
 *        program's
 *      present, W clear           write     W was taken
 *      writable                   -         nothing is refused: another fault has been here since
 *
 * An access that succeeds and that the entry refuses is a stale translation, and the panic names
 * the function that owed the flush, the address, the entry and the CPU:
 *
 *      CPU 1 still writes to 0x403000 of pid 7, whose entry 0x8000000012345025 refuses it:
 *      mprotect_locked() has not flushed
 *
 * Trying harms nothing.  A read reads; a write is an atomic `or` of zero.  On a CPU that does what
 * it should both fault, at two instructions that x86_trap() knows: it goes on behind them, before
 * interrupts are on and before anybody looks for an area (uaccess_try_read(), uaccess_try_write()).
 *
 * Where.  A single entry that is about to get another frame (wp_replace(), replace_one()) is tried
 * while it is empty, between the flush and the new entry, for afterwards it refuses nothing.  An
 * operation over a range (zap, mprotect, fork) remembers up to TLB_OWED_MAX of its addresses, by
 * chance, and tries them after its last flush and before its locks go; mmu_gather before the first
 * frame is given back.  Of kernel stacks every page is tried.  Where one CPU alone runs the address
 * space it is asked one time in ONE_CPU_EVERY: a try is two faults.
 *
 * Worked example.  mprotect(READ) of one page, thread B writes to it on CPU 1:
 *      ptl:      PTE P W -> P, tlb_owe(0x403000)
 *                tlb_flush_range() forgotten
 *      ptl:      the entry refuses writes; request to CPUs 0 and 1: write to 0x403000
 *      CPU 1:    CR3 is this address space's; the or succeeds; says so
 *      CPU 0:    panic
 *
 * Why no innocent is blamed.  The ptl is held while the CPUs try, so the entry stands still, and
 * the operation has flushed after its own change.  A translation that came later came from an
 * entry that allowed more, which somebody has reduced since: under the same ptl, flushing before
 * it let go, as faults and merges do; or as DONTNEED, munmap and mprotect do, which flush after the
 * ptl, and which nothing excludes while pages leave an object.  So who owes is counted
 * (mm->tlb_owing, raised under the ptl, lowered after the flush), and one that ends while others
 * owe is not tested.
 *
 * A CPU that has another root in CR3 has nothing of the address space in its TLB: there is no PCID.
 *
 * Invariants
 *  1. mm->tlb_owing = operations that owe something and have not been tested.
 *  2. Trying changes no byte, no entry but A, no counter of events.
 *
 * A processor may keep what user mode has used and what the kernel has used for the program apart,
 * as QEMU's TCG does.  So each CPU tries twice, as the kernel in a copy would, and in user mode
 * (kernel/x86/user_try.c).
 *
 * Deliberately missing: rights to execute (a CPU would have to jump there), entries whose D was
 * cleared (user/tests/dirty_again.c), caches of the upper levels, which QEMU's TCG does not have.
 *
 * Further reading: mm/pgtable/tlb.c for how CPUs are asked; tools/bugs for what this finds.
 */
#include "mm/pgtable/tlb_check.h"

#if CONFIG_LOCKDEP

#include "kernel/core/log.h"
#include "kernel/lib/hash.h"
#include "kernel/x86/smp.h"
#include "mm/pgtable/pgtable.h"
#include "mm/pgtable/tlb.h"

#define ONE_CPU_EVERY 8 /* a try costs about as much as a fault */

void tlb_owe(struct tlb_owed *owed, u64 addr)
{
	u64 place = owed->n;

	if (!owed->n)
		atomic_inc(&owed->mm->tlb_owing);
	owed->n++;
	if (place >= TLB_OWED_MAX) /* each address has the same chance to be kept */
		place = hash64(addr ^ owed->n) % owed->n;
	if (place < TLB_OWED_MAX)
		owed->addr[place] = addr;
}

/* What the entry refuses, if anything; what it refuses must not succeed. */
static enum tlb_try refused_by(pte_t e)
{
	if (!(e & PTE_P) || !(e & PTE_U))
		return TLB_TRY_READ;
	return pte_write(e) ? TLB_TRY_NOTHING : TLB_TRY_WRITE;
}

/* Always while several CPUs run the address space; else some of the many times. */
static bool is_worth_trying(const struct mm_struct *mm)
{
	static u32 times[MAXCPU]; /* its CPU */
	u64 mask = READ_ONCE(mm->cpumask);

	return (mask & (mask - 1)) || times[cpu_id()]++ % ONE_CPU_EVERY == 0;
}

void tlb_check_page_of(struct mm_struct *mm, u64 addr, const u64 *pte, const char *owner)
{
	pte_t e = ptep_get(pte);
	enum tlb_try access = refused_by(e);
	u64 stale = 0;

	if (is_worth_trying(mm))
		stale = tlb_try_range(mm, addr, addr + PAGE_SIZE, access);
	if (stale)
		panic("CPU %d still %s 0x%lx of pid %d, whose entry %#lx refuses it: "
		      "%s() has not flushed",
		      __builtin_ctzl(stale), access == TLB_TRY_READ ? "reads" : "writes to", addr,
		      mm->pid, e, owner);
}

void tlb_check_owed(struct tlb_owed *owed)
{
	struct mm_struct *mm = owed->mm;
	u32 n = MIN(owed->n, (u32)TLB_OWED_MAX);

	if (!n)
		return;
	owed->n = 0;
	if (!atomic_dec_and_test(&mm->tlb_owing))
		return;
	for (u32 i = 0; i < n; i++) {
		pte_t *pte = pte_find_lock(mm, owed->addr[i]);

		if (!pte)
			continue;
		tlb_check_page_of(mm, owed->addr[i], pte, owed->owner);
		pte_unlock(pte);
	}
}

void tlb_check_kernel_range(u64 start, u64 end)
{
	u64 stale = tlb_try_range(NULL, start, end, TLB_TRY_READ);

	if (stale)
		panic("CPU %d still reads the kernel stack at 0x%lx, which is about to be given away",
		      __builtin_ctzl(stale), start);
}

#endif
