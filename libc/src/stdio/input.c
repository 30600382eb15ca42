/* SPDX-License-Identifier: MIT */
/* Reading from streams. */
#include "stdio/file.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Fills the empty buffer; false at the end of the file or on error. */
static bool fill(FILE *f)
{
	ssize_t got = -1;

	/*
	 * A question without a newline must be seen before its answer.  Who has standard output
	 * now may wait for standard input, which we have: so we do not wait for him.
	 */
	if (f == stdin && (!__threaded || !ftrylockfile(stdout))) {
		__file_flush(stdout);
		if (__threaded)
			funlockfile(stdout);
	}
	if (!f->readable)
		errno = EBADF;
	else if (__file_flush(f))
		got = read(f->fd, f->buf, f->mode == _IONBF ? 1 : f->size);
	f->writing = false;
	f->error |= got < 0;
	f->eof |= got == 0;
	f->pos = 0;
	f->end = got > 0 ? (size_t)got : 0;
	return got > 0;
}

int getc_unlocked(FILE *f)
{
	if (f->nr_unget)
		return f->unget[--f->nr_unget];
	if ((f->writing || f->pos == f->end) && !fill(f))
		return EOF;
	return (unsigned char)f->buf[f->pos++];
}

FUNCTION(int, getchar_unlocked, getc_unlocked(stdin), void)

int __file_unget(int c, FILE *f)
{
	if (c == EOF || f->nr_unget == UNGET_MAX || !f->readable || !__file_flush(f))
		return EOF;
	f->writing = false;
	f->eof = false;
	f->unget[f->nr_unget++] = (unsigned char)c;
	return (unsigned char)c;
}

STREAM_FUNCTION(int, fgetc, f, getc_unlocked(f), FILE *f)
int getc(FILE *f) ALIAS(fgetc);
STREAM_FUNCTION(int, getchar, stdin, getc_unlocked(stdin), void)
STREAM_FUNCTION(int, ungetc, f, __file_unget(c, f), int c, FILE *f)

size_t fread(void *buf, size_t size, size_t n, FILE *f)
{
	size_t total, done = 0;

	FILE_LOCKED(f);
	if (__builtin_mul_overflow(size, n, &total))
		total = ~(size_t)0; /* there is no such room: as far as the input goes */
	while (done < total && f->nr_unget)
		((char *)buf)[done++] = (char)getc_unlocked(f);
	while (done < total) {
		size_t part = f->writing ? 0 : f->end - f->pos;

		if (!part) {
			if (!fill(f))
				break;
			continue;
		}
		if (part > total - done)
			part = total - done;
		memcpy((char *)buf + done, f->buf + f->pos, part);
		f->pos += part;
		done += part;
	}
	return size ? done / size : 0;
}

char *fgets(char *s, int size, FILE *f)
{
	int n = 0, c = 0;

	FILE_LOCKED(f);
	while (n < size - 1 && c != '\n' && (c = getc_unlocked(f)) != EOF)
		s[n++] = (char)c;
	if (size < 1 || (c == EOF && (!n || !f->eof)))
		return NULL;
	s[n] = '\0';
	return s;
}

ssize_t getdelim(char **line, size_t *cap, int delim, FILE *f)
{
	size_t n = 0;
	int c;

	FILE_LOCKED(f);
	if (!*line)
		*cap = 0;
	do {
		c = getc_unlocked(f);
		if (n + 1 >= *cap) {
			size_t want = *cap ? *cap * 2 : 128;
			char *bigger = realloc(*line, want);

			if (!bigger)
				return -1;
			*line = bigger;
			*cap = want;
		}
		if (c != EOF)
			(*line)[n++] = (char)c;
	} while (c != EOF && c != delim);
	(*line)[n] = '\0';
	return n ? (ssize_t)n : -1;
}

FUNCTION(ssize_t, getline, getdelim(line, cap, '\n', f), char **line, size_t *cap, FILE *f)
