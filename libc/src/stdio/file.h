/* SPDX-License-Identifier: MIT */
/*
 * A stream: a descriptor and a buffer, which holds either input or output.
 *
 * What <stdio.h> promises takes the stream's lock, by FILE_LOCKED() or STREAM_FUNCTION();
 * everything below that - what is declared here, and *_unlocked() - finds it taken.
 */
#pragma once

#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>

#include "alias.h"
#include "thread/thread.h"

/* As many may be given back: ungetc()'s, and one more of scanf(). */
#define UNGET_MAX 8

struct __file {
	int fd;
	int mode; /* _IOFBF, _IOLBF, _IONBF */
	bool readable, writable;
	bool writing; /* the buffer holds output */
	bool eof, error;
	bool own_buf; /* buf came from malloc */
	unsigned char nr_unget;
	unsigned char unget[UNGET_MAX]; /* characters given back, the next one last */
	char *buf;
	size_t size;
	size_t pos;	      /* output: bytes waiting; input: next byte */
	size_t end;	      /* input: end of what was read */
	struct __file *next;  /* list of open streams, for fflush(NULL) */
	int users;	      /* calls of fflush(NULL) that have stopped here in the list */
	pthread_mutex_t lock; /* recursive; of all but next and users, which are the list's */
};

/* Writes n bytes through the stream's buffer; false on error. */
bool __file_write(FILE *f, const char *s, size_t n);
/* Sends out what is in the buffer, which is output; false on error. */
bool __file_drain(FILE *f);
/* The same if it is output. */
FUNCTION(static inline bool, __file_flush, !f->writing || __file_drain(f), FILE *f)
/* Forgets buffered input, moving the position back to what the program has seen; false on error. */
bool __file_drop_input(FILE *f);
/* ungetc() */
int __file_unget(int c, FILE *f);

/* Around fork(): the child finds the list and each stream as no call is half-way through it. */
void __file_before_fork(void);
void __file_after_fork(bool child);

static inline void __file_unlock(FILE **held)
{
	if (*held)
		funlockfile(*held);
}
/* Has the stream to itself until the end of the block; costs nothing before there are threads. */
#define FILE_LOCKED(f) \
	__attribute__((cleanup(__file_unlock))) FILE *__held_file = \
		__threaded ? (flockfile(f), f) : NULL

/* A function of these parameters that has the stream to itself while it computes the result. */
#define STREAM_FUNCTION(type, name, stream, result, ...) \
	type name(__VA_ARGS__) \
	{ \
		FILE_LOCKED(stream); \
		return result; \
	}
