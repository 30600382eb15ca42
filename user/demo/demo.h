/* SPDX-License-Identifier: MIT */
/*
 * The demo: six processes, one page's life, then everybody's pages.
 *
 *	director --- P ---- C1, C2	P reads INPUT; its children are forked
 *	        '--- S1, S2, S3		strangers: started separately, read INPUT again
 *
 * The director tells the story and checks every claim; the six do the work.
 * They share no memory with it: it gives orders and reads answers through
 * vm_poke and vm_peek of their `desk`, which has the same address in each,
 * since all run the same program.
 *
 * Others may run beside the demo, and their pages be merged as well.  So what it
 * claims it counts at the six: their entries and frames (vm_query, vm_entries), never
 * the machine's figures.
 */
#pragma once

#include <abi/event_ids.h>
#include <merganser.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#define PAGE	  4096ul
#define OWN_PAGES 16ul /* data of one's own, that nobody else has */

enum role { P, C1, C2, S1, S2, S3, NR_ACTORS };

extern const char *const role_name[NR_ACTORS];

/* ---- orders (actor.c) ---- */

enum order {
	ORDER_READ,	   /* INPUT into private memory → bytes */
	ORDER_INDEX,	   /* (P) → distinct contents; zero pages; copies of the most frequent */
	ORDER_FORK,	   /* (P) → pid of C1, of C2 */
	ORDER_OWN,	   /* make data of one's own */
	ORDER_OFFER,	   /* let the scanner have INPUT and own data */
	ORDER_VERIFY,	   /* every byte against INPUT → bytes compared, bytes that differ */
	ORDER_WHERE,	   /* → address of INPUT's pages */
	ORDER_WRITE,	   /* into one's share of a tenth of the pages → written, of them zeros */
	ORDER_STORY_MAP,   /* one page of address space → address */
	ORDER_STORY_READ,  /* a byte of it → the byte */
	ORDER_STORY_FILL,  /* the story's bytes into it */
	ORDER_STORY_WRITE, /* arg: a byte to write to its middle */
	ORDER_STORY_CHECK, /* arg: the byte in its middle → 1 if all bytes are right */
	ORDER_STORY_OFFER, /* MADV_MERGEABLE */
	ORDER_STORY_REFUSE, /* MADV_UNMERGEABLE → 0, or -1 */
	ORDER_STORY_UNMAP,
	ORDER_EXIT,
};

#define ANSWERS 3

/* An actor's desk.  The director writes order, arg and then number; the actor the rest. */
struct desk {
	volatile long open;   /* 1: the actor has come to its desk */
	volatile long number; /* of the latest order, from 1 */
	volatile long order, arg;
	volatile long done; /* number of the latest order carried out */
	volatile long answer[ANSWERS];
};

extern struct desk desk;

/* An actor's whole life; its exit status. */
int actor_main(enum role role);

/* ---- P's index over INPUT (index.c) ---- */

struct index_summary {
	long distinct; /* contents other than zeros */
	long zero;     /* pages of zeros */
	long most;     /* copies of the most frequent content other than zeros */
};

bool page_is_zero(const char *page);
/* Builds the index over n pages, which stays in memory; -1 if there is no memory. */
int index_build(const char *pages, size_t n, struct index_summary *summary);

/* ---- the director's side of the desks (cast.c) ---- */

extern pid_t cast[NR_ACTORS]; /* pids; 0: not started */

/* Starts a separate process for a role. */
void cast_start(enum role role);
/* Gives an order and waits until it is carried out; the first answer. */
long cast_order(enum role role, enum order order, long arg);
/* The n-th answer to the latest order. */
long cast_answer(enum role role, int n);
/* The same order to all six, which work at the same time; the sum of their first answers. */
long cast_order_all(enum order order);
/* Lets all processes end and waits for them; true if each ended with status 0. */
bool cast_dismiss(void);
/* True if the kernel knows no process of the cast any more. */
bool cast_is_gone(void);
/* Kills whoever is still there.  In a signal handler too. */
void cast_kill(void);

/* ---- narration (say.c) ---- */

/* A chapter's heading, a paragraph; printf-like. */
void heading(const char *text);
void say(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* States something that was just checked; a false one is counted and marked. */
void claim(bool ok, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* How many claims were made; how many were false. */
int claims_made(void);
int claims_failed(void);

struct kstat_mem mem_now(void);
struct kstat_pksm pksm_now(void);
struct kstat_proc proc_now(pid_t pid);
void set_knob(enum knob knob, unsigned long value);
double mib(long pages);
/* Sleeps a little: between two looks at something that another process brings about. */
void breathe(void);
/* Lets pksmd go n times over everything that is listed. */
void wait_scans(uint64_t n);

/* ---- the scanner (scanner.c) ---- */

/* Settings for the story; what they were before is put back. */
void scanner_prepare(void);
/* Puts them back, and lets pksmd go on if it stands anywhere.  In a signal handler too. */
void scanner_restore(void);
/* pksmd shall stop where it next comes to the event; waits until it stands there. */
void scanner_arm(enum event_id event);
void scanner_wait(enum event_id event);
/* From where it stands lets it go on to the event, with the next pages that it hashes. */
void scanner_skip(enum event_id from, enum event_id to);
/* The same, unless it comes to the event `away` first: false, and it stands there. */
bool scanner_step(enum event_id from, enum event_id to, enum event_id away);
void scanner_release(enum event_id from);

/* ---- what the six have (count.c) ---- */

/* Of INPUT's pages, in all processes of the cast. */
struct count {
	long frames; /* that differ, the zero page left out */
	long merged_frames;
	long merged_pages; /* in those */
	long zero_pages;   /* merged with the zero page */
};

struct count count_pages(size_t input_pages);

/* ---- the chapters ---- */

/* page.c */
void tell_one_page(void);
/* all.c; distinct: contents of INPUT's pages other than zeros */
void tell_all_pages(size_t input_pages, long distinct);
