/* SPDX-License-Identifier: MIT */
/* For the tests of what leaves a memory object: an object, and touches that may end in SIGBUS. */
#pragma once

#include <pthread.h>
#include <setjmp.h>

#include "ipc.h"

#define RW (PROT_READ | PROT_WRITE)
#define NR 12 /* pages of the object */

static int vmo;

static inline void resize(size_t size)
{
	CHECK(!mg_vmo_resize(vmo, size), "resize to %zu: %s", size, strerror(errno));
	CHECK_EQ(mg_vmo_size(vmo), size, "size");
}

static inline char *show_at(size_t first, size_t n, int flags)
{
	char *p = mmap(NULL, n * PAGE, RW, flags, vmo, (off_t)(first * PAGE));

	REQUIRE(p != MAP_FAILED, "mmap of page %zu: %s", first, strerror(errno));
	return p;
}

static inline char *show(int flags)
{
	return show_at(0, NR, flags);
}

static inline void new_object(void)
{
	vmo = mg_vmo_create(NR * PAGE);
	REQUIRE(vmo >= 0, "vmo_create: %s", strerror(errno));
}

static inline void fill(char *p, size_t first, size_t end)
{
	for (size_t i = first; i < end; i++)
		page_fill(p + i * PAGE, i);
}

/* ---- what a touch comes to ---- */

static sigjmp_buf refused;

static inline void on_bus(int sig)
{
	(void)sig;
	siglongjmp(refused, 1);
}

/* The byte at p, or -1: SIGBUS. */
static inline int read_byte(const volatile char *p)
{
	return sigsetjmp(refused, 1) ? -1 : (unsigned char)*p;
}

static inline bool can_write(volatile char *p)
{
	if (sigsetjmp(refused, 1))
		return false;
	*p = 1;
	return true;
}

static inline void check_gone(char *p, size_t first, size_t end, const char *what)
{
	for (size_t i = first; i < end; i++) {
		CHECK(!(vmq(p + i * PAGE).flags & VMQ_PRESENT), "%s: page %zu is mapped", what, i);
		CHECK_EQ(read_byte(p + i * PAGE), -1, "%s: a read of page %zu", what, i);
		CHECK(!can_write(p + i * PAGE), "%s: a write to page %zu", what, i);
	}
}

static inline void check_there(const char *p, size_t first, size_t end, const char *what)
{
	for (size_t i = first; i < end; i++)
		CHECK(page_holds(p + i * PAGE, i), "%s: page %zu", what, i);
}

/* ---- held in the middle: a thread of this process on its way to a page ---- */

enum access { READ, WRITE };

static struct touch {
	char *volatile at;
	enum access how;
	volatile int result; /* the byte read or written, -1: SIGBUS */
	volatile bool done;
} touch;

static inline void *toucher(void *arg)
{
	wait_until(touch.at, "the toucher was told where");
	if (touch.how == READ)
		touch.result = read_byte(touch.at);
	else
		touch.result = can_write(touch.at) ? 1 : -1;
	touch.done = true;
	return arg;
}

static inline pthread_t start_touch(enum event_id event, char *at, enum access how)
{
	pthread_t t;

	touch = (struct touch){ .how = how };
	REQUIRE(!pthread_create(&t, NULL, toucher, NULL), "pthread_create");
	sched_yield();
	hold(event, getpid());
	touch.at = at;
	wait_held(event);
	return t;
}

static inline void end_touch(enum event_id event, pthread_t t)
{
	CHECK(!touch.done, "it is held");
	release(event);
	pthread_join(t, NULL);
}

static inline void catch_bus(void)
{
	struct sigaction sa = { .sa_handler = on_bus, .sa_flags = SA_NODEFER };

	CHECK(!sigaction(SIGBUS, &sa, NULL), "sigaction: %s", strerror(errno));
}
