/* SPDX-License-Identifier: MIT */
/* When there is no frame left. */
#pragma once

#include "mm/space/mm.h"

struct process;

#define OOM_CANDIDATES	1024 /* processes, at most */
#define OOM_GENERATIONS 8

/* A process, as the choice sees it. */
struct oom_candidate {
	struct process *process; /* referenced; oom_hooks.put() */
	int pid;
	const char *name;
	/*
	 * The families it is of, the widest first, then 0: each process founds one, of which its
	 * descendants are, whether it lives or not and whoever has adopted them.  Who has as many
	 * ancestors as fit here founds none.
	 */
	u32 lineage[OOM_GENERATIONS];
	struct mm_struct *mm; /* mm_users taken; null if it has none any more */
	u64 objects;	      /* bytes of memory objects, by handles and messages, shared in part */
	u64 kernel;	      /* bytes of what else the kernel keeps for it, its mm apart */
	bool ending;	      /* gives its memory back now, or will as soon as it runs */
	bool spared;	      /* may not be killed */
};

/* What oom.c asks of the process floor. */
struct oom_hooks {
	/* Fills c in with the process of the lowest pid above pid, 0 first; false at the end. */
	bool (*next)(int pid, struct oom_candidate *c);
	/* Sends it SIGKILL, which cannot be refused. */
	void (*kill)(struct process *p);
	void (*put)(struct process *p);
};
extern struct oom_hooks oom_hooks;

/*
 * fault_hooks.out_of_memory: kills the process that keeps most memory, unless one is dying
 * already or `wanted` frames are free, and gives it time to go.  True if the caller may
 * try again; false if it is to die itself or nobody is left to kill.  Sleeps; no lock held.
 */
bool out_of_memory(u64 wanted);
