/* SPDX-License-Identifier: MIT */
/* The line discipline: see ldisc.h. */
#include "user/servers/tty/ldisc.h"

#include <signal.h>
#include <string.h>

#define CONTROL(c) ((c)&0x1f)
#define DEL	   127
#define DISABLED   0 /* in c_cc: no key does this */

/* Marks in the ring, beside the byte. */
#define ENDS_LINE   0x100
#define END_OF_FILE 0x200 /* VEOF: ends a line too, and is no part of it */

static const struct termios initially = {
	.c_iflag = ICRNL | IMAXBEL | IUTF8,
	.c_oflag = OPOST | ONLCR,
	.c_cflag = B115200 | CS8 | CREAD | HUPCL,
	.c_lflag = ISIG | ICANON | IEXTEN | ECHO | ECHOE | ECHOK | ECHOCTL | ECHOKE,
	.c_cc = {
		[VINTR] = CONTROL('C'),
		[VQUIT] = CONTROL('\\'),
		[VERASE] = DEL,
		[VKILL] = CONTROL('U'),
		[VEOF] = CONTROL('D'),
		[VMIN] = 1,
		[VSUSP] = CONTROL('Z'),
		[VWERASE] = CONTROL('W'),
	},
};

void ldisc_init(struct ldisc *ld)
{
	ld->termios = initially;
	ld->head = ld->line = ld->tail = 0;
	ld->column = 0;
}

static bool local(const struct ldisc *ld, tcflag_t flag)
{
	return ld->termios.c_lflag & flag;
}

static bool is_key(const struct ldisc *ld, int key, unsigned char c)
{
	return c != DISABLED && ld->termios.c_cc[key] == c;
}

static uint16_t *at(struct ldisc *ld, unsigned int index)
{
	return &ld->ring[index % LDISC_SIZE];
}

/* ---- the screen ---- */

static bool is_control(unsigned char c)
{
	return c < ' ' || c == DEL;
}

/* A byte that shows nothing of its own, since it goes on with a character of UTF-8. */
static bool continues(const struct ldisc *ld, unsigned char c)
{
	return ld->termios.c_iflag & IUTF8 && (c & 0xc0) == 0x80;
}

/* Where the cursor is after a byte that moves it to the right. */
static unsigned int column_after(const struct ldisc *ld, unsigned int column, unsigned char c)
{
	if (c == '\t')
		return (column | 7) + 1;
	return column + !continues(ld, c);
}

/* Follows the cursor; escape sequences are not understood. */
static void follow(struct ldisc *ld, unsigned char c)
{
	if (c == '\r')
		ld->column = 0;
	else if (c == '\b')
		ld->column -= ld->column > 0;
	else if (c == '\t' || !is_control(c))
		ld->column = column_after(ld, ld->column, c);
}

static bool makes_crlf(const struct ldisc *ld)
{
	return (ld->termios.c_oflag & (OPOST | ONLCR)) == (OPOST | ONLCR);
}

/* How many bytes there are before the first newline that needs a carriage return. */
static size_t run_length(const struct ldisc *ld, const char *bytes, size_t n)
{
	const char *newline = makes_crlf(ld) ? memchr(bytes, '\n', n) : NULL;

	return newline ? (size_t)(newline - bytes) : n;
}

void ldisc_write(struct ldisc *ld, const char *bytes, size_t n)
{
	while (n) {
		size_t run = run_length(ld, bytes, n);

		if (run)
			ld->put(bytes, run);
		for (size_t i = 0; i < run; i++)
			follow(ld, (unsigned char)bytes[i]);
		if (run < n) {
			ld->put("\r\n", 2);
			ld->column = 0;
			run++;
		}
		bytes += run;
		n -= run;
	}
}

static void show(struct ldisc *ld, const char *text)
{
	ldisc_write(ld, text, strlen(text));
}

static bool shows_caret(const struct ldisc *ld, unsigned char c)
{
	return local(ld, ECHOCTL) && is_control(c) && c != '\t' && c != '\n';
}

static void echo(struct ldisc *ld, unsigned char c)
{
	char caret[] = { '^', (char)(c ^ 0x40) };

	if (shows_caret(ld, c))
		ldisc_write(ld, caret, sizeof(caret));
	else
		ldisc_write(ld, (char *)&c, 1);
}

/* What has been typed of the line has become shorter: clears what stands after it. */
static void rub_out(struct ldisc *ld)
{
	unsigned int column = ld->line_start;

	for (unsigned int i = ld->line; i != ld->tail; i++) {
		unsigned char c = (unsigned char)*at(ld, i);

		if (shows_caret(ld, c))
			column += 2;
		else if (c == '\t' || !is_control(c))
			column = column_after(ld, column, c);
	}
	while (ld->column > column)
		show(ld, "\b \b");
}

/* ---- keys that edit ---- */

static void erase_character(struct ldisc *ld)
{
	unsigned char c;

	do
		c = (unsigned char)*at(ld, --ld->tail);
	while (continues(ld, c) && ld->tail != ld->line);
}

static bool ends_in_blank(struct ldisc *ld)
{
	unsigned char c = (unsigned char)*at(ld, ld->tail - 1);

	return c == ' ' || c == '\t';
}

static void erase_word(struct ldisc *ld)
{
	while (ld->tail != ld->line && ends_in_blank(ld))
		ld->tail--;
	while (ld->tail != ld->line && !ends_in_blank(ld))
		erase_character(ld);
}

/* Shows that something was erased by key c; visibly: what is gone disappears. */
static void show_erased(struct ldisc *ld, unsigned char c, bool visibly)
{
	if (!local(ld, ECHO))
		return;
	if (visibly)
		rub_out(ld);
	else
		echo(ld, c);
}

static void kill_line(struct ldisc *ld, unsigned char c)
{
	bool visibly = local(ld, ECHOE) && local(ld, ECHOKE);

	ld->tail = ld->line;
	show_erased(ld, c, visibly);
	if (!visibly && local(ld, ECHO) && local(ld, ECHOK))
		show(ld, "\n");
}

/* Terminals send either of the two from the same key. */
static bool is_erase(const struct ldisc *ld, unsigned char c)
{
	return is_key(ld, VERASE, c) || (c == '\b' && ld->termios.c_cc[VERASE] == DEL);
}

/* True if c was a key that edits the line. */
static bool edit(struct ldisc *ld, unsigned char c)
{
	bool word = local(ld, IEXTEN) && is_key(ld, VWERASE, c);

	if (!word && !is_erase(ld, c) && !is_key(ld, VKILL, c))
		return false;
	if (ld->tail == ld->line)
		return true;
	if (is_key(ld, VKILL, c)) {
		kill_line(ld, c);
		return true;
	}
	if (word)
		erase_word(ld);
	else
		erase_character(ld);
	show_erased(ld, c, local(ld, ECHOE));
	return true;
}

/* ---- what is typed ---- */

static int signal_of(const struct ldisc *ld, unsigned char c)
{
	if (!local(ld, ISIG))
		return 0;
	return is_key(ld, VINTR, c) ? SIGINT :
	       is_key(ld, VQUIT, c) ? SIGQUIT :
	       is_key(ld, VSUSP, c) ? SIGTSTP :
				      0;
}

static void interrupt(struct ldisc *ld, unsigned char c, int sig)
{
	if (!local(ld, NOFLSH))
		ldisc_flush(ld);
	if (local(ld, ECHO))
		echo(ld, c);
	ld->signal(sig);
}

/* The marks that c gets in canonical mode. */
static uint16_t marks_of(const struct ldisc *ld, unsigned char c)
{
	if (is_key(ld, VEOF, c))
		return ENDS_LINE | END_OF_FILE;
	return c == '\n' || is_key(ld, VEOL, c) || is_key(ld, VEOL2, c) ? ENDS_LINE : 0;
}

/* Adds a byte; the last free place is for the end of a line. */
static void add(struct ldisc *ld, unsigned char c, uint16_t marks)
{
	unsigned int room = LDISC_SIZE - (ld->tail - ld->head);

	if (room <= (local(ld, ICANON) && !marks)) {
		if (ld->termios.c_iflag & IMAXBEL)
			ld->put("\a", 1);
		return;
	}
	if (ld->tail == ld->line)
		ld->line_start = ld->column;
	if (!(marks & END_OF_FILE) && (local(ld, ECHO) || (c == '\n' && local(ld, ECHONL))))
		echo(ld, c);
	*at(ld, ld->tail++) = c | marks;
	if (marks || !local(ld, ICANON))
		ld->line = ld->tail;
}

void ldisc_input(struct ldisc *ld, unsigned char c)
{
	tcflag_t flags = ld->termios.c_iflag;
	int sig;

	if (c == '\r' && flags & IGNCR)
		return;
	if (c == '\r' && flags & ICRNL)
		c = '\n';
	else if (c == '\n' && flags & INLCR)
		c = '\r';
	sig = signal_of(ld, c);
	if (sig)
		interrupt(ld, c, sig);
	else if (!local(ld, ICANON))
		add(ld, c, 0);
	else if (!edit(ld, c))
		add(ld, c, marks_of(ld, c));
}

/* ---- what is read ---- */

bool ldisc_readable(const struct ldisc *ld, size_t n)
{
	const cc_t *cc = ld->termios.c_cc;
	size_t least = local(ld, ICANON) || (!cc[VMIN] && cc[VTIME]) ? 1 : cc[VMIN];

	return ld->line - ld->head >= (least < n ? least : n);
}

size_t ldisc_peek(const struct ldisc *ld, char *buf, size_t n)
{
	bool canonical = local(ld, ICANON);
	size_t done = 0;

	for (unsigned int i = ld->head; i != ld->line && done < n; i++) {
		uint16_t typed = ld->ring[i % LDISC_SIZE];

		if (canonical && typed & END_OF_FILE)
			break;
		buf[done++] = (char)typed;
		if (canonical && typed & ENDS_LINE)
			break;
	}
	return done;
}

void ldisc_consume(struct ldisc *ld, size_t n)
{
	bool in_line;

	ld->head += (unsigned int)n;
	in_line = !n || !(*at(ld, ld->head - 1) & ENDS_LINE);
	/* an end that the read has come up to goes with it, or the next one would return 0 */
	if (local(ld, ICANON) && ld->head != ld->line && in_line && *at(ld, ld->head) & END_OF_FILE)
		ld->head++;
}

void ldisc_flush(struct ldisc *ld)
{
	ld->head = ld->line = ld->tail;
}

/* ---- settings ---- */

/*
 * All that is in the ring counts as typed just now; what the screen has of it already is not shown.
 */
static void type_again(struct ldisc *ld, bool shown)
{
	tcflag_t flags = ld->termios.c_lflag;
	unsigned char typed[LDISC_SIZE];
	size_t n = 0;

	for (unsigned int i = ld->head; i != ld->tail; i++)
		typed[n++] = (unsigned char)*at(ld, i);
	ldisc_flush(ld);
	if (shown)
		ld->termios.c_lflag &= ~(tcflag_t)(ECHO | ECHONL);
	for (size_t i = 0; i < n; i++)
		ldisc_input(ld, typed[i]);
	ld->termios.c_lflag = flags;
}

void ldisc_set(struct ldisc *ld, const struct termios *termios)
{
	tcflag_t old = ld->termios.c_lflag;

	ld->termios = *termios;
	if (!((old ^ termios->c_lflag) & ICANON))
		return;
	if (old & ICANON)
		ld->line = ld->tail;
	else
		type_again(ld, old & ECHO);
}
