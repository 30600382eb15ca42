/* SPDX-License-Identifier: MIT */
/*
 * Proves: a page of a paged memory object is asked for when it is first needed, by a fault, by
 * the kernel on a program's behalf, by read and write, and once it is there never again; several
 * processes that need it get one frame; a signal waits for it and a kill does not; a pager that
 * fails, that dies, that waits for itself or does nothing at all ends in SIGBUS or EIO; an object
 * grows; the pager is told when nobody has the object any more; all frames come back.
 * See kernel/ipc/vmo.c and mm/space/filefault.c.
 *
 * cpus: 1 2 4
 * timeout: 120
 */
#include <sys/syscall.h>
#include <time.h>

#include "ipc.h"
#include "sigtest.h"

#define RW   (PROT_READ | PROT_WRITE)
#define NR   24 /* pages of the object; the last one is half full */
#define SIZE (NR * PAGE - PAGE / 2)
#define KEY  0x1234567890abcdeful

static char page[4 * PAGE];
static int ep, vmo;
static char *shared, *private; /* the object, mapped */

static void new_object(void)
{
	vmo = mg_vmo_create_paged(HANDLE_STDERR, ep, KEY, SIZE);
	REQUIRE(vmo >= 0, "vmo_create_paged: %s", strerror(errno));
	shared = mmap(NULL, NR * PAGE, RW, MAP_SHARED, vmo, 0);
	private = mmap(NULL, NR * PAGE, RW, MAP_PRIVATE, vmo, 0);
	REQUIRE(shared != MAP_FAILED && private != MAP_FAILED, "mmap: %s", strerror(errno));
}

static void drop_object(void)
{
	unmap_pages(shared, NR);
	unmap_pages(private, NR);
	close(vmo);
	CHECK_EQ(receive(ep, IPC_CLOSED).badge, KEY, "badge of the object that has gone");
	check_silent(ep);
}

/* ---- the pager's side ---- */

/* The next request, which is for this page. */
static struct ipc_message asked_for(size_t i)
{
	struct ipc_message m = receive(ep, IPC_PAGER);

	CHECK_EQ(m.word[0], i * PAGE, "byte that is needed");
	CHECK_EQ(m.badge, KEY, "badge");
	return m;
}

/* Supplies n pages from page i on, each with its number as tag. */
static void supply(const struct ipc_message *m, size_t i, size_t n)
{
	for (size_t k = 0; k < n; k++)
		page_fill(page + k * PAGE, i + k);
	CHECK(!mg_vmo_supply(ep, m->token, page, n * PAGE), "vmo_supply: %s", strerror(errno));
}

static void serve(size_t i, size_t n)
{
	struct ipc_message m = asked_for(i);

	supply(&m, i, n);
	answer(ep, &m, 0);
}

/* Serves whatever a child asks for, a page at a time, until it ends well; how often that was. */
static int serve_child(pid_t pid)
{
	int status = -1, requests = 0;

	while (!waitpid(pid, &status, WNOHANG)) {
		struct ipc_message m;

		if (mg_recv(ep, &m, 1000000) != IPC_PAGER)
			continue;
		requests++;
		supply(&m, m.word[0] / PAGE, 1);
		answer(ep, &m, 0);
	}
	CHECK_EQ(status, 0, "wait status of a child");
	return requests;
}

static void child_ends(pid_t pid, int status)
{
	int seen_status = -1;

	CHECK_EQ(waitpid(pid, &seen_status, 0), pid, "wait for child %d", pid);
	CHECK_EQ(seen_status, status, "wait status");
}

/* ---- the clients' side: each in a child ---- */

static void read_page(void *arg)
{
	size_t i = (size_t)arg;

	_exit(!page_holds(shared + i * PAGE, i));
}

static void write_private(void *arg)
{
	size_t i = (size_t)arg;

	private[i * PAGE + 100] = 'x';
	page_fill(page, i);
	page[100] = 'x';
	_exit(memcmp(private + i * PAGE, page, PAGE) || !page_holds(shared + i * PAGE, i));
}

static void test_faults(void)
{
	long made = event_count(EV_file_new);
	pid_t pid;

	TEST_BEGIN("a page comes when it is needed, with what the pager adds to it");
	CHECK_EQ(vmq(shared + 3 * PAGE).flags & VMQ_PRESENT, 0, "page 3 is there");
	pid = child_start(read_page, (void *)3);
	serve(3, 4);
	child_ends(pid, 0);
	CHECK_EQ(event_count(EV_file_new) - made, 5, "frames: four, and a table");
	for (size_t i = 3; i < 7; i++)
		CHECK(page_holds(shared + i * PAGE, i), "page %zu", i);
	check_silent(ep);

	TEST_BEGIN("a private write copies what the pager brings");
	pid = child_start(write_private, (void *)8);
	serve(8, 1);
	child_ends(pid, 0);
	CHECK(page_holds(shared + 8 * PAGE, 8), "the object's page");

	TEST_BEGIN(
		"of the last page what lies behind the end is zeros; nothing is entered behind it");
	pid = child_start(read_page, (void *)(NR - 1));
	struct ipc_message m = asked_for(NR - 1);
	page_fill(page, NR - 1);
	CHECK(!mg_vmo_supply(ep, m.token, page, PAGE / 2), "vmo_supply: %s", strerror(errno));
	CHECK(!mg_vmo_supply(ep, m.token, page, 4 * PAGE), "vmo_supply: %s", strerror(errno));
	answer(ep, &m, 0);
	child_ends(pid, 1 << 8); /* not a whole page */
	CHECK(!memcmp(shared + (NR - 1) * PAGE, page, PAGE / 2), "its bytes");
	for (size_t i = PAGE / 2; i < PAGE; i++)
		CHECK(!shared[(NR - 1) * PAGE + i], "byte %zu is zero", i);
	check_mm();
}

static void test_same_page(void)
{
	struct ipc_message m[3];
	long made;
	pid_t pid[3];

	TEST_BEGIN("three who need one page ask, and get one frame");
	for (int i = 0; i < 3; i++)
		pid[i] = child_start(read_page, (void *)9);
	for (int i = 0; i < 3; i++)
		m[i] = asked_for(9);
	made = event_count(EV_file_new);
	for (int i = 0; i < 3; i++)
		supply(&m[i], 9, 1);
	for (int i = 0; i < 3; i++)
		answer(ep, &m[i], i ? -EIO : 0); /* it is there, whatever the pager says */
	for (int i = 0; i < 3; i++)
		child_ends(pid[i], 0);
	CHECK_EQ(event_count(EV_file_new) - made, 1, "frames");

	TEST_BEGIN("what somebody has written is not supplied again");
	shared[9 * PAGE] = 'w';
	pid[0] = child_start(read_page, (void *)10);
	m[0] = asked_for(10);
	CHECK(!mg_vmo_supply(ep, m[0].token, page, PAGE), "vmo_supply: %s", strerror(errno));
	supply(&m[0], 10, 1);
	answer(ep, &m[0], 0);
	child_ends(pid[0], 1 << 8); /* the first bytes count: page 9's */
	CHECK(page_holds(shared + 10 * PAGE, 9), "page 10 holds what came first");
	CHECK_EQ(shared[9 * PAGE], 'w', "page 9");
}

/* ---- not by a fault of the program's own ---- */

/* One of each, on pages 0 to 8 of a fresh object. */
static void use_all(void *arg)
{
	static char bytes[PAGE];
	int plain = mg_vmo_create(PAGE);
	char *p;

	(void)arg;
	CHECK_EQ(mg_vmo_read(vmo, bytes, PAGE, 0), PAGE, "vmo_read");
	CHECK(page_holds(bytes, 0), "page 0, read");
	CHECK_EQ(mg_vmo_write(vmo, "abc", 3, PAGE + 8), 3, "vmo_write");
	page_fill(page, 1);
	memcpy(page + 8, "abc", 3);
	CHECK(!memcmp(shared + PAGE, page, PAGE), "page 1, written in part");
	CHECK_EQ(mg_vmo_write(plain, shared + 2 * PAGE, PAGE, 0), PAGE, "from page 2");
	CHECK(mg_vmo_read(plain, bytes, PAGE, 0) == PAGE && page_holds(bytes, 2), "page 2");
	CHECK_EQ(mg_vm_peek(getpid(), shared + 3 * PAGE, bytes, PAGE), PAGE, "vm_peek of page 3");
	CHECK(page_holds(bytes, 3), "page 3");
	CHECK_EQ(mg_vm_poke(getpid(), private + 4 * PAGE, "abc", 3), 3, "vm_poke of page 4");
	CHECK(!memcmp(private + 4 * PAGE, "abc", 3) && page_holds(shared + 4 * PAGE, 4), "page 4");
	p = mmap(NULL, 2 * PAGE, PROT_READ, MAP_SHARED | MAP_POPULATE, vmo, 5 * PAGE);
	CHECK(p != MAP_FAILED, "mmap: %s", strerror(errno));
	CHECK(vmq(p).flags & vmq(p + PAGE).flags & VMQ_PRESENT, "pages 5 and 6 are there at once");
	_exit(test.failed);
}

/* A server and its client, which gives it mapped memory as a window; both page. */
static void use_window(void *arg)
{
	int own = mg_endpoint_create(), c = mg_connect(own, 0, RIGHT_CALL);
	struct ipc_message m = { .flags = 0,
				 .window = { (uint64_t)shared + 7 * PAGE },
				 .window_len = { PAGE } };
	pid_t client = fork();

	(void)arg;
	if (!client)
		_exit(mg_call(c, &m) || m.op);
	m = receive(own, IPC_MSG);
	CHECK_EQ(mg_ipc_copy(own, m.token, 0, 0, private + 8 * PAGE, PAGE), PAGE, "ipc_copy");
	CHECK(page_holds(private + 8 * PAGE, 7) && page_holds(shared + 8 * PAGE, 8),
	      "page 7 in place of a copy of 8");
	CHECK_EQ(mg_ipc_vmo_copy(own, m.token, 0, 0, vmo, 9 * PAGE, PAGE), PAGE, "ipc_vmo_copy");
	CHECK(page_holds(shared + 9 * PAGE, 7), "page 9 holds page 7");
	answer(own, &m, 0);
	waitpid(client, NULL, 0);
	_exit(test.failed);
}

static void test_kernel(void)
{
	TEST_BEGIN(
		"the kernel asks on behalf of programs: read, write, copy, peek, poke, populate");
	new_object();
	CHECK_EQ(serve_child(child_start(use_all, NULL)), 7, "requests");
	CHECK_EQ(serve_child(child_start(use_window, NULL)), 3, "requests");
	check_mm();
	drop_object();
}

/* ---- signals, failures ---- */

static void read_with_handler(void *arg)
{
	catch_signal(SIGUSR1, note, 0, 0);
	if (!page_holds(shared + (size_t)arg * PAGE, (uint64_t)arg))
		_exit(2);
	_exit(seen[SIGUSR1] != 1);
}

static void test_signals(void)
{
	struct ipc_message m;
	pid_t pid;

	TEST_BEGIN("a signal waits until the page has come");
	syscall(SYS_setaffinity, 0, 1); /* a thread that we wake has run when we have yielded */
	pid = child_start(read_with_handler, (void *)12);
	wait_until(state_of(pid) == 1, "the child sleeps");
	CHECK(!kill(pid, SIGUSR1), "kill: %s", strerror(errno));
	for (int i = 0; i < 3; i++)
		sched_yield();
	m = asked_for(12); /* before it was received it did not end */
	CHECK(!kill(pid, SIGUSR1), "kill: %s", strerror(errno));
	for (int i = 0; i < 3; i++)
		sched_yield();
	check_silent(ep); /* no UNBLOCK */
	supply(&m, 12, 1);
	answer(ep, &m, 0);
	child_ends(pid, 0);
	syscall(SYS_setaffinity, 0, -1);

	TEST_BEGIN("a kill does not");
	pid = child_start(read_page, (void *)13);
	m = asked_for(13);
	end_child(pid);
	CHECK_ERRNO(mg_vmo_supply(ep, m.token, page, PAGE), ESRCH);
	CHECK_ERRNO(mg_reply(ep, &m), ESRCH);
}

static void read_object(void *arg)
{
	CHECK_ERRNO(mg_vmo_read(vmo, page, PAGE, (off_t)arg), EIO);
	CHECK_ERRNO(mg_vmo_write(vmo, page, PAGE, (off_t)arg), EIO);
	_exit(test.failed);
}

static void call_us(void *arg)
{
	struct ipc_message m = { 0 };

	call_for((int)(long)arg, &m, 7);
	_exit(test.failed);
}

static void test_failures(void)
{
	int c = connection(ep, 3);
	struct ipc_message m;
	pid_t pid;

	TEST_BEGIN("a page that cannot be had is SIGBUS, or EIO; the next who asks may get it");
	pid = child_start(read_page, (void *)14);
	m = asked_for(14);
	CHECK_ERRNO(mg_vmo_supply(ep, m.token, NULL, PAGE), EFAULT);
	CHECK_ERRNO(mg_vmo_supply(ep, m.token, (void *)-8, PAGE), EFAULT);
	CHECK(!mg_vmo_supply(ep, m.token, page, 0), "vmo_supply of nothing: %s", strerror(errno));
	answer(ep, &m, -EIO);
	child_ends(pid, SIGBUS);
	pid = child_start(read_page, (void *)14);
	m = asked_for(14);
	answer(ep, &m, 0); /* says that it is there */
	child_ends(pid, SIGBUS);
	pid = child_start(read_object, (void *)(14 * PAGE));
	for (int i = 0; i < 2; i++) {
		m = asked_for(14);
		answer(ep, &m, -ENODEV);
	}
	child_ends(pid, 0);
	pid = child_start(read_page, (void *)14);
	serve(14, 1);
	child_ends(pid, 0);

	TEST_BEGIN("an ordinary call is no request for a page");
	pid = child_start(call_us, (void *)(long)c);
	m = receive(ep, IPC_MSG);
	CHECK_ERRNO(mg_vmo_supply(ep, m.token, page, PAGE), ESRCH);
	answer(ep, &m, 7);
	child_ends(pid, 0);
	close(c);
	CHECK_EQ(receive(ep, IPC_CLOSED).badge, 3, "badge");

	TEST_BEGIN("a pager that needs a page of its own is told");
	CHECK_ERRNO(mg_vmo_read(vmo, page, PAGE, 15 * PAGE), EIO);
	CHECK_ERRNO(mg_vmo_supply(ep, 0, page, PAGE), ESRCH);
	check_silent(ep);
}

static long seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec;
}

static void test_slow(void)
{
	long start = seconds();
	struct ipc_message m;
	pid_t pid;

	TEST_BEGIN("a pager that does nothing is waited for ten seconds, and asked twice");
	pid = child_start(read_page, (void *)16);
	m = asked_for(16);
	child_ends(pid, SIGBUS);
	CHECK(seconds() - start >= 9, "%ld s", seconds() - start);
	CHECK_ERRNO(mg_vmo_supply(ep, m.token, page, PAGE), ESRCH);
	check_silent(ep);
}

/* A pager that gives its object to the endpoint of the test and then only receives. */
static void be_pager(void *arg)
{
	int own = mg_endpoint_create();
	struct ipc_message m = { .flags = 1, .rights = { RIGHT_ALL } };

	m.handle[0] = mg_vmo_create_paged(HANDLE_STDERR, own, 1, SIZE);
	if (mg_call((int)(long)arg, &m))
		_exit(1);
	close(m.handle[0]);
	mg_recv(own, &m, IPC_FOREVER); /* and no answer */
	for (;;)
		pause();
}

static void test_death(void)
{
	int c = connection(ep, 2);
	pid_t pager = child_start(be_pager, (void *)(long)c), pid;
	struct ipc_message m = receive(ep, IPC_MSG);

	TEST_BEGIN("when the pager dies, who waits for it and who comes later gets SIGBUS at once");
	vmo = m.handle[0];
	answer(ep, &m, 0);
	shared = mmap(NULL, NR * PAGE, PROT_READ, MAP_SHARED, vmo, 0);
	REQUIRE(shared != MAP_FAILED, "mmap: %s", strerror(errno));
	pid = child_start(read_page, (void *)2);
	wait_asleep(state_of(pid) == 1, "the child sleeps");
	end_child(pager);
	child_ends(pid, SIGBUS);
	CHECK_EQ(dies_by(read_page, (void *)3), SIGBUS, "signal of one who comes later");
	CHECK_ERRNO(mg_vmo_read(vmo, page, PAGE, 0), EIO);
	unmap_pages(shared, NR);
	close(vmo);
	close(c);
	CHECK_EQ(receive(ep, IPC_CLOSED).badge, 2, "badge");
}

static void test_resize(void)
{
	pid_t pid;

	TEST_BEGIN("an object grows, by zeros that no pager has to bring");
	new_object();
	unmap_pages(shared, NR);
	shared = mmap(NULL, (NR + 4) * PAGE, RW, MAP_SHARED, vmo, 0);
	REQUIRE(shared != MAP_FAILED, "mmap: %s", strerror(errno));
	CHECK_EQ(dies_by(read_page, (void *)NR), SIGBUS, "signal behind the object");
	CHECK(!mg_vmo_resize(vmo, (NR + 2) * PAGE), "vmo_resize: %s", strerror(errno));
	CHECK_EQ(mg_vmo_size(vmo), (NR + 2) * PAGE, "size");
	for (size_t i = 0; i < PAGE; i++)
		CHECK(!shared[NR * PAGE + i], "byte %zu is zero", i);
	shared[(NR + 1) * PAGE] = 'n';
	CHECK_EQ(mg_vmo_read(vmo, page, PAGE, (NR + 1) * PAGE), PAGE, "vmo_read");
	CHECK_EQ(page[0], 'n', "what was written there");
	CHECK_EQ(dies_by(read_page, (void *)(NR + 2)), SIGBUS, "signal behind the object");
	pid = child_start(read_page, (void *)1);
	serve(1, 1);
	child_ends(pid, 0);
	unmap_pages(shared + NR * PAGE, 4);
	check_mm();
	drop_object();
}

int main(void)
{
	long frames;

	ep = endpoint();
	new_object();
	drop_object(); /* memory for all that is kept */
	frames = free_frames();
	new_object();
	test_faults();
	test_same_page();
	test_signals();
	test_failures();
	test_slow();
	drop_object();
	test_kernel();
	test_death();
	test_resize();

	TEST_BEGIN("all frames come back");
	CHECK(frames - free_frames() < 8, "%ld frames before, %ld now", frames, free_frames());
	check_mm();
	return TEST_END();
}
