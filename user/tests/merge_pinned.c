/* SPDX-License-Identifier: MIT */
/*
 * Proves: a page that the kernel has pinned to write into it is not merged, by
 * checksum or into the zero page, and what the kernel then writes is not lost;
 * unpinned it merges.  And run=2 ends though a merged page is pinned that nothing
 * maps any more, and so can be parted from nothing.  See mm/README.md, "Why the steps stand in this order".
 *
 * cpus: 1 2 4
 * suite: test
 */
#include "ipc.h"
#include "merge.h"

#include <pthread.h>

#define TAG 60

static char *p;

static char first_bytes[PAGE]; /* what the poke makes of page 0 */

/* Page 0 equals a merged page, page 1 is zero: both would merge at once. */
static void owner(void *arg)
{
	(void)arg;
	p = map_filled(2, TAG);
	memset(p + PAGE, 0, PAGE);
	offer(p, 1);
	step(1);
	offer(p, 2);
	step(2);
	check_holds(p, 1, TAG + 1);
	CHECK_EQ(p[PAGE], 1, "the byte poked into the zero page");
	CHECK_EQ(p[PAGE + 1], 0, "the byte beside it");
}

struct poke {
	pid_t pid;
	char *to;
	size_t n;
};

static void poke(void *arg)
{
	struct poke *poke = arg;

	step(1);
	CHECK_EQ(mg_vm_poke(poke->pid, poke->to, first_bytes, poke->n), poke->n, "vm_poke: %s",
		 strerror(errno));
}

/* Holds a poke where it has pinned the page; pksmd goes over the page in vain. */
static void poke_while_scanned(pid_t pid, char *to, size_t n)
{
	struct poke how = { pid, to, n };
	uint64_t pfn = vmq_of(pid, to).pfn;
	long tried = event_count(EV_merge_locked);
	pid_t poker = child_start(poke, &how);

	step_wait(poker, 1);
	hold(EV_remote_access, poker);
	step_go(poker, 1);
	wait_held(EV_remote_access);
	set_knob(KNOB_PKSM_RUN, 1);
	settle();
	CHECK(event_count(EV_merge_locked) > tried, "pksmd tried to merge the page");
	CHECK_EQ(vmq_of(pid, to).pfn, pfn, "frame of the pinned page");
	check_mm();
	set_knob(KNOB_PKSM_RUN, 0);
	release(EV_remote_access);
	child_join(poker);
}

/* ---- a page that is pinned, and then unmapped ---- */

static int c;		 /* the connection to the server */
static pid_t client_pid; /* set in the server */

static void *call_with_window(void *page)
{
	struct ipc_message msg = { .window = { (uint64_t)page }, .window_len = { PAGE } };

	call_for(c, &msg, 0);
	return NULL;
}

/* One thread waits for the answer, the other unmaps the page meanwhile. */
static void client(void *arg)
{
	char *page = make_merged(TAG + 2);
	pthread_t caller;

	(void)arg;
	step(1);
	CHECK(!pthread_create(&caller, NULL, call_with_window, page), "pthread_create");
	step(2);
	unmap_pages(page, 2);
	step(3);
	pthread_join(caller, NULL);
}

/* Copies the window of one call; it is held where it has pinned the caller's page. */
static void server(void *arg)
{
	int ep = endpoint();
	char *bytes = map_pages(1);
	struct ipc_message msg;

	(void)arg;
	c = connection(ep, 1);
	client_pid = child_start(client, NULL);
	step(1);
	msg = receive(ep, IPC_MSG);
	CHECK_EQ(mg_ipc_copy(ep, msg.token, 0, 0, bytes, PAGE), PAGE, "errno %d", errno);
	CHECK(page_holds(bytes, TAG + 2), "the bytes of the page that was unmapped meanwhile");
	answer(ep, &msg, 0);
	child_join(client_pid);
}

static void part_what_nothing_maps(void)
{
	pid_t pid = child_start(server, NULL);

	TEST_BEGIN("run=2 ends though a merged page is pinned and mapped nowhere");
	step_wait(pid, 1);
	mg_vm_peek(pid, &client_pid, &client_pid, sizeof(client_pid));
	step_wait(client_pid, 1);
	hold(EV_remote_access, pid);
	step_go(pid, 1);
	step_go(client_pid, 1);
	wait_held(EV_remote_access);
	step_wait(client_pid, 2);
	step_go(client_pid, 2);
	step_wait(client_pid, 3);
	set_knob(KNOB_PKSM_RUN, 2);
	CHECK_EQ(pksm_stat().pages_shared, 0, "merged frames after run=2");
	check_mm();
	release(EV_remote_access);
	step_go(client_pid, 3);
	child_join(pid);
	check_mm();
}

int main(void)
{
	char *twin, *next;
	pid_t pid;

	merge_begin();
	twin = make_merged(TAG);
	next = make_merged(TAG + 1);
	p = map_pages(2); /* the child's will be at the same place */
	unmap_pages(p, 2);
	set_knob(KNOB_PKSM_RUN, 0);
	pid = child_start(owner, NULL);
	step_wait(pid, 1);

	TEST_BEGIN("a pinned page that equals a merged page is left alone");
	page_fill(first_bytes, TAG + 1);
	poke_while_scanned(pid, p, PAGE);

	TEST_BEGIN("a pinned page of zeros is left alone");
	step_go(pid, 1);
	step_wait(pid, 2);
	first_bytes[0] = 1;
	poke_while_scanned(pid, p + PAGE, 1);

	TEST_BEGIN("unpinned, it merges as what it has become");
	set_knob(KNOB_PKSM_RUN, 1);
	wait_merged_of(pid, p, 1);
	CHECK_EQ(vmq_of(pid, p).pfn, vmq(next).pfn, "frame of the page that was poked");
	check_mm();
	step_go(pid, 2);
	child_join(pid);
	unmap_pages(twin, 2);
	unmap_pages(next, 2);
	part_what_nothing_maps();
	merge_end();
	return TEST_END();
}
