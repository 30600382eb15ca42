/* SPDX-License-Identifier: MIT */
/*
 * Proves: whatever programs do with the areas of a memory object - map, touch, write, move, drop,
 * lock, protect, fork, exit - while others make it shorter and longer and take pages out of it: a
 * byte that is read is zero or what somebody has written to that page, a touch beyond the end is a
 * SIGBUS and no other signal, and mm_check() finds nothing wrong.  The same calls in any order, by
 * chance; SEED repeats them.
 * See mm/object/truncate.c and mm/README.md, "Who meets whom".
 *
 * cpus: 2 4
 * timeout: 120
 */
#include "cut.h"

#define CHILDREN 3
#define ROUNDS	 60
#define STEPS	 12

static uint64_t seed;

static size_t any(size_t n)
{
	return next_random(&seed) % n;
}

/* Each page begins with its number + 1, or zeros: whoever writes it writes that. */
static void use_page(volatile char *p, size_t i)
{
	int seen;

	if (any(2)) {
		if (!sigsetjmp(refused, 1))
			*p = (char)(i + 1);
		return;
	}
	seen = read_byte(p);
	CHECK(seen <= 0 || seen == (int)i + 1, "page %zu holds %d", i, seen);
}

static char *move(char *p, size_t n)
{
	char *q = mremap(p, n * PAGE, n * PAGE, MREMAP_MAYMOVE | MREMAP_FIXED,
			 p + (any(2) ? 64 : 1024) * PAGE);

	return q == MAP_FAILED ? p : q;
}

static void fork_and_use(char *p, size_t first, size_t n)
{
	pid_t pid = fork();

	if (!pid) {
		test.failed = false;
		for (size_t i = 0; i < n; i++)
			use_page(p + i * PAGE, first + i);
		_exit(test.failed);
	}
	child_join(pid);
}

/* One call by chance on an area of n pages, the first of which is page first of the object. */
static char *use_area(char *p, size_t first, size_t n)
{
	size_t i = any(n);

	switch (any(9)) {
	case 0:
		return move(p, n);
	case 1:
		madvise(p + i * PAGE, PAGE, MADV_DONTNEED);
		break;
	case 2:
		madvise(p + i * PAGE, PAGE, MADV_REMOVE);
		break;
	case 3:
		mprotect(p + i * PAGE, PAGE, PROT_READ);
		mprotect(p + i * PAGE, PAGE, RW);
		break;
	case 4:
		fork_and_use(p, first, n);
		break;
	default:
		use_page(p + i * PAGE, first + i);
	}
	return p;
}

static void live(void *arg)
{
	seed = test_seed() * 100 + (uint64_t)(long)arg;
	for (int round = 0; round < ROUNDS; round++) {
		size_t first = any(NR / 2), n = NR - first;
		char *p = show_at(first, n, any(2) ? MAP_SHARED : MAP_PRIVATE);

		for (int step = 0; step < STEPS; step++)
			p = use_area(p, first, n);
		unmap_pages(p, n);
	}
}

static bool all_ended(const pid_t *pid, int *status, bool *ended)
{
	bool all = true;

	for (int i = 0; i < CHILDREN; i++) {
		if (!ended[i])
			ended[i] = waitpid(pid[i], &status[i], WNOHANG) == pid[i];
		all = all && ended[i];
	}
	return all;
}

int main(void)
{
	bool ended[CHILDREN] = { false };
	int status[CHILDREN];
	pid_t pid[CHILDREN];
	long frames, cuts = 0;

	catch_bus();
	TEST_BEGIN("programs use an object that is cut all the time");
	new_object();
	child_join(child_start(live, (void *)0)); /* memory for all that is kept */
	CHECK(!mg_vmo_resize(vmo, 0), "resize: %s", strerror(errno));
	frames = free_frames();
	for (long i = 0; i < CHILDREN; i++)
		pid[i] = child_start(live, (void *)(i + 1));
	seed = test_seed();
	while (!all_ended(pid, status, ended)) {
		resize(any(NR * PAGE));
		resize(NR * PAGE);
		mg_vmo_punch(vmo, (off_t)any(NR * PAGE), any(NR * PAGE));
		if (cuts++ % 64 == 0)
			check_mm();
		sched_yield();
	}
	for (int i = 0; i < CHILDREN; i++)
		CHECK_EQ(status[i], 0, "wait status of child %d", i);
	CHECK(cuts > 20, "%ld cuts", cuts);
	resize(0);
	CHECK(frames - free_frames() < 8, "%ld frames, %ld before", free_frames(), frames);
	check_mm();
	close(vmo);
	return TEST_END();
}
