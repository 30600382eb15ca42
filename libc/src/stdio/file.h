/* SPDX-License-Identifier: MIT */
/* A stream: a descriptor and a buffer, which holds either input or output. */
#pragma once

#include <stdbool.h>
#include <stdio.h>

struct __file {
	int fd;
	int mode; /* _IOFBF, _IOLBF, _IONBF */
	bool readable, writable;
	bool writing; /* the buffer holds output */
	bool eof, error;
	bool own_buf; /* buf came from malloc */
	int unget;    /* one more than a character given back, or 0 */
	char *buf;
	size_t size;
	size_t pos;	     /* output: bytes waiting; input: next byte */
	size_t end;	     /* input: end of what was read */
	struct __file *next; /* list of open streams, for fflush(NULL) */
};

/* Writes n bytes through the stream's buffer; false on error. */
bool __file_write(FILE *f, const char *s, size_t n);
/* Sends out what is in the buffer; false on error. */
bool __file_drain(FILE *f);
/* Forgets buffered input, moving the position back to what the program has seen; false on error. */
bool __file_drop_input(FILE *f);
