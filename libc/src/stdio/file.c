/* SPDX-License-Identifier: MIT */
/* Opening and closing streams, and the three standard ones. */
#include "stdio/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char in_buf[BUFSIZ], out_buf[BUFSIZ];

/*
 * Standard output is the console, hence line-buffered; standard error is not
 * buffered at all.
 */
static FILE in = { .fd = 0, .mode = _IOFBF, .readable = true, .buf = in_buf, .size = BUFSIZ };
static FILE err = { .fd = 2, .mode = _IONBF, .writable = true, .next = &in };
static FILE out = {
	.fd = 1, .mode = _IOLBF, .writable = true, .buf = out_buf, .size = BUFSIZ, .next = &err
};

FILE *const stdin = &in;
FILE *const stdout = &out;
FILE *const stderr = &err;

static FILE *open_files = &out;

/* The flags of open() that a mode such as "r+" stands for; -1 with EINVAL. */
static int flags_of(const char *mode)
{
	static const int access[] = { O_RDONLY, O_WRONLY | O_CREAT | O_TRUNC,
				      O_WRONLY | O_CREAT | O_APPEND };
	const char *kind = *mode ? strchr("rwa", *mode) : NULL;
	int flags;

	if (!kind) {
		errno = EINVAL;
		return -1;
	}
	flags = access[kind - (const char *)strchr("rwa", 'r')];
	if (strchr(mode, '+'))
		flags = (flags & ~O_ACCMODE) | O_RDWR;
	return flags | (strchr(mode, 'x') ? O_EXCL : 0) | (strchr(mode, 'e') ? O_CLOEXEC : 0);
}

FILE *fdopen(int fd, const char *mode)
{
	int flags = flags_of(mode);
	FILE *f = flags < 0 ? NULL : malloc(sizeof(*f));
	char *buf = f ? malloc(BUFSIZ) : NULL;

	if (!buf) {
		free(f);
		return NULL;
	}
	*f = (FILE){ .fd = fd,
		     .mode = _IOFBF,
		     .readable = (flags & O_ACCMODE) != O_WRONLY,
		     .writable = (flags & O_ACCMODE) != O_RDONLY,
		     .own_buf = true,
		     .buf = buf,
		     .size = BUFSIZ,
		     .next = open_files };
	open_files = f;
	return f;
}

FILE *fopen(const char *path, const char *mode)
{
	int flags = flags_of(mode);
	int fd = flags < 0 ? -1 : open(path, flags, 0666);
	FILE *f;

	if (fd < 0)
		return NULL;
	f = fdopen(fd, mode);
	if (!f)
		close(fd);
	return f;
}

/* Takes the place of *f on its descriptor, so that stdin can become a file. */
FILE *freopen(const char *path, const char *mode, FILE *f)
{
	int flags = flags_of(mode), to = f->fd, fd;

	fflush(f);
	if (flags < 0 || !path) { /* the mode of an open file cannot be changed */
		errno = flags < 0 ? EINVAL : EBADF;
		return NULL;
	}
	fd = open(path, flags, 0666);
	if (fd < 0 || (fd != to && dup2(fd, to) < 0)) {
		fclose(f);
		return NULL;
	}
	if (fd != to)
		close(fd);
	f->readable = (flags & O_ACCMODE) != O_WRONLY;
	f->writable = (flags & O_ACCMODE) != O_RDONLY;
	f->writing = f->eof = f->error = false;
	f->pos = f->end = f->unget = 0;
	return f;
}

static void forget(FILE *f)
{
	FILE **p = &open_files;

	while (*p && *p != f)
		p = &(*p)->next;
	if (*p)
		*p = f->next;
}

int fclose(FILE *f)
{
	int ret = fflush(f);

	forget(f);
	if (close(f->fd))
		ret = EOF;
	if (f->own_buf)
		free(f->buf);
	if (f != &in && f != &out && f != &err)
		free(f);
	return ret;
}

int fflush(FILE *f)
{
	int ret = 0;

	if (f)
		return f->writing && !__file_drain(f) ? EOF : 0;
	for (f = open_files; f; f = f->next)
		if (fflush(f))
			ret = EOF;
	return ret;
}

int setvbuf(FILE *f, char *buf, int mode, size_t size)
{
	if (mode < _IOFBF || mode > _IONBF)
		return -1;
	fflush(f);
	if (buf && size && mode != _IONBF) {
		if (f->own_buf)
			free(f->buf);
		f->own_buf = false;
		f->buf = buf;
		f->size = size;
	}
	f->mode = f->buf ? mode : _IONBF;
	return 0;
}

void setbuf(FILE *f, char *buf)
{
	setvbuf(f, buf, buf ? _IOFBF : _IONBF, BUFSIZ);
}

int fileno(FILE *f)
{
	return f->fd;
}

int feof(FILE *f)
{
	return f->eof;
}

int ferror(FILE *f)
{
	return f->error;
}

void clearerr(FILE *f)
{
	f->eof = f->error = false;
}
