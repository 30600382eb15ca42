/* SPDX-License-Identifier: MIT */
/* The runner of in-kernel tests; results are KTAP on COM4. */
#include "kernel/core/ktest.h"
#include <abi/errno.h>
#include "kernel/core/log.h"
#include "kernel/core/param.h"
#include "kernel/lib/format.h"
#include "kernel/lib/string.h"
#include "kernel/x86/serial.h"

extern const struct ktest __ktests_start[], __ktests_end[]; /* linker.ld */

static u32 failed_checks; /* (a) of the running test */

static void __printf(1, 2) result(const char *fmt, ...)
{
	char line[320];
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	stream_write(KLOG_TEST, line, MIN((size_t)n, sizeof(line) - 1));
}

void ktest_fail(const char *file, int line, const char *fmt, ...)
{
	char text[256];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	__atomic_fetch_add(&failed_checks, 1, __ATOMIC_RELAXED);
	result("# %s:%d: %s\n", file, line, text);
	pr_err("ktest %s:%d: %s", file, line, text);
}

static bool run_one(const struct ktest *t, int number)
{
	bool ok;

	pr_info("ktest %s", t->name);
	failed_checks = 0;
	t->run();
	ok = failed_checks == 0;
	result("%sok %d %s\n", ok ? "" : "not ", number, t->name);
	return ok;
}

static int count_matches(const char *glob)
{
	int n = 0;

	for (const struct ktest *t = __ktests_start; t < __ktests_end; t++)
		if (glob_match(glob, t->name))
			n++;
	return n;
}

int ktest_run(const char *glob)
{
	int total = count_matches(glob), number = 0, failed = 0;

	if (!total)
		return -ENOENT;
	result("KTAP version 1\n1..%d\n", total);
	for (const struct ktest *t = __ktests_start; t < __ktests_end; t++)
		if (glob_match(glob, t->name) && !run_one(t, ++number))
			failed++;
	return failed;
}

void ktest_main(void)
{
	char glob[64];
	int failed;

	if (!param_get("ktest", glob, sizeof(glob)))
		return;
	failed = ktest_run(glob);
	if (failed == -ENOENT)
		pr_err("no in-kernel test matches ktest=%s", glob);
	debug_exit(failed ? POWEROFF_FAIL : POWEROFF_PASS);
}
