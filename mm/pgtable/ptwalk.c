/* SPDX-License-Identifier: MIT */
/*
 * The cursor over page tables.
 *
 * THEORY
 *
 * Fork, unmapping, mprotect, parting, KSM's scan and mm_check() all go through a range of
 * addresses and look at the entries that are there.  A range may be a thousand times larger than
 * what was touched of it, so the walk goes by tables, not by addresses:
 *
 *      range      |----------------------------------------------|
 *      tables        [ table  ]            [ table  ]  [ table  ]    2 MiB each
 *      entries         ##   #                     #      ########
 *                      |                   |           |
 *      ptwalk_find()   here, then here, and here; what lies between is passed over, by
 *                      2 MiB, 1 GiB or 512 GiB, as the lowest table on its path allows
 *
 * In a table the walk passes over empty entries, a cache line of eight at a time.
 *
 * Worked example.  [0x400000, 0x40000000) has one table, for 0x400000 .. 0x5fffff, with entries
 * for 0x400000 and 0x430000.
 *      for_each_table    addr 0x400000, table_end 0x600000
 *        for_each_entry  0x400000; 0x401000 .. 0x407000 one by one, 40 entries as five lines;
 *                        0x430000; ...; addr 0x600000: the table is done
 *      for_each_table    no table in [0x600000, 0x40000000): 509 looks; addr is end: over
 *
 * Stopping.  addr is all that the walk remembers.  A body that leaves for_each_entry() by `break`
 * leaves it at that entry, and for_each_table() enters the same table once more, there: this is
 * how zap flushes a full batch, and fork gets a frame, with no lock held, and goes on.
 *
 * Locks.  The walk itself takes none.  Its caller holds what keeps the tables: mmap_lock, or the
 * root anon_vma lock of an area in the range; or the world is stopped.  Between ptwalk_lock() and
 * ptwalk_unlock() the entries stand still but for A and D; without it `entry` is a hint.  A table
 * that is added meanwhile may be missed: a walk that must not holds mmap_lock for writing.
 *
 * Invariants
 *  1. In a table, pte is the slot of addr, and addr is in [start, table_end].
 *  2. An address is visited at most once, unless the body sets addr back.
 *
 * Rejected: a function called for each entry (a call and a structure of arguments for each page,
 * where fork has 83 instructions in all); an iterator over entries that enters tables by itself
 * (it would have to lock and unlock, and nobody could yield between two tables).
 *
 * Deliberately missing: the way from an entry back to the tables above it; pgtable.c frees tables
 * by a descent of its own.
 *
 * The inline part is in ptwalk.h: a walk that stands in a local variable lives in registers, as
 * if its loop were written out.  Only the descent is a call, once for each table.
 *
 * Further reading: Chickadee's vmiter (k-vmiter.hh), which goes by pages; Asterinas' cursor, which
 * holds the locks of its path.
 */
#include "mm/pgtable/ptwalk.h"

/* The level of the lowest table on the path of addr, which comes back in *table. */
static u32 lowest_table(const struct mm_struct *mm, u64 addr, u64 **table)
{
	u64 *at = mm->pgd;
	u32 level = LEVEL_TOP;

	while (level > LEVEL_PAGE) {
		u64 *below = pgtable_below(pgtable_entry(at, addr, level));

		if (!below)
			break;
		at = below;
		level--;
	}
	*table = at;
	return level;
}

struct pte_place ptwalk_find(struct mm_struct *mm, u64 addr, u64 end)
{
	while (addr < end) {
		u64 *table;
		u32 level = lowest_table(mm, addr, &table);

		if (level == LEVEL_PAGE)
			return (struct pte_place){ addr, pgtable_entry(table, addr, LEVEL_PAGE) };
		addr = ALIGN_DOWN(addr, level_span(level)) + level_span(level);
	}
	return (struct pte_place){ end, NULL };
}
