/* SPDX-License-Identifier: MIT */
/*
 * A line that is typed: the terminal gives raw bytes meanwhile, and what is seen is drawn here.
 * After each key the line is drawn anew, except for a character at its end, which is just shown.
 * A line longer than the screen is seen through a window that follows the cursor.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include "sh.h"

#define CTRL(c)	  ((c)&0x1f)
#define DEL	  127
#define ESC	  27
#define LINE_SIZE 1024
#define HISTORY	  64

/* Keys that are more than one byte. */
enum { KEY_UP = 256, KEY_DOWN, KEY_RIGHT, KEY_LEFT, KEY_HOME, KEY_END, KEY_DELETE, KEY_NONE };

struct editor {
	const char *prompt;
	char line[LINE_SIZE];
	size_t len, cursor;
	unsigned int shown; /* the line of history seen now; `lines`: none of them */
};

static char *history[HISTORY];
static unsigned int lines; /* that were ever entered; those modulo HISTORY are kept */

/* ---- keys ---- */

/* The next byte that was typed, or -1 at the end. */
static int next_byte(void)
{
	unsigned char c;

	return read(STDIN_FILENO, &c, 1) == 1 ? c : -1;
}

/* What follows ESC: `[` or `O`, perhaps a number, and a letter or `~`. */
static int escape_key(void)
{
	int c = next_byte(), number = 0;

	if (c != '[' && c != 'O')
		return KEY_NONE;
	while ((c = next_byte()) == ';' || (c >= '0' && c <= '9'))
		number = c == ';' ? 0 : 10 * number + c - '0';
	if (c == '~')
		return number == 1 || number == 7 ? KEY_HOME :
		       number == 4 || number == 8 ? KEY_END :
		       number == 3		  ? KEY_DELETE :
						    KEY_NONE;
	if (c >= 'A' && c <= 'D')
		return KEY_UP + c - 'A';
	return c == 'H' ? KEY_HOME : c == 'F' ? KEY_END : KEY_NONE;
}

static int next_key(void)
{
	int c = next_byte();

	switch (c) {
	case ESC:
		return escape_key();
	case CTRL('A'):
		return KEY_HOME;
	case CTRL('E'):
		return KEY_END;
	case CTRL('B'):
		return KEY_LEFT;
	case CTRL('F'):
		return KEY_RIGHT;
	case CTRL('P'):
		return KEY_UP;
	case CTRL('N'):
		return KEY_DOWN;
	default:
		return c;
	}
}

/* ---- what is seen ---- */

static size_t screen_width(void)
{
	struct winsize size = { 0 };

	return !ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) && size.ws_col > 20 ? size.ws_col : 80;
}

static void draw(const struct editor *e)
{
	size_t prompt = strlen(e->prompt), width = screen_width(), room, from, n;

	room = width > prompt + 10 ? width - prompt - 1 : 10;
	from = e->cursor > room ? e->cursor - room : 0;
	n = e->len - from < room ? e->len - from : room;
	printf("\r%s%.*s\033[K", e->prompt, (int)n, e->line + from);
	if (e->cursor - from < n)
		printf("\033[%zuD", n - (e->cursor - from));
	fflush(stdout);
}

/* ---- what keys do ---- */

static void insert(struct editor *e, int c)
{
	if (e->len >= LINE_SIZE - 1)
		return;
	memmove(e->line + e->cursor + 1, e->line + e->cursor, e->len - e->cursor);
	e->line[e->cursor++] = (char)c;
	e->len++;
	if (e->cursor == e->len && strlen(e->prompt) + e->len < screen_width()) {
		putchar(c);
		fflush(stdout);
	} else {
		draw(e);
	}
}

/* Removes what is between two places; the cursor stands there then. */
static void cut(struct editor *e, size_t from, size_t to)
{
	memmove(e->line + from, e->line + to, e->len - to);
	e->len -= to - from;
	e->cursor = from;
}

static size_t word_start(const struct editor *e)
{
	size_t at = e->cursor;

	while (at && e->line[at - 1] == ' ')
		at--;
	while (at && e->line[at - 1] != ' ')
		at--;
	return at;
}

/* Shows a line of history, or an empty one past the last. */
static void recall(struct editor *e, unsigned int n)
{
	if (n > lines || (n < lines && (lines - n > HISTORY || !history[n % HISTORY])))
		return;
	e->shown = n;
	strcpy(e->line, n < lines ? history[n % HISTORY] : "");
	e->len = e->cursor = strlen(e->line);
}

static void edit(struct editor *e, int key)
{
	switch (key) {
	case KEY_LEFT:
		e->cursor -= e->cursor > 0;
		break;
	case KEY_RIGHT:
		e->cursor += e->cursor < e->len;
		break;
	case KEY_HOME:
		e->cursor = 0;
		break;
	case KEY_END:
		e->cursor = e->len;
		break;
	case KEY_UP:
		recall(e, e->shown - 1);
		break;
	case KEY_DOWN:
		recall(e, e->shown + 1);
		break;
	case '\b':
	case DEL:
		if (e->cursor)
			cut(e, e->cursor - 1, e->cursor);
		break;
	case KEY_DELETE:
	case CTRL('D'):
		if (e->cursor < e->len)
			cut(e, e->cursor, e->cursor + 1);
		break;
	case CTRL('U'):
		cut(e, 0, e->cursor);
		break;
	case CTRL('K'):
		e->len = e->cursor;
		break;
	case CTRL('W'):
		cut(e, word_start(e), e->cursor);
		break;
	case CTRL('L'):
		fputs("\033[H\033[2J", stdout);
		break;
	default:
		return;
	}
	draw(e);
}

static void remember(const struct editor *e)
{
	if (!e->len || (lines && !strcmp(history[(lines - 1) % HISTORY], e->line)))
		return;
	free(history[lines % HISTORY]);
	history[lines++ % HISTORY] = keep_copy(e->line);
}

/* The terminal as programs have it, while a line is typed. */
static struct termios cooked;

/* Each key as it is typed, no echo; output as ever. */
static void make_raw(void)
{
	struct termios raw;

	if (tcgetattr(STDIN_FILENO, &cooked))
		return;
	raw = cooked;
	cfmakeraw(&raw);
	raw.c_oflag = cooked.c_oflag;
	tcsetattr(STDIN_FILENO, TCSADRAIN, &raw);
}

/* Ends the line on the screen. */
static int leave(const char *how, int result)
{
	puts(how);
	fflush(stdout);
	tcsetattr(STDIN_FILENO, TCSADRAIN, &cooked); /* shows what was typed ahead */
	return result;
}

int edit_line(const char *prompt, struct text *t)
{
	struct editor e = { .prompt = prompt, .shown = lines };

	make_raw();
	draw(&e);
	for (;;) {
		int key = next_key();

		if (key < 0 || (key == CTRL('D') && !e.len))
			return leave("", 0);
		if (key == CTRL('C'))
			return leave("^C", -1);
		if (key == '\r' || key == '\n')
			break;
		if (key == '\t' || (key >= ' ' && key < DEL) || (key > DEL && key < 256))
			insert(&e, key == '\t' ? ' ' : key);
		else
			edit(&e, key);
	}
	e.line[e.len] = '\0';
	remember(&e);
	text_add(t, e.line);
	text_put(t, '\n');
	return leave("", 1);
}
