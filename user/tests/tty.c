/* SPDX-License-Identifier: MIT */
/*
 * Proves: the devices of /dev have Linux's numbers, kinds and errors; the terminal keeps
 * its settings, its foreground group and its size; a read that waits is ended by a signal,
 * by VTIME and by the death of the server, after which a new one serves.  What is typed is
 * in tools/tests/terminal.py.  See user/servers/tty/terminal.c.
 *
 * cpus: 1 2
 */
#include <dirent.h>
#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <termios.h>

#include "test.h"

static char buf[70000];

static void test_devices(void)
{
	struct stat st;
	DIR *dir = opendir("/dev");
	int n = 0;

	TEST_BEGIN("names and kinds");
	while (dir && readdir(dir))
		n++;
	CHECK_EQ(n, 9, "names in /dev");
	closedir(dir);
	CHECK(!stat("/dev/null", &st) && S_ISCHR(st.st_mode) && st.st_rdev == 0x103, "null: %#lx",
	      (unsigned long)st.st_rdev);
	CHECK(!stat("/dev/tty", &st) && st.st_rdev == 0x500, "tty: %#lx",
	      (unsigned long)st.st_rdev);
	CHECK(!stat("/dev", &st) && S_ISDIR(st.st_mode), "/dev: %#o", st.st_mode);
	CHECK_ERRNO(open("/dev/none", O_RDONLY), ENOENT);
	CHECK_ERRNO(open("/dev/none", O_RDWR | O_CREAT, 0600), EACCES);
	CHECK_ERRNO(open("/dev/null/x", O_RDONLY), ENOTDIR);
	CHECK_ERRNO(open("/dev", O_RDWR), EISDIR);
	CHECK_ERRNO(open("/dev/null", O_RDONLY | O_DIRECTORY), ENOTDIR);
	CHECK_ERRNO(mkdir("/dev/new", 0700), EACCES);
	CHECK_ERRNO(unlink("/dev/null"), EPERM);
}

static void test_null(void)
{
	int null = open("/dev/null", O_RDWR), zero = open("/dev/zero", O_RDWR),
	    full = open("/dev/full", O_RDWR);

	TEST_BEGIN("null, zero and full");
	memset(buf, 'x', sizeof(buf));
	CHECK_EQ(read(null, buf, 9), 0, "read of null");
	CHECK_EQ(write(null, buf, sizeof(buf)), sizeof(buf), "written to null");
	CHECK_EQ(read(zero, buf, sizeof(buf)), sizeof(buf), "read of zero");
	for (size_t i = 0; i < sizeof(buf); i++)
		CHECK(!buf[i], "byte %zu of zero is %d", i, buf[i]);
	CHECK_EQ(write(zero, buf, 9), 9, "written to zero");
	CHECK_EQ(read(full, buf, 9), 9, "read of full");
	CHECK_ERRNO(write(full, buf, 9), ENOSPC);
	CHECK_EQ(lseek(null, 99, SEEK_SET), 0, "seek in null");
	CHECK(!isatty(null), "null is a terminal");
	CHECK_ERRNO(read(zero, (char *)16, 9), EFAULT);
	close(null);
	close(zero);
	close(full);
}

static void test_settings(int tty)
{
	struct termios t, got;
	struct winsize size = { 50, 132, 0, 0 };

	TEST_BEGIN("settings");
	CHECK(isatty(tty), "no terminal: %s", strerror(errno));
	CHECK(!tcgetattr(tty, &t) && t.c_lflag & ICANON && t.c_lflag & ECHO, "flags %#x",
	      t.c_lflag);
	got = t;
	cfmakeraw(&got);
	CHECK(!tcsetattr(tty, TCSAFLUSH, &got) && !tcgetattr(tty, &got), "%s", strerror(errno));
	CHECK(!(got.c_lflag & (ICANON | ECHO | ISIG)), "flags %#x", got.c_lflag);
	CHECK(!tcsetattr(tty, TCSANOW, &t), "%s", strerror(errno));
	CHECK_ERRNO(tcgetattr(tty, (void *)16), EFAULT);
	CHECK(!ioctl(tty, TIOCSWINSZ, &size), "%s", strerror(errno));
	memset(&size, 0, sizeof(size));
	CHECK(!ioctl(tty, TIOCGWINSZ, &size) && size.ws_col == 132, "%d columns", size.ws_col);
	CHECK_ERRNO(ioctl(tty, 0x1234, 0), ENOTTY);
	CHECK_ERRNO(lseek(tty, 0, SEEK_SET), ESPIPE);
	CHECK_EQ(fcntl(tty, F_GETFL), O_RDWR, "flags");
}

static void on_alarm(int sig)
{
	(void)sig;
}

static void test_waiting(int tty)
{
	struct sigaction action = { .sa_handler = on_alarm };
	struct termios t, raw;

	TEST_BEGIN("reads that wait");
	fcntl(tty, F_SETFL, O_NONBLOCK);
	CHECK_ERRNO(read(tty, buf, 1), EAGAIN);
	fcntl(tty, F_SETFL, 0);
	CHECK_EQ(read(tty, buf, 0), 0, "bytes");
	sigaction(SIGALRM, &action, NULL);
	ualarm(20000, 0);
	CHECK_ERRNO(read(tty, buf, 1), EINTR);
	tcgetattr(tty, &t);
	raw = t;
	cfmakeraw(&raw);
	raw.c_cc[VMIN] = 0;
	tcsetattr(tty, TCSANOW, &raw);
	CHECK_EQ(read(tty, buf, 1), 0, "bytes without VTIME");
	raw.c_cc[VTIME] = 2;
	tcsetattr(tty, TCSANOW, &raw);
	CHECK_EQ(read(tty, buf, 1), 0, "bytes after VTIME");
	tcsetattr(tty, TCSANOW, &t);
}

/* A session of its own takes the keyboard; its background may not read, nor may others have it. */
static int own_session(int tty)
{
	pid_t group, child;
	int status;

	setsid();
	if (tcsetpgrp(tty, getpid()) || tcgetpgrp(tty) != getpid())
		return 1;
	child = fork();
	if (!child) {
		setpgid(0, 0);
		_exit((int)read(tty, buf, 1));
	}
	if (waitpid(child, &status, WUNTRACED) != child || !WIFSTOPPED(status) ||
	    WSTOPSIG(status) != SIGTTIN)
		return 2;
	group = fork();
	if (!group) {
		setsid();
		_exit(tcsetpgrp(tty, getpid()) == -1 && errno == ENOTTY ? 7 : 0);
	}
	waitpid(group, &status, 0);
	if (WEXITSTATUS(status) != 7)
		return 3;
	kill(child, SIGKILL);
	waitpid(child, &status, 0);
	return tcsetpgrp(tty, child) == -1 && errno == EPERM ? 0 : 4;
}

static void test_groups(int tty)
{
	pid_t child;
	int status;

	TEST_BEGIN("the foreground");
	child = fork();
	if (!child)
		_exit(own_session(tty));
	waitpid(child, &status, 0);
	CHECK_EQ(status, 0, "status of a session");
}

static pid_t server_pid(void)
{
	static struct kstat_proc proc[64];
	ssize_t n = mg_kstat(KSTAT_PROCS, proc, sizeof(proc)) / (ssize_t)sizeof(proc[0]);

	for (ssize_t i = 0; i < n; i++)
		if (strstr(proc[i].name, "tty") && proc[i].pid != getpid() && proc[i].ppid == 1)
			return proc[i].pid;
	return 0;
}

static void test_death(int tty)
{
	int status, fd;
	pid_t child;

	TEST_BEGIN("the server dies");
	child = fork();
	if (!child)
		_exit(read(tty, buf, 1) == -1 ? errno : 0);
	usleep(20000); /* it waits, most likely; if not, it gets the same answer */
	CHECK(!kill(server_pid(), SIGKILL), "kill: %s", strerror(errno));
	waitpid(child, &status, 0);
	CHECK_EQ(WEXITSTATUS(status), EIO, "errno of who has waited");
	CHECK_ERRNO(write(tty, "x", 1), EIO);
	/* init may not have heard of it yet */
	wait_until((fd = open("/dev/tty", O_RDWR)) >= 0, "no new server: %s", strerror(errno));
	CHECK(isatty(fd), "no terminal: %s", strerror(errno));
	close(fd);
}

int main(void)
{
	int tty;

	test_devices();
	test_null();
	tty = open("/dev/tty", O_RDWR);
	REQUIRE(tty >= 0, "/dev/tty: %s", strerror(errno));
	test_settings(tty);
	test_waiting(tty);
	test_groups(tty);
	test_death(tty);
	return TEST_END();
}
