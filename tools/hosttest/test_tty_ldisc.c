/* SPDX-License-Identifier: MIT */
/*
 * The terminal's line discipline: keys in, a screen and reads out.  At the end keys and
 * reads at random against a model that keeps whole lines.
 */
#include <signal.h>
#include <string.h>

#include "tools/hosttest/hosttest.h"
#include "user/servers/tty/ldisc.h"

static struct ldisc ld;
static char screen[65536]; /* all that was shown */
static size_t shown;
static int last_signal;

static void put(const char *bytes, size_t n)
{
	CHECK(n > 0 && shown + n < sizeof(screen));
	memcpy(screen + shown, bytes, n);
	shown += n;
}

static void take_signal(int sig)
{
	last_signal = sig;
}

static void start(void)
{
	ldisc_init(&ld);
	ld.put = put;
	ld.signal = take_signal;
	shown = 0;
	last_signal = 0;
}

static void type(const char *keys)
{
	while (*keys)
		ldisc_input(&ld, (unsigned char)*keys++);
}

/* What has been shown since the last time. */
static const char *seen(void)
{
	screen[shown] = '\0';
	shown = 0;
	return screen;
}

/* What a read of n bytes gets; "…" if it would wait. */
static const char *get(size_t n)
{
	static char buf[LDISC_SIZE + 1];
	size_t got;

	if (!ldisc_readable(&ld, n))
		return "…";
	got = ldisc_peek(&ld, buf, n);
	CHECK(got <= n);
	buf[got] = '\0';
	ldisc_consume(&ld, got);
	return buf;
}

static void set(tcflag_t off, tcflag_t on)
{
	struct termios t = ld.termios;

	t.c_lflag = (t.c_lflag & ~off) | on;
	ldisc_set(&ld, &t);
}

static void set_raw(cc_t min, cc_t time)
{
	struct termios t = ld.termios;

	t.c_cc[VMIN] = min;
	t.c_cc[VTIME] = time;
	t.c_lflag &= ~(tcflag_t)(ICANON | ECHO);
	ldisc_set(&ld, &t);
}

TEST(tty_ldisc_lines)
{
	start();
	type("one\rtw");
	CHECK_STR(seen(), "one\r\ntw");
	CHECK_STR(get(2), "on");
	CHECK_STR(get(99), "e\n");
	CHECK_STR(get(99), "…");
	type("o\nthree\n");
	CHECK_STR(get(99), "two\n");
	CHECK_STR(get(6), "three\n");
	CHECK_STR(get(99), "…");
	ldisc_write(&ld, "a\nb\n", 4);
	CHECK_STR(seen(), "o\r\nthree\r\na\r\nb\r\n");
}

TEST(tty_ldisc_erase)
{
	start();
	type("\177abx\177\bc\n");
	CHECK_STR(seen(), "abx\b \b\b \bc\r\n");
	CHECK_STR(get(99), "ac\n");
	type("ls  a.c \027b\n");
	CHECK_STR(get(99), "ls  b\n");
	type("\027\025none left\025x\n");
	CHECK_STR(get(99), "x\n");
	type("ok\n\177\177more\n"); /* what ended a line stays */
	CHECK_STR(get(99), "ok\n");
	CHECK_STR(get(99), "more\n");
}

TEST(tty_ldisc_erase_shows)
{
	start();
	ldisc_write(&ld, "> ", 2);
	type("a\t\001\303\244"); /* columns: 2, to 8, two, one */
	CHECK_STR(seen(), "> a\t^A\303\244");
	type("\177");
	CHECK_STR(seen(), "\b \b");
	type("\177");
	CHECK_STR(seen(), "\b \b\b \b");
	type("\177");
	CHECK_STR(seen(), "\b \b\b \b\b \b\b \b\b \b");
	type("b\025");
	CHECK_STR(seen(), "b\b \b\b \b");
	set(ECHOKE, 0);
	type("ab\025");
	CHECK_STR(seen(), "ab^U\r\n");
	set(ECHOE, 0);
	type("ab\177");
	CHECK_STR(seen(), "ab^?");
	set(ECHO, 0);
	type("c\177\025\n");
	CHECK_STR(seen(), "");
	CHECK_STR(get(99), "\n");
}

TEST(tty_ldisc_end_of_file)
{
	start();
	type("\004");
	CHECK_STR(get(99), "");
	CHECK_STR(get(99), "…");
	type("abc\004def\004\004");
	CHECK_STR(get(99), "abc");
	CHECK_STR(get(3), "def"); /* fits exactly: that end is used up */
	CHECK_STR(get(99), "");
	CHECK_STR(get(99), "…");
	type("gh\004");
	CHECK_STR(get(1), "g");
	CHECK_STR(get(1), "h");
	CHECK_STR(get(1), "…");
	type("x\n\004"); /* behind a line it is one of its own */
	CHECK_STR(get(2), "x\n");
	CHECK_STR(get(2), "");
	CHECK_STR(seen(), "abcdefghx\r\n");
	ld.termios.c_cc[VEOL] = ';';
	type("a;b\n");
	CHECK_STR(get(99), "a;");
	CHECK_STR(get(99), "b\n");
}

TEST(tty_ldisc_signals)
{
	start();
	type("whole\nhalf\003");
	CHECK_EQ(last_signal, SIGINT);
	CHECK_STR(seen(), "whole\r\nhalf^C");
	CHECK_STR(get(99), "…");
	type("next\n\034");
	CHECK_EQ(last_signal, SIGQUIT);
	CHECK_STR(get(99), "…");
	set(0, NOFLSH);
	type("kept\n\032");
	CHECK_EQ(last_signal, SIGTSTP);
	CHECK_STR(get(99), "kept\n");
	set(ISIG, 0);
	last_signal = 0;
	type("\003\n");
	CHECK_STR(get(99), "\003\n");
	CHECK_EQ(last_signal, 0);
}

TEST(tty_ldisc_raw)
{
	start();
	set_raw(1, 0);
	CHECK_STR(get(9), "…");
	type("a\004\177\n");
	CHECK_STR(get(2), "a\004");
	CHECK_STR(get(9), "\177\n");
	CHECK_STR(seen(), "");
	set_raw(3, 0);
	type("ab");
	CHECK_STR(get(9), "…");
	CHECK_STR(get(2), "ab");
	set_raw(0, 0);
	CHECK_STR(get(9), "");
	set_raw(0, 5);
	CHECK_STR(get(9), "…");
	type("x");
	CHECK_STR(get(9), "x");
}

TEST(tty_ldisc_switch)
{
	start();
	type("line\nhalf\004pa");
	set_raw(1, 0);
	CHECK_STR(get(99), "line\nhalf\004pa");
	type("ls x\177\rmo"); /* ahead, unseen */
	CHECK_STR(seen(), "line\r\nhalfpa");
	set(0, ICANON | ECHO);
	CHECK_STR(seen(), "ls x\b \b\r\nmo");
	type("re\n");
	CHECK_STR(get(99), "ls \n");
	CHECK_STR(get(99), "more\n");
	set(ICANON, 0);
	type("seen");
	set(0, ICANON);
	CHECK_STR(seen(), "re\r\nseen");
}

TEST(tty_ldisc_full)
{
	start();
	for (int i = 0; i < LDISC_SIZE + 5; i++)
		ldisc_input(&ld, 'x');
	CHECK_EQ(shown, LDISC_SIZE + 5);
	CHECK_EQ(screen[LDISC_SIZE - 2], 'x');
	CHECK_EQ(screen[LDISC_SIZE - 1], '\a');
	shown = 0;
	type("\n\n"); /* the second one has no room */
	CHECK_STR(seen(), "\r\n\a");
	CHECK_EQ(strlen(get(LDISC_SIZE)), LDISC_SIZE);
	CHECK_STR(get(1), "…");
	type("y\n");
	CHECK_STR(get(9), "y\n");
}

/* ---- at random ---- */

#define QUEUE 8192

static char queue[QUEUE], line[QUEUE]; /* the model: whole lines, and the one being typed */
static size_t queued, in_line;

static void model_key(char c)
{
	if (c == '\177') {
		in_line -= in_line > 0;
	} else if (c == '\025') {
		in_line = 0;
	} else if (c == '\003') {
		queued = in_line = 0;
	} else {
		line[in_line++] = c;
		if (c != '\n' && c != '\004')
			return;
		memcpy(queue + queued, line, in_line);
		queued += in_line;
		in_line = 0;
	}
}

/* What the model lets a read of n bytes have. */
static size_t model_read(size_t n, char *buf)
{
	size_t done = 0;
	bool ends = false;

	while (done < n && done < queued && !ends) {
		ends = queue[done] == '\n' || queue[done] == '\004';
		buf[done] = queue[done];
		done += queue[done] != '\004';
	}
	n = done;
	n += n < queued && queue[n] == '\004' && (!n || queue[n - 1] != '\n');
	memmove(queue, queue + n, queued -= n);
	return done;
}

TEST(tty_ldisc_random)
{
	static const char keys[] = "abcdefgh  \n\n\n\004\177\177\177\025\003";
	char expected[64], buf[64];

	start();
	for (int i = 0; i < 300000; i++) {
		size_t n = 1 + rnd_below(12), got;
		char c = keys[rnd_below(sizeof(keys) - 1)];

		shown = 0;
		if (rnd_below(3) && queued + in_line < LDISC_SIZE / 2) {
			ldisc_input(&ld, (unsigned char)c);
			model_key(c);
			continue;
		}
		CHECK_EQ(ldisc_readable(&ld, n), queued > 0);
		if (!queued)
			continue;
		got = ldisc_peek(&ld, buf, n);
		ldisc_consume(&ld, got);
		CHECK_EQ(got, model_read(n, expected));
		CHECK(!memcmp(buf, expected, got));
	}
}
