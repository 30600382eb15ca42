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
static FILE in = { .fd = 0, .mode = _IOFBF, .unget = EOF, .buf = in_buf, .size = BUFSIZ };
static FILE err = { .fd = 2, .mode = _IONBF, .writable = true, .unget = EOF };
static FILE out = { .fd = 1,
		    .mode = _IOLBF,
		    .writable = true,
		    .unget = EOF,
		    .buf = out_buf,
		    .size = BUFSIZ,
		    .next = &err };

FILE *const stdin = &in;
FILE *const stdout = &out;
FILE *const stderr = &err;

static FILE *open_files = &out;

FILE *fdopen(int fd, const char *mode)
{
	FILE *f = calloc(1, sizeof(*f));
	char *buf = malloc(BUFSIZ);

	if (!f || !buf) {
		free(f);
		free(buf);
		return NULL;
	}
	*f = (FILE){ .fd = fd,
		     .mode = _IOFBF,
		     .writable = *mode != 'r',
		     .own_buf = true,
		     .unget = EOF,
		     .buf = buf,
		     .size = BUFSIZ,
		     .next = open_files };
	open_files = f;
	return f;
}

/* Files are those of the initrd: for reading only. */
FILE *fopen(const char *path, const char *mode)
{
	int flags = strchr(mode, '+') ? O_RDWR : *mode == 'r' ? O_RDONLY : O_WRONLY;
	int fd;
	FILE *f;

	if (!strchr("rwa", *mode)) {
		errno = EINVAL;
		return NULL;
	}
	fd = open(path, flags);
	if (fd < 0)
		return NULL;
	f = fdopen(fd, mode);
	if (!f)
		close(fd);
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
		return f->writable && !__file_drain(f) ? EOF : 0;
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

int fseek(FILE *f, long offset, int whence)
{
	if (fflush(f))
		return -1;
	if (whence == SEEK_CUR)
		offset -= (long)(f->end - f->pos) + (f->unget != EOF);
	if (lseek(f->fd, offset, whence) < 0)
		return -1;
	f->pos = f->end = 0;
	f->unget = EOF;
	f->eof = false;
	return 0;
}

long ftell(FILE *f)
{
	long at = lseek(f->fd, 0, SEEK_CUR);

	if (at < 0 || f->writable)
		return at < 0 ? at : at + (long)f->pos;
	return at - (long)(f->end - f->pos) - (f->unget != EOF);
}

void rewind(FILE *f)
{
	fseek(f, 0, SEEK_SET);
	clearerr(f);
}
