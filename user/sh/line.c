/* SPDX-License-Identifier: MIT */
/* Reading lines: from the console with a little editing, or from a file. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "sh.h"

#define CTRL(c) ((c)&0x1f)
#define DEL	127
#define ESC	27

/* The next byte of fd, or -1 at the end. */
static int next_byte(int fd)
{
	static char buf[256];
	static ssize_t len, pos;

	if (pos == len) {
		len = read(fd, buf, sizeof(buf));
		pos = 0;
	}
	return pos < len ? (unsigned char)buf[pos++] : -1;
}

static void show(const char *s)
{
	fputs(s, stdout);
	fflush(stdout);
}

/* An arrow or function key: ESC [ … letter. */
static void skip_escape(void)
{
	int c = next_byte(STDIN_FILENO);

	while (c == '[' || c == 'O' || c == ';' || (c >= '0' && c <= '9'))
		c = next_byte(STDIN_FILENO);
}

static void erase(size_t *n, size_t count)
{
	for (; count; count--, --*n)
		show("\b \b");
}

static void accept(char *buf, size_t size, size_t *n, int c)
{
	char echo[2] = { (char)c, '\0' };

	if (c < ' ' || *n == size - 1)
		return;
	buf[(*n)++] = (char)c;
	show(echo);
}

bool read_line(const char *prompt, char *buf, size_t size)
{
	size_t n = 0;

	show(prompt);
	for (;;) {
		int c = next_byte(STDIN_FILENO);

		if (c < 0 || (c == CTRL('D') && !n)) {
			show("\n");
			return false;
		}
		if (c == '\r' || c == '\n') {
			show("\n");
			buf[n] = '\0';
			return true;
		}
		if (c == CTRL('C')) {
			show("^C\n");
			show(prompt);
			n = 0;
		} else if (c == '\b' || c == DEL) {
			erase(&n, n ? 1 : 0);
		} else if (c == CTRL('U')) {
			erase(&n, n);
		} else if (c == ESC) {
			skip_escape();
		} else {
			accept(buf, size, &n, c);
		}
	}
}

bool read_script_line(int fd, char *buf, size_t size)
{
	size_t n = 0;
	int c = next_byte(fd);

	if (c < 0)
		return false;
	for (; c >= 0 && c != '\n'; c = next_byte(fd))
		if (n < size - 1)
			buf[n++] = (char)c;
	buf[n] = '\0';
	return true;
}
