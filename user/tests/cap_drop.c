/* SPDX-License-Identifier: MIT */
/*
 * Proves: a message bears the authorities that its sender has in HANDLE_KCAP, whatever the sender
 * writes there; what a process has dropped it has in no handle any more, and neither fork, exec,
 * another thread nor a KCAP that somebody sends it brings it back; its output stays.  See
 * kernel/README.md, "Authority".
 *
 * cpus: 2
 * suite: check
 */
#include <pthread.h>
#include <sys/syscall.h>

#include "ipc.h"

#define SELF "tests/cap_drop"
#define LEFT (KCAP_ALL & ~(KCAP_IO | KCAP_POWER | KCAP_PAGER)) /* by init */
#define GIVE 1 /* ops of our endpoint: a KCAP with all rights, please */
#define TELL 2 /* → the sender's authorities */

static int ep, c;

/* What our endpoint sees of the caller, who claims to have everything. */
static int seen_authorities(void)
{
	struct ipc_message msg = { .op = TELL, .authorities = 0xffff };

	CHECK(!mg_call(c, &msg), "call: %s", strerror(errno));
	return msg.op;
}

/* Serves until the child has ended. */
static void serve_child(pid_t pid)
{
	struct ipc_message msg;
	int status = -1;

	while (!waitpid(pid, &status, WNOHANG)) {
		if (mg_recv(ep, &msg, 1000000) != IPC_MSG)
			continue;
		msg.flags = msg.op == GIVE;
		msg.handle[0] = HANDLE_STDERR;
		msg.rights[0] = 0xff;
		msg.op = msg.authorities;
		CHECK(!mg_reply(ep, &msg), "reply: %s", strerror(errno));
	}
	CHECK_EQ(status, 0, "wait status of child %d", pid);
}

static void run(void (*fn)(void *arg))
{
	serve_child(child_start(fn, NULL));
}

/* ---- what a message says of its sender ---- */

static void replace_kcap(void *arg)
{
	int reduced = (int)syscall(SYS_kcap_reduce, HANDLE_KCAP, KCAP_STAT | KCAP_LOG);

	(void)arg;
	CHECK_EQ(seen_authorities(), LEFT, "authorities that init has left");
	CHECK_EQ(mg_handle_dup(reduced, HANDLE_KCAP), HANDLE_KCAP, "handle_dup");
	CHECK_EQ(seen_authorities(), KCAP_STAT | KCAP_LOG, "of a smaller KCAP in its place");
	CHECK_EQ(mg_handle_dup(c, HANDLE_KCAP), HANDLE_KCAP, "handle_dup");
	CHECK_EQ(seen_authorities(), 0, "of what is no KCAP");
	CHECK_EQ(mg_handle_dup(HANDLE_STDERR, HANDLE_KCAP), HANDLE_KCAP, "handle_dup");
	CHECK_EQ(seen_authorities(), KCAP_ALL, "of all there are");
	CHECK(!syscall(SYS_handle_close, HANDLE_KCAP), "handle_close: %s", strerror(errno));
	CHECK_EQ(seen_authorities(), 0, "without HANDLE_KCAP");
}

static void drop_some(void *arg)
{
	(void)arg;
	CHECK_ERRNO(mg_cap_drop_bound(KCAP_ALL + 1), EINVAL);
	CHECK_EQ(seen_authorities(), LEFT, "authorities after a refusal");
	CHECK(!mg_cap_drop_bound(0), "drop nothing: %s", strerror(errno));
	CHECK_EQ(seen_authorities(), LEFT, "authorities after nothing was dropped");
	CHECK(!mg_cap_drop_bound(KCAP_CTL | KCAP_POWER), "drop: %s", strerror(errno));
	CHECK_EQ(seen_authorities(), LEFT & ~KCAP_CTL, "authorities");
	CHECK_ERRNO(mg_kctl(KCTL_DRAIN, 0, 0), EPERM);
	CHECK_EQ(mem_stat().nr_cpus > 0, 1, "KCAP_STAT is still there");
	CHECK(!mg_cap_drop_bound(KCAP_STAT), "drop: %s", strerror(errno));
	CHECK_EQ(seen_authorities(), LEFT & ~(KCAP_CTL | KCAP_STAT), "authorities");
}

/* ---- nothing gives it back ---- */

static void check_kcap(int kcap)
{
	static char buf[PAGE];

	for (unsigned int one = 1; one <= KCAP_ALL; one <<= 1)
		CHECK_ERRNO(syscall(SYS_kcap_reduce, kcap, one), EPERM);
	CHECK_ERRNO(syscall(SYS_vm_peek, kcap, getppid(), buf, buf, 8), EPERM);
	CHECK_ERRNO(syscall(SYS_klog, kcap, KLOG_LOG, buf, 1), EPERM);
	CHECK_ERRNO(syscall(SYS_klog, kcap, KLOG_TEST, buf, 1), EPERM);
	CHECK_ERRNO(syscall(SYS_poweroff, kcap, POWEROFF_PASS), EPERM);
}

/* The caller has no authority, and gets none. */
static void check_without(void)
{
	struct ipc_message msg = { .op = GIVE };

	check_kcap(HANDLE_KCAP);
	check_kcap(HANDLE_STDOUT);
	check_kcap(HANDLE_STDERR);
	CHECK_EQ(seen_authorities(), 0, "authorities");
	CHECK(!mg_call(c, &msg) && msg.flags == 1, "call that gives a KCAP: %s", strerror(errno));
	check_kcap(msg.handle[0]);
	CHECK_EQ(mg_handle_dup(msg.handle[0], HANDLE_KCAP), HANDLE_KCAP, "handle_dup");
	CHECK_EQ(seen_authorities(), 0, "authorities of a KCAP that was sent");
	CHECK_EQ(write(HANDLE_STDERR, "", 0), 0, "write: %s", strerror(errno));
	CHECK_EQ(write(HANDLE_STDOUT, "-", 1), 1, "write: %s", strerror(errno));
}

static void *check_in_thread(void *arg)
{
	check_without();
	return arg;
}

static void drop_all(void *arg)
{
	char number[16], *argv[] = { SELF, "after", number, NULL };
	pthread_t thread;

	(void)arg;
	CHECK(!mg_cap_drop_bound(KCAP_ALL), "drop: %s", strerror(errno));
	check_without();
	CHECK(!pthread_create(&thread, NULL, check_in_thread, NULL), "thread");
	CHECK(!pthread_join(thread, NULL), "join");
	child_join(child_start((void (*)(void *))check_without, NULL));
	snprintf(number, sizeof(number), "%d", c);
	execv(SELF, argv);
	CHECK(false, "execv: %s", strerror(errno));
}

static void close_kcap(void *arg)
{
	CHECK(!close(HANDLE_KCAP), "close: %s", strerror(errno));
	check_without();
	CHECK(!close(HANDLE_KCAP), "close once more: %s", strerror(errno));
	drop_all(arg);
}

/* A KCAP that was on its way before the receiver dropped everything. */
static void drop_before_it_comes(void *arg)
{
	struct ipc_message msg = { .flags = 1, .handle = { HANDLE_STDERR }, .rights = { 0xff } };
	int own = endpoint(), to_own = connection(own, 0);
	pid_t pid = fork();

	(void)arg;
	if (!pid)
		_exit(mg_call(to_own, &msg));
	wait_until(getpgid(pid) >= 0, "the child is there");
	CHECK(!mg_cap_drop_bound(KCAP_ALL), "drop: %s", strerror(errno));
	CHECK_EQ(mg_recv(own, &msg, IPC_FOREVER), IPC_MSG, "message");
	CHECK_EQ(msg.authorities, LEFT, "authorities of the sender");
	check_kcap(msg.handle[0]);
	answer(own, &msg, 0);
	child_join(pid);
}

int main(int argc, char **argv)
{
	if (argc == 3) {
		c = atoi(argv[2]);
		check_without();
		return test.failed;
	}
	ep = endpoint();
	c = connection(ep, 0);
	TEST_BEGIN("a message bears what the sender has in HANDLE_KCAP");
	run(replace_kcap);
	TEST_BEGIN("some are dropped, the others stay");
	run(drop_some);
	TEST_BEGIN("nothing gives back what was dropped: threads, fork, exec, messages");
	run(drop_all);
	TEST_BEGIN("who closes HANDLE_KCAP has dropped everything");
	run(close_kcap);
	TEST_BEGIN("a KCAP that was on its way brings nothing");
	run(drop_before_it_comes);
	TEST_BEGIN("nobody else has lost anything");
	CHECK(syscall(SYS_kcap_reduce, HANDLE_STDERR, KCAP_ALL) >= 0, "kcap_reduce: %s",
	      strerror(errno));
	return TEST_END();
}
