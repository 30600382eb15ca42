/* SPDX-License-Identifier: MIT */
/*
 * What the fuzzers share.  Each is a source here with one LLVMFuzzerTestOneInput() and the line
 * "sources: …" that names the real sources it is compiled with (tools/mglib/fuzz.py).
 *
 *	input   | op | who | flags | words | length | bytes …  | op | …      of a server
 *	           │                                  a window, in memory of its own length
 *	           ▼
 *	pretend.c  mg_recv() ──► server_step() ──► the server's serve() ──► mg_reply()
 *
 * A fuzzer aborts, besides for what ASan and UBSan find, when a server has kept something of a
 * client that has gone.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* In the sources under test these may fail (FAIL in pretend.c), here they are the library's. */
#ifdef malloc
#undef malloc
#undef calloc
#undef realloc
#undef strndup
void *malloc(size_t n);
void *calloc(size_t n, size_t size);
void *realloc(void *p, size_t n);
char *strndup(const char *s, size_t n);
#endif

struct server;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The rest of an input. */
struct input {
	const uint8_t *at;
	size_t left;
};

static inline uint8_t take_byte(struct input *in)
{
	if (!in->left)
		return 0;
	in->left--;
	return *in->at++;
}

/* At most n bytes, in memory of just that length, which the caller frees; *n: how many. */
static inline void *take_bytes(struct input *in, size_t *n)
{
	char *copy;

	*n = *n < in->left ? *n : in->left;
	copy = malloc(*n);
	if (*n)
		memcpy(copy, in->at, *n);
	in->at += *n;
	in->left -= *n;
	return copy;
}

#define FUZZ_CHECK(cond) \
	do { \
		if (!(cond)) \
			fuzz_failed(__FILE__, __LINE__, #cond); \
	} while (0)
_Noreturn void fuzz_failed(const char *file, int line, const char *cond);

/* ---- pretend.c: the kernel and the clients of a server ---- */

/* The server's own main(), which is compiled under this name. */
int server_main(void);
/* A new memory object with these bytes in the server's table, at this handle. */
void pretend_object(int handle, const void *bytes, size_t size);
/*
 * Starts the server, gives it the messages of an input by step(), ends all its clients, and has
 * clean() take away what it may keep without any; then it must have as many handles as before.
 */
void pretend_serve(const uint8_t *data, size_t size, void (*step)(void), void (*clean)(void));
/* step(): until the input has no more. */
void pretend_step(void);
/* The key that the last notification told of, once; -1: none. */
int pretend_key(void);
