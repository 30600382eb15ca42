/* SPDX-License-Identifier: MIT */
/*
 * Proves: fs, sysfs, tty and init survive the failure of each single allocation that they make for
 * a client, of malloc() and of the kernel: the client is told ENOMEM, or what Linux says there, the
 * same request is served the next time, and neither frame, kernel object nor block is lost.
 * See user/README.md, "Names and servers".
 *
 * cpus: 2
 * timeout: 240
 * suite: test
 */
#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <mg/io.h>
#include <mg/ipc.h>
#include <poll.h>
#include <sys/file.h>
#include <sys/stat.h>

#include "sigtest.h"

#define NTH_MAX 400
#define SIZE	(3 * PAGE)

/* A server under test. */
static struct {
	const char *name;
	pid_t pid;
	int root;
} server;

/* ---- the injection ---- */

enum means { MALLOC, KERNEL };

static const char *const means_name[] = { "malloc", "kernel" };

/* Asks the server to refuse its n-th block: what was left of the last n; *blocks it has. */
static unsigned long fail_malloc(unsigned long n, long *blocks)
{
	struct ipc_message m = { .op = IO_FAIL_NTH, .word = { n } };

	REQUIRE(!mg_call(server.root, &m) && !m.op, "%s takes IO_FAIL_NTH: %d, %s", server.name,
		m.op, strerror(errno));
	if (blocks)
		*blocks = (long)m.word[1];
	return m.word[0];
}

static enum means means;
static unsigned long left; /* of n, when it was disarmed */
static bool armed;

static void arm(unsigned long n)
{
	armed = true;
	if (means == MALLOC)
		fail_malloc(n, NULL);
	else
		CHECK_EQ(mg_kctl(KCTL_FAIL_NTH_OF, n, (unsigned long)server.pid), 0, "left");
}

/* The message to the server comes after those that it has already. */
static void disarm(void)
{
	if (!armed)
		return;
	armed = false;
	left = fail_malloc(0, NULL);
	if (means == KERNEL)
		left = (unsigned long)mg_kctl(KCTL_FAIL_NTH_OF, 0, (unsigned long)server.pid);
}

/* What there is of all that a request may lose. */
struct wealth {
	long frames, objects, blocks;
};

static struct wealth count_wealth(void)
{
	struct wealth w;

	fail_malloc(0, &w.blocks);
	w.frames = free_frames();
	w.objects = (long)mem_stat().slab_objects;
	return w;
}

/* ---- requests: 0 or the errno; what they leave is undone, whether they failed or not ---- */

struct request {
	const char *what;
	int (*attempt)(void);
	void (*undo)(void);
	bool blocks; /* it makes the server ask malloc() for some */
	int more;    /* an errno besides ENOMEM that Linux has for this */
};

static char bytes[SIZE];
static int pipe_fd[2];
static int locked, unlocked; /* files */

static void nothing(void)
{
}

/* The errno of a call that returned -1, else 0. */
static int error_of(long ret)
{
	return ret < 0 ? errno : 0;
}

static int open_and_read(const char *path, int flags, size_t n)
{
	int fd = open(path, flags), err;

	if (fd < 0)
		return errno;
	err = error_of(read(fd, bytes, n));
	close(fd);
	return err;
}

static int create(void)
{
	int fd = open("/tmp/new", O_RDWR | O_CREAT | O_EXCL, 0600), err;

	if (fd < 0)
		return errno;
	err = error_of(write(fd, bytes, SIZE));
	if (!err)
		err = error_of(ftruncate(fd, 5 * SIZE));
	close(fd);
	return err;
}

static void unlink_new(void)
{
	unlink("/tmp/new");
}

static int make_directory(void)
{
	return error_of(mkdir("/tmp/new", 0700));
}

static void remove_new(void)
{
	rmdir("/tmp/new");
}

static int rename_old(void)
{
	return error_of(rename("/tmp/old", "/tmp/a-much-longer-name-than-the-old-one"));
}

static void rename_back(void)
{
	rename("/tmp/a-much-longer-name-than-the-old-one", "/tmp/old");
	CHECK(!access("/tmp/old", F_OK), "the old file is there: %s", strerror(errno));
}

static int make_pipe(void)
{
	int fd[2];

	if (pipe(fd))
		return errno;
	close(fd[0]);
	close(fd[1]);
	return 0;
}

static int map_file(void)
{
	int fd = open("/tmp/new", O_RDWR | O_CREAT | O_EXCL, 0600), err;
	char *p = MAP_FAILED;

	if (fd < 0)
		return errno;
	err = error_of(ftruncate(fd, SIZE));
	if (!err)
		p = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (!err && p == MAP_FAILED)
		err = errno;
	close(fd);
	if (p != MAP_FAILED)
		unmap_pages(p, SIZE / PAGE);
	return err;
}

static int list_names(const char *path)
{
	DIR *d = opendir(path);

	if (!d)
		return errno;
	errno = 0;
	while (readdir(d))
		;
	closedir(d);
	return errno;
}

static int list_directory(void)
{
	return list_names("/bin");
}

static int look_for_bytes(void)
{
	struct pollfd fd = { .fd = pipe_fd[0], .events = POLLIN };

	return error_of(poll(&fd, 1, 1));
}

static void fill_pipe(pid_t pid)
{
	(void)pid;
	CHECK_EQ(write(pipe_fd[1], "x", 1), 1, "bytes written");
}

/* If the child's read was refused the byte is there still. */
static void empty_pipe(void)
{
	fcntl(pipe_fd[0], F_SETFL, O_NONBLOCK);
	read(pipe_fd[0], bytes, 1);
	fcntl(pipe_fd[0], F_SETFL, 0);
}

/* Who has given up is forgotten when something changes. */
static void tell_watchers(void)
{
	fill_pipe(0);
	empty_pipe();
}

/* Runs fn in a child, which becomes an owner of locks with its own connection. */
static int in_child(int (*fn)(void))
{
	int status = -1;
	pid_t pid = fork();

	if (!pid)
		_exit(fn());
	REQUIRE(pid > 0 && waitpid(pid, &status, 0) == pid, "fork: %s", strerror(errno));
	CHECK(WIFEXITED(status), "the child ended with wait status %#x", status);
	return WEXITSTATUS(status);
}

static int set_lock(int fd, int cmd, short type, off_t start, off_t len)
{
	struct flock lock = { .l_type = type, .l_start = start, .l_len = len };

	return error_of(fcntl(fd, cmd, &lock));
}

/* The hole splits the first lock in two. */
static int lock_twice(void)
{
	return set_lock(unlocked, F_SETLK, F_WRLCK, 100, 100) ?:
		       set_lock(unlocked, F_SETLK, F_UNLCK, 140, 10);
}

static int lock_in_child(void)
{
	return in_child(lock_twice);
}

static int lock_file(void)
{
	return error_of(flock(unlocked, LOCK_EX)) ?: error_of(flock(unlocked, LOCK_UN));
}

/* ---- requests that wait ---- */

/* Runs fn in a child, and when that waits lets it go on: its errno. */
static int let_wait(int (*fn)(void), void (*let_on)(pid_t pid))
{
	int status = -1;
	pid_t pid = fork();

	if (!pid)
		_exit(fn());
	REQUIRE(pid > 0, "fork: %s", strerror(errno));
	wait_until(state_of(pid) != 0, "child %d waits or has ended", pid);
	disarm();
	let_on(pid);
	CHECK_EQ(waitpid(pid, &status, 0), pid, "waitpid");
	CHECK(WIFEXITED(status), "the child ended with wait status %#x", status);
	return WEXITSTATUS(status);
}

static int read_pipe(void)
{
	return error_of(read(pipe_fd[0], bytes, 1));
}

static int wait_for_bytes(void)
{
	return let_wait(read_pipe, fill_pipe);
}

static int lock_all(void)
{
	return set_lock(locked, F_SETLKW, F_WRLCK, 0, 0);
}

static void unlock(pid_t pid)
{
	(void)pid;
	CHECK(!set_lock(locked, F_SETLK, F_UNLCK, 0, 0), "unlock: %s", strerror(errno));
}

static int wait_for_lock(void)
{
	return let_wait(lock_all, unlock);
}

static void lock_again(void)
{
	CHECK(!set_lock(locked, F_SETLK, F_WRLCK, 0, 0), "lock: %s", strerror(errno));
}

/* ---- sysfs, tty, init ---- */

static int read_smaps(void)
{
	return open_and_read("/proc/self/smaps", O_RDONLY, SIZE);
}

static int list_processes(void)
{
	return list_names("/proc");
}

static int set_run(void)
{
	int fd = open("/sys/kernel/mm/ksm/pages_to_scan", O_WRONLY), err;

	if (fd < 0)
		return errno;
	err = error_of(write(fd, "100", 3));
	close(fd);
	return err;
}

static int read_random(void)
{
	return open_and_read("/dev/urandom", O_RDONLY, 64);
}

static void on_signal(int sig)
{
	(void)sig;
}

static int terminal;

/* Of the background or not, it waits; a signal ends that. */
static int read_terminal(void)
{
	struct sigaction action = { .sa_handler = on_signal };

	signal(SIGTTIN, SIG_IGN);
	sigaction(SIGUSR1, &action, NULL);
	return read(terminal, bytes, 1) < 0 && errno != EINTR ? errno : 0;
}

static void interrupt(pid_t pid)
{
	while (state_of(pid) == 1) {
		kill(pid, SIGUSR1);
		usleep(1000);
	}
}

static int wait_for_key(void)
{
	return let_wait(read_terminal, interrupt);
}

static int enter_tmp(void)
{
	return error_of(chdir("/tmp"));
}

static void go_back(void)
{
	CHECK(!chdir("/"), "chdir: %s", strerror(errno));
}

static int resolve_relative(void)
{
	return open_and_read("bin/sh", O_RDONLY, 1);
}

/* The process of this name, which is the first one or is not; or 0. */
static pid_t find(const char *name, bool first)
{
	static struct kstat_proc proc[64];
	ssize_t got = mg_kstat(KSTAT_PROCS, proc, sizeof(proc));

	for (ssize_t i = 0; i < got / (ssize_t)sizeof(proc[0]); i++)
		if (!strcmp(proc[i].name, name) && (proc[i].pid == 1) == first)
			return proc[i].pid;
	return 0;
}

/* Sysfs goes, also if it is a copy of init still. */
static bool sysfs_has_gone(void)
{
	pid_t pid = find("sysfs", false);

	pid = pid ? pid : find("init", false);
	if (pid)
		kill(pid, SIGKILL);
	return !pid;
}

static void end_sysfs(void)
{
	wait_asleep(sysfs_has_gone(), "sysfs ends");
}

/* ---- each of them fails ---- */

static void check_once_more(const struct request *r, const struct wealth *before, unsigned long n)
{
	struct wealth now;

	CHECK_EQ(r->attempt(), 0, "%s: errno after the failure of %s %lu", r->what,
		 means_name[means], n);
	r->undo();
	now = count_wealth();
	CHECK_EQ(now.frames, before->frames, "%s, %s %lu: free frames", r->what, means_name[means],
		 n);
	CHECK_EQ(now.objects, before->objects, "%s, %s %lu: kernel objects", r->what,
		 means_name[means], n);
	CHECK_EQ(now.blocks, before->blocks, "%s, %s %lu: blocks of %s", r->what, means_name[means],
		 n, server.name);
}

/* Fails allocation 1, 2, 3, … of the server until it makes fewer; how many refusals. */
static unsigned int fail_each(const struct request *r)
{
	unsigned int refused = 0;
	struct wealth before;
	unsigned long n = 0;
	int err;

	CHECK_EQ(r->attempt(), 0, "%s: errno without a failure", r->what);
	r->undo();
	before = count_wealth();
	do {
		arm(++n);
		err = r->attempt();
		disarm();
		r->undo();
		CHECK(!err || err == ENOMEM || err == r->more, "%s, %s %lu: %s", r->what,
		      means_name[means], n, strerror(err));
		refused += err != 0;
		check_once_more(r, &before, n);
	} while (!left && n < NTH_MAX);
	CHECK(n < NTH_MAX, "%s succeeds in the end", r->what);
	mg_test_log("# %s, %s: %s: %lu failed, %u refused", server.name, means_name[means], r->what,
		    n - 1, refused);
	return refused;
}

/* A root of the server that has this path. */
static int root_of(char *path)
{
	static char whole[PATH_MAX];
	struct ipc_message m = { .op = IO_RESOLVE,
				 .flags = IPC_WRITABLE(1),
				 .window = { (uintptr_t)path, (uintptr_t)whole },
				 .window_len = { (uint32_t)strlen(path) + 1, sizeof(whole) } };

	REQUIRE(!mg_call(HANDLE_ROOT, &m) && m.op >= 0, "resolve %s: %d, %s", path, m.op,
		strerror(errno));
	return m.handle[0];
}

static void test_server(const char *name, int root, const struct request *requests, size_t n)
{
	server.name = name;
	server.root = root;
	server.pid = find(name, !strcmp(name, "init"));
	REQUIRE(server.pid, "%s runs", name);
	for (means = MALLOC; means <= KERNEL; means++) {
		char text[80];

		snprintf(text, sizeof(text), "%s: each allocation of %s fails", name,
			 means_name[means]);
		TEST_BEGIN(strdup(text));
		for (size_t i = 0; i < n; i++)
			CHECK(fail_each(&requests[i]) || means == KERNEL || !requests[i].blocks,
			      "%s was refused", requests[i].what);
	}
}

static const struct request of_fs[] = {
	{ "create, write, grow", create, unlink_new, true, 0 },
	{ "mkdir", make_directory, remove_new, true, 0 },
	{ "rename", rename_old, rename_back, true, 0 },
	{ "pipe", make_pipe, nothing, true, 0 },
	{ "map a file", map_file, unlink_new, true, 0 },
	{ "list a directory", list_directory, nothing, true, 0 },
	{ "poll", look_for_bytes, tell_watchers, false, 0 },
	{ "record locks", lock_in_child, nothing, true, ENOLCK },
	{ "flock", lock_file, nothing, true, ENOLCK },
	{ "a read that waits", wait_for_bytes, empty_pipe, false, 0 },
	{ "a lock that waits", wait_for_lock, lock_again, true, ENOLCK },
};

static const struct request of_sysfs[] = {
	{ "read smaps", read_smaps, nothing, true, 0 },
	{ "list processes", list_processes, nothing, true, 0 },
	{ "write a knob", set_run, nothing, true, 0 },
};

static const struct request of_tty[] = {
	{ "read random bytes", read_random, nothing, true, 0 },
	{ "a read that waits", wait_for_key, nothing, true, 0 },
};

static const struct request of_init[] = {
	{ "chdir", enter_tmp, go_back, true, 0 },
	{ "resolve", resolve_relative, nothing, false, 0 },
	{ "start a server", read_smaps, end_sysfs, true, 0 },
};

#define TEST_SERVER(name, root, requests) \
	test_server(name, root, requests, sizeof(requests) / sizeof((requests)[0]))

int main(void)
{
	int fd = open("/tmp/old", O_RDWR | O_CREAT, 0600);

	CHECK(fd >= 0 && !pipe(pipe_fd), "a file and a pipe: %s", strerror(errno));
	close(fd);
	locked = open("/tmp/locked", O_RDWR | O_CREAT, 0600);
	unlocked = open("/tmp/unlocked", O_RDWR | O_CREAT, 0600);
	terminal = open("/dev/console", O_RDONLY);
	CHECK(locked >= 0 && unlocked >= 0 && terminal >= 0, "two files and the terminal: %s",
	      strerror(errno));
	lock_again();
	TEST_SERVER("fs", root_of("/tmp"), of_fs);
	TEST_SERVER("sysfs", root_of("/proc"), of_sysfs);
	TEST_SERVER("tty", root_of("/dev"), of_tty);
	TEST_SERVER("init", HANDLE_ROOT, of_init);
	unlink("/tmp/old");
	unlink("/tmp/locked");
	unlink("/tmp/unlocked");
	check_mm();
	return TEST_END();
}
