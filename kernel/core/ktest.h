/* SPDX-License-Identifier: MIT */
/*
 * In-kernel tests.  KTEST(name) { … } in any source file is a test; the boot
 * parameter ktest=GLOB runs those that match, in a thread of their own, and
 * reports KTAP on COM4.
 */
#pragma once

#include "kernel/lib/types.h"

struct ktest {
	const char *name;
	void (*run)(void);
};

#define KTEST(test) \
	static void ktest_##test(void); \
	__used __section(".ktests") static const struct ktest ktest_entry_##test = { \
		.name = #test, \
		.run = ktest_##test, \
	}; \
	static void ktest_##test(void)

/* Notes that the running test failed and why; the test goes on.  Any thread. */
void ktest_fail(const char *file, int line, const char *fmt, ...) __printf(3, 4);

/* The test fails unless cond holds; the rest says, like printf(), what was expected and seen. */
#define KT_CHECK(cond, fmt, ...) \
	do { \
		if (!(cond)) \
			ktest_fail(__FILE__, __LINE__, "%s: " fmt, #cond, ##__VA_ARGS__); \
	} while (0)

/* Runs the tests that match; the number that failed, or -ENOENT if none matched. */
int ktest_run(const char *glob);

/* Runs the tests that boot parameter ktest= names and ends the machine; without it does nothing. */
void ktest_main(void);
