/* SPDX-License-Identifier: MIT */
/*
 * mm_struct: birth, users and end of an address space, and how a CPU enters one.
 *
 * THEORY
 *
 * An address space is a page table for the hardware, a set of VMAs for the
 * kernel, and two counts:
 *
 *      threads of the process,              scanners, /proc readers
 *      a part.c that parts a page                 |
 *              |  mm_users                        |  mm_count
 *              v                                  v
 *      +-- the memory: VMAs, page tables, pages --+-- the struct, its root table --+
 *
 * All mm_users together hold one mm_count.  When the last user goes, exit_mmap()
 * empties the address space; when the last mm_count goes, the struct is freed.  So
 * whoever holds only mm_count may lock mmap_lock and look, and must then ask
 * mm_is_dying(): if so there is nothing to find any more.  mmget_not_zero() turns
 * one into the other as long as that is possible.
 *
 * Worked example.  The scanner holds mm_count of process 7 while it exits:
 *      exit:     mm_users 1 -> 0, exit_mmap() under mmap_lock(w), mm_count 2 -> 1
 *      scanner:  mmget_not_zero() fails; mmdrop(): mm_count 1 -> 0, struct freed
 *
 * Entering.  cpumask says which CPUs may hold translations of the address space.
 * switch_mm() sets the bit BEFORE it loads CR3: from the moment of the load on the
 * CPU may fill its TLB from these tables, and whoever changes a PTE must find the
 * bit.  The other order has a window in which a shootdown (PTE changed, cpumask
 * read) misses a CPU that is just about to use the old entry.  The bit of the
 * address space that is left is cleared AFTER the load, which has flushed the TLB
 * (there is no PCID).  Between the two a needless IPI may come: it does no harm.
 *
 * Kernel threads run on the kernel's own page table.  Unlike Linux there is no
 * lazy TLB, in which a kernel thread keeps borrowing the tables of whoever ran
 * before it: that saves a CR3 load and costs a second kind of user of an address
 * space, and a state in which tables may be freed under a CPU that has them loaded.
 *
 * Lock order:  mmap_lock -> ... -> page-table lock -> mm_list_lock
 *
 * Invariants
 *  1. mm_users > 0 implies mm_count > 0.
 *  2. A CPU that has mm's root in CR3 has its bit in mm->cpumask.
 *  3. When exit_mmap() begins, cpumask is empty, and nobody can enter any more.
 *  4. mm_list holds exactly the structs with mm_count > 0.
 *
 * Deliberately missing: PCID (QEMU's TCG has none), borrowed address spaces,
 * vfork's sharing (it can be had with mm_users, when somebody needs it).
 *
 * Further reading: Linux's Documentation/mm/active_mm.rst, for the lazy TLB;
 * mm/pgtable/tlb.c for the other half of the cpumask protocol.
 */
#include "kernel/core/log.h"
#include "kernel/core/param.h"
#include "kernel/x86/hooks.h"
#include "mm/frame/slab.h"
#include "mm/pgtable/pgtable.h"
#include "mm/pgtable/tlb.h"
#include "mm/space/hooks.h"
#include "mm/space/limit.h"
#include "mm/space/mm.h"
#include "mm/space/pagefault.h"
#include "mm/space/pagelock.h"
#include "mm/space/vma.h"
#include "mm/space/zap.h"

LIST_HEAD(mm_list);
spinlock_t mm_list_lock = SPINLOCK_INIT(LOCK_MM_LIST);
bool allow_wx;
atomic64_t nr_zero_merged;

static struct kmem_cache *mm_cache;

void mm_init(void)
{
	pgtable_init();
	mm_cache = kmem_cache_create("mm_struct", sizeof(struct mm_struct), 0, SLAB_ACCOUNT);
	vma_init();
	pagelock_init();
	allow_wx = param_is("allow_wx", "1");
	sched_hooks.switch_mm = switch_mm;
	x86_hooks.page_fault = do_page_fault;
	tlb_init();
}

static void mm_setup(struct mm_struct *mm, int pid)
{
	mm->pid = pid;
	mm->vmas = RB_ROOT;
	INIT_LIST_HEAD(&mm->vma_list);
	rwsem_init(&mm->mmap_lock, LOCK_MMAP);
	spin_lock_init(&mm->page_table_lock, LOCK_MM_TABLES);
	atomic_set(&mm->mm_users, 1);
	atomic_set(&mm->mm_count, 1);
	atomic64_set(&mm->nr_tables, 1);
	mm_limits_init(mm);
}

struct mm_struct *mm_alloc(int pid)
{
	struct mm_struct *mm = kmem_cache_zalloc(mm_cache);

	if (!mm)
		return NULL;
	mm->pgd = pgd_alloc();
	if (!mm->pgd) {
		kmem_cache_free(mm_cache, mm);
		return NULL;
	}
	mm_setup(mm, pid);
	SPIN_GUARD(&mm_list_lock);
	list_add_tail(&mm->mm_list, &mm_list);
	return mm;
}

void mmdrop(struct mm_struct *mm)
{
	if (!atomic_dec_and_test(&mm->mm_count))
		return;
	BUG_ON(mm->nr_vmas || mm->cpumask);
	ASSERT(!atomic_read(&mm->tlb_owing)); /* whatever takes something is tried: tlb_check.c */
	spin_lock(&mm_list_lock);
	list_del(&mm->mm_list);
	spin_unlock(&mm_list_lock);
	pgd_free(mm->pgd);
	kmem_cache_free(mm_cache, mm);
}

void mmput(struct mm_struct *mm)
{
	if (!atomic_dec_and_test(&mm->mm_users))
		return;
	if (merge_hooks.mm_exit)
		merge_hooks.mm_exit(mm);
	exit_mmap(mm);
	mmdrop(mm);
}

/* From here on until next time shootdowns must come here: whoever sends them looks at cpumask. */
static void load_root(const struct mm_struct *mm)
{
	ASSERT(!mm || READ_ONCE(mm->cpumask) & BIT(cpu_id()));
	write_cr3(mm ? virt_to_phys(mm->pgd) : kernel_cr3);
}

void switch_mm(struct mm_struct *prev, struct mm_struct *next)
{
	u64 bit = BIT(cpu_id());

	ASSERT(!irqs_enabled());
	if (prev == next)
		return;
	if (next)
		__atomic_fetch_or(&next->cpumask, bit, __ATOMIC_SEQ_CST);
	load_root(next);
	ASSERT(!prev || READ_ONCE(prev->cpumask) & bit); /* until its translations have gone */
	if (prev)
		__atomic_fetch_and(&prev->cpumask, ~bit, __ATOMIC_SEQ_CST);
}
