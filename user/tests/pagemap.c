/* SPDX-License-Identifier: MIT */
/*
 * Proves: bin/pagemap shows every page of a process: those of its image, of its
 * mappings, near and far, and of its stack.
 *
 * suite: test
 */
#include "test.h"

#define FAR (200ul << 20)

int main(void)
{
	char pid[16], *args[] = { "bin/pagemap", pid, NULL };
	char *near = map_pages(3), *far = map_pages(FAR / PAGE);
	int status = -1;

	TEST_BEGIN("pagemap finds as many pages as the process has");
	near[PAGE] = far[0] = far[FAR - 1] = 1;
	snprintf(pid, sizeof(pid), "%d", getpid());
	if (!fork()) {
		execv(args[0], args);
		_exit(127);
	}
	CHECK(wait(&status) > 0, "wait: %s", strerror(errno));
	CHECK_EQ(status, 0, "wait status of pagemap");
	return TEST_END();
}
