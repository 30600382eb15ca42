/* SPDX-License-Identifier: MIT */
/*
 * The seven steps of a merge against everybody else: mm/merge/engine/join.c against
 * mm/space/fault.c, fork.c, gup.c and zap.c.
 *
 * Process P has page 0, process Q page 1, and their one byte is equal at first.  pksmd makes
 * page 1 a merged page and page 0 follow (try_to_merge_two_pages()).  Meanwhile a thread of P
 * and one of Q store and load, each through the TLB of a CPU of its own; in some scenarios a
 * second thread of P forks or drops the page, or the kernel pins P's page, writes to it and
 * lets go.  The child stores and loads too.
 *
 * Explicit: the PTEs, page-table locks, page locks, counts, flags, rmap, records, and each
 * CPU's TLB entry, which a flush alone takes away.  A flush is one step here: how it comes
 * about is the other model.  Statements that a lock makes invisible to others are one step.
 *
 * Wanted: each program reads what it has written last (val[] knows); no frame is freed while
 * a TLB holds it; a writable PTE => AnonExclusive => mapcount 1, and not a merged page;
 * every PTE of a merged page is found by a walk of its records.
 *
 *   lanes P's thread | the child | Q's thread | P's second thread | kernel, for ipc | pksmd
 *   processes P | the child | Q
 *   scenario stores: P and Q store and load while their pages are merged
 *   scenario fork -DFORK: and P forks
 *   scenario drop -DDROP: and P drops its page, and may touch it again
 *   scenario pin -DPIN: and somebody writes to P's page through a pin
 *   scenario lockless-pin -DPIN -DLOCKLESS_PIN: as Linux's gup_fast: interrupts off, no lock
 *   scenario fork-pin -DFORK -DPIN -DALONE: P forks, somebody writes through a pin, no merge
 *   trap compared-before-protecting in stores: the bytes are compared first
 *   trap protected-without-flush in stores: the PTE is made read-only, TLBs are not told
 *   trap counted-before-protecting in pin: references are counted before the PTEs are locked
 *   trap counted-before-flush in lockless-pin: they are counted before the old entry is gone
 *   harmless counted-before-flush in pin: here a pin takes the lock that protect holds
 *   trap replaced-before-appending in stores: the record is made when the PTEs have moved
 *   trap replaced-without-flush in stores: the old frame is freed with TLBs that hold it
 *   trap exclusive-kept in stores: protect does not clear AnonExclusive
 *   trap shared-page-without-flush in fork: protect leaves pages that fork shares unflushed
 *   trap merged-page-reused in stores: a merged page with a count of one is taken over
 *   trap reused-by-mapcount in stores: a page with one mapping is, without its page lock
 *   trap copy-not-checked-again in pin: the PTE is not looked at again after the copy
 *   trap exclusive-kept-at-fork in fork: fork does not clear AnonExclusive
 *   trap pinned-page-shared in fork-pin: fork shares a page that is pinned
 *   trap dropped-without-flush in drop: the frame is freed before the flush
 *   own in_tree recorded may_be_sole program reads writes fault forker dropper
 *   own protect_exclusive_end kernel_writes
 */
#define NONE 15
#define FRAMES 8
#define A 0
#define K 1

/* Address spaces; each has one anon_vma of the same number, one PTE, one user thread. */
#define P 0
#define C 1 /* P's child */
#define Q 2

typedef frame {
	byte refs, pins, maps; /* refcount is refs + PAGE_PIN * pins */
	byte av;	       /* mapping: the anon_vma */
	bit data;	       /* the bytes */
	bool exclusive, merged, locked
};
frame pg[FRAMES];

byte pte[3], tlb[3];	/* frame or NONE */
bool pte_w[3], tlb_w[3];
bool ptl[3];
bit val[3];		/* what the program must read */
bool linked;		/* C's area is in P's anon_vma */
bool root;		/* P's family's root anon_vma is locked for reading, by the walk */
byte readers;		/* P's mmap_lock */
bool writer;
byte gathered = NONE;	/* the frame in P's mmu_gather batch */
bit epoch;		/* changes when P's page is dropped */
byte records;		/* of the stable node: a set of anon_vmas */
bool in_gup;		/* a lockless pin is under way, interrupts off */

#define in_tree(av, m) ((av) == (m) || (av) == P && (m) == C && linked)
#define page_count(f) (pg[f].refs + 4 * pg[f].pins)
#define only_mapped(f) (page_count(f) == pg[f].maps + 1)
#define recorded(m) (records & 1 && in_tree(P, m) || records & 2 && in_tree(C, m) || \
		     records & 4 && in_tree(Q, m))

/* ---- locks, frames ---- */

inline spin_lock(m) { !ptl[m] -> ptl[m] = true }

/* The invariants of vm.md hold whenever this lock is free. */
inline spin_unlock(m)
{
	assert(pte[m] == NONE || pg[pte[m]].refs >= pg[pte[m]].maps && pg[pte[m]].maps > 0);
	assert(!pte_w[m] || pg[pte[m]].exclusive && pg[pte[m]].maps == 1 && !pg[pte[m]].merged);
	ptl[m] = false
}

inline alloc_user_page(f, m)
{
	f = 0;
	do
	:: page_count(f) == 0 -> break
	:: else -> f++; assert(f < FRAMES)
	od;
	pg[f].refs = 1;
	pg[f].av = m
}

inline free_user_page(f)
{
	assert(tlb[P] != f && tlb[C] != f && tlb[Q] != f);
	assert(pg[f].maps == 0);
	pg[f].exclusive = false;
	pg[f].data = 0;
	pg[f].av = 0;
	if :: pg[f].merged -> pg[f].merged = false; records = 0 :: else fi
}

inline put_page(lane, f)
{
	d_step {
		pg[f].refs--;
		if
		:: page_count(f) == 0 ->
			printf("@%d put_page: frame %d is free\n", lane, f);
			free_user_page(f)
		:: else
		fi
	}
}

inline tlb_flush_page(lane, m)
{
	d_step {
		!in_gup -> tlb[m] = NONE; tlb_w[m] = false;
		printf("@%d tlb_flush_page: the address, on the CPUs of process %d\n", lane, m)
	}
}

/* ---- fault.c ---- */

/* The PTE's lock is held: nobody was faster. */
inline do_anonymous_page(lane, m)
{
	alloc_user_page(new, m);
	pg[new].maps = 1; pg[new].exclusive = true;
	pte[m] = new; pte_w[m] = true;
	printf("@%d do_anonymous_page: process %d has frame %d\n", lane, m, new);
	new = NONE
}

inline wp_page_reuse(lane, m)
{
	pte_w[m] = true;
	printf("@%d wp_page_reuse: frame %d is writable for process %d\n", lane, old, m);
	spin_unlock(m)
}

inline wp_replace(lane, m)
{
	pte[m] = NONE;
	printf("@%d wp_replace: clears the PTE of process %d (frame %d)\n", lane, m, old)
}

inline page_remove_rmap(f) { pg[f].maps-- }

inline wp_page_copy(lane, m)
{
	d_step {
		alloc_user_page(new, m);
		pg[new].data = pg[old].data;
		printf("@%d wp_page_copy: copies frame %d to %d\n", lane, old, new)
	}
	atomic {
		spin_lock(m);
		if
#ifndef TRAP_COPY_NOT_CHECKED_AGAIN
		:: pte[m] == old && !pte_w[m] -> wp_replace(lane, m); same = true
		:: else -> spin_unlock(m)
#else
		:: pte[m] != NONE -> wp_replace(lane, m); same = true
		:: else -> spin_unlock(m)
#endif
		fi
	}
	if
	:: same ->
		tlb_flush_page(lane, m);
		atomic {
			pg[new].maps = 1; pg[new].exclusive = true;
			pte[m] = new; pte_w[m] = true;
			page_remove_rmap(old);
			printf("@%d wp_replace: process %d has frame %d, writable\n", lane, m, new);
			spin_unlock(m);
			new = NONE; same = false
		}
		put_page(lane, old) /* the PTE's; ours goes below */
	:: else -> d_step { put_page(lane, new); new = NONE }
	fi;
}

/* wp_can_reuse() without AnonExclusive: the first look, and the page lock. */
#ifdef TRAP_MERGED_PAGE_REUSED
#define may_be_sole(f) (page_count(f) == 1 && !pg[f].locked)
#else
#ifdef TRAP_REUSED_BY_MAPCOUNT
#define may_be_sole(f) (!pg[f].merged && pg[f].maps == 1)
#else
#define may_be_sole(f) (!pg[f].merged && page_count(f) == 1 && !pg[f].locked)
#endif
#endif

/* A write to a read-only PTE; spin_lock() held, and released here. */
inline do_wp_page(lane, m)
{
	if
	:: pg[old].exclusive -> wp_page_reuse(lane, m); old = NONE
	:: !pg[old].exclusive && may_be_sole(old) ->
		pg[old].av = m; pg[old].exclusive = true;
		printf("@%d wp_can_reuse: frame %d is its alone\n", lane, old);
		wp_page_reuse(lane, m); old = NONE
	:: else ->
		pg[old].refs++;
		printf("@%d do_wp_page: frame %d must be copied\n", lane, old);
		spin_unlock(m)
	fi
}

inline handle_pte_fault(lane, m, write)
{
	spin_lock(m);
	old = pte[m];
	if
	:: old == NONE -> do_anonymous_page(lane, m); spin_unlock(m)
	:: old != NONE && (!write || pte_w[m]) -> spin_unlock(m); old = NONE /* do_spurious() */
	:: else -> do_wp_page(lane, m)
	fi
}

inline down_read(m) { m != P || !writer -> if :: m == P -> readers++ :: else fi }
inline up_read(m) { if :: m == P -> readers-- :: else fi }

/* What has to be copied is old, with a reference. */
inline do_page_fault(lane, m, write)
{
	atomic {
		down_read(m);
		handle_pte_fault(lane, m, write);
		if :: old == NONE -> up_read(m) :: else fi
	}
	if
	:: old != NONE ->
		wp_page_copy(lane, m);
		atomic { put_page(lane, old); old = NONE; up_read(m) }
	:: else
	fi
}

/* ---- programs ---- */

/* Through the TLB, or after a walk, which fills it.  What is being dropped is nobody's concern. */
inline reads(m)
{
	d_step {
		if :: tlb[m] == NONE -> tlb[m] = pte[m]; tlb_w[m] = pte_w[m] :: else fi;
		printf("@%d reads %d from frame %d; %d is right\n", m, pg[tlb[m]].data, tlb[m],
		       val[m]);
		assert(page_count(tlb[m]) > 0);
		assert(pg[tlb[m]].data == val[m] || m == P && tlb[m] == gathered)
	}
}

inline writes(m)
{
	d_step {
		if
		:: tlb[m] == NONE || !tlb_w[m] -> tlb[m] = pte[m]; tlb_w[m] = pte_w[m]
		:: else
		fi;
		assert(page_count(tlb[m]) > 0);
		if
		:: m == P && tlb[m] == gathered -> pg[tlb[m]].data = 1 - val[m]
		:: else -> val[m] = 1 - val[m]; pg[tlb[m]].data = val[m]
		fi;
		printf("@%d stores %d to frame %d\n", m, pg[tlb[m]].data, tlb[m])
	}
}

/* The CPU drops its entry when it faults. */
inline fault(who, wants)
{
	d_step { tlb[who] = NONE; tlb_w[who] = false; printf("@%d faults\n", who) }
	do_page_fault(who, who, wants)
}

proctype program(byte me)
{
	byte old = NONE, new = NONE;
	bool same;

end:	do
	:: atomic { tlb[me] != NONE || pte[me] != NONE -> reads(me) }
	:: atomic { tlb[me] != NONE && tlb_w[me] || pte[me] != NONE && pte_w[me] -> writes(me) }
	:: atomic { tlb[me] == NONE && pte[me] == NONE -> fault(me, false) }
	:: atomic {
		!(tlb[me] != NONE && tlb_w[me]) && !(pte[me] != NONE && pte_w[me]) ->
		fault(me, true)
	   }
	od
}

/* ---- fork.c ---- */

/* The bytes of the child are those of this moment, or, if shared, of fork's end. */
inline copy_pinned_pte(f)
{
	alloc_user_page(new, C);
	pg[new].data = pg[f].data; pg[new].maps = 1; pg[new].exclusive = true;
	pte[C] = new; pte_w[C] = true; val[C] = pg[f].data;
	printf("@3 copy_pinned_pte: the child has frame %d\n", new);
	new = NONE
}

inline share_pte(f)
{
#ifndef TRAP_EXCLUSIVE_KEPT_AT_FORK
	pg[f].exclusive = false;
#endif
	pte_w[P] = false;
	pg[f].refs++; pg[f].maps++;
	pte[C] = f;
	shared = true;
	printf("@3 share_pte: frame %d is the child's too, read-only\n", f)
}

inline copy_present_pte(f)
{
#ifndef TRAP_PINNED_PAGE_SHARED
	if
	:: pg[f].pins && pg[f].exclusive -> copy_pinned_pte(f)
	:: else -> share_pte(f)
	fi
#else
	share_pte(f)
#endif
}

inline copy_pte_range()
{
	atomic {
		spin_lock(P); spin_lock(C);
		if :: pte[P] != NONE -> copy_present_pte(pte[P]) :: else -> shared = true fi;
		spin_unlock(C); spin_unlock(P)
	}
}

inline dup_mm()
{
	atomic { !writer && !readers -> writer = true; printf("@3 forks\n") }
	atomic { !root -> linked = true } /* anon_vma_fork() */
	copy_pte_range();
	atomic {
		tlb_flush_page(3, P);
		if :: shared -> val[C] = val[P] :: else fi
	}
	atomic { writer = false; shared = false; run program(C); printf("@3 fork returns\n") }
}

/* ---- zap.c ---- */

inline zap_pte(lane)
{
	old = pte[P]; pte[P] = NONE; pte_w[P] = false;
	page_remove_rmap(old);
	gathered = old; epoch = 1 - epoch; val[P] = 0;
	printf("@%d zap_pte: clears the PTE of process 0 (frame %d)\n", lane, old)
}

inline zap_range()
{
	atomic {
		down_read(P); spin_lock(P);
		if :: pte[P] != NONE -> zap_pte(3) :: else fi;
		spin_unlock(P)
	}
	if
	:: old != NONE ->
#ifdef TRAP_DROPPED_WITHOUT_FLUSH
		skip;
#else
		tlb_flush_page(3, P);
#endif
		d_step { gathered = NONE; put_page(3, old); old = NONE }
	:: else
	fi;
	up_read(P)
}

/* P's second thread. */
#ifdef FORK
proctype forker()
{
	byte new = NONE;
	bool shared;

	dup_mm()
}
#endif

#ifdef DROP
proctype dropper()
{
	byte old = NONE;

	zap_range()
}
#endif

/* ---- gup.c ---- */

inline try_pin(f)
{
#ifdef LOCKLESS_PIN
	atomic {
		in_gup = true;
		if
		:: pte[P] != NONE && pte_w[P] ->
			f = pte[P]; seen = epoch;
			printf("@4 try_pin, interrupts off, no lock: finds frame %d\n", f)
		:: else
		fi
	}
	d_step {
		if
		:: f != NONE ->
			pg[f].pins++;
			printf("@4 try_pin: frame %d is pinned for writing\n", f)
		:: else
		fi;
		in_gup = false; printf("@4 interrupts on\n")
	}
#else
	atomic {
		seen = epoch;
		spin_lock(P);
		if
		:: pte[P] != NONE && pg[pte[P]].exclusive ->
			f = pte[P]; pg[f].pins++;
			printf("@4 try_pin: frame %d is pinned for writing\n", f)
		:: else
		fi;
		spin_unlock(P)
	}
#endif
}

/* What is written must be seen at the address, unless the page has been dropped there. */
inline kernel_writes(f)
{
	d_step {
		if
		:: epoch == seen -> val[P] = 1 - val[P]; pg[f].data = val[P]
		:: else
		fi;
		printf("@4 writes %d to frame %d\n", pg[f].data, f)
	}
}

inline unpin_user_page(f)
{
	d_step {
		pg[f].pins--;
		printf("@4 unpin_user_page\n");
		if :: page_count(f) == 0 -> free_user_page(f) :: else fi;
		f = NONE
	}
}

/* The kernel on somebody's behalf. */
#ifdef PIN
proctype ipc()
{
	byte old = NONE, new = NONE, f = NONE;
	bool same;
	bit seen;

	atomic { down_read(P) }
	do /* pin_user_page() */
	:: f == NONE ->
		try_pin(f);
		if :: f == NONE -> do_page_fault(4, P, true) :: else fi
	:: else -> break
	od;
	up_read(P);
	kernel_writes(f);
	unpin_user_page(f)
}
#endif

/* ---- join.c, by pksmd ---- */

/* Clears the PTE; its lock stays held until the PTE is set again. */
inline protect_exclusive(f, m)
{
#ifdef TRAP_COUNTED_BEFORE_FLUSH
	busy = !only_mapped(f); printf("@5 protect_exclusive: counts; busy? %d\n", busy);
#endif
	was_w = pte_w[m]; pte[m] = NONE; pte_w[m] = false; cleared = true;
	printf("@5 protect_exclusive: clears the PTE of process %d (frame %d)\n", m, f)
}

inline protect_exclusive_end(f, m)
{
#ifndef TRAP_COUNTED_BEFORE_FLUSH
#ifndef TRAP_COUNTED_BEFORE_PROTECTING
	busy = !only_mapped(f); printf("@5 protect_exclusive: counts; busy? %d\n", busy);
#endif
#endif
	pte[m] = f;
	if
	:: busy -> pte_w[m] = was_w; printf("@5 protect_exclusive: puts the PTE back\n")
	:: else ->
#ifndef TRAP_EXCLUSIVE_KEPT
		pg[f].exclusive = false;
#endif
		printf("@5 protect_exclusive: frame %d is read-only\n", f)
	fi;
	found++; was_w = false; cleared = false;
	spin_unlock(m)
}

inline protect_shared(f, m)
{
#ifndef TRAP_SHARED_PAGE_WITHOUT_FLUSH
	tlb_flush_page(5, m);
#endif
	atomic { found++; mapped = false; spin_unlock(m) }
}

inline protect_one(f, m)
{
	atomic {
		spin_lock(m);
		if
		:: pte[m] == f && pg[f].exclusive -> protect_exclusive(f, m)
		:: pte[m] == f && !pg[f].exclusive -> mapped = true
		:: else -> spin_unlock(m)
		fi
	}
	if
	:: cleared ->
#ifndef TRAP_PROTECTED_WITHOUT_FLUSH
		tlb_flush_page(5, m);
#endif
		atomic { protect_exclusive_end(f, m) }
	:: mapped -> protect_shared(f, m)
	:: else
	fi
}

/* Q has no relatives, and so nobody who would write-lock its root. */
inline anon_vma_lock_read(f) { d_step { root = (pg[f].av != Q); at = P } }
inline anon_vma_unlock_read() { d_step { root = false; at = P } }

inline write_protect_page(f)
{
#ifdef TRAP_COUNTED_BEFORE_PROTECTING
	d_step { busy = !only_mapped(f); printf("@5 write_protect_page: counts; busy? %d\n", busy) }
#endif
	anon_vma_lock_read(f);
	do
	:: at <= Q && !busy ->
		if :: in_tree(pg[f].av, at) -> protect_one(f, at) :: else fi;
		at++
	:: else -> break
	od;
	anon_vma_unlock_read();
	ok = !busy && found > 0 && found == pg[f].maps;
#ifndef TRAP_COUNTED_BEFORE_PROTECTING
	ok = ok && only_mapped(f);
#endif
	d_step {
		printf("@5 write_protect_page: frame %d is protected? %d\n", f, ok);
		busy = false; found = 0
	}
}

inline record_append(birthplace)
{
	d_step {
		records = records | (1 << birthplace);
		printf("@5 record_append: anon_vma %d\n", birthplace)
	}
}

inline promote(f)
{
	write_protect_page(f);
	if
	:: ok ->
		record_append(pg[f].av);
		d_step { pg[f].merged = true; printf("@5 promote: frame %d is a merged page\n", f) }
	:: else
	fi
}

inline demote(f)
{
	d_step {
		pg[f].merged = false; records = 0;
		printf("@5 demote: frame %d is an ordinary page\n", f)
	}
}

inline merge_page_cmp(f, kf)
{
	d_step {
		ok = (pg[f].data == pg[kf].data);
		printf("@5 merge_page_cmp: %d and %d\n", pg[f].data, pg[kf].data)
	}
}

inline take_target(kf) { pg[kf].refs++; pg[kf].maps++ }

inline replace_one(f, kf, m)
{
	atomic {
		spin_lock(m);
		if
		:: pte[m] == f && !pte_w[m] ->
			take_target(kf);
			pte[m] = NONE; cleared = true;
			printf("@5 replace_one: clears the PTE of process %d (frame %d)\n", m, f)
		:: else -> spin_unlock(m)
		fi
	}
	if
	:: cleared ->
#ifndef TRAP_REPLACED_WITHOUT_FLUSH
		tlb_flush_page(5, m);
#endif
		atomic {
			pte[m] = kf; cleared = false; moved = true;
			page_remove_rmap(f); pg[f].refs--;
			printf("@5 replace_one: process %d has frame %d\n", m, kf);
			spin_unlock(m)
		}
	:: else
	fi
}

inline replace_page(f, kf)
{
	anon_vma_lock_read(f);
	do
	:: at <= Q -> if :: in_tree(pg[f].av, at) -> replace_one(f, kf, at) :: else fi; at++
	:: else -> break
	od;
	anon_vma_unlock_read()
}

inline trylock_page(f)
{
	d_step {
		ok = !pg[f].locked; pg[f].locked = true;
		printf("@5 trylock_page: frame %d? %d\n", f, ok)
	}
}

/* Whoever locks a merged page next walks its records. */
inline unlock_page(f)
{
	d_step {
		assert(!pg[f].merged || pte[P] != f || recorded(P));
		assert(!pg[f].merged || pte[C] != f || recorded(C));
		assert(!pg[f].merged || pte[Q] != f || recorded(Q));
		pg[f].locked = false; printf("@5 unlock_page: frame %d\n", f)
	}
}

/* record_alloc() has to find the page's anon_vma: of a page that is mapped. */
inline join_pages(f, kf)
{
	trylock_page(f); /* 1 lock */
	if
	:: ok ->
#ifdef TRAP_COMPARED_BEFORE_PROTECTING
		merge_page_cmp(f, kf);
#endif
		if :: ok -> write_protect_page(f) :: else fi; /* 2 protect, 3 count */
#ifndef TRAP_COMPARED_BEFORE_PROTECTING
		if :: ok -> merge_page_cmp(f, kf) :: else fi; /* 4 compare */
#endif
		if
		:: ok ->
#ifndef TRAP_REPLACED_BEFORE_APPENDING
			record_append(pg[f].av); /* 5 append */
#endif
			replace_page(f, kf) /* 6 replace */
#ifdef TRAP_REPLACED_BEFORE_APPENDING
			; if :: pg[f].maps > 0 -> record_append(pg[f].av) :: else fi
#endif
		:: else
		fi;
		unlock_page(f)
	:: else
	fi
}

/* Step 7, free, goes with the reference of pksmd. */
inline try_to_merge_two_pages(f, tree_page)
{
	trylock_page(f);
	promote(f);
	if
	:: ok ->
		join_pages(tree_page, f);
		if :: !moved -> demote(f) :: else fi
	:: else
	fi;
	unlock_page(f)
}

/* A candidate is an ordinary page with a mapping; the scanner holds a reference meanwhile. */
proctype pksmd()
{
	byte at, found;
	bool busy, cleared, mapped, was_w, moved, ok;

end:	atomic {
		pg[A].maps > 0 && pg[K].maps > 0 ->
		pg[A].refs++; pg[K].refs++; printf("@5 try_to_merge_two_pages: frames 1 and 0\n")
	}
	try_to_merge_two_pages(K, A);
	put_page(5, A);
	put_page(5, K)
}

init {
	d_step {
		pg[A].refs = 1; pg[A].maps = 1; pg[A].exclusive = true; pg[A].av = P;
		pg[K].refs = 1; pg[K].maps = 1; pg[K].exclusive = true; pg[K].av = Q;
		pte[P] = A; pte_w[P] = true; pte[C] = NONE; pte[Q] = K; pte_w[Q] = true;
		tlb[P] = NONE; tlb[C] = NONE; tlb[Q] = NONE
	}
	atomic {
		run program(P);
#ifndef ALONE
		run program(Q); run pksmd();
#endif
#ifdef FORK
		run forker();
#endif
#ifdef DROP
		run dropper();
#endif
#ifdef PIN
		run ipc();
#endif
		skip
	}
}
