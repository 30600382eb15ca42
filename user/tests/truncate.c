/* SPDX-License-Identifier: MIT */
/*
 * Proves: a memory object shrinks and gets holes under all that use it.  When the call has returned
 * no mapping shows what has gone, shared or private, copies in private areas included (a hole
 * leaves them); a touch beyond the end is a SIGBUS; the frames are free; what comes back when
 * the object grows is zeros, in the last page too.  Each of those who map a page is held where it
 * has looked and not yet mapped, while the object is cut; a page that a pager was asked for before
 * does not come in after; fork, pins and copies under way keep what they have.
 * See mm/object/truncate.c, mm/space/unmap_mapping.c, mm/space/filefault.c.
 *
 * cpus: 2
 * timeout: 90
 */
#include "cut.h"

/* ---- one after the other ---- */

static void shrink_and_grow(void)
{
	char *shared, *private, *tail, *middle;
	static char buf[2 * PAGE];
	long frames;

	TEST_BEGIN("shrunk: pages go from every area, and a touch beyond the end is a SIGBUS");
	new_object();
	shared = show(MAP_SHARED);
	private = show(MAP_PRIVATE);
	tail = show_at(8, NR - 8, MAP_SHARED);
	middle = show_at(3, 4, MAP_PRIVATE);
	fill(shared, 0, NR);
	fill(private, 5, 7); /* copies */
	middle[0] = middle[3 * PAGE] = 1;
	check_there(private, 0, NR, "private");
	CHECK_EQ(read_byte(tail), read_byte(shared + 8 * PAGE), "tail");
	frames = free_frames();
	resize(4 * PAGE + 100);
	CHECK_EQ(free_frames() - frames, NR - 5 + 2 + 1, "frames that have come back");
	check_gone(shared, 5, NR, "shared");
	check_gone(private, 5, NR, "private");
	check_gone(tail, 0, NR - 8, "tail");
	check_gone(middle, 2, 4, "middle");
	check_there(shared, 0, 4, "shared");
	check_there(private, 0, 4, "private");
	CHECK_EQ(middle[0], 1, "a copy below the end");
	check_mm();

	TEST_BEGIN("of the last page what lies beyond the end is zeros, and so is what comes back");
	page_fill(buf, 4);
	CHECK(!memcmp(shared + 4 * PAGE, buf, 100), "its bytes");
	CHECK(!memchr(shared + 4 * PAGE + 100, 1, PAGE - 100), "no rest");
	for (size_t i = 100; i < PAGE; i++)
		CHECK(!shared[4 * PAGE + i], "byte %zu of the last page", i);
	shared[4 * PAGE + 200] = 'x'; /* seen by all, until the size changes */
	CHECK_EQ(mg_vmo_read(vmo, buf, sizeof(buf), 4 * PAGE), 100, "bytes that can be read");
	CHECK_ERRNO(mg_vmo_write(vmo, buf, 1, 4 * PAGE + 100), EFBIG);
	resize(NR * PAGE);
	for (size_t i = 4 * PAGE + 100; i < NR * PAGE; i++)
		if (!CHECK(!shared[i], "byte %zu, that has come back", i))
			break;
	CHECK_EQ(read_byte(private + 5 * PAGE), 0, "where a copy was");
	fill(shared, 4, NR);
	check_there(shared, 0, NR, "shared, written again");
	check_there(private, 0, NR, "private, which shows it");
	check_mm();

	TEST_BEGIN("to nothing, and back");
	resize(0);
	check_gone(shared, 0, NR, "shared");
	check_gone(private, 0, NR, "private");
	CHECK_EQ(mg_vmo_read(vmo, buf, 1, 0), 0, "bytes that can be read");
	resize(NR * PAGE);
	CHECK_EQ(mg_vmo_write(vmo, "abc", 3, PAGE - 1), 3, "a write by offset");
	CHECK(shared[PAGE - 1] == 'a' && shared[PAGE + 1] == 'c', "what was written");
	unmap_pages(shared, NR);
	unmap_pages(private, NR);
	unmap_pages(tail, NR - 8);
	unmap_pages(middle, 4);
	close(vmo);
	check_mm();
}

/* A touch of page 7 is held at the event, which it passes before it maps anything. */
static void cut_under(const char *who, enum event_id event, char *area, enum access how)
{
	pthread_t t;

	TEST_BEGIN(who);
	if (event == EV_file_get)
		CHECK(!madvise(area, NR * PAGE, MADV_DONTNEED), "DONTNEED: %s", strerror(errno));
	t = start_touch(event, area + 7 * PAGE, how);
	resize(3 * PAGE);
	end_touch(event, t);
	CHECK_EQ(touch.result, -1, "what it came to");
	check_gone(area, 7, 8, "the page");
	check_mm();
	resize(NR * PAGE);
	CHECK_EQ(read_byte(area + 7 * PAGE), 0, "when it has come back");
	check_mm();
}

static void cut_under_faults(void)
{
	char *shared, *private;
	long frames;

	new_object();
	shared = show(MAP_SHARED);
	private = show(MAP_PRIVATE);
	frames = free_frames();
	cut_under("a shared write has looked, then the object shrinks", EV_file_get, shared, WRITE);
	cut_under("a shared read has looked, then the object shrinks", EV_file_get, shared, READ);
	cut_under("a private write has copied, then the object shrinks", EV_file_get, private,
		  WRITE);
	cut_under("a private read has looked, then the object shrinks", EV_file_get, private, READ);
	fill(shared, 7, 8);
	CHECK(page_holds(private + 7 * PAGE, 7), "mapped read-only");
	cut_under("a private write copies a mapped page, then the object shrinks", EV_cow_copied,
		  private, WRITE);
	resize(0);
	CHECK(frames - free_frames() < 4, "%ld frames, %ld before", free_frames(), frames);
	unmap_pages(shared, NR);
	unmap_pages(private, NR);
	close(vmo);
	check_mm();
}

/* ---- two threads of one process at one page ---- */

static volatile bool stop;
static volatile long turns;

/* Writes to the page, reads it, drops it, without pause. */
static void *use_page(void *arg)
{
	char *volatile *areas = arg;

	for (long i = 0; !stop; i++) {
		char *p = areas[i % 2] + 7 * PAGE;

		if (i % 3)
			read_byte(p);
		else
			can_write(p);
		if (i % 16 == 0)
			CHECK(!madvise(p, PAGE, MADV_DONTNEED), "DONTNEED: %s", strerror(errno));
		turns++;
	}
	return arg;
}

static void cut_in_a_crowd(void)
{
	char *areas[2];
	pthread_t t;
	long frames;

	TEST_BEGIN("a thread uses a page without pause, another cuts it out again and again");
	new_object();
	areas[0] = show(MAP_SHARED);
	areas[1] = show(MAP_PRIVATE);
	frames = free_frames();
	stop = false;
	REQUIRE(!pthread_create(&t, NULL, use_page, areas), "pthread_create");
	for (int round = 0; round < 400 || turns < 1000; round++) {
		resize(7 * PAGE + 1);
		resize(7 * PAGE);
		for (int k = 0; k < 2; k++)
			CHECK(!(vmq(areas[k] + 7 * PAGE).flags & VMQ_PRESENT),
			      "round %d: still mapped", round);
		if (round % 50 == 0)
			check_mm();
		resize(NR * PAGE);
	}
	stop = true;
	pthread_join(t, NULL);
	resize(0);
	CHECK(frames - free_frames() < 4, "%ld frames, %ld before", free_frames(), frames);
	unmap_pages(areas[0], NR);
	unmap_pages(areas[1], NR);
	close(vmo);
	check_mm();
}

/* ---- fork ---- */

static void fork_with_copies(void *arg)
{
	char *private = show(MAP_PRIVATE);
	pid_t pid;

	(void)arg;
	fill(private, 5, 9);
	step(1);
	pid = fork();
	if (!pid) {
		check_gone(private, 5, 9, "the child's copies");
		_exit(test.failed);
	}
	check_gone(private, 5, 9, "the parent's copies");
	child_join(pid);
}

static void cut_under_fork(void)
{
	pid_t pid;

	TEST_BEGIN("the object shrinks when fork has copied the entries, and holds all locks");
	new_object();
	pid = child_start(fork_with_copies, NULL);
	step_wait(pid, 1);
	hold(EV_fork_flush, pid);
	step_go(pid, 1);
	wait_held(EV_fork_flush);
	resize(3 * PAGE);
	release(EV_fork_flush);
	child_join(pid);
	close(vmo);
	check_mm();
}

/* ---- who has a reference ---- */

static char *shown; /* the object, shared, in the parent */

static void peek_parent(void *arg)
{
	uint64_t word = 0;

	(void)arg;
	CHECK_EQ(mg_vm_peek(getppid(), shown + 7 * PAGE, &word, sizeof(word)), sizeof(word),
		 "vm_peek");
	CHECK_EQ(word, page_word(7, 0), "the bytes of before");
}

static void cut_under_pin(void)
{
	long frames;
	pid_t pid;

	TEST_BEGIN("a page that is pinned leaves the object, and its frame stays till it is not");
	new_object();
	shown = show(MAP_SHARED);
	fill(shown, 0, NR);
	pid = child_start(peek_parent, NULL);
	end_child(pid); /* what forks keep is there */
	hold(EV_remote_access, 0);
	pid = child_start(peek_parent, NULL);
	wait_held(EV_remote_access);
	frames = free_frames();
	resize(7 * PAGE);
	CHECK_EQ(free_frames() - frames, NR - 7 - 1, "frames that have come back");
	check_gone(shown, 7, NR, "shared");
	check_mm();
	resize(NR * PAGE);
	page_fill(shown + 7 * PAGE, 77);
	release(EV_remote_access);
	child_join(pid);
	CHECK(page_holds(shown + 7 * PAGE, 77), "the new page");
	unmap_pages(shown, NR);
	close(vmo);
	check_mm();
}

static int ep, paged;

static void new_paged(void)
{
	paged = mg_vmo_create_paged(HANDLE_STDERR, ep, 1, NR * PAGE);
	REQUIRE(paged >= 0, "vmo_create_paged: %s", strerror(errno));
}

/* Writes bytes that have to be brought. */
static void write_object(void *arg)
{
	char *source = mmap(NULL, PAGE, PROT_READ, MAP_SHARED, paged, 0);

	(void)arg;
	CHECK_EQ(mg_vmo_write(vmo, source, PAGE, 7 * PAGE), PAGE, "vmo_write");
}

static char page[PAGE];

static void supply(const struct ipc_message *m, size_t i)
{
	page_fill(page, i);
	CHECK(!mg_vmo_supply(ep, m->token, page, PAGE), "vmo_supply: %s", strerror(errno));
}

static void cut_under_write(void)
{
	struct ipc_message m;
	char *p;
	pid_t pid;

	TEST_BEGIN("a page that is being written by offset leaves the object, the bytes with it");
	new_object();
	new_paged();
	pid = child_start(write_object, NULL);
	m = receive(ep, IPC_PAGER);
	resize(3 * PAGE);
	resize(NR * PAGE);
	supply(&m, 7);
	answer(ep, &m, 0);
	child_join(pid);
	p = show(MAP_SHARED);
	CHECK(page_is_zero(p + 7 * PAGE), "what has come back is zeros");
	unmap_pages(p, NR);
	close(vmo);
	close(paged);
	CHECK_EQ(receive(ep, IPC_CLOSED).badge, 1, "badge");
	check_mm();
}

/* ---- a page that a pager was asked for ---- */

static void expect_byte(void *arg)
{
	char *p = mmap(NULL, NR * PAGE, RW, MAP_SHARED, vmo, 0);

	CHECK_EQ(read_byte(p + 5 * PAGE), (int)(long)arg, "what is read of page 5");
}

static struct ipc_message asked_for(size_t i)
{
	struct ipc_message m = receive(ep, IPC_PAGER);

	CHECK_EQ(m.word[0], i * PAGE, "byte that is needed");
	return m;
}

static pid_t start_read(int expected, struct ipc_message *m)
{
	pid_t pid;

	new_paged();
	vmo = paged;
	pid = child_start(expect_byte, (void *)(long)expected);
	*m = asked_for(5);
	return pid;
}

static void end_read(pid_t pid, struct ipc_message *m)
{
	supply(m, 5);
	answer(ep, m, 0);
	child_join(pid);
	check_mm();
	close(paged);
	CHECK_EQ(receive(ep, IPC_CLOSED).badge, 1, "badge");
}

static int first_byte(size_t tag)
{
	page_fill(page, tag);
	return (unsigned char)page[0];
}

static void cut_under_page_in(void)
{
	int first = first_byte(5);
	struct ipc_message m;
	pid_t pid;

	TEST_BEGIN("what a pager brings of a page that has been cut meanwhile does not enter");
	pid = start_read(0, &m);
	resize(3 * PAGE);
	resize(9 * PAGE);
	end_read(pid, &m);

	TEST_BEGIN("who waits for a page that is beyond the end by then gets SIGBUS");
	pid = start_read(-1, &m);
	resize(3 * PAGE);
	end_read(pid, &m);

	TEST_BEGIN("nor if the pager says that it has failed: SIGBUS or zeros, not EIO");
	pid = start_read(0, &m);
	resize(5 * PAGE);
	resize(NR * PAGE);
	answer(ep, &m, -EIO);
	child_join(pid);
	close(paged);
	CHECK_EQ(receive(ep, IPC_CLOSED).badge, 1, "badge");

	TEST_BEGIN("if other pages were cut it is asked for once more");
	pid = start_read(first, &m);
	resize(8 * PAGE);
	supply(&m, 6);
	answer(ep, &m, 0);
	m = asked_for(5);
	end_read(pid, &m);

	TEST_BEGIN("of the page in which an object ends now, the pager's bytes up to the end");
	pid = start_read(first, &m);
	resize(5 * PAGE + 1);
	answer(ep, &m, 0);
	m = asked_for(5);
	supply(&m, 5);
	CHECK_EQ(mg_vmo_read(vmo, page, PAGE, 5 * PAGE), 1, "bytes that can be read");
	resize(NR * PAGE);
	CHECK_EQ(mg_vmo_read(vmo, page, PAGE, 5 * PAGE), PAGE, "bytes that can be read");
	CHECK_EQ((unsigned char)page[0], first, "the first one");
	for (size_t i = 1; i < PAGE; i++)
		CHECK(!page[i], "byte %zu", i);
	end_read(pid, &m);
}

int main(void)
{
	catch_bus();
	ep = endpoint();
	shrink_and_grow();
	cut_under_faults();
	cut_under_fork();
	cut_under_pin();
	cut_under_write();
	cut_under_page_in();
	cut_in_a_crowd();
	return TEST_END();
}
