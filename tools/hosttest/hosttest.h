/* SPDX-License-Identifier: MIT */
/*
 * Host unit tests.  TEST(name) { … } registers a test, which runs in a process of
 * its own; CHECK ends it with the values seen.  rnd() is seeded anew for each
 * test from --seed, so that one line repeats a failure.
 */
#pragma once

#include <setjmp.h>

#include "kernel/lib/types.h"

struct host_test {
	const char *name;
	void (*run)(void);
	struct host_test *next;
};

void host_test_register(struct host_test *test);
void __noreturn test_failed(const char *file, int line, const char *fmt, ...) __printf(3, 4);

#define TEST(name) \
	static void test_##name(void); \
	static void __attribute__((constructor)) register_##name(void) \
	{ \
		static struct host_test test = { #name, test_##name, NULL }; \
		host_test_register(&test); \
	} \
	static void test_##name(void)

#define CHECK(cond) \
	do { \
		if (!(cond)) \
			test_failed(__FILE__, __LINE__, "%s does not hold", #cond); \
	} while (0)

#define CHECK_EQ(seen, expected) \
	do { \
		long long seen_ = (long long)(seen), expected_ = (long long)(expected); \
		if (seen_ != expected_) \
			test_failed(__FILE__, __LINE__, \
				    "%s: expected %lld (%#llx), seen %lld (%#llx)", #seen, \
				    expected_, expected_, seen_, seen_); \
	} while (0)

#define CHECK_STR(seen, expected) \
	do { \
		const char *seen_ = (seen), *expected_ = (expected); \
		if (host_strcmp(seen_, expected_)) \
			test_failed(__FILE__, __LINE__, "%s: expected \"%s\", seen \"%s\"", #seen, \
				    expected_, seen_); \
	} while (0)

/* Runs the statement, which must panic with a message that holds text. */
#define CHECK_PANIC(statement, text) \
	do { \
		if (!setjmp(*panic_expected())) { \
			statement; \
			test_failed(__FILE__, __LINE__, "%s did not panic", #statement); \
		} \
		if (!host_strstr(panic_message(), text)) \
			test_failed(__FILE__, __LINE__, "%s: expected panic \"%s\", seen \"%s\"", \
				    #statement, text, panic_message()); \
	} while (0)

/* Random numbers, of each thread its own; rnd_below(n): 0 … n - 1. */
u64 rnd(void);
u64 rnd_below(u64 n);
void rnd_seed(u64 seed);

/* Runs fn(0) … fn(n - 1) as CPUs 0 … n - 1 at the same time. */
void run_on_cpus(u32 n, void (*fn)(u32 cpu));

/* The C library's functions; the kernel's own have their names here. */
int host_strcmp(const char *a, const char *b);
char *host_strstr(const char *a, const char *b);
int host_memcmp(const void *a, const void *b, size_t n);
int host_snprintf(char *buf, size_t size, const char *fmt, ...) __printf(3, 4);

/* The pretended machine: RAM from 1 MiB to ram_end.  Before page_alloc_init(), once in a test. */
void machine_init(u64 ram_end);
/* The n-th should_fail() from now on says yes, once; 0: none. */
void machine_fail_nth(u64 n);
jmp_buf *panic_expected(void);
const char *panic_message(void);
