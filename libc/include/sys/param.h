/* SPDX-License-Identifier: MIT */
/* BSD's limits and small macros. */
#pragma once

#include <endian.h>
#include <limits.h>
#include <signal.h>
#include <sys/types.h>

#define MAXPATHLEN     PATH_MAX
#define MAXHOSTNAMELEN HOST_NAME_MAX
#define NOFILE	       256
#define NCARGS	       ARG_MAX
#define NBBY	       8
#define DEV_BSIZE      512
#define HZ	       100

#define MIN(a, b)     (((a) < (b)) ? (a) : (b))
#define MAX(a, b)     (((a) > (b)) ? (a) : (b))
#define howmany(x, y) (((x) + ((y)-1)) / (y))
#define roundup(x, y) ((((x) + ((y)-1)) / (y)) * (y))
#define powerof2(x)   ((((x)-1) & (x)) == 0)
#define setbit(a, i)  ((a)[(i) / NBBY] |= 1 << ((i) % NBBY))
#define clrbit(a, i)  ((a)[(i) / NBBY] &= ~(1 << ((i) % NBBY)))
#define isset(a, i)   ((a)[(i) / NBBY] & (1 << ((i) % NBBY)))
#define isclr(a, i)   (!isset(a, i))
