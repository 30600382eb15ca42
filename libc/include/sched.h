/* SPDX-License-Identifier: MIT */
/* Giving the CPU away, and choosing it. */
#pragma once

#include <sys/types.h>

#define CPU_SETSIZE 64
typedef struct {
	unsigned long bits;
} cpu_set_t;

#define CPU_ZERO(set)	    ((void)((set)->bits = 0))
#define CPU_SET(cpu, set)   ((void)((set)->bits |= 1ul << (cpu)))
#define CPU_CLR(cpu, set)   ((void)((set)->bits &= ~(1ul << (cpu))))
#define CPU_ISSET(cpu, set) ((int)((set)->bits >> (cpu)&1))
#define CPU_COUNT(set)	    __builtin_popcountl((set)->bits)

int sched_yield(void);
int sched_setaffinity(pid_t pid, size_t size, const cpu_set_t *set);
