/* SPDX-License-Identifier: MIT */
/*
 * Proves: ipc_copy and ipc_vmo_copy move every byte of a window, at all borders,
 * and none beside it; only in the direction that the client allows and only where
 * the client itself could; shared and merged pages are parted, the dirty bit is
 * set, a page in use is not merged, a client that dies meanwhile is noticed.
 * See kernel/README.md, "A message", and mm/space/gup.c.
 *
 * cpus: 1 2 4
 * suite: test
 */
#include "ipc.h"
#include "merge.h"

#define N     18
#define BYTES (N * PAGE)
#define TAG   500

static int ep, c;

/* The areas of client and server; they are the same addresses in both. */
static char *theirs, *mine;

struct job {
	size_t offset, n;
	bool write; /* by the server */
};

/* In the client: one call with a window, filled or empty; checks what became of it. */
static void client(void *arg)
{
	struct job *job = arg;
	struct ipc_message msg = {
		.flags = job->write ? IPC_WRITABLE(1) : 0,
		.window = { 0, (uint64_t)theirs + job->offset },
		.window_len = { 0, (uint32_t)job->n },
	};

	for (size_t i = 0; i < N; i++)
		page_fill(theirs + i * PAGE, TAG + i);
	call_for(c, &msg, 0);
	for (size_t i = 0; i < BYTES; i++) {
		bool inside = job->write && i >= job->offset && i < job->offset + job->n;
		uint64_t word = page_word(TAG + i / PAGE, i % PAGE / 8);
		char want = inside ? (char)(i * 7) : ((char *)&word)[i % 8];

		if (theirs[i] == want)
			continue;
		CHECK_EQ(theirs[i], want, "byte %zu after offset %zu, %zu bytes", i, job->offset,
			 job->n);
		return;
	}
}

/* In the server: the window is all of the job, to or from `at` bytes into our own area. */
static void serve(struct job *job, size_t at, int vmo)
{
	struct ipc_message msg = receive(ep, IPC_MSG);
	ssize_t done;

	for (size_t i = 0; job->write && i < job->n; i++)
		mine[at + i] = (char)((job->offset + i) * 7);
	if (vmo >= 0 && job->write)
		CHECK_EQ(mg_vmo_write(vmo, mine + at, job->n, (off_t)at), job->n, "vmo_write");
	done = vmo < 0 ? mg_ipc_copy(ep, msg.token, 1, 0, mine + at, job->n) :
			 mg_ipc_vmo_copy(ep, msg.token, 1, 0, vmo, (off_t)at, job->n);
	CHECK_EQ(done, job->n, "bytes done, errno %d", errno);
	if (vmo >= 0 && !job->write)
		CHECK_EQ(mg_vmo_read(vmo, mine + at, job->n, (off_t)at), job->n, "vmo_read");
	for (size_t i = 0; !job->write && i < job->n; i++) {
		size_t place = job->offset + i;
		uint64_t word = page_word(TAG + place / PAGE, place % PAGE / 8);

		if (mine[at + i] == ((char *)&word)[place % 8])
			continue;
		CHECK_EQ(mine[at + i], ((char *)&word)[place % 8], "byte %zu of %zu", i, job->n);
		break;
	}
	CHECK_ERRNO(mg_ipc_copy(ep, msg.token, 1, job->n, mine, 1), EINVAL);
	CHECK_ERRNO(mg_ipc_copy(ep, msg.token, 1, 1, mine, job->n), EINVAL);
	CHECK_ERRNO(mg_ipc_copy(ep, msg.token, 2, 0, mine, 0), EINVAL);
	CHECK_ERRNO(mg_ipc_copy(ep, msg.token, 0, 0, mine, 1), EINVAL);
	CHECK_EQ(mg_ipc_copy(ep, msg.token, 1, job->n, mine, 0), 0, "nothing, at the end");
	answer(ep, &msg, 0);
}

static void test_borders(int vmo)
{
	static const size_t sizes[] = { 0, 1, 7, PAGE - 1, PAGE, PAGE + 1, 3 * PAGE, 65536 };
	static const size_t starts[] = { 0, 1, PAGE - 1, PAGE, 5000 };

	for (size_t s = 0; s < sizeof(sizes) / sizeof(sizes[0]); s++) {
		for (size_t o = 0; o < sizeof(starts) / sizeof(starts[0]); o++) {
			struct job job = { starts[o], sizes[s], (s + o) & 1 };
			pid_t pid = child_start(client, &job);

			serve(&job, starts[(o + s) % 5], vmo);
			child_join(pid);
		}
	}
}

/* ---- pages of all kinds ---- */

static void call_window(char *p, size_t n, bool write, int op)
{
	struct ipc_message msg = {
		.flags = write ? IPC_WRITABLE(0) : 0,
		.window = { (uint64_t)p },
		.window_len = { (uint32_t)n },
	};

	call_for(c, &msg, op);
}

static void unmapped_client(void *arg)
{
	char *p = map_pages(3);

	(void)arg;
	page_fill(p, 1);
	page_fill(p + PAGE, 2);
	munmap(p + 2 * PAGE, PAGE);
	call_window(p + PAGE, 2 * PAGE, true, (int)PAGE);
	CHECK(page_holds(p + PAGE, 70), "the first page was written");
	call_window(p + 2 * PAGE, PAGE, true, -EFAULT);
	call_window(p + 2 * PAGE, PAGE, false, -EFAULT);
	call_window((char *)0xffffffff80100000, PAGE, false, -EFAULT);
	call_window((char *)-4096, PAGE, true, -EFAULT);
	mprotect(p, PAGE, PROT_READ);
	call_window(p, PAGE, true, -EFAULT);
	CHECK(page_holds(p, 1), "a read-only page that was written before");
	call_window(p, PAGE, false, (int)PAGE);
	mprotect(p, PAGE, PROT_NONE);
	call_window(p, PAGE, false, -EFAULT);
	call_window((char *)"text", 4, true, -EFAULT);
	mprotect(p, PAGE, PROT_READ | PROT_WRITE);
	call_window(p, PAGE, true, (int)PAGE);
	CHECK(page_holds(p, 70), "the page that is writable again");
	munmap(p, 2 * PAGE);
}

/* Copies the whole window and answers with what came of it. */
static void serve_one(void)
{
	struct ipc_message msg = receive(ep, IPC_MSG);
	ssize_t done;

	page_fill(mine, 70);
	page_fill(mine + PAGE, 71);
	done = mg_ipc_copy(ep, msg.token, 0, 0, mine, msg.window_len[0]);
	answer(ep, &msg, done < 0 ? -errno : (int)done);
}

static void test_unmapped(void)
{
	pid_t pid;

	TEST_BEGIN("unmapped, read-only and forbidden windows");
	pid = child_start(unmapped_client, NULL);
	for (int i = 0; i < 10; i++)
		serve_one();
	child_join(pid);
}

static char *shared;

static void shared_client(void *arg)
{
	(void)arg;
	call_window(shared, PAGE, true, (int)PAGE);
	CHECK(page_holds(shared, 70), "the client's page after the copy");
}

/*
 * The window lies on a page that client and server share after fork, and is copied from there too.
 */
static void test_shared(void)
{
	pid_t pid;

	TEST_BEGIN("a page shared by fork is parted by the copy");
	shared = map_pages(1);
	page_fill(shared, 9);
	pid = child_start(shared_client, NULL);
	serve_one();
	child_join(pid);
	CHECK(page_holds(shared, 9), "the server's page is what it was");
	unmap_pages(shared, 1);

	TEST_BEGIN("from a page onto its own shared copy");
	page_fill(mine, 70);
	shared = mine;
	pid = child_start(shared_client, NULL);
	serve_one();
	child_join(pid);
}

/* A page that is present, clean and its own becomes dirty: by either side's copy. */
static void dirty_client(void *arg)
{
	char *p = map_pages(1);

	(void)arg;
	call_window(p, PAGE, false, (int)PAGE); /* parts the zero page without writing */
	CHECK_EQ(vmq(p).flags & (VMQ_DIRTY | VMQ_EXCLUSIVE | VMQ_ZERO), VMQ_EXCLUSIVE, "flags");
	call_window(p, PAGE, true, (int)PAGE);
	CHECK_EQ(vmq(p).flags & (VMQ_DIRTY | VMQ_EXCLUSIVE), VMQ_DIRTY | VMQ_EXCLUSIVE, "flags");
	CHECK(page_holds(p, 70), "the page");
	unmap_pages(p, 1);
}

static void read_client(void *arg)
{
	char *p = map_pages(2);

	(void)arg;
	page_fill(p, 3);
	call_window(p, 2 * PAGE, true, 0);
	call_window(p, PAGE, false, (int)PAGE);
	unmap_pages(p, 2);
}

static void test_dirty(void)
{
	char *p = map_pages(1);
	struct ipc_message msg;
	pid_t pid;

	TEST_BEGIN("a copy makes the client's page dirty");
	pid = child_start(dirty_client, NULL);
	serve_one();
	serve_one();
	child_join(pid);

	TEST_BEGIN("and the server's");
	pid = child_start(read_client, NULL);
	msg = receive(ep, IPC_MSG);
	CHECK_EQ(mg_ipc_copy(ep, msg.token, 0, PAGE, p, PAGE), PAGE, "from our untouched page");
	CHECK_EQ(vmq(p).flags & VMQ_DIRTY, 0, "a page that was only read");
	answer(ep, &msg, 0);
	msg = receive(ep, IPC_MSG);
	CHECK_EQ(mg_ipc_copy(ep, msg.token, 0, 0, p, PAGE), PAGE, "errno %d", errno);
	CHECK_EQ(vmq(p).flags & VMQ_DIRTY, VMQ_DIRTY, "flags");
	CHECK(page_holds(p, 3), "the page");
	answer(ep, &msg, (int)PAGE);
	child_join(pid);

	TEST_BEGIN("a server's buffer that it may not touch so itself");
	pid = child_start(read_client, NULL);
	msg = receive(ep, IPC_MSG);
	CHECK_ERRNO(mg_ipc_copy(ep, msg.token, 0, 0, (void *)0x300000000000, 1), EFAULT);
	CHECK_ERRNO(mg_ipc_copy(ep, msg.token, 0, 0, (void *)0xffffffff80100000, 1), EFAULT);
	answer(ep, &msg, 0);
	msg = receive(ep, IPC_MSG);
	mprotect(p, PAGE, PROT_READ);
	CHECK_ERRNO(mg_ipc_copy(ep, msg.token, 0, 0, p, 1), EFAULT);
	answer(ep, &msg, (int)PAGE);
	child_join(pid);
	unmap_pages(p, 1);
}

static void test_objects(void)
{
	struct ipc_message msg;
	int vmo = mg_vmo_create(PAGE);
	pid_t pid;

	TEST_BEGIN("a memory object: rights and size");
	pid = child_start(read_client, NULL);
	msg = receive(ep, IPC_MSG);
	CHECK_ERRNO(mg_ipc_vmo_copy(ep, msg.token, 0, 0, 200, 0, 1), EBADF);
	CHECK_ERRNO(mg_ipc_vmo_copy(ep, msg.token, 0, 0, c, 0, 1), EINVAL);
	CHECK_ERRNO(mg_ipc_vmo_copy(ep, msg.token, 0, 0, vmo, 1, PAGE), EINVAL);
	CHECK_ERRNO(mg_ipc_vmo_copy(ep, msg.token, 0, 0, vmo, -1, 1), EINVAL);
	CHECK_EQ(mg_ipc_vmo_copy(ep, msg.token, 0, PAGE, vmo, PAGE, 0), 0, "nothing, at the end");
	CHECK_EQ(mg_ipc_vmo_copy(ep, msg.token, 0, 0, HANDLE_INITRD, 0, 100), 100, "errno %d",
		 errno);
	answer(ep, &msg, 0);
	msg = receive(ep, IPC_MSG);
	CHECK_ERRNO(mg_ipc_vmo_copy(ep, msg.token, 0, 0, HANDLE_INITRD, 0, 1), EACCES);
	answer(ep, &msg, (int)PAGE);
	child_join(pid);
	close(vmo);
}

/* ---- merged pages ---- */

static void merged_client(void *arg)
{
	char *p = map_offered(2, 0);

	(void)arg;
	page_fill(p + PAGE, 0);
	wait_merged(p, 2);
	call_window(p, PAGE, false, (int)PAGE);
	CHECK(page_holds(p, 0), "a merged page that was read");
	CHECK(is_merged_of(0, p + PAGE), "its twin is still merged");
	call_window(p, PAGE, true, (int)PAGE);
	CHECK(page_holds(p, 70), "a merged page that was written");
	CHECK(page_holds(p + PAGE, 0), "its twin");
	unmap_pages(p, 2);
}

static volatile pid_t held_pid; /* in the server: its client */

/* Page 0 equals a merged page and would merge at once, were it not being written. */
static void held_client(void *arg)
{
	(void)arg;
	page_fill(shared, 71);
	offer(shared, 1);
	call_window(shared, PAGE, true, (int)PAGE);
	CHECK(page_holds(shared, 70), "the page that was written while pksmd wanted it");
}

/* A server of its own, so that it can be held in the middle of a copy. */
static void held_server(void *arg)
{
	struct ipc_message msg;
	ssize_t done;

	ep = endpoint();
	c = connection(ep, 1);
	held_pid = child_start(held_client, NULL);
	msg = receive(ep, IPC_MSG);
	page_fill(mine, 70);
	step(1);
	done = mg_ipc_copy(ep, msg.token, 0, 0, mine, PAGE);
	if (arg) { /* the client was killed meanwhile */
		CHECK(done < 0 && errno == ESRCH, "copy: %ld, %s", done, strerror(errno));
		CHECK_ERRNO(mg_reply(ep, &msg), ESRCH);
		return;
	}
	answer(ep, &msg, (int)done);
	child_join(held_pid);
}

/* Starts held_server() and stops it with its client's page pinned; the client's pid. */
static pid_t hold_copy(pid_t *server, void *arg)
{
	pid_t client = 0;

	*server = child_start(held_server, arg);
	step_wait(*server, 1);
	mg_vm_peek(*server, (void *)&held_pid, &client, sizeof(client));
	hold(EV_remote_access, *server);
	step_go(*server, 1);
	wait_held(EV_remote_access);
	return client;
}

static void test_held(void)
{
	char *twin;
	pid_t server, client;
	uint64_t pfn;
	long tried;
	char byte;

	TEST_BEGIN("a page under a copy is not merged");
	twin = make_merged(71);
	shared = map_pages(1);
	set_knob(KNOB_PKSM_RUN, 0);
	client = hold_copy(&server, NULL);
	pfn = vmq_of(client, shared).pfn;
	tried = event_count(EV_merge_locked);
	set_knob(KNOB_PKSM_RUN, 1);
	settle();
	CHECK(event_count(EV_merge_locked) > tried, "pksmd tried to merge the page");
	CHECK_EQ(vmq_of(client, shared).pfn, pfn, "frame of the page");
	CHECK(!is_merged_of(client, shared), "the page is its own");
	release(EV_remote_access);
	child_join(server);
	check_mm();

	TEST_BEGIN("a client is killed in the middle of a copy");
	client = hold_copy(&server, &server);
	CHECK(!kill(client, SIGKILL), "kill: %s", strerror(errno));
	wait_until(mg_vm_peek(client, shared, &byte, 1) < 0, "the client has gone");
	release(EV_remote_access);
	child_join(server);
	unmap_pages(twin, 2);
	unmap_pages(shared, 1);
}

static void test_merged(void)
{
	pid_t pid;

	TEST_BEGIN("a merged page is read as it is, and parted by a write");
	pid = child_start(merged_client, NULL);
	serve_one();
	serve_one();
	child_join(pid);
	CHECK(event_count(EV_break_cow) > 0, "a merged page was parted");
}

int main(void)
{
	int vmo;

	ep = endpoint();
	c = connection(ep, 1);
	mine = map_pages(N);
	theirs = map_pages(N);
	vmo = mg_vmo_create(BYTES);
	TEST_BEGIN("every byte at all borders, from memory");
	test_borders(-1);
	TEST_BEGIN("every byte at all borders, with a memory object");
	test_borders(vmo);
	close(vmo);
	test_unmapped();
	test_shared();
	test_dirty();
	test_objects();
	merge_begin();
	test_merged();
	test_held();
	merge_end();
	return TEST_END();
}
