/* SPDX-License-Identifier: MIT */
/*
 * twins [-n PAGES] [-t SECONDS]: two processes with equal pages, to look at from elsewhere.
 *
 * The second is forked before either has written anything, so no page is shared by
 * fork: what comes together was merged.  They stay until one of them is killed.
 */
#include <err.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define PAGE	    4096ul
#define WORDS	    (PAGE / sizeof(uint64_t))
#define A_LOOK_USEC 100000

static time_t seconds_now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec;
}

/* Pages that differ from each other; the other process has the same. */
static void fill(uint64_t *pages, long n)
{
	for (long i = 0; i < n * (long)WORDS; i++)
		pages[i] = ((uint64_t)i / WORDS + 1) * 0x9e3779b97f4a7c15 + (uint64_t)i % WORDS;
}

/* The second of the two ends with the first. */
static _Noreturn void be_second(uint64_t *pages, long n, pid_t first)
{
	fill(pages, n);
	while (getppid() == first)
		usleep(A_LOOK_USEC);
	_exit(0);
}

/* Until the time is over (0: never), or the second has gone. */
static void stay(time_t seconds)
{
	time_t end = seconds_now() + seconds;

	while ((!seconds || seconds_now() < end) && !waitpid(-1, NULL, WNOHANG))
		usleep(A_LOOK_USEC);
}

/* The number in an option, from 1 to most; 0 is none. */
static long number(const char *text, long most)
{
	char *end;
	long n = strtol(text, &end, 10);

	return end == text || *end || n < 1 || n > most ? 0 : n;
}

static uint64_t *map_pages(long n)
{
	size_t size = (size_t)n * PAGE;
	void *p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED)
		err(1, "%ld pages", n);
	if (madvise(p, size, MADV_MERGEABLE)) /* for KSM; PKSM takes all */
		err(1, "madvise");
	return p;
}

int main(int argc, char **argv)
{
	long pages = 16, seconds = 0;
	bool wrong = false;
	uint64_t *memory;
	pid_t first = getpid(), second;
	int option;

	while ((option = getopt(argc, argv, "n:t:")) != -1) {
		long *value = option == 'n' ? &pages : &seconds;

		if (option == '?')
			break;
		*value = number(optarg, option == 'n' ? 1 << 18 : 1000000);
		wrong = wrong || !*value;
	}
	if (option != -1 || wrong || optind < argc)
		errx(2, "usage: twins [-n PAGES] [-t SECONDS]");
	memory = map_pages(pages);
	second = fork();
	if (second < 0)
		err(1, "fork");
	if (!second)
		be_second(memory, pages, first);
	fill(memory, pages);
	printf("twins: processes %d and %d have %ld equal pages each, at %012lx\n", first, second,
	       pages, (unsigned long)memory);
	fflush(stdout);
	stay(seconds);
	kill(second, SIGTERM);
	return 0;
}
