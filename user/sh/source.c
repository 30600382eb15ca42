/* SPDX-License-Identifier: MIT */
/* Where commands come from: a string, a script, the console; and the loop that runs them. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sh.h"

#define BLOCK 4096

/* Reads on when all that was read has been used; false at the end. */
static bool refill(struct source *s)
{
	if (s->text && *s->text)
		return true;
	if (s->fd < 0)
		return false;
	if (!s->buffer)
		s->buffer = keep_alloc(BLOCK + 1);
	do {
		s->have = read(s->fd, s->buffer, BLOCK);
	} while (s->have < 0 && errno == EINTR);
	s->buffer[s->have > 0 ? s->have : 0] = '\0';
	s->text = s->buffer;
	return s->have > 0;
}

static int script_line(struct source *s, struct text *t)
{
	bool any = false;

	while (refill(s)) {
		char c = *s->text++;

		text_put(t, c);
		any = true;
		if (c == '\n')
			break;
	}
	return any;
}

int source_line(struct source *s, struct text *t, bool first)
{
	char prompt[256] = "> ", *here;

	if (!s->console)
		return script_line(s, t);
	if (first) {
		here = getcwd(NULL, 0);
		snprintf(prompt, sizeof(prompt), "merganser:%.200s$ ", here ? here : "?");
		free(here);
	}
	return edit_line(prompt, t);
}

/* What was read is no command: a script ends here. */
static int no_command(const struct lexer *lx)
{
	if (lx->interrupted)
		return STATUS_SIGNAL + SIGINT;
	if (!sh.interactive)
		exit(STATUS_ERROR);
	return STATUS_ERROR;
}

int run_source(struct source *s)
{
	struct lexer lx = { .source = s };
	int status = 0, got;

	do {
		struct block *mark = mem_mark();
		struct node *n;

		if (s->console) {
			job_report(false);
			sh.interrupted = 0;
		}
		got = parse_command(&lx, &n);
		if (got < 0)
			status = sh.status = no_command(&lx);
		else if (n)
			status = run_node(n);
		mem_release(mark);
	} while (got && !(sh.interrupted && !s->console));
	free(lx.text.bytes);
	free(s->buffer);
	return status;
}

int run_string(const char *text)
{
	struct source s = { .fd = -1, .text = text };

	return run_source(&s);
}

int run_file(const char *path)
{
	struct source s = { .fd = open(path, O_RDONLY | O_CLOEXEC) };
	int status, high;

	if (s.fd < 0)
		return -1;
	high = fcntl(s.fd, F_DUPFD_CLOEXEC, 10); /* the script may use the low ones */
	if (high >= 0) {
		close(s.fd);
		s.fd = high;
	}
	status = run_source(&s);
	close(s.fd);
	return status;
}
