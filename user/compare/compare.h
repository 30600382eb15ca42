/* SPDX-License-Identifier: MIT */
/*
 * compare: one workload under one scanner, and what the scanner made of it.
 *
 *	works.c --- whose pages, and what they hold
 *	crowd.c --- the processes that hold them
 *	lua.c ----- processes that run the Lua interpreter
 *	scanner.c - KSM and PKSM behind one set of knobs and counters
 *	meter.c --- looks at frames and counters, at fixed distances of guest time
 *
 * The pages are born while the scanner stands still.  Then it has RUN_MS of guest
 * time, at its default speed, and is looked at every LOOK_MS.  No figure is printed
 * unless every page holds at the end what it should.
 */
#pragma once

#include "../bench/bench.h"

#define RUN_MS	5000
#define LOOK_MS 50

/* ---- the scanner under test (scanner.c) ---- */

/* What a scanner has done so far. */
struct counts {
	uint64_t scans;		   /* of everything */
	uint64_t looked;	   /* at pages */
	uint64_t instr;		   /* instructions of its thread at work */
	uint64_t hashed, compared; /* bytes */
	uint64_t merges, broken;
	uint64_t meta; /* bytes it keeps now */
};

/* Chooses by "SCANNER ORDER FILTER"; the scanner stands still afterwards. */
void scanner_choose(const char *setup);
void scanner_run(bool on);
/* Parts all that it has merged, and stops it for good. */
void scanner_end(void);
/* Waits for the end of a wake-up: the scanner has just fallen asleep. */
struct counts scanner_counts(void);

/* ---- workloads (works.c) ---- */

struct work {
	const char *name;
	unsigned int procs;
	size_t pages; /* of each process; 0: as large as standard input, or what birth finds */
	/* What page i of process proc holds now; null: what the program there makes of it. */
	void (*make)(char *page, unsigned int proc, size_t i);
	/*
	 * Brings the processes to life; returns how many frames their pages have, or
	 * without make() how many of them are beyond one for each content.
	 */
	size_t (*birth)(struct work *w);
	/* What happens after each look; null: nothing. */
	void (*turn)(const struct work *w, unsigned int look);
	/* Whether all is as it should be at the end; null: crowd_verify(). */
	bool (*verify)(const struct work *w);
};

/* NULL if there is none of this name. */
const struct work *work_find(const char *name);

/* ---- processes (crowd.c) ---- */

/* Pages of one process; pid 0 is the meter's own. */
struct region {
	pid_t pid;
	char *at;
	unsigned int proc;
};

#define REGIONS_MAX 16
extern struct region region[REGIONS_MAX];
extern unsigned int nr_regions;

void add_region(pid_t pid, char *at, unsigned int proc);

/* Each process maps its pages by itself, fills them and sleeps. */
size_t birth_strangers(struct work *w);
/* The same, by malloc, with the switch by which libc offers all anonymous memory. */
size_t birth_by_malloc(struct work *w);
/* The pages are the meter's own. */
size_t birth_own(struct work *w);
/* A tree of forks, two children each; then each process writes every fourth page. */
size_t birth_family(struct work *w);
/* One more process like those of birth_strangers(); killed by crowd_leave(). */
void crowd_join(const struct work *w, unsigned int proc);
void crowd_leave(unsigned int first);
/* Whether every page of every process holds what it should. */
bool crowd_verify(const struct work *w);
/* Different contents of all pages; zeros, which need no frame, are not counted. */
size_t crowd_distinct(const struct work *w);
/* What tells the contents of an aligned page; 0 for zeros alone. */
uint64_t crowd_key(const char *page);
/* The same as crowd_distinct() for these keys, which it sorts. */
size_t crowd_count(uint64_t *key, size_t n);

/* ---- Lua (lua.c) ---- */

/* Each process runs /bin/lua, which loads records, says so and waits. */
size_t birth_lua(struct work *w);
/* No page has changed, the scanner has passed often enough, and all compute what the host has. */
bool verify_lua(const struct work *w);

/* ---- the meter (meter.c) ---- */

/* What the frames saved are counted from: all are there now, and nothing is merged. */
void meter_base(void);
/* Counts merges that a write has undone within the time of a turn. */
void meter_wasted(unsigned int n);
/* Starts the scanner, looks RUN_MS long, verifies and prints. */
void meter_work(const struct work *w, size_t ideal, const char *setup);
