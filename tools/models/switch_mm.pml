/* SPDX-License-Identifier: MIT */
/*
 * switch_mm() and the shootdown against freeing a frame: mm/space/mm.c, tlb.c, zap.c.
 *
 * Three CPUs and one address space A with one table and one PTE.  CPU 0 runs a thread of
 * A that drops the page (MADV_DONTNEED) or unmaps the area with its table, and exits.  CPU 1 runs
 * one that writes to the page, which must be copied, and is the last to exit.  A third
 * thread comes to CPU 2 and leaves it, as often as it likes.
 *
 * Explicit: each CPU's CR3, TLB entry and cached upper entry; what its MMU may fill at any
 * moment while the tables are loaded; the store buffer (for the one plain store); interrupts
 * off and on; inbox and request.  An interrupt stops what its CPU does ("provided").
 *
 * Wanted: nobody frees a frame or a table that some CPU can still reach; nobody sets a new
 * frame while some CPU still has the old one; nobody waits for ever.
 *
 *   lanes CPU 0 | CPU 1 | CPU 2
 *   scenario free: all three, as above
 *   trap mask-before-pte in free: cpumask is read before the entry changes
 *   trap no-barrier in free: no full barrier between the two
 *   trap bit-set-after-cr3 in free: a CPU enters before its bit says so
 *   trap bit-cleared-before-cr3 in free: a CPU's bit goes before it has left
 *   trap freed-before-acknowledged in free: the frame goes when the IPIs are sent
 *   trap copied-without-flush in free: the copy is set while others have the old page
 *   trap acknowledged-before-flush in free: a CPU says that it has flushed, and then does
 *   trap asked-before-pending in free: the bit in the inbox comes before its twin in pending
 *   trap lock-with-interrupts-off in free: the page-table lock is waited for with them off
 *   trap waits-without-serving in free: answers are waited for with interrupts off
 *   trap torn-down-while-loaded in free: the last thread does not wait for the others to leave
 *   own cpumask_set cpumask_clear read_cpumask acknowledge take_inbox serve_first serve_second
 *   own set_pending ask_one drained before_change walk
 */
#define NCPU 3
#define BIT(c) (1 << (c))

#define NONE 0
#define OLD 1	/* the page, shared with somebody: a write copies it */
#define NEW 2	/* its copy */
#define TABLE 3 /* the page table that holds the PTE */

byte pte = OLD;	    /* frame, or NONE */
bool entry = true;  /* the upper entry names TABLE, in memory */
bool buffered;	    /* CPU 0's store "entry = 0" is still in its store buffer */
byte cpumask = 3;   /* CPUs that may hold translations of A */
bool loaded[NCPU];  /* A's root is in CR3 */
byte tlb[NCPU];	    /* frame of the translation, or NONE */
bool upper[NCPU];   /* the upper entry is in the CPU's cache of such */
byte pending[NCPU]; /* requests[c].pending */
byte inbox[NCPU];   /* inboxes[c].from */
bool ipi[NCPU];	    /* an interrupt is pending */
bool irqs[NCPU];    /* interrupts are on */
bool in_irq[NCPU];  /* the handler runs */
bool freed[4];
bool ptl, mmap_writer;
byte mmap_readers, nr_threads = 3;

/* What a barrier or a locked instruction waits for: the CPU's stores are in memory. */
#define drained(c) !(c == 0 && buffered)

/* ---- locks ---- */

inline down_read(c) { atomic { !mmap_writer -> mmap_readers++ } }
inline up_read(c) { mmap_readers-- }
inline down_write(c) { atomic { !mmap_writer && !mmap_readers -> mmap_writer = true } }
inline up_write(c) { mmap_writer = false }

/* The lock of the page table.  Interrupts stay on: tlb.c, "Why no deadlock". */
inline spin_lock(c)
{
#ifdef TRAP_LOCK_WITH_INTERRUPTS_OFF
	irqs[c] = false; printf("@%d turns interrupts off and wants the page-table lock\n", c);
#endif
	atomic { !ptl -> ptl = true; printf("@%d has the page-table lock\n", c) }
}

inline spin_unlock(c)
{
	atomic {
		ptl = false; printf("@%d drops the page-table lock\n", c);
#ifdef TRAP_LOCK_WITH_INTERRUPTS_OFF
		irqs[c] = true
#endif
	}
}

/* ---- mm.c ---- */

inline cpumask_set(c)
{
	d_step { cpumask = cpumask | BIT(c); printf("@%d sets its bit in cpumask\n", c) }
}

inline cpumask_clear(c)
{
	d_step { cpumask = cpumask & ~BIT(c); printf("@%d clears its bit in cpumask\n", c) }
}

/* Flushes all of the TLB.  The store buffer is empty here: whoever stores has drained it. */
inline write_cr3(c, to)
{
	d_step {
		loaded[c] = to; tlb[c] = NONE; upper[c] = false;
		printf("@%d write_cr3: %d (0 the kernel's tables, 1 A's)\n", c, to)
	}
}

inline switch_mm(c, to)
{
	irqs[c] = false;
	if
	:: to ->
#ifdef TRAP_BIT_SET_AFTER_CR3
		write_cr3(c, true); cpumask_set(c)
#else
		cpumask_set(c); write_cr3(c, true)
#endif
	:: else ->
#ifdef TRAP_BIT_CLEARED_BEFORE_CR3
		cpumask_clear(c); write_cr3(c, false)
#else
		write_cr3(c, false); cpumask_clear(c)
#endif
	fi;
	irqs[c] = true
}

/* ---- tlb.c ---- */

inline flush_local(c)
{
	d_step { tlb[c] = NONE; upper[c] = false; printf("@%d flushes its own entry\n", c) }
}

inline acknowledge(c)
{
	d_step {
		i = 0;
		do
		:: i < NCPU ->
			if :: from & BIT(i) -> pending[i] = pending[i] & ~BIT(c) :: else fi;
			i++
		:: else -> break
		od;
		i = 0; from = 0;
		printf("@%d clears its bit in pending: done\n", c)
	}
}

inline take_inbox(c)
{
	d_step { from = inbox[c]; inbox[c] = 0; printf("@%d empties its inbox\n", c) }
}

/* serve_inbox() in the two halves between which others matter. */
#ifdef TRAP_ACKNOWLEDGED_BEFORE_FLUSH
inline serve_first(c) { take_inbox(c); acknowledge(c) }
inline serve_second(c) { flush_local(c) }
#else
inline serve_first(c) { take_inbox(c); flush_local(c) }
inline serve_second(c) { acknowledge(c) }
#endif

inline serve_inbox(c)
{
	atomic { serve_first(c) }
	serve_second(c)
}

/* Nobody looks at it before he finds the bit in his inbox. */
inline set_pending(c)
{
	d_step { pending[c] = mask & ~BIT(c); printf("@%d sets pending to the CPUs it asks\n", c) }
}

inline ask_one(c, cpu)
{
	if
	:: mask & ~BIT(c) & BIT(cpu) ->
		d_step {
			drained(c); /* a locked instruction */
			inbox[cpu] = inbox[cpu] | BIT(c); ipi[cpu] = true;
			printf("@%d asks CPU %d, by inbox and IPI\n", c, cpu)
		}
	:: else
	fi
}

inline ask_others(c)
{
#ifdef TRAP_ASKED_BEFORE_PENDING
	ask_one(c, 0); ask_one(c, 1); ask_one(c, 2); set_pending(c)
#else
	ask_one(c, 0); ask_one(c, 1); ask_one(c, 2)
#endif
}

inline wait_for_others(c)
{
#ifdef TRAP_WAITS_WITHOUT_SERVING
	irqs[c] = false; printf("@%d waits with interrupts off and does not look\n", c);
#endif
	do
	:: pending[c] == 0 -> break
#ifndef TRAP_WAITS_WITHOUT_SERVING
	:: inbox[c] != 0 -> serve_inbox(c)
#endif
	od;
	irqs[c] = true
}

inline shootdown(c)
{
	ask_others(c);
	if :: mask & BIT(c) -> flush_local(c) :: else fi;
#ifndef TRAP_FREED_BEFORE_ACKNOWLEDGED
	wait_for_others(c)
#endif
}

inline smp_mb(c)
{
#ifdef TRAP_NO_BARRIER
	skip
#else
	drained(c)
#endif
}

inline read_cpumask(c)
{
	atomic {
		mask = cpumask; printf("@%d reads cpumask: CPUs %d (as bits)\n", c, mask);
#ifndef TRAP_ASKED_BEFORE_PENDING
		set_pending(c)
#endif
	}
}

inline tlb_flush_range(c)
{
#ifndef TRAP_MASK_BEFORE_PTE
	smp_mb(c);
	read_cpumask(c);
#endif
	shootdown(c)
}

/* ---- zap.c, pgtable.c, fault.c ---- */

/* The last reference goes: the frame may be anybody's from now on. */
inline put_page(c, frame)
{
	d_step {
		printf("@%d put_page: frame %d is free\n", c, frame);
		assert(tlb[0] != frame && tlb[1] != frame && tlb[2] != frame);
		assert(frame != TABLE || !(upper[0] || upper[1] || upper[2]));
		freed[frame] = true
	}
}

/* Before a PTE changes: where the trap reads the mask. */
inline before_change(c)
{
#ifdef TRAP_MASK_BEFORE_PTE
	read_cpumask(c)
#else
	skip
#endif
}

inline ptep_get_and_clear(c)
{
	d_step {
		page = pte; pte = NONE;
		printf("@%d ptep_get_and_clear: the PTE, which held frame %d\n", c, page)
	}
}

/* zap_range() and tlb_gather_flush(): one page in the batch, freed after the flush. */
inline zap_range(c)
{
	before_change(c);
	atomic { spin_lock(c); ptep_get_and_clear(c); spin_unlock(c) }
	if
	:: page != NONE -> tlb_flush_range(c); put_page(c, page); page = NONE
	:: else
	fi
}

/* A plain store: it may stay in the store buffer until the barrier. */
inline unhook_table(c)
{
	before_change(c);
	d_step { buffered = true; printf("@%d unhooks the table, into its store buffer\n", c) }
}

inline unmap_region(c)
{
	zap_range(c);
	unhook_table(c);
	tlb_flush_range(c);
	put_page(c, TABLE)
}

/*
 * do_anonymous_page(), without a flush; or do_wp_page() has decided to copy: wp_replace(), and
 * the PTE's reference is put.  What was new is dropped by DONTNEED, so that two of them meet.
 */
inline handle_pte_fault(c)
{
	before_change(c);
	atomic {
		spin_lock(c);
		if
		:: pte == NONE ->
			pte = NEW; printf("@%d sets the empty PTE to a new frame\n", c)
		:: else -> ptep_get_and_clear(c)
		fi
	}
	if
	:: page != NONE ->
#ifndef TRAP_COPIED_WITHOUT_FLUSH
		tlb_flush_range(c);
#endif
		atomic {
			printf("@%d sets the PTE to the copy\n", c);
			assert(tlb[0] != page && tlb[1] != page && tlb[2] != page);
			pte = NEW;
			spin_unlock(c)
		}
		put_page(c, page);
		page = NONE
	:: else -> spin_unlock(c); zap_range(c)
	fi
}

/* Nothing is flushed: nobody runs in A any more. */
inline exit_mmap(c)
{
	assert(cpumask == 0);
	ptep_get_and_clear(c);
	if :: page != NONE -> put_page(c, page) :: else fi;
	if :: !freed[TABLE] -> entry = false; put_page(c, TABLE) :: else fi
}

/* ---- who does what ---- */

/* DONTNEED or munmap; exit. */
proctype dropper() provided (!in_irq[0])
{
	byte mask, from, i, page;

	if
	:: down_read(0); zap_range(0); up_read(0)
	:: down_write(0); unmap_region(0); up_write(0)
	fi;
	switch_mm(0, false);
	nr_threads--
}

/* A write fault; exit, as the last: process_end_threads(), mmput(). */
proctype writer() provided (!in_irq[1])
{
	byte mask, from, i, page;

	down_read(1);
	if :: entry -> handle_pte_fault(1) :: else fi;
	up_read(1);
#ifndef TRAP_TORN_DOWN_WHILE_LOADED
	nr_threads == 1;
#endif
	switch_mm(1, false);
	exit_mmap(1)
}

/* A thread that is scheduled here, and away, and in the end exits. */
proctype wanderer() provided (!in_irq[2])
{
	do
	:: switch_mm(2, true); switch_mm(2, false)
	:: break
	od;
	nr_threads--
}

/* handle_interrupt(IPI_SHOOTDOWN) */
proctype interrupt(byte c)
{
	byte from, i;

end:	do
	:: atomic {
		irqs[c] && !in_irq[c] && ipi[c] -> in_irq[c] = true; ipi[c] = false;
		printf("@%d takes the interrupt\n", c);
		serve_first(c)
	   }
	   atomic { serve_second(c); in_irq[c] = false }
	od
}

/* The MMU of a CPU fills what is not there. */
inline walk(c)
{
	d_step {
		loaded[c] && (upper[c] || entry) && (!upper[c] || tlb[c] == NONE && pte != NONE) ->
		assert(!freed[TABLE]);
		upper[c] = true;
		if
		:: tlb[c] == NONE && pte != NONE ->
			tlb[c] = pte; printf("@%d (its MMU walks: frame %d)\n", c, pte)
		:: else -> printf("@%d (its MMU walks: the PTE is empty, upper entry kept)\n", c)
		fi
	}
}

/* What the hardware may do at any moment: walk, and let a store out of the buffer. */
proctype hardware()
{
end:	do
	:: d_step {
		buffered -> buffered = false; entry = false;
		printf("@0 (its store gets to memory)\n")
	   }
	:: walk(0)
	:: walk(1)
	:: walk(2)
	od
}

init {
	atomic {
		loaded[0] = true; loaded[1] = true;
		irqs[0] = true; irqs[1] = true; irqs[2] = true;
		run dropper(); run writer(); run wanderer();
		run interrupt(0); run interrupt(1); run interrupt(2);
		run hardware()
	}
}
