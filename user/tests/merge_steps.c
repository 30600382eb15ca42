/* SPDX-License-Identifier: MIT */
/*
 * Proves: whatever the owner of a page does while pksmd stands at any step of
 * merging it – exit, exec, fork, munmap, mprotect, write, DONTNEED, UNMERGEABLE –
 * all contents stay right, no frame is lost, and the invariants hold.  pksmd is
 * held at each event of each kind of merge in turn.
 * See mm/README.md, "Why the steps stand in this order" and "Who meets whom".
 *
 * cpus: 1 2 4
 * timeout: 240
 * suite: test
 */
#include "merge.h"

#define SELF	   "tests/merge_steps"
#define TAG	   200
#define EVENTS_MAX 10

/* ---- the four kinds of merge, and where they can be held ---- */

enum kind { ONTO_MERGED, AS_CANDIDATE, AS_FINDER, INTO_ZERO, NR_KINDS };

struct place {
	enum event_id event;
	const char *name;
};
#define PLACE(name) \
	{ \
		EV_##name, #name \
	}

static const struct {
	const char *name;
	struct place places[EVENTS_MAX];
} kinds[NR_KINDS] = {
	[ONTO_MERGED] = { "onto a merged page",
			  { PLACE(checksum), PLACE(stable_hit), PLACE(merge_locked),
			    PLACE(merge_protect), PLACE(merge_protected), PLACE(compare),
			    PLACE(append), PLACE(merge_done) } },
	[AS_CANDIDATE] = { "first merge, as the candidate that was found",
			   { PLACE(unstable_hit), PLACE(merge_protect), PLACE(merge_protected),
			     PLACE(promote), PLACE(merge_locked), PLACE(compare), PLACE(append),
			     PLACE(merge_done), PLACE(stable_insert) } },
	[AS_FINDER] = { "first merge, as the page that is promoted",
			{ PLACE(unstable_hit), PLACE(merge_protect), PLACE(merge_protected),
			  PLACE(promote), PLACE(merge_locked), PLACE(compare), PLACE(append),
			  PLACE(merge_done), PLACE(stable_insert) } },
	[INTO_ZERO] = { "into the zero page",
			{ PLACE(merge_locked), PLACE(merge_protect), PLACE(merge_protected),
			  PLACE(merge_done) } },
};

static enum kind kind;
static char *p;	   /* the page under test, in the owner, between two neighbours */
static char *mine; /* the tester's page or pages with equal bytes */

static void fill_equal(char *page)
{
	page_fill(page, TAG + kind);
	if (kind == INTO_ZERO)
		memset(page, 0, PAGE);
}

static bool holds_equal(const char *page)
{
	return kind == INTO_ZERO ? page_is_zero(page) : page_holds(page, TAG + kind);
}

/* ---- what the owner does ---- */

static void write_page(void)
{
	page_fill(p, 1);
	CHECK(page_holds(p, 1), "the bytes written");
}

static void write_in_child(void *arg)
{
	(void)arg;
	CHECK(holds_equal(p), "the child inherits the bytes");
	write_page();
}

static void fork_and_write(void)
{
	child_join(child_start(write_in_child, NULL));
	CHECK(holds_equal(p), "the child's write is the child's alone");
}

static void fork_and_exit(void)
{
	pid_t pid = fork();

	if (!pid) {
		step_page.at = 0;
		_exit(!holds_equal(p));
	}
	child_join(pid);
}

static void unmap(void)
{
	unmap_pages(p - PAGE, 3);
}

static void protect(void)
{
	CHECK(!mprotect(p, PAGE, PROT_READ), "mprotect: %s", strerror(errno));
	CHECK(holds_equal(p), "the bytes under PROT_READ");
	CHECK(!mprotect(p, PAGE, PROT_NONE), "mprotect: %s", strerror(errno));
	CHECK(!mprotect(p, PAGE, PROT_READ | PROT_WRITE), "mprotect: %s", strerror(errno));
}

static void dontneed(void)
{
	CHECK(!madvise(p, PAGE, MADV_DONTNEED), "DONTNEED: %s", strerror(errno));
	CHECK(page_is_zero(p), "zeros after DONTNEED");
}

static void unmergeable(void)
{
	withdraw(p, 1);
	CHECK(!is_merged_of(0, p), "the page is parted");
}

static void leave(void)
{
	_exit(0);
}

static void exec_anew(void)
{
	char *argv[] = { SELF, "again", NULL };

	execve(SELF, argv, environ);
	CHECK(false, "execve: %s", strerror(errno));
}

/* What the page holds when the owner has acted. */
enum then { EQUAL, WRITTEN, ZEROS, GONE };

static const struct action {
	const char *name;
	void (*act)(void);
	enum then then;
} actions[] = {
	{ "write", write_page, WRITTEN },
	{ "fork, child writes", fork_and_write, EQUAL },
	{ "fork", fork_and_exit, EQUAL },
	{ "munmap", unmap, GONE },
	{ "mprotect", protect, EQUAL },
	{ "DONTNEED", dontneed, ZEROS },
	{ "exit", leave, GONE },
	{ "exec", exec_anew, GONE },
	{ "UNMERGEABLE", unmergeable, EQUAL },
};
#define NR_ACTIONS (sizeof(actions) / sizeof(actions[0]))

static bool holds_then(enum then then)
{
	switch (then) {
	case EQUAL:
		return holds_equal(p);
	case WRITTEN:
		return page_holds(p, 1);
	case ZEROS:
		return page_is_zero(p);
	default:
		return true;
	}
}

/* ---- one scene ---- */

static void own(void *arg)
{
	const struct action *a = arg;

	p = map_pages(3) + PAGE;
	fill_equal(p);
	step(1);
	offer(p, 1);
	step(2);
	a->act();
	CHECK(holds_then(a->then), "%s: the bytes at once", a->name);
	step(3);
	CHECK(holds_then(a->then), "%s: the bytes when pksmd has gone on", a->name);
	CHECK(a->act != unmergeable || !is_merged_of(0, p), "%s: the page stays parted", a->name);
	if (a->then != GONE)
		write_page();
}

/* The page that the owner's meets in a first merge; mapped when the owner has been forked. */
static void map_mine(void)
{
	mine = map_pages(1);
	fill_equal(mine);
}

/* Brings pksmd to the place with the owner's page, and holds it there. */
static void hold_at(enum event_id event, pid_t pid)
{
	if (kind == AS_CANDIDATE) {
		step_go(pid, 1);
		step_wait(pid, 2);
		wait_scans(3);
		hold(event, 0);
		offer(mine, 1);
	} else {
		if (kind == AS_FINDER) {
			offer(mine, 1);
			wait_scans(3);
		}
		hold(event, 0);
		step_go(pid, 1);
	}
	wait_held_asleep(event);
	step_wait(pid, 2);
}

/* The owner acts while pksmd stands; both go on; each looks at its bytes. */
static void act_while_held(enum event_id event, pid_t pid, const struct action *a)
{
	bool ends = a->act == leave || a->act == exec_anew;

	hold_at(event, pid);
	step_go(pid, 2);
	if (ends)
		child_join(pid);
	else
		step_wait(pid, 3);
	release(event);
	wait_scans(2);
	if (ends)
		return;
	step_go(pid, 3);
	child_join(pid);
}

static void play(enum event_id event, const struct action *a)
{
	bool first = kind == AS_CANDIDATE || kind == AS_FINDER;
	pid_t pid = child_start(own, (void *)a);

	step_wait(pid, 1);
	if (first)
		map_mine();
	act_while_held(event, pid, a);
	if (kind != INTO_ZERO)
		CHECK(holds_equal(mine), "%s: the tester's bytes", a->name);
	if (first)
		unmap_pages(mine, 1);
}

static void play_all(const struct place *place)
{
	static char name[2][100];
	static int turn;
	long frames = user_frames();

	turn = !turn;
	snprintf(name[turn], sizeof(name[turn]), "%s, held at %s", kinds[kind].name, place->name);
	TEST_BEGIN(name[turn]);
	for (size_t i = 0; i < NR_ACTIONS; i++)
		play(place->event, &actions[i]);
	check_mm();
	CHECK_EQ(user_frames(), frames, "user frames");
}

/* Starts the file server, which is not to be counted in between. */
static void exec_once(void *arg)
{
	(void)arg;
	exec_anew();
}

int main(int argc, char **argv)
{
	char *twins;

	(void)argv;
	if (argc > 1)
		return 0; /* what exec_anew() starts */
	child_join(child_start(exec_once, NULL));
	merge_begin();
	twins = make_merged(TAG + ONTO_MERGED);
	for (kind = ONTO_MERGED; kind < NR_KINDS; kind++) {
		mine = twins;
		for (size_t i = 0; i < EVENTS_MAX && kinds[kind].places[i].name; i++)
			play_all(&kinds[kind].places[i]);
	}
	unmap_pages(twins, 2);
	merge_end();
	return TEST_END();
}
