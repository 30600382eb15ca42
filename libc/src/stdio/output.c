/* SPDX-License-Identifier: MIT */
/* Writing to streams. */
#include "stdio/file.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

static bool write_all(FILE *f, const char *s, size_t n)
{
	while (n) {
		ssize_t done = write(f->fd, s, n);

		if (done <= 0) {
			f->error = true;
			return false;
		}
		s += done;
		n -= (size_t)done;
	}
	return true;
}

bool __file_drain(FILE *f)
{
	size_t n = f->pos;

	f->pos = f->end = 0;
	return write_all(f, f->buf, n);
}

static bool append(FILE *f, const char *s, size_t n)
{
	while (n) {
		size_t room = f->size - f->pos;
		size_t part = n < room ? n : room;

		memcpy(f->buf + f->pos, s, part);
		f->pos += part;
		s += part;
		n -= part;
		if (f->pos == f->size && !__file_drain(f))
			return false;
	}
	return true;
}

bool __file_write(FILE *f, const char *s, size_t n)
{
	const char *last;

	if (!f->writable) {
		errno = EBADF;
		f->error = true;
		return false;
	}
	if (!f->writing && !__file_drop_input(f)) {
		f->error = true;
		return false;
	}
	f->writing = true;
	if (f->mode == _IONBF)
		return write_all(f, s, n);
	last = f->mode == _IOLBF ? memrchr(s, '\n', n) : NULL;
	return append(f, s, n) && (!last || __file_drain(f));
}

size_t fwrite(const void *buf, size_t size, size_t n, FILE *f)
{
	size_t total;

	if (!size || !n || __builtin_mul_overflow(size, n, &total))
		return 0;
	FILE_LOCKED(f);
	return __file_write(f, buf, total) ? n : 0;
}

int putc_unlocked(int c, FILE *f)
{
	char byte = (char)c;

	return __file_write(f, &byte, 1) ? (unsigned char)c : EOF;
}

FUNCTION(int, putchar_unlocked, putc_unlocked(c, stdout), int c)
FUNCTION(static int, put_text, __file_write(f, s, strlen(s)) ? 0 : EOF, const char *s, FILE *f)

STREAM_FUNCTION(int, fputc, f, putc_unlocked(c, f), int c, FILE *f)
int putc(int c, FILE *f) ALIAS(fputc);
STREAM_FUNCTION(int, putchar, stdout, putc_unlocked(c, stdout), int c)
STREAM_FUNCTION(int, fputs, f, put_text(s, f), const char *s, FILE *f)
STREAM_FUNCTION(int, puts, stdout, put_text(s, stdout) ? EOF : put_text("\n", stdout),
		const char *s)

void perror(const char *s)
{
	if (s && *s)
		fprintf(stderr, "%s: %s\n", s, strerror(errno));
	else
		fprintf(stderr, "%s\n", strerror(errno));
}
