/* SPDX-License-Identifier: MIT */
/* Pruning: records that lead nowhere any more.  Theory: prune.c. */
#pragma once

#include "mm/merge/engine/stable.h"

/*
 * Looks at up to budget records, of all nodes in rotation, and drops those that no PTE
 * uses any more; frees stale nodes.  Scanner mutex held.
 */
void stable_prune_some(u64 budget);
/* The same at once for all nodes that have duplicates. */
void stable_prune_chains(void);
