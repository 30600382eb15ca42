/* SPDX-License-Identifier: MIT */
/* What processes have used: time on a CPU, page faults. */
#pragma once

#include "kernel/proc/process.h"

/* Adds what a thread that leaves its process has used to that.  proc_tree_lock held. */
void usage_thread_ends(struct process *p, const struct thread *t);
/* All that the threads of p have used, and what those children have that p has waited for. */
struct usage usage_of_all(const struct process *p);
/* A child has been waited for: what it and its own have used is its parent's children's. */
void usage_child_ends(struct process *parent, const struct process *child);
/* What the caller may ask for by `who`, a USAGE_*.  -EINVAL: no such. */
int usage_get(int who, struct usage *usage);
