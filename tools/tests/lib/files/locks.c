/* SPDX-License-Identifier: MIT */
/* Record locks and flock(). */
#include <sys/file.h>

#include "say.h"

static int to_parent[2];

static struct flock range(short type, off_t start, off_t len)
{
	return (struct flock){
		.l_type = type, .l_whence = SEEK_SET, .l_start = start, .l_len = len
	};
}

static int set(int fd, short type, off_t start, off_t len)
{
	struct flock l = range(type, start, len);

	return fcntl(fd, F_SETLK, &l);
}

static int set_wait(int fd, short type, off_t start, off_t len)
{
	struct flock l = range(type, start, len);

	return fcntl(fd, F_SETLKW, &l);
}

/* Each lock of somebody else. */
static void show(int fd)
{
	off_t at = 0;

	for (;;) {
		struct flock l = range(F_WRLCK, at, 0);

		if (fcntl(fd, F_GETLK, &l) || l.l_type == F_UNLCK)
			break;
		printf("  %ld bytes at %ld, %s, by %s\n", (long)l.l_len, (long)l.l_start,
		       l.l_type == F_WRLCK ? "write" : "read",
		       l.l_pid == getppid() ? "the parent" : "somebody");
		if (!l.l_len)
			break;
		at = l.l_start + l.l_len;
	}
}

static void split_and_join(int fd)
{
	CASE("ranges are split and joined");
	TRY(set(fd, F_WRLCK, 0, 100));
	in_child(show, fd);
	TRY(set(fd, F_UNLCK, 10, 10));
	in_child(show, fd);
	TRY(set(fd, F_RDLCK, 30, 5));
	in_child(show, fd);
	TRY(set(fd, F_WRLCK, 10, 10));
	in_child(show, fd);
	TRY(set(fd, F_RDLCK, 20, 60));
	in_child(show, fd);
	TRY(set(fd, F_WRLCK, 100, 0));
	in_child(show, fd);
	TRY(set(fd, F_UNLCK, 200, 100));
	in_child(show, fd);
	TRY(set(fd, F_RDLCK, 5, 400));
	in_child(show, fd);
	TRY(set(fd, F_UNLCK, 0, 0));
	in_child(show, fd);
}

static void try_others(int fd)
{
	TRY(set(fd, F_RDLCK, 0, 10));
	TRY(set(fd, F_RDLCK, 10, 10));
	TRY(set(fd, F_WRLCK, 10, 10));
	TRY(set(fd, F_WRLCK, 20, 10));
	TRY(set(fd, F_WRLCK, 19, 10));
	TRY(set(fd, F_UNLCK, 0, 100));
	show(fd);
}

static void conflicts(int fd)
{
	CASE("what another process may lock beside");
	TRY(set(fd, F_WRLCK, 0, 10));
	TRY(set(fd, F_RDLCK, 10, 10));
	in_child(try_others, fd);
	TRY(set(fd, F_WRLCK, 0, 30));
	TRY(set(fd, F_UNLCK, 0, 0));
}

static int try_flock(int fd, struct flock l)
{
	return fcntl(fd, F_SETLK, &l);
}

static void bad_arguments(int fd)
{
	struct flock l = range(F_UNLCK, 5, 10);
	int r = open("f", O_RDONLY), w = open("f", O_WRONLY);

	CASE("what is no lock");
	TRY(fcntl(fd, F_GETLK, &l));
	TRY(set(fd, F_WRLCK, -5, 10));
	TRY(set(fd, F_WRLCK, 5, -10));
	TRY(set(fd, 7, 5, 10));
	TRY(try_flock(fd, (struct flock){ F_WRLCK, 9, 5, 10, 0 }));
	TRY(set(99, F_WRLCK, 0, 1));
	TRY(set(r, F_WRLCK, 0, 1));
	TRY(set(w, F_RDLCK, 0, 1));
	TRY(set(r, F_RDLCK, 0, 1));
	TRY(set(w, F_WRLCK, 0, 1));
	TRY(set(fd, F_WRLCK, 50, -10));
	TRY(try_flock(fd, (struct flock){ F_RDLCK, SEEK_END, -10, 20, 0 }));
	in_child(show, fd);
	TRY(set(fd, F_RDLCK, 1, 0x7fffffffffffffff));
	TRY(set(fd, F_RDLCK, 2, 0x7fffffffffffffff));
	TRY(set(fd, F_UNLCK, 0, 0));
	close(r);
	close(w);
}

static void any_close(int fd)
{
	int other = open("f", O_RDONLY), third;

	CASE("closing any descriptor of the file gives all back");
	TRY(set(fd, F_WRLCK, 0, 10));
	in_child(show, fd);
	close(open("g", O_RDWR | O_CREAT, 0644));
	in_child(show, fd);
	close(other);
	in_child(show, fd);
	TRY(set(fd, F_WRLCK, 0, 10));
	third = open("f", O_RDONLY);
	TRY(dup2(99, third));
	in_child(show, fd);
	WORKS(dup2(open("g", O_RDONLY), third));
	in_child(show, fd);
}

static _Noreturn void hold_and_wait(int fd)
{
	set(fd, F_WRLCK, 0, 10);
	tell(to_parent[1]);
	for (;;)
		pause();
}

static void ended_by_kill(int fd)
{
	pid_t pid;

	CASE("who is killed keeps no lock");
	fflush(stdout);
	pid = fork();
	if (!pid)
		hold_and_wait(fd);
	await(to_parent[0]);
	TRY(set(fd, F_WRLCK, 5, 1));
	kill(pid, SIGKILL);
	TRY(set_wait(fd, F_WRLCK, 5, 1));
	waitpid(pid, NULL, 0);
	TRY(set(fd, F_UNLCK, 0, 0));
}

static void wait_for_parent(int fd)
{
	TRY(set(fd, F_WRLCK, 0, 1));
	tell(to_parent[1]);
	set_wait(fd, F_WRLCK, 0, 1);
	show(fd);
	tell(to_parent[1]);
	_exit(0);
}

static void waiting(int fd)
{
	int status;
	pid_t pid;

	CASE("F_SETLKW waits");
	TRY(set(fd, F_WRLCK, 0, 1));
	fflush(stdout);
	pid = fork();
	if (!pid)
		wait_for_parent(fd);
	await(to_parent[0]);
	TRY(set(fd, F_UNLCK, 0, 1));
	await(to_parent[0]);
	waitpid(pid, &status, 0);
	printf("status %#x\n", (unsigned int)status);
}

static void on_alarm(int sig)
{
	(void)sig;
}

static void interrupted(int fd)
{
	struct sigaction act = { .sa_handler = on_alarm };

	sigaction(SIGALRM, &act, NULL);
	ualarm(50000, 50000);
	TRY(set_wait(fd, F_WRLCK, 0, 1));
	ualarm(0, 0);
	TRY(set(fd, F_WRLCK, 1, 1));
}

static void signals(int fd)
{
	CASE("a signal ends the wait");
	TRY(set(fd, F_WRLCK, 0, 1));
	in_child(interrupted, fd);
	TRY(set(fd, F_UNLCK, 0, 1));
}

/* The child has byte 1 and waits for byte 0; the parent has byte 0 and asks for byte 1. */
static void deadlock(int fd)
{
	int told = 0, status;
	pid_t pid;

	CASE("two that wait for each other");
	TRY(set(fd, F_WRLCK, 0, 1));
	fflush(stdout);
	pid = fork();
	if (!pid) {
		set(fd, F_WRLCK, 1, 1);
		tell(to_parent[1]);
		_exit(set_wait(fd, F_WRLCK, 0, 1) && errno == EDEADLK);
	}
	await(to_parent[0]);
	if (set_wait(fd, F_WRLCK, 1, 1))
		told = errno == EDEADLK;
	TRY(set(fd, F_UNLCK, 0, 0));
	waitpid(pid, &status, 0);
	printf("one of them was told: %d\n", told + WEXITSTATUS(status) == 1);
}

/* ---- flock() ---- */

static void flock_other(int fd)
{
	int other = open("f", O_RDONLY);

	(void)fd;
	TRY(flock(other, LOCK_SH | LOCK_NB));
	TRY(flock(other, LOCK_EX | LOCK_NB));
	close(other);
}

static void flock_same(int fd)
{
	TRY(flock(fd, LOCK_UN));
}

static void flocks(int fd)
{
	int other = open("f", O_RDWR), copy = dup(fd);

	CASE("flock() belongs to the open file");
	TRY(flock(fd, LOCK_EX));
	TRY(flock(other, LOCK_SH | LOCK_NB));
	TRY(flock(copy, LOCK_SH | LOCK_NB));
	TRY(flock(other, LOCK_SH | LOCK_NB));
	TRY(flock(fd, LOCK_EX | LOCK_NB));
	TRY(flock(other, LOCK_UN));
	TRY(flock(fd, LOCK_EX | LOCK_NB));
	in_child(flock_other, fd);
	close(copy);
	in_child(flock_other, fd);
	in_child(flock_same, fd);
	in_child(flock_other, fd);
	TRY(set(other, F_WRLCK, 0, 0));
	TRY(flock(fd, LOCK_EX | LOCK_NB));
	TRY(flock(fd, 0));
	TRY(flock(fd, LOCK_SH | LOCK_EX));
	TRY(flock(99, LOCK_SH));
	close(fd);
	TRY(flock(other, LOCK_EX | LOCK_NB));
	close(other);
}

static void lockfs(int fd)
{
	CASE("lockf()");
	TRY(lseek(fd, 10, SEEK_SET));
	TRY(lockf(fd, F_LOCK, 10));
	in_child(show, fd);
	TRY(lockf(fd, F_TEST, 10));
	TRY(lockf(fd, F_ULOCK, 5));
	in_child(show, fd);
	TRY(lockf(fd, F_ULOCK, 0));
	TRY(lockf(fd, 9, 0));
}

/* ---- exec ---- */

static void before_exec(const char *self)
{
	int fd = open("f", O_RDWR);

	CASE("exec keeps locks");
	TRY(set(fd, F_WRLCK, 3, 4));
	fflush(stdout);
	execl(self, self, "again", NULL);
	perror(self);
}

static void after_exec(void)
{
	int fd = open("f", O_RDWR);

	in_child(show, fd);
	close(fd);
	fd = open("f", O_RDWR);
	in_child(show, fd);
	printf("the end\n");
}

int main(int argc, char **argv)
{
	char self[4096];
	int fd;

	if (argc > 1) {
		after_exec();
		return 0;
	}
	if (!realpath(argv[0], self))
		return 1;
	work_in("locks");
	fd = open("f", O_RDWR | O_CREAT, 0644);
	TRY(write(fd, "0123456789abcdefghij", 20));
	if (pipe(to_parent))
		return 1;
	split_and_join(fd);
	conflicts(fd);
	bad_arguments(fd);
	any_close(fd);
	ended_by_kill(fd);
	waiting(fd);
	signals(fd);
	deadlock(fd);
	lockfs(fd);
	flocks(fd);
	before_exec(self);
	return 1;
}
