/* SPDX-License-Identifier: MIT */
/* One of the six: it waits for orders at its desk and carries them out. */
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "demo.h"

#define INIT	  1	     /* who takes in orphans */
#define YIELDS	  100	     /* looks at the desk before going to sleep */
#define TENTH	  10	     /* every tenth page is written … */
#define STAMP_AT  (PAGE / 2) /* … here, */
#define STORY_BIT (PAGE / 2 + 7)

struct desk desk __attribute__((aligned(4096)));

static enum role role;
static char *input; /* our copy of INPUT, zeros up to the end of its last page */
static size_t input_bytes;
static char *own;	  /* OWN_PAGES pages that nobody else has */
static char *story;	  /* the story's page */
static bool written;	  /* ORDER_WRITE was carried out */
static pid_t children[2]; /* (P) */

static size_t input_pages(void)
{
	return (input_bytes + PAGE - 1) / PAGE;
}

static char *map(size_t pages)
{
	void *p = mmap(NULL, pages * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1,
		       0);

	if (p == MAP_FAILED) {
		perror("demo: mmap");
		exit(1);
	}
	return p;
}

/* ---- INPUT ---- */

/* Standard input, or the initrd when that is the console. */
static int input_handle(void)
{
	return isatty(STDIN_FILENO) ? HANDLE_INITRD : STDIN_FILENO;
}

static long read_input(void)
{
	int fd = input_handle();
	size_t done = 0;
	ssize_t got = 1;

	input_bytes = (size_t)mg_vmo_size(fd);
	input = map(input_pages());
	for (; done < input_bytes && got > 0; done += (size_t)got)
		got = mg_vmo_read(fd, input + done, input_bytes - done, (off_t)done);
	return (long)done;
}

static long make_index(void)
{
	struct index_summary s;

	if (index_build(input, input_pages(), &s))
		return -1;
	desk.answer[1] = s.zero;
	desk.answer[2] = s.most;
	return s.distinct;
}

/* ---- data of one's own ---- */

static uint64_t own_word(size_t i)
{
	return ((uint64_t)role + 1) * 0x9e3779b97f4a7c15 + i * 0xd1342543de82ef95;
}

static long make_own(void)
{
	own = map(OWN_PAGES);
	for (size_t i = 0; i < OWN_PAGES * PAGE / 8; i++)
		((uint64_t *)own)[i] = own_word(i);
	return 0;
}

static long offer_all(void)
{
	if (madvise(input, input_pages() * PAGE, MADV_MERGEABLE))
		return -1;
	return madvise(own, OWN_PAGES * PAGE, MADV_MERGEABLE);
}

/* ---- writing, and verifying every byte ---- */

/* Each page that is written at all is written by one of the six, so the six spread over them. */
static bool is_ours_to_write(size_t page)
{
	return page % TENTH == 0 && page / TENTH % NR_ACTORS == (size_t)role;
}

static uint64_t stamp(size_t page)
{
	return ((uint64_t)role + 1) << 56 | (page + 1) << 8 | 0xa5;
}

static long write_share(void)
{
	long n = 0, zeros = 0;

	for (size_t i = 0; i < input_pages(); i++) {
		char *page = input + i * PAGE;

		if (!is_ours_to_write(i))
			continue;
		zeros += page_is_zero(page);
		*(uint64_t *)(page + STAMP_AT) = stamp(i);
		n++;
	}
	written = true;
	desk.answer[1] = zeros;
	return n;
}

static long count_differences(const char *a, const char *b, size_t n)
{
	long differ = 0;

	if (memcmp(a, b, n))
		for (size_t i = 0; i < n; i++)
			differ += a[i] != b[i];
	return differ;
}

/* One page against INPUT, read anew, with the stamp that we put there ourselves. */
static long verify_page(int fd, size_t page)
{
	static char want[PAGE] __attribute__((aligned(4096)));
	ssize_t got = mg_vmo_read(fd, want, PAGE, (off_t)(page * PAGE));

	if (got < 0)
		return (long)PAGE;
	memset(want + got, 0, PAGE - (size_t)got);
	if (written && is_ours_to_write(page))
		*(uint64_t *)(want + STAMP_AT) = stamp(page);
	return count_differences(input + page * PAGE, want, PAGE);
}

static long verify(void)
{
	int fd = input_handle();
	long differ = 0;

	for (size_t i = 0; i < input_pages(); i++)
		differ += verify_page(fd, i);
	for (size_t i = 0; i < OWN_PAGES * PAGE / 8; i++)
		differ += ((uint64_t *)own)[i] != own_word(i);
	desk.answer[1] = differ;
	return (long)((input_pages() + OWN_PAGES) * PAGE);
}

/* ---- the story's page ---- */

static char story_byte(size_t i)
{
	static const char text[] = "This page is the hero of the story. ";

	return text[i % (sizeof(text) - 1)];
}

static long fill_story(void)
{
	for (size_t i = 0; i < PAGE; i++)
		story[i] = story_byte(i);
	return 0;
}

static long check_story(char middle)
{
	for (size_t i = 0; i < PAGE; i++) {
		char want = i == STORY_BIT && middle ? middle : story_byte(i);

		if (story[i] != want)
			return 0;
	}
	return 1;
}

/* ---- orders ---- */

static void become_child(enum role who)
{
	role = who;
	desk.done = desk.number; /* the order to fork is P's */
	children[0] = children[1] = 0;
}

static long fork_children(void)
{
	for (int i = 0; i < 2; i++) {
		children[i] = fork();
		if (children[i] < 0)
			return -1;
		if (!children[i]) {
			become_child(i ? C2 : C1);
			return 0;
		}
	}
	desk.answer[1] = children[1];
	return children[0];
}

static long carry_out(enum order order, long arg)
{
	switch (order) {
	case ORDER_READ:
		return read_input();
	case ORDER_INDEX:
		return make_index();
	case ORDER_FORK:
		return fork_children();
	case ORDER_OWN:
		return make_own();
	case ORDER_OFFER:
		return offer_all();
	case ORDER_VERIFY:
		return verify();
	case ORDER_WHERE:
		return (long)input;
	case ORDER_WRITE:
		return write_share();
	case ORDER_STORY_MAP:
		story = map(1);
		return (long)story;
	case ORDER_STORY_READ:
		return *(volatile char *)story;
	case ORDER_STORY_FILL:
		return fill_story();
	case ORDER_STORY_WRITE:
		story[STORY_BIT] = (char)arg;
		return 0;
	case ORDER_STORY_CHECK:
		return check_story((char)arg);
	case ORDER_STORY_OFFER:
		return madvise(story, PAGE, MADV_MERGEABLE);
	case ORDER_STORY_REFUSE:
		return madvise(story, PAGE, MADV_UNMERGEABLE);
	case ORDER_STORY_UNMAP:
		return munmap(story, PAGE);
	case ORDER_EXIT:
		break;
	}
	return 0;
}

static void wait_for_order(void)
{
	for (int looks = 0; desk.number == desk.done; looks++) {
		if (looks < YIELDS) {
			sched_yield();
			continue;
		}
		if (getppid() == INIT) /* the director is gone, or P, who forked us */
			exit(1);
		breathe();
	}
}

/* P outlives its children, so that nobody is left behind. */
static int end(void)
{
	int status, failed = 0;

	for (int i = 0; i < 2; i++)
		if (children[i] > 0 && (waitpid(children[i], &status, 0) < 0 || status))
			failed = 1;
	return failed;
}

int actor_main(enum role who)
{
	enum order order;

	role = who;
	desk.open = 1;
	do {
		long number, answer;

		wait_for_order();
		order = (enum order)desk.order;
		number = desk.number;
		answer = carry_out(order, desk.arg);
		if (desk.done == number) /* a child that was just forked */
			continue;
		desk.answer[0] = answer;
		desk.done = number;
	} while (order != ORDER_EXIT);
	return end();
}
