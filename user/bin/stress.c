/* SPDX-License-Identifier: MIT */
/*
 * stress [-p PROCESSES] [-m MIB] [-t SECONDS]: processes that write random pages of their
 * memory over and over, and check what they wrote last.
 */
#include <err.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define PAGE_WORDS 512

static time_t seconds_now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec;
}

/* Every page begins with its number times the count of writes to it; the rest is the same. */
static int work(size_t pages, time_t end, unsigned int seed)
{
	uint64_t *memory = mmap(NULL, pages * PAGE_WORDS * sizeof(*memory), PROT_READ | PROT_WRITE,
				MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	uint64_t *written = calloc(pages, sizeof(*written));

	if (memory == MAP_FAILED || !written) {
		warn("memory");
		return 1;
	}
	while (seconds_now() < end) {
		size_t page = (size_t)rand_r(&seed) % pages;
		uint64_t *p = memory + page * PAGE_WORDS;

		if (p[0] != page * written[page] || p[PAGE_WORDS - 1] != p[0]) {
			warnx("page %zu does not hold what was written to it", page);
			return 1;
		}
		p[0] = p[PAGE_WORDS - 1] = page * ++written[page];
	}
	return 0;
}

/* The number in an option, from 1 to most. */
static long number(const char *text, long most)
{
	char *end;
	long n = strtol(text, &end, 10);

	return end == text || *end || n < 1 || n > most ? 0 : n;
}

int main(int argc, char **argv)
{
	long processes = 2, mib = 16, seconds = 10, started;
	int option, status, failed = 0;

	while ((option = getopt(argc, argv, "p:m:t:")) != -1) {
		if (option == 'p')
			processes = number(optarg, 500);
		else if (option == 'm')
			mib = number(optarg, 1 << 16);
		else
			seconds = option == 't' ? number(optarg, 1000000) : 0;
	}
	if (optind < argc || !processes || !mib || !seconds)
		errx(2, "usage: stress [-p PROCESSES] [-m MIB] [-t SECONDS]");
	for (started = 0; started < processes; started++) {
		pid_t pid = fork();

		if (!pid)
			_exit(work((size_t)mib * 256, seconds_now() + seconds, (unsigned)started));
		if (pid < 0) {
			warn("process %ld", started);
			failed = 1;
			break;
		}
	}
	while (wait(&status) > 0)
		failed = failed || status;
	printf("%ld processes wrote to %ld MiB each for %ld s: %s\n", started, mib, seconds,
	       failed ? "FAILED" : "all pages held what was written");
	return failed;
}
