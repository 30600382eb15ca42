/* SPDX-License-Identifier: MIT */
/*
 * What memmap and ksmstat have in common: -w, a display that is painted anew every few seconds.
 * On a terminal it stays in its place, and any key ends it, Ctrl-C too; elsewhere one picture
 * follows the other until somebody ends the program.
 */
#pragma once

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#define TENTHS_MOST 255 /* that a terminal waits */

static struct {
	double seconds; /* between two pictures; 0: there is one */
	bool screen;	/* the terminal is written in place */
	struct termios before;
} live;

/* -w: every second, or as the word after it says, if that is a number.  False: not above 0. */
static inline bool live_option(int argc, char **argv)
{
	char *end = "";

	live.seconds = 1;
	if (optind < argc && argv[optind][0] >= '0' && argv[optind][0] <= '9')
		live.seconds = strtod(argv[optind++], &end);
	return !*end && live.seconds >= 0.1 && live.seconds < 1e6;
}

static inline struct winsize live_window(void)
{
	struct winsize size = { 0 };

	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) || size.ws_row < 12 || size.ws_col < 40)
		size = (struct winsize){ .ws_row = 24, .ws_col = 80 };
	return size;
}

/* Takes keys one by one and unseen; output stays as it is. */
static inline void live_begin(void)
{
	struct termios t;

	live.screen = live.seconds && isatty(STDOUT_FILENO) && !tcgetattr(STDIN_FILENO, &t);
	if (!live.screen)
		return;
	live.before = t;
	t.c_lflag &= ~(tcflag_t)(ICANON | ECHO | ISIG);
	t.c_cc[VMIN] = 0;
	tcsetattr(STDIN_FILENO, TCSANOW, &t);
	printf("\033[?25l\033[2J");
}

/* Before the first line of a picture. */
static inline void live_home(void)
{
	if (live.screen)
		printf("\033[H");
}

/* The end of a line, and of what an earlier picture had there. */
static inline void live_newline(void)
{
	puts(live.screen ? "\033[K" : "");
}

/* Whether a key is typed before the time is over. */
static inline bool key_within(double seconds)
{
	struct termios t;
	unsigned char key;

	if (tcgetattr(STDIN_FILENO, &t))
		return true;
	for (int left = (int)(seconds * 10 + 0.5); left > 0; left -= t.c_cc[VTIME]) {
		t.c_cc[VTIME] = (cc_t)(left < TENTHS_MOST ? left : TENTHS_MOST);
		if (tcsetattr(STDIN_FILENO, TCSANOW, &t) || read(STDIN_FILENO, &key, 1))
			return true;
	}
	return false;
}

/* After a picture: waits for the time of the next one; false if there shall be none. */
static inline bool live_next(void)
{
	struct timespec pause = { .tv_sec = (time_t)live.seconds };

	pause.tv_nsec = (long)((live.seconds - (double)pause.tv_sec) * 1e9);
	if (live.screen)
		printf("\033[J");
	fflush(stdout);
	if (!live.seconds)
		return false;
	if (live.screen)
		return !key_within(live.seconds);
	putchar('\n');
	return !nanosleep(&pause, NULL);
}

static inline void live_end(void)
{
	if (!live.screen)
		return;
	printf("\033[?25h");
	fflush(stdout);
	tcsetattr(STDIN_FILENO, TCSANOW, &live.before);
}
