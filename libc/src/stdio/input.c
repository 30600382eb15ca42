/* SPDX-License-Identifier: MIT */
/* Reading from streams. */
#include "stdio/file.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "alias.h"

/* Fills the empty buffer; false at the end of the file or on error. */
static bool fill(FILE *f)
{
	ssize_t got = -1;

	if (f == stdin) /* a question without a newline must be seen before its answer */
		fflush(stdout);
	if (!f->readable)
		errno = EBADF;
	else if (!f->writing || __file_drain(f))
		got = read(f->fd, f->buf, f->mode == _IONBF ? 1 : f->size);
	f->writing = false;
	f->error |= got < 0;
	f->eof |= got == 0;
	f->pos = 0;
	f->end = got > 0 ? (size_t)got : 0;
	return got > 0;
}

int fgetc(FILE *f)
{
	int given_back = f->unget;

	f->unget = 0;
	if (given_back)
		return given_back - 1;
	if ((f->writing || f->pos == f->end) && !fill(f))
		return EOF;
	return (unsigned char)f->buf[f->pos++];
}

int getc(FILE *f) ALIAS(fgetc);

int getchar(void)
{
	return fgetc(stdin);
}

int ungetc(int c, FILE *f)
{
	if (c == EOF || f->unget || !f->readable)
		return EOF;
	if (f->writing && !__file_drain(f))
		return EOF;
	f->writing = false;
	f->eof = false;
	f->unget = (unsigned char)c + 1;
	return (unsigned char)c;
}

size_t fread(void *buf, size_t size, size_t n, FILE *f)
{
	size_t total, done = 0;

	if (__builtin_mul_overflow(size, n, &total))
		total = ~(size_t)0; /* there is no such room: as far as the input goes */
	if (total && f->unget)
		((char *)buf)[done++] = (char)fgetc(f);
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

	while (n < size - 1 && c != '\n' && (c = fgetc(f)) != EOF)
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

	if (!*line)
		*cap = 0;
	do {
		c = fgetc(f);
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

ssize_t getline(char **line, size_t *cap, FILE *f)
{
	return getdelim(line, cap, '\n', f);
}
