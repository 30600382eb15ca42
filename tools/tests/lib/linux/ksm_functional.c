/* SPDX-License-Identifier: MIT */
/*
 * What goes around Linux's ksm_functional_tests.c, whose main() is called test_main() here and
 * whose execv() test_execv().  It expects three things of the process it runs in:
 *
 *  - The program is in the current directory, to be executed once more.
 *  - Its list of arguments for that has two words and no null behind them: what comes next is what
 *    happens to be on the stack.
 *  - A child looks at the number of merged pages through a file that the parent opened, so the
 *    parent's, and takes zero for a failure.  On Linux a parent whose whole memory is mergeable has
 *    equal pages somewhere; here it is given two, but not when executed again: that process looks
 *    at itself.
 */
#undef main
#undef execv

#include <err.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define PAGE 4096

int test_main(int argc, char **argv);
int test_execv(const char *path, char *const argv[]);

int test_execv(const char *path, char *const argv[])
{
	char *const words[] = { argv[0], argv[1], NULL };

	return execv(path, words);
}

static void own_equal_pages(void)
{
	void *pages =
		mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (pages == MAP_FAILED)
		err(EXIT_FAILURE, "mmap");
	memset(pages, 0x5a, 2 * PAGE);
}

int main(int argc, char **argv)
{
	if (chdir("/bin"))
		err(EXIT_FAILURE, "/bin");
	if (argc == 1)
		own_equal_pages();
	return test_main(argc, argv);
}
