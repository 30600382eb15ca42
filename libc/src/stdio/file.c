/* SPDX-License-Identifier: MIT */
/* Opening and closing streams, and the three standard ones. */
#include "stdio/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char in_buf[BUFSIZ], out_buf[BUFSIZ];

#define LOCK .lock = PTHREAD_RECURSIVE_MUTEX_INITIALIZER_NP

/*
 * Standard output is the console, hence line-buffered; standard error is not
 * buffered at all.
 */
static FILE in = { .fd = 0, .mode = _IOFBF, .readable = true, .buf = in_buf, .size = BUFSIZ, LOCK };
static FILE out = {
	.fd = 1, .mode = _IOLBF, .writable = true, .buf = out_buf, .size = BUFSIZ, .next = &in, LOCK
};
static FILE err = { .fd = 2, .mode = _IONBF, .writable = true, .next = &out, LOCK };

FILE *const stdin = &in;
FILE *const stdout = &out;
FILE *const stderr = &err;

static FILE *open_files = &err;
static int list_lock; /* of open_files, next, users; inside a stream's: its holder waits for none */

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

/* A stream for the descriptor, which was opened with these flags. */
static FILE *stream_for(int fd, int flags)
{
	FILE *f = malloc(sizeof(*f));
	char *buf = f ? malloc(BUFSIZ) : NULL;

	if (!buf) {
		free(f);
		return NULL;
	}
	if ((flags & O_APPEND) && (flags & O_ACCMODE) == O_WRONLY)
		lseek(fd, 0, SEEK_END); /* what ftell() tells before the first byte */
	LOCKED(&list_lock);
	*f = (FILE){ .fd = fd,
		     .mode = _IOFBF,
		     .readable = (flags & O_ACCMODE) != O_WRONLY,
		     .writable = (flags & O_ACCMODE) != O_RDONLY,
		     .own_buf = true,
		     .buf = buf,
		     .size = BUFSIZ,
		     .next = open_files,
		     LOCK };
	open_files = f;
	return f;
}

/* What the mode asks for beside access is given to the descriptor, if it has not got it. */
FILE *fdopen(int fd, const char *mode)
{
	int flags = flags_of(mode), is = flags < 0 ? -1 : fcntl(fd, F_GETFL);

	if (is < 0)
		return NULL;
	if ((is & O_ACCMODE) != O_RDWR && (is & O_ACCMODE) != (flags & O_ACCMODE)) {
		errno = EINVAL;
		return NULL;
	}
	if (flags & O_APPEND && !(is & O_APPEND) && fcntl(fd, F_SETFL, is | O_APPEND))
		return NULL;
	if (flags & O_CLOEXEC)
		fcntl(fd, F_SETFD, FD_CLOEXEC);
	return stream_for(fd, flags);
}

FILE *fopen(const char *path, const char *mode)
{
	int flags = flags_of(mode);
	int fd = flags < 0 ? -1 : open(path, flags, 0666);
	FILE *f = fd < 0 ? NULL : stream_for(fd, flags);

	if (fd >= 0 && !f)
		close(fd);
	return f;
}

/* Takes the place of *f on its descriptor, so that stdin can become a file. */
FILE *freopen(const char *path, const char *mode, FILE *f)
{
	int flags = flags_of(mode), to = f->fd, fd;

	FILE_LOCKED(f);
	__file_flush(f);
	if (flags < 0 || !path) { /* the mode of an open file cannot be changed */
		errno = flags < 0 ? EINVAL : EBADF;
		return NULL;
	}
	fd = open(path, flags, 0666);
	if (fd < 0 || (fd != to && dup2(fd, to) < 0)) {
		__held_file = NULL; /* fclose() gives it back */
		fclose(f);
		return NULL;
	}
	if (fd != to)
		close(fd);
	f->readable = (flags & O_ACCMODE) != O_WRONLY;
	f->writable = (flags & O_ACCMODE) != O_RDONLY;
	f->writing = f->eof = f->error = false;
	f->pos = f->end = f->nr_unget = 0;
	return f;
}

/* Who has opened f, or one of its users, is done with it.  Under list_lock. */
static void put(FILE *f)
{
	FILE **p = &open_files;

	if (f->users--)
		return;
	while (*p != f)
		p = &(*p)->next;
	*p = f->next;
	if (f != &in && f != &out && f != &err)
		free(f);
}

int fclose(FILE *f)
{
	int ret = fflush(f);

	if (close(f->fd))
		ret = EOF;
	if (f->own_buf)
		free(f->buf);
	while (__threaded && !pthread_mutex_unlock(&f->lock))
		; /* the caller may have held it */
	LOCKED(&list_lock);
	put(f);
	return ret;
}

STREAM_FUNCTION(static int, flush, f, __file_flush(f) ? 0 : EOF, FILE *f)

/*
 * While we wait for a stream we leave the list to others, for who has the stream may open one
 * or close one first; but we do not wait for one with nothing to write, in which somebody reads.
 */
int fflush(FILE *f)
{
	FILE *next;
	int ret = 0;

	if (f)
		return flush(f);
	LOCKED(&list_lock);
	for (f = open_files; f; f = next) {
		f->users++;
		__unlock(&list_lock);
		if (f->writing && f->pos && flush(f))
			ret = EOF;
		__lock(&list_lock);
		next = f->next;
		put(f);
	}
	return ret;
}

FUNCTION(void, flockfile, (void)pthread_mutex_lock(&f->lock), FILE *f)
FUNCTION(int, ftrylockfile, pthread_mutex_trylock(&f->lock), FILE *f)
FUNCTION(void, funlockfile, (void)pthread_mutex_unlock(&f->lock), FILE *f)

void __file_before_fork(void)
{
	__lock(&list_lock);
	for (FILE *f = open_files; f; f = f->next)
		ftrylockfile(f); /* not flockfile(): somebody may wait for input for ever */
}

/* What is in a stream that another thread has, whole or not, is for the parent to write or read. */
void __file_after_fork(bool child)
{
	for (FILE *f = open_files; f; f = f->next) {
		if (child && f->lock.owner != pthread_self()->tid)
			f->pos = f->end = f->nr_unget = 0;
		funlockfile(f);
		if (child) {
			f->lock = (pthread_mutex_t)PTHREAD_RECURSIVE_MUTEX_INITIALIZER_NP;
			f->users = 0;
		}
	}
	__unlock(&list_lock);
}

int setvbuf(FILE *f, char *buf, int mode, size_t size)
{
	if (mode < _IOFBF || mode > _IONBF)
		return -1;
	FILE_LOCKED(f);
	__file_flush(f);
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

FUNCTION(void, setbuf, (void)setvbuf(f, buf, buf ? _IOFBF : _IONBF, BUFSIZ), FILE *f, char *buf)
FUNCTION(int, fileno, f->fd, FILE *f)
STREAM_FUNCTION(int, feof, f, f->eof, FILE *f)
STREAM_FUNCTION(int, ferror, f, f->error, FILE *f)

void clearerr(FILE *f)
{
	FILE_LOCKED(f);
	f->eof = f->error = false;
}
