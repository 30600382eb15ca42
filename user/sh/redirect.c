/* SPDX-License-Identifier: MIT */
/* Redirections, for a command (undone after it) or for good. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sh.h"

#define HIGH 10 /* copies of replaced descriptors stand from here on */

/* Remembers what the descriptor is. */
static void save(int fd, struct saved **list)
{
	struct saved *s = mem_alloc(sizeof(*s));

	s->fd = fd;
	s->copy = fcntl(fd, F_DUPFD_CLOEXEC, HIGH);
	s->next = *list;
	*list = s;
}

/* The descriptor that `>&word` names: -1 for `-`, -2 if it is none. */
static int named(const char *word)
{
	if (!strcmp(word, "-"))
		return -1;
	return *word && strspn(word, "0123456789") == strlen(word) ? atoi(word) : -2;
}

static bool duplicate(int fd, const char *word)
{
	int from = named(word);

	if (from == -1) {
		close(fd);
		return true;
	}
	if (from < 0 || dup2(from, fd) < 0) {
		complain("%s: not an open descriptor", word);
		return false;
	}
	return true;
}

static bool open_as(int fd, const char *path, enum token kind)
{
	int flags = kind == TOK_IN	   ? O_RDONLY :
		    kind == TOK_READ_WRITE ? O_RDWR | O_CREAT :
		    kind == TOK_APPEND	   ? O_WRONLY | O_CREAT | O_APPEND :
					     O_WRONLY | O_CREAT | O_TRUNC;
	int got = open(path, flags, 0666);

	if (got < 0) {
		complain("cannot open %s: %s", path, strerror(errno));
		return false;
	}
	if (got != fd) {
		dup2(got, fd);
		close(got);
	}
	return true;
}

static bool redirect_one(const struct redirect *r, struct saved **saved)
{
	char *target = expand_string(r->target);

	if (!target)
		return false;
	if (r->fd >= HIGH) {
		complain("descriptor %d is not for redirection", r->fd);
		return false;
	}
	if (saved)
		save(r->fd, saved);
	if (r->kind == TOK_DUP_IN || r->kind == TOK_DUP_OUT)
		return duplicate(r->fd, target);
	return open_as(r->fd, target, r->kind);
}

bool redirect(const struct redirect *list, struct saved **saved)
{
	fflush(stdout);
	for (; list; list = list->next)
		if (!redirect_one(list, saved))
			return false;
	return true;
}

void redirect_undo(struct saved *s)
{
	fflush(stdout);
	for (; s; s = s->next) {
		close(s->fd);
		if (s->copy < 0)
			continue;
		dup2(s->copy, s->fd);
		close(s->copy);
	}
}
