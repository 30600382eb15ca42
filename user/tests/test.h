/* SPDX-License-Identifier: MIT */
/*
 * The frame of every user test.  A test is a main() of named cases:
 *
 *	int main(void)
 *	{
 *		TEST_BEGIN("a written page is exclusive");
 *		CHECK(vmq(p).flags & VMQ_EXCLUSIVE, "page %d has flags %#x", i, vmq(p).flags);
 *		CHECK_EQ(vmq(p).mapcount, 1, "mappings of page %d", i);
 *		return TEST_END();
 *	}
 *
 * Each case is one KTAP line on the test stream; a check that fails says on it
 * and on standard error what was expected and what was seen.  Nothing here
 * waits on time: wait_until() polls a condition, yields between two looks, and
 * after a bounded number of looks calls it a failure.
 */
#pragma once

#include <abi/event_ids.h>
#include <errno.h>
#include <merganser.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define PAGE	  4096ul
#define POLLS_MAX 5000000l
#define LOOKS_MAX 15000 /* of a tick, 10 ms: a busy host takes its time, less than mg waits */

static struct {
	const char *name; /* of the running case, or NULL */
	int cases;
	bool failed; /* a check of the running case failed */
	bool any_failed;
} test;

/* ---- cases and checks ---- */

static inline void test_say(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
static inline void test_say(const char *fmt, ...)
{
	char text[400];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	mg_test_log("# %s", text);
	fprintf(stderr, "%s\n", text);
}

static inline void test_end_case(void)
{
	if (!test.name)
		return;
	mg_test_log("%sok %d %s", test.failed ? "not " : "", ++test.cases, test.name);
	if (test.failed)
		fprintf(stderr, "not ok %d %s\n", test.cases, test.name);
	test.name = NULL;
	test.failed = false;
}

/* Starts a case, which ends with the next one or with TEST_END(). */
static inline void test_begin(const char *name)
{
	test_end_case();
	if (!test.cases)
		mg_test_log("KTAP version 1");
	test.name = name;
}

/* Ends the last case and gives main()'s return value. */
static inline int test_end(void)
{
	test_end_case();
	mg_test_log("1..%d", test.cases);
	return test.any_failed;
}

/* Records a check; returns ok.  The sentence says what was checked, with its values. */
static inline bool test_check(bool ok, const char *file, int line, const char *cond,
			      const char *fmt, ...) __attribute__((format(printf, 5, 6)));
static inline bool test_check(bool ok, const char *file, int line, const char *cond,
			      const char *fmt, ...)
{
	char sentence[256];
	va_list ap;

	if (ok)
		return true;
	va_start(ap, fmt);
	vsnprintf(sentence, sizeof(sentence), fmt, ap);
	va_end(ap);
	test.failed = test.any_failed = true;
	test_say("%s:%d: %s: expected %s", file, line, sentence, cond);
	return false;
}

#define TEST_BEGIN(name) test_begin(name)
#define TEST_END()	 test_end()

#define CHECK(cond, ...) test_check(!!(cond), __FILE__, __LINE__, #cond, __VA_ARGS__)

/* Two integers are equal; the sentence names what is compared. */
#define CHECK_EQ(seen, expected, ...) \
	({ \
		long seen_ = (long)(seen), want_ = (long)(expected); \
		char cond_[96]; \
\
		snprintf(cond_, sizeof(cond_), "%ld (%#lx), seen %ld (%#lx)", want_, want_, seen_, \
			 seen_); \
		test_check(seen_ == want_, __FILE__, __LINE__, cond_, __VA_ARGS__); \
	})

/* A call fails with this errno. */
#define CHECK_ERRNO(call, want) \
	({ \
		long ret_ = (long)(call); \
		int err_ = errno; \
\
		test_check(ret_ == -1 && err_ == (want), __FILE__, __LINE__, #want, \
			   "%s: result %ld, %s", #call, ret_, \
			   ret_ == -1 ? strerror(err_) : "no error"); \
	})

/* A check without which the rest makes no sense: ends the program when it fails. */
#define REQUIRE(cond, ...) \
	do { \
		if (!CHECK(cond, __VA_ARGS__)) \
			exit(test_end()); \
	} while (0)

#define wait_until(cond, ...) \
	({ \
		long polls_ = 0; \
\
		while (!(cond) && polls_++ < POLLS_MAX) \
			sched_yield(); \
		CHECK(polls_ <= POLLS_MAX, __VA_ARGS__); \
	})

/*
 * wait_until() asleep between two looks, which leaves pksmd a CPU: it shall not
 * have to shoot the tester's translations down again and again, nor take a CPU
 * on which a child spins, whose TLB it would empty.
 */
#define wait_asleep(cond, ...) \
	({ \
		int looks_ = 0; \
\
		while (!(cond) && looks_++ < LOOKS_MAX) \
			usleep(1000); \
		CHECK(looks_ <= LOOKS_MAX, __VA_ARGS__); \
	})

/* ---- what the kernel sees ---- */

static inline struct vm_page_info vmq_of(pid_t pid, const void *addr)
{
	struct vm_page_info info = { 0 };

	CHECK(mg_vm_query(pid, addr, &info, 1) == 1, "vm_query of pid %d at %p: %s", pid, addr,
	      strerror(errno));
	return info;
}

static inline struct vm_page_info vmq(const void *addr)
{
	return vmq_of(0, addr);
}

static inline struct kstat_mem mem_stat(void)
{
	struct kstat_mem mem = { 0 };

	CHECK(mg_kstat(KSTAT_MEM, &mem, sizeof(mem)) == sizeof(mem), "kstat: %s", strerror(errno));
	return mem;
}

static inline struct kstat_pksm pksm_stat(void)
{
	struct kstat_pksm pksm = { 0 };

	CHECK(mg_kstat(KSTAT_PKSM, &pksm, sizeof(pksm)) == sizeof(pksm), "kstat: %s",
	      strerror(errno));
	return pksm;
}

/* Frames that are free, or kept for anon_vmas to come, once the kernel has nothing pending. */
static inline long free_frames(void)
{
	return mg_settled_frames();
}

static inline long event_count(enum event_id event)
{
	return mg_kctl(KCTL_EVENT_COUNT, event, 0);
}

/* Number of VMAs of a process, or -1 if there is no such process. */
static inline int vma_count(pid_t pid)
{
	static struct kstat_proc proc[1024];
	ssize_t got = mg_kstat(KSTAT_PROCS, proc, sizeof(proc));

	for (ssize_t i = 0; i < got / (ssize_t)sizeof(proc[0]); i++)
		if (proc[i].pid == pid)
			return (int)proc[i].nr_vmas;
	return -1;
}

static inline void check_mm(void)
{
	CHECK_EQ(mg_kctl(KCTL_MM_CHECK, 0, 0), 0, "violations found by mm_check()");
}

static inline void set_knob(enum knob knob, unsigned long value)
{
	CHECK(!mg_kctl(KCTL_SET_KNOB, knob, value), "knob %d set to %lu: %s", knob, value,
	      strerror(errno));
}

/* ---- stopping a thread at an event ---- */

/* The next thread of pid (0: of anybody) that reaches the event stops there. */
static inline void hold(enum event_id event, pid_t pid)
{
	CHECK(!mg_kctl(KCTL_EVENT_HOLD, event, (unsigned long)pid), "hold at event %d: %s", event,
	      strerror(errno));
}

static inline bool wait_held(enum event_id event)
{
	return wait_until(mg_kctl(KCTL_EVENT_HELD, event, 0) == 1,
			  "nobody came to event %d to be held", event);
}

static inline void release(enum event_id event)
{
	CHECK(!mg_kctl(KCTL_EVENT_RELEASE, event, 0), "release at event %d: %s", event,
	      strerror(errno));
}

/* ---- children ---- */

/* Runs fn(arg) in a child, which ends with 0, or 1 if a check of it failed. */
static inline pid_t child_start(void (*fn)(void *arg), void *arg)
{
	pid_t pid = fork();

	if (!pid) {
		test.failed = false;
		fn(arg);
		fflush(NULL);
		_exit(test.failed);
	}
	CHECK(pid > 0, "fork: %s", strerror(errno));
	return pid;
}

/* Waits for a child and checks that it ended with 0. */
static inline void child_join(pid_t pid)
{
	int status = -1;

	CHECK_EQ(waitpid(pid, &status, 0), pid, "wait for child %d", pid);
	CHECK(status == 0, "child %d ended with wait status %#x", pid, status);
}

/* The signal that ends a child which runs fn(arg), or 0 if it lives to its end. */
static inline int dies_by(void (*fn)(void *arg), void *arg)
{
	pid_t pid = child_start(fn, arg);
	int status = 0;

	CHECK_EQ(waitpid(pid, &status, 0), pid, "wait for child %d", pid);
	return WIFSIGNALED(status) ? WTERMSIG(status) : 0;
}

/*
 * Steps in common: a child says how far it is and waits to be let on; its
 * relative looks at these words and writes them with vm_peek and vm_poke.
 * They have a page of their own, so that they disturb no page under test.
 */
static struct {
	volatile long at; /* the step the child has reached */
	volatile long go; /* the step it may leave */
} step_page __attribute__((aligned(4096)));

/* In the child: says that step is reached and waits until it may go on. */
static inline void step(long number)
{
	errno = 0; /* libc's own page, which waiting writes to, parts before anybody counts */
	step_page.at = number;
	wait_asleep(step_page.go >= number, "child %d was never let past step %ld", getpid(),
		    number);
}

static inline long peek_step(pid_t pid)
{
	long at = 0;

	mg_vm_peek(pid, (const void *)&step_page.at, &at, sizeof(at));
	return at;
}

/* In the other process: waits until the child has reached the step. */
static inline bool step_wait(pid_t pid, long number)
{
	return wait_until(peek_step(pid) >= number, "child %d did not reach step %ld", pid, number);
}

/* Lets the child go on past the step. */
static inline void step_go(pid_t pid, long number)
{
	CHECK(mg_vm_poke(pid, (void *)&step_page.go, &number, sizeof(number)) == sizeof(number),
	      "vm_poke into child %d: %s", pid, strerror(errno));
}

/* ---- pages with contents ---- */

static inline char *map_pages(size_t n)
{
	void *p = mmap(NULL, n * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	REQUIRE(p != MAP_FAILED, "mmap of %zu pages: %s", n, strerror(errno));
	return p;
}

static inline void unmap_pages(void *p, size_t n)
{
	CHECK(!munmap(p, n * PAGE), "munmap of %zu pages: %s", n, strerror(errno));
}

/* Contents that depend on the tag and on every word's place in the page. */
static inline uint64_t page_word(uint64_t tag, size_t i)
{
	uint64_t z = (tag + 1) * 0x9e3779b97f4a7c15 + i * 0xd1342543de82ef95;

	return (z ^ (z >> 29)) * 0xbf58476d1ce4e5b9;
}

static inline void page_fill(void *page, uint64_t tag)
{
	for (size_t i = 0; i < PAGE / 8; i++)
		((uint64_t *)page)[i] = page_word(tag, i);
}

/* True if the page holds what page_fill(page, tag) wrote. */
static inline bool page_holds(const void *page, uint64_t tag)
{
	for (size_t i = 0; i < PAGE / 8; i++)
		if (((const uint64_t *)page)[i] != page_word(tag, i))
			return false;
	return true;
}

static inline bool page_is_zero(const void *page)
{
	for (size_t i = 0; i < PAGE / 8; i++)
		if (((const uint64_t *)page)[i])
			return false;
	return true;
}

/* ---- random numbers that a seed repeats ---- */

/* The seed of this run: the variable SEED, or 1; tells it once. */
static inline uint64_t test_seed(void)
{
	const char *text = getenv("SEED");
	uint64_t seed = text ? strtoul(text, NULL, 0) : 1;

	mg_test_log("# seed %lu", seed);
	return seed;
}

/* SplitMix64. */
static inline uint64_t next_random(uint64_t *state)
{
	uint64_t z = *state += 0x9e3779b97f4a7c15;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
	z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
	return z ^ (z >> 31);
}
