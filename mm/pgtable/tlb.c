/* SPDX-License-Identifier: MIT */
/*
 * TLB shootdown: making every CPU forget a translation.
 *
 * THEORY
 *
 * A CPU may keep using a translation that the page table no longer holds until it
 * is told to forget it.  Each CPU can only flush its own TLB, so whoever takes
 * away a right (a mapping, write permission, a frame) asks the others and waits:
 *
 *      CPU 0 (changes)                            CPU 2 (runs the same mm)
 *      PTE := new
 *      barrier
 *      read mm->cpumask = {0, 2}
 *      request[0] := range, pending := {2}
 *      inbox[2] |= {0}, send IPI  ------------->  interrupt, or its own waiting loop:
 *      flush itself                               take inbox[2] = {0}
 *      wait until request[0].pending is empty     flush request[0]'s range
 *        (serving inbox[0] meanwhile)   <-------  request[0].pending &= ~{2}
 *      now the old frame may be freed
 *
 * Each CPU has one request, because a CPU waits for its own before it can make
 * another (the kernel is not preemptible, and interrupt handlers ask for nothing).
 * The inbox is a bit set of the CPUs whose requests are to be served.
 *
 * Why no deadlock.  A waiter can itself be waited for, so it serves its inbox while
 * it waits: by the interrupt if that comes, and by looking.  Nobody waits with
 * interrupts off: a CPU that spins for a lock with interrupts off cannot serve, and
 * if the waiter held that lock neither could go on.  Hence page-table locks are
 * never taken with interrupts off, and a shootdown may be done under one.
 *
 * Why the barrier.  The CPU that enters an mm sets its bit in cpumask and then
 * loads CR3 (mm.c); we write the PTE and then read cpumask.  With a full barrier on
 * each side one of the two sees the other: either we see the bit and send the IPI,
 * or it walks the page table after our PTE is there.
 *
 * Worked example.  do_wp_page() on CPU 0 replaces a shared page that thread B of
 * the process has in the TLB of CPU 2.  Without the shootdown B would go on reading
 * the old frame after A's write: two values at one address.
 *
 * When no shootdown is needed: a mapping or a right was only added.  A CPU that
 * still holds the poorer entry takes a spurious fault and flushes for itself.
 *
 * Invariants
 *  1. A frame, or a table, is freed after the flush that follows its unmapping.
 *  2. request[i] is written by CPU i only, and only while its pending is empty.
 *  3. A bit in inbox[j] has its twin in request[i].pending until j has flushed.
 *
 * In debug builds a CPU may be asked to try an address instead of flushing it (tlb_check.c).
 *
 * Above 32 pages everything is flushed: refilling a TLB costs less than so many
 * invalidations.  Rejected: flushing everything always (simpler, and what a small
 * system would do, but then scanning one page would cost every process its TLB);
 * deferring to the next context switch (a scanner must know when).
 *
 * Unlike Linux a CPU that has left the mm since is asked all the same: its bit goes
 * when it switches away, so that is rare, and the flush does no harm.
 *
 * Deliberately missing: PCID, INVLPGB, batching across address spaces.
 *
 * Further reading: Black et al., "Translation Lookaside Buffer Consistency: A
 * Software Approach" (1989); Intel SDM 3A, 4.10.4.
 */
#include "kernel/core/event.h"
#include "kernel/core/log.h"
#include "kernel/x86/apic.h"
#include "kernel/x86/hooks.h"
#include "kernel/x86/smp.h"
#include "kernel/x86/uaccess.h"
#include "kernel/x86/user_try.h"
#include "mm/frame/kmap.h"
#include "mm/frame/page_alloc.h"
#include "mm/pgtable/tlb.h"
#include "mm/pgtable/tlb_check.h"

#define TLB_FLUSH_ALL_ABOVE 32 /* pages */

/* (o) its CPU, while pending is empty; (a) atomic */
static struct tlb_request {
	u64 start, end;	     /* (o) */
	u64 pending;	     /* (a) CPUs that have not flushed yet */
	enum tlb_try access; /* (o) debug builds: to be tried instead */
	u64 root;	     /* (o) by CPUs that have it in CR3; 0: by all */
	u64 stale;	     /* (a) those that got through */
} __aligned(64) requests[MAXCPU];

/* (a) CPUs whose requests this CPU has to serve. */
static struct tlb_inbox {
	u64 from;
} __aligned(64) inboxes[MAXCPU];

static void flush_local(u64 start, u64 end)
{
	u64 pages = (end - start) >> PAGE_SHIFT;

	EVENT(tlb_flush, pages);
	if (pages <= TLB_FLUSH_ALL_ABOVE) {
		for (; start < end; start += PAGE_SIZE)
			invlpg(start);
	} else if (start < TASK_SIZE) {
		tlb_flush_all_local();
	} else {
		tlb_flush_global_local(); /* the kernel's own entries are global */
	}
}

static bool gets_through(u64 addr, enum tlb_try access)
{
	u64 flags = irq_save();
	bool through = access == TLB_TRY_READ ? uaccess_try_read(addr) : uaccess_try_write(addr);

	if (USER_TRY && !through && addr < TASK_SIZE)
		through = user_try(addr, access == TLB_TRY_WRITE);
	irq_restore(flags);
	return through;
}

/* Debug builds: tries what the request asks for, on this CPU. */
static void try_local(struct tlb_request *req)
{
	if (req->root && read_cr3() != req->root)
		return; /* nothing of the address space is left here */
	for (u64 addr = req->start; addr < req->end; addr += PAGE_SIZE)
		if (gets_through(addr, req->access))
			__atomic_fetch_or(&req->stale, BIT(cpu_id()), __ATOMIC_SEQ_CST);
}

static void serve(struct tlb_request *req)
{
	if (CONFIG_LOCKDEP && req->access != TLB_TRY_NOTHING)
		try_local(req);
	else
		flush_local(req->start, req->end);
}

/* Serves whoever asked.  An IPI in the middle of it finds what came since. */
static void serve_inbox(void)
{
	u32 me = cpu_id();
	u64 from = xchg(&inboxes[me].from, 0);

	for (; from; from &= from - 1) {
		struct tlb_request *req = &requests[__builtin_ctzl(from)];

		serve(req);
		__atomic_fetch_and(&req->pending, ~BIT(me), __ATOMIC_SEQ_CST);
	}
}

static void ask_others(u64 others)
{
	u32 me = cpu_id();
	struct tlb_request *req = &requests[me];

	__atomic_store_n(&req->pending, others, __ATOMIC_RELEASE);
	for (u64 left = others; left; left &= left - 1) {
		u32 cpu = __builtin_ctzl(left);

		__atomic_fetch_or(&inboxes[cpu].from, BIT(me), __ATOMIC_SEQ_CST);
		apic_send_ipi(cpu, IPI_SHOOTDOWN);
	}
}

static void wait_for_others(void)
{
	struct tlb_request *req = &requests[cpu_id()];

	while (smp_load_acquire(&req->pending)) {
		serve_inbox();
		cpu_relax();
	}
}

/* Interrupts on: see "Why no deadlock".  The caller has changed the entries. */
static void shootdown(u64 mask, u64 start, u64 end)
{
	struct tlb_request *req = &requests[cpu_id()];
	u64 me = BIT(cpu_id());

	ASSERT(irqs_enabled());
	if (mask & ~me) {
		BUG_ON(req->pending);
		req->start = start;
		req->end = end;
		ask_others(mask & ~me);
		EVENT(tlb_shootdown, (end - start) >> PAGE_SHIFT, mask & ~me);
	}
	if (mask & me)
		flush_local(start, end);
	if (mask & ~me)
		wait_for_others();
}

void tlb_flush_range(struct mm_struct *mm, u64 start, u64 end)
{
	smp_mb(); /* the PTE before the cpumask */
	shootdown(READ_ONCE(mm->cpumask), start, end);
}

void tlb_flush_page(struct mm_struct *mm, u64 addr)
{
	tlb_flush_range(mm, addr, addr + PAGE_SIZE);
}

void tlb_flush_mm(struct mm_struct *mm)
{
	tlb_flush_range(mm, 0, TASK_SIZE);
}

void tlb_flush_kernel_range(u64 start, u64 end)
{
	smp_mb(); /* the entry before the IPIs */
	shootdown(BIT(READ_ONCE(nr_cpus)) - 1, start, end);
}

u64 tlb_try_range(struct mm_struct *mm, u64 start, u64 end, enum tlb_try access)
{
	u64 mask = mm ? READ_ONCE(mm->cpumask) : BIT(READ_ONCE(nr_cpus)) - 1;
	struct tlb_request *req = &requests[cpu_id()];
	u64 me = BIT(cpu_id());

	ASSERT(irqs_enabled());
	BUG_ON(req->pending);
	if (access == TLB_TRY_NOTHING)
		return 0;
	*req = (struct tlb_request){ start, end, 0, access, mm ? virt_to_phys(mm->pgd) : 0, 0 };
	if (mask & ~me)
		ask_others(mask & ~me);
	if (mask & me)
		try_local(req);
	wait_for_others();
	req->access = TLB_TRY_NOTHING;
	return req->stale;
}

void tlb_flush_local_page(u64 addr)
{
	invlpg(addr);
}

/* A zeroed frame for a table of the kernel's: its physical address. */
static u64 alloc_kernel_table(void)
{
	void *table = alloc_zeroed_page();

	BUG_ON(!table);
	return virt_to_phys(table);
}

void tlb_init(void)
{
	if (USER_TRY)
		user_try_init(alloc_kernel_table);
	x86_hooks.ipi_shootdown = serve_inbox;
	kmap_flush = tlb_flush_kernel_range;
	kmap_check = tlb_check_kernel_range;
}
