/* SPDX-License-Identifier: MIT */
/*
 * The merge engine: what it is, and what it does not know.
 *
 * THEORY
 *
 * The engine finds equal pages, joins them, and parts them again.  It never chooses a page:
 * that is the business of a scanner, of which there are several.  So the engine asks what it
 * must know through a structure of its own, struct engine_client, which the scanner at work
 * has filled in:
 *
 *        scanner       page, "is there an equal one?"  ----->  stable.c, unstable.c
 *           |          "join these two"                ----->  join.c, zero.c
 *           |          "part all of this"              ----->  part.c
 *           '<-------  order? room on this node? whose page is this item? it is out
 *                      (engine_client)
 *
 * Its files, each of which calls only those to its left:
 *
 *     engine.c <- key.c <- record.c <- stable.c <- { prune.c  join.c <- zero.c  part.c }
 *                   '<---- unstable.c
 *
 * Worked example.  PKSM is at work and KSM takes over.  PKSM's candidates leave the unstable
 * tree, every node is parted, and with the machine stopped engine_client is made to point to
 * KSM's.  From now on keys are bytes, and a node has room as long as its *sites* are few; the
 * code that searches and joins is the same.
 *
 * Lock: the scanner mutex, outermost of all.  It is the engine's, because the engine's trees
 * need it; it has the name of who holds it most.
 *
 * Invariants
 *  1. engine_client is null, or there may be nodes and candidates: never nodes without one.
 *  2. The order is the same from the first node to the last.
 *
 * Rejected: the order and the counters as arguments of each call (every function between the
 * scanner and the place that asks would pass them on).
 *
 * Deliberately missing: two clients at a time.
 *
 * Further reading: sweep_test.c, the smallest client.
 */
#include "mm/merge/engine/engine.h"

const struct engine_client *engine_client;
struct rwsem scanner_mutex;
struct merge_counters merge_counters;

void engine_init(void)
{
	mutex_init(&scanner_mutex, LOCK_SCANNER);
}
