/* SPDX-License-Identifier: MIT */
/*
 * The line discipline: what stands between the keys and a program.
 *
 *	keys ──ldisc_input()──► ring ──ldisc_peek(), ldisc_consume()──► who reads
 *	           │ echo
 *	           ▼
 *	screen ◄──put()──────────────────ldisc_write()──────────────── who writes
 *
 * In canonical mode (ICANON) what is typed can be changed until its line ends:
 *
 *	 head        line          tail
 *	  │ l s ⏎ c d ⏎ │ m a k e    │
 *	  └ to be read ─┴ being typed┘
 *
 * A line ends by a newline, by VEOL, or by VEOF (Ctrl-D), which stands in the ring and
 * is never read: after "abc" it makes a read return 3, at the start of a line 0, the
 * end of file.  In raw mode all that is typed can be read at once, and line is tail.
 *
 * This part knows nothing of messages and devices, and is tested on the host
 * (tools/hosttest/test_tty_ldisc.c).  Deliberately missing: IXON, VLNEXT, VREPRINT,
 * and the flags of slow printers.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <termios.h>

#define LDISC_SIZE 4096 /* of the ring, hence of the longest line, its end included */

struct ldisc {
	struct termios termios;
	void (*put)(const char *bytes, size_t n); /* shows them */
	void (*signal)(int sig);		  /* to the foreground group */
	uint16_t ring[LDISC_SIZE]; /* bytes with marks; indices grow, modulo its size */
	unsigned int head, line, tail;
	unsigned int column;	 /* of the cursor */
	unsigned int line_start; /* column where what is being typed began */
};

/* Canonical mode with echo, as a terminal of Linux's starts; the callbacks are the caller's. */
void ldisc_init(struct ldisc *ld);
/* A byte has been typed. */
void ldisc_input(struct ldisc *ld, unsigned char c);
/* Shows what a program writes. */
void ldisc_write(struct ldisc *ld, const char *bytes, size_t n);
/* Whether a read of n bytes, n > 0, gets its answer now. */
bool ldisc_readable(const struct ldisc *ld, size_t n);
/* Copies what such a read gets: at most n bytes, of one line if canonical; 0 at the end of file. */
size_t ldisc_peek(const struct ldisc *ld, char *buf, size_t n);
/* The first n bytes of that have been read; 0: the end of file, if it was there. */
void ldisc_consume(struct ldisc *ld, size_t n);
/* Forgets what has been typed and not read. */
void ldisc_flush(struct ldisc *ld);
/*
 * Other settings.  What was typed ahead is kept: a line that is being typed can be read
 * when the mode becomes raw; when it becomes canonical, all counts as typed just now.
 */
void ldisc_set(struct ldisc *ld, const struct termios *termios);
