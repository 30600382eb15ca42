/* SPDX-License-Identifier: MIT */
/*
 * Proves: of two threads of one process that come to one table, area or entry at the same moment
 * one is first, and the other sees that: the first is held where it has looked and not yet acted,
 * the second goes all the way.  One anon_vma, one page table, one copy; no store is lost, no frame
 * either: not the one that fork got for a page that is pinned no more.  An object stays while a
 * page of it is brought for an area that has gone.
 * See mm/README.md, "Who meets whom", and the theory of each file.
 *
 * cpus: 2
 * timeout: 60
 */
#include <pthread.h>

#include "ipc.h"

#define FAR (1ul << 39) /* one entry of the root */
#define GIB (1ul << 30)
#define MIB (1ul << 20)

/* ---- two threads, each of which writes a byte where and when it is told ---- */

static struct job {
	char *volatile to;
	bool drops; /* the page first: what it writes to is another one */
	volatile bool done;
} jobs[2];

static void *worker(void *arg)
{
	struct job *job = arg;

	wait_until(job->to, "a worker was told where to write");
	if (job->drops)
		CHECK(!madvise((void *)((uint64_t)job->to & ~(PAGE - 1)), PAGE, MADV_DONTNEED),
		      "DONTNEED: %s", strerror(errno));
	*job->to = (char)(1 + (job - jobs));
	job->done = true;
	return arg;
}

/*
 * Worker 0 writes to first and is held at the event; worker 1 writes to second meanwhile, having
 * dropped that page or not.
 */
static void write_both(enum event_id event, char *first, char *second, bool drops)
{
	pthread_t t[2];

	for (int i = 0; i < 2; i++) {
		jobs[i] = (struct job){ .drops = i == 1 && drops };
		REQUIRE(!pthread_create(&t[i], NULL, worker, &jobs[i]), "pthread_create");
	}
	sched_yield();
	hold(event, getpid());
	jobs[0].to = first;
	wait_held(event);
	jobs[1].to = second;
	wait_until(jobs[1].done, "the second is not stopped by the first");
	CHECK(!jobs[0].done, "the first is held");
	release(event);
	for (int i = 0; i < 2; i++)
		pthread_join(t[i], NULL);
	CHECK_EQ(*first, 1, "what the first wrote");
	CHECK_EQ(*second, 2, "what the second wrote");
	check_mm();
}

static char *map_at(unsigned long address, size_t n, int how, int vmo)
{
	char *p = mmap((void *)address, n * PAGE, PROT_READ | PROT_WRITE, how, vmo, 0);

	REQUIRE(p != MAP_FAILED, "mmap of %zu pages at %#lx: %s", n, address, strerror(errno));
	return p;
}

static char *map_fixed(unsigned long address, size_t n)
{
	return map_at(address, n, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1);
}

/* ---- an area, a table ---- */

static void areas(void)
{
	char *p = map_fixed(60 * FAR, 4); /* no neighbour that it could share with */

	TEST_BEGIN("two first writes to an area give it one anon_vma");
	write_both(EV_anon_vma_new, p, p + 3 * PAGE, false);
	for (size_t i = 0; i < 4; i += 3)
		CHECK_EQ(vmq(p + i * PAGE).rmap_count, 1, "mappings found of page %zu", i);
	unmap_pages(p, 4);
	check_mm();
}

/* Two writes below a table that is missing, held there. */
static void tables_at(unsigned long address, const char *which)
{
	char *p = map_fixed(address, 4);

	TEST_BEGIN(which);
	write_both(EV_table_new, p, p + 3 * PAGE, false);
}

static void tables(void)
{
	long frames;

	for (int round = 0; round < 2; round++) { /* the first one brings what is kept */
		frames = free_frames();
		tables_at(64 * FAR, "two writes that need tables of all levels build one of each");
		tables_at(64 * FAR + GIB, "two writes that need tables of two levels");
		tables_at(64 * FAR + GIB + 2 * MIB, "two writes that need a table of one level");
		unmap_pages((char *)(64 * FAR), GIB / PAGE + 4 * MIB / PAGE);
	}
	CHECK_EQ(free_frames(), frames, "free frames");
}

/* ---- an entry ---- */

static void keep_shared(void *arg)
{
	(void)arg;
	for (;;)
		pause();
}

static void copies(void)
{
	int vmo = mg_vmo_create(PAGE);
	char *p = map_pages(3);
	pid_t pid;

	TEST_BEGIN("two writes to the zero page: one copy, both stores");
	CHECK_EQ(p[0], 0, "a byte never written");
	write_both(EV_cow_copied, p, p + 1, false);

	TEST_BEGIN("a write while the page that is copied goes, and another comes");
	CHECK_EQ(p[2 * PAGE], 0, "a byte never written");
	write_both(EV_cow_copied, p + 2 * PAGE, p + 2 * PAGE + 1, true);

	TEST_BEGIN("two writes to a page that fork shares: one copy, both stores");
	page_fill(p + PAGE, 5);
	pid = child_start(keep_shared, NULL);
	write_both(EV_cow_copied, p + PAGE + 8, p + PAGE + 9, false);
	end_child(pid);

	TEST_BEGIN("two writes to a private page of an object: one copy, both stores");
	unmap_pages(p, 3);
	p = map_at(0, 1, MAP_PRIVATE, vmo);
	CHECK_EQ(p[0], 0, "a byte never written");
	write_both(EV_cow_copied, p, p + 1, false);
	unmap_pages(p, 1);
	close(vmo);
}

/* ---- many at once, held nowhere ---- */

#define PAGES  200
#define ROUNDS 8

static char *volatile area;
static volatile long turn[2]; /* the page that each is about to write to */

/* Both go through the pages side by side. */
static void *side_by_side(void *arg)
{
	long me = (long)arg;

	for (long i = 1; i <= PAGES; i++) {
		__atomic_store_n(&turn[me], i, __ATOMIC_SEQ_CST);
		while (__atomic_load_n(&turn[!me], __ATOMIC_SEQ_CST) < i)
			if (i % 64 == 1)
				sched_yield();
		area[(i - 1) * PAGE + (unsigned long)me] = (char)(i + me);
	}
	return arg;
}

static void write_side_by_side(char *p)
{
	pthread_t t;

	area = p;
	turn[0] = turn[1] = 0;
	REQUIRE(!pthread_create(&t, NULL, side_by_side, (void *)1), "pthread_create");
	side_by_side(NULL);
	pthread_join(t, NULL);
	for (long i = 1; i <= PAGES; i++)
		for (long k = 0; k < 2; k++)
			CHECK_EQ(p[(i - 1) * PAGE + (unsigned long)k], (char)(i + k),
				 "byte %ld of page %ld", k, i - 1);
	unmap_pages(p, PAGES);
}

static volatile bool dropping;

static void *drop_again_and_again(void *arg)
{
	while (dropping)
		CHECK(!madvise(arg, PAGES * PAGE, MADV_DONTNEED), "DONTNEED: %s", strerror(errno));
	return arg;
}

/* A byte is what was written last, or zero because the page has been dropped since. */
static void write_beside_drop(char *p)
{
	pthread_t t;

	dropping = true;
	REQUIRE(!pthread_create(&t, NULL, drop_again_and_again, p), "pthread_create");
	for (int r = 1; r <= ROUNDS; r++)
		for (size_t i = 0; i < PAGES; i++) {
			char before = p[i * PAGE];

			p[i * PAGE] = (char)r;
			CHECK(!before || before == r - 1, "page %zu held %d in round %d", i, before,
			      r);
		}
	dropping = false;
	pthread_join(t, NULL);
	unmap_pages(p, PAGES);
}

static void crowds(void)
{
	int vmo;

	TEST_BEGIN("first writes to each page of an area, side by side");
	for (int r = 0; r < ROUNDS; r++)
		write_side_by_side(map_pages(PAGES));
	check_mm();
	TEST_BEGIN("writes to an area that another thread drops all the time");
	write_beside_drop(map_pages(PAGES));
	check_mm();
	TEST_BEGIN("first writes to an object side by side, mapped private and shared");
	for (int r = 0; r < ROUNDS; r++) {
		vmo = mg_vmo_create(PAGES * PAGE);
		write_side_by_side(map_at(0, PAGES, MAP_PRIVATE, vmo));
		write_side_by_side(map_at(0, PAGES, MAP_SHARED, vmo));
		close(vmo);
	}
	check_mm();
}

/* ---- a frame that fork got in vain ---- */

static char *pinned;

/* In shared memory. */
static struct control {
	volatile pid_t forker;
	volatile long fork, copy, copied;
} * control;

/* Calls the server, which may read the page meanwhile. */
static void *offer_pinned(void *arg)
{
	struct ipc_message m = { .window = { (uint64_t)pinned }, .window_len = { PAGE } };

	call_for((int)(long)arg, &m, 0);
	return arg;
}

static void call_and_fork(void *arg)
{
	pthread_t t;
	pid_t pid;

	page_fill(pinned, 1);
	control->forker = getpid();
	CHECK(!pthread_create(&t, NULL, offer_pinned, arg), "pthread_create");
	wait_until(control->fork, "the forker was told");
	pid = fork();
	if (!pid)
		_exit(!page_holds(pinned, 1));
	child_join(pid);
	pthread_join(t, NULL);
}

static void read_window(void *arg)
{
	static char bytes[PAGE];
	int ep = endpoint(), c = connection(ep, 0);
	pid_t pid = child_start(call_and_fork, (void *)(long)c);
	struct ipc_message m = receive(ep, IPC_MSG);

	(void)arg;
	wait_until(control->copy, "the server was told");
	CHECK_EQ(mg_ipc_copy(ep, m.token, 0, 0, bytes, PAGE), PAGE, "ipc_copy");
	control->copied = 1;
	CHECK(page_holds(bytes, 1), "the bytes of the window");
	answer(ep, &m, 0);
	child_join(pid);
}

/* A page is pinned when fork finds it, and no more when fork comes back with a frame for it. */
static void pinned_no_more(void)
{
	pid_t server;

	*control = (struct control){ 0 };
	server = child_start(read_window, NULL);
	hold(EV_remote_access, server);
	control->copy = 1;
	wait_held(EV_remote_access);
	hold(EV_fork_spare, control->forker);
	control->fork = 1;
	wait_held(EV_fork_spare);
	release(EV_remote_access);
	wait_until(control->copied, "the page is pinned no more");
	release(EV_fork_spare);
	child_join(server);
}

static void spares(void)
{
	long frames = 0;

	TEST_BEGIN("a frame that fork got for a page that is pinned no more comes back");
	pinned = map_pages(1);
	control = (struct control *)map_at(0, 1, MAP_SHARED | MAP_ANONYMOUS, -1);
	for (int round = 0; round < 3; round++) { /* the first ones bring what is kept */
		frames = free_frames();
		pinned_no_more();
	}
	CHECK_EQ(free_frames(), frames, "free frames");
	unmap_pages(pinned, 1);
}

/* ---- an object whose last area goes while a page of it is brought ---- */

static char *paged;

static void *unmap_paged(void *arg)
{
	wait_until(step_page.go >= 1, "the pager was asked");
	unmap_pages(paged, 1);
	step(2);
	return arg;
}

static void touch_paged(void *arg)
{
	int vmo = (int)(long)arg;
	pthread_t t;

	paged = map_at(0, 1, MAP_SHARED, vmo);
	close(vmo);
	CHECK(!pthread_create(&t, NULL, unmap_paged, NULL), "pthread_create");
	*(volatile char *)paged = 1;
	_exit(1);
}

static void objects(void)
{
	static char page[PAGE];
	int ep = endpoint(), vmo = mg_vmo_create_paged(HANDLE_STDERR, ep, 77, PAGE), status = 0;
	pid_t pid = child_start(touch_paged, (void *)(long)vmo);
	struct ipc_message m;

	TEST_BEGIN("an object stays while a page of it is brought for an area that has gone");
	REQUIRE(vmo >= 0, "vmo_create_paged: %s", strerror(errno));
	close(vmo);
	m = receive(ep, IPC_PAGER);
	step_go(pid, 1);
	step_wait(pid, 2);
	check_silent(ep); /* no CLOSED: the fault has the object */
	CHECK(!mg_vmo_supply(ep, m.token, page, PAGE), "vmo_supply: %s", strerror(errno));
	answer(ep, &m, 0);
	CHECK_EQ(receive(ep, IPC_CLOSED).badge, 77, "badge of the object that has gone");
	CHECK_EQ(waitpid(pid, &status, 0), pid, "wait for the child");
	CHECK_EQ(status, SIGSEGV, "wait status: its area had gone");
	close(ep);
}

/* ---- an area that goes, or becomes another, before the page is asked for ---- */

static bool becomes_another;

static void *unmap_early(void *arg)
{
	wait_held(EV_page_in);
	unmap_pages(paged, 1);
	if (becomes_another)
		CHECK(mmap(paged, PAGE, PROT_READ | PROT_WRITE,
			   MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) == paged,
		      "mmap");
	release(EV_page_in);
	return arg;
}

static void touch_early(void *arg)
{
	int vmo = (int)(long)arg;
	pthread_t t;

	paged = map_at(0, 1, MAP_SHARED, vmo);
	close(vmo);
	hold(EV_page_in, getpid());
	CHECK(!pthread_create(&t, NULL, unmap_early, NULL), "pthread_create");
	*(volatile char *)paged = 1;
	_exit(*paged == 1 ? 3 : 4);
}

/* Nobody is asked: the object went with its area. */
static void early(bool another, int expected)
{
	int ep = endpoint(), vmo = mg_vmo_create_paged(HANDLE_STDERR, ep, 78, PAGE), status = 0;
	pid_t pid;

	becomes_another = another;
	REQUIRE(vmo >= 0, "vmo_create_paged: %s", strerror(errno));
	pid = child_start(touch_early, (void *)(long)vmo);
	close(vmo);
	CHECK_EQ(receive(ep, IPC_CLOSED).badge, 78, "badge of the object that has gone");
	CHECK_EQ(waitpid(pid, &status, 0), pid, "wait for the child");
	CHECK_EQ(status, expected, "wait status");
	close(ep);
}

static void early_objects(void)
{
	TEST_BEGIN("an area goes before a page of its object is asked for");
	early(false, SIGSEGV);
	TEST_BEGIN("an area becomes an anonymous one before a page of its object is asked for");
	early(true, 3 << 8);
}

int main(void)
{
	set_knob(KNOB_PKSM_RUN, 0);
	areas();
	tables();
	copies();
	crowds();
	spares();
	objects();
	early_objects();
	check_mm();
	return TEST_END();
}
