/* SPDX-License-Identifier: MIT */
/*
 * Proves: an overflown kernel stack ends in its guard page and kills the process
 * that did it, not the kernel.  Debug builds only: there the kernel knows that the
 * thread holds no lock.  See kernel/README.md.
 *
 * cpus: 1 2 4
 * config: debug only
 */
#include "test.h"

static void overflow_kernel_stack(void *unused)
{
	(void)unused;
	mg_kctl(KCTL_KSTACK_OVERFLOW, 0, 0);
}

int main(void)
{
	long frames;

	TEST_BEGIN("an overflown kernel stack kills its process");
	CHECK_EQ(dies_by(overflow_kernel_stack, NULL), SIGSEGV, "signal");
	frames = free_frames();
	TEST_BEGIN("again, with no frame lost");
	CHECK_EQ(dies_by(overflow_kernel_stack, NULL), SIGSEGV, "signal");
	CHECK_EQ(free_frames(), frames, "free frames");
	check_mm();
	return TEST_END();
}
