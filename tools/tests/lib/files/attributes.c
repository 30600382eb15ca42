/* SPDX-License-Identifier: MIT */
/* What is set of a file: mode, owner, times; by name and by descriptor. */
#include <sys/time.h>
#include <utime.h>

#include "say.h"

static void show(const char *path)
{
	struct stat st;

	if (stat(path, &st)) {
		perror(path);
		return;
	}
	printf("  mode %o, %u:%u, read %ld.%09ld, changed %ld.%09ld\n", st.st_mode, st.st_uid,
	       st.st_gid, (long)st.st_atim.tv_sec, st.st_atim.tv_nsec, (long)st.st_mtim.tv_sec,
	       st.st_mtim.tv_nsec);
}

/* Whether a time is after that one. */
static int later(struct timespec a, struct timespec b)
{
	return a.tv_sec > b.tv_sec || (a.tv_sec == b.tv_sec && a.tv_nsec > b.tv_nsec);
}

static void modes(int fd)
{
	CASE("modes");
	TRY(chmod("f", 0640));
	TRY(fchmod(fd, 0107755));
	TRY(futimes(fd, (struct timeval[]){ { 10, 20 }, { 30, 40 } }));
	show("f");
	TRY(fchmod(99, 0));
	TRY(chmod("none", 0));
	TRY(chmod("f/", 0));
	TRY(chmod("", 0));
}

static void owners(int fd)
{
	CASE("owners");
	TRY(fchmod(fd, 06755));
	TRY(chown("f", 1, 2));
	show("f");
	TRY(fchmod(fd, 06745));
	TRY(fchown(fd, -1, 3));
	show("f");
	TRY(lchown("f", 4, -1));
	show("f");
	TRY(chown("f", -1, -1));
	TRY(chown("f", 0, 0));
	show("f");
	TRY(fchown(99, 0, 0));
	TRY(chown("none", 0, 0));
}

static void times(int fd)
{
	struct timespec t[2] = { { 1000000, 1 }, { 2000000, 999999999 } };
	struct stat before, st;

	CASE("times");
	TRY(utimensat(AT_FDCWD, "f", t, 0));
	show("f");
	t[0].tv_nsec = UTIME_OMIT;
	t[1].tv_sec = 3000000;
	TRY(futimens(fd, t));
	show("f");
	t[1].tv_nsec = UTIME_OMIT;
	TRY(futimens(fd, t));
	show("f");
	t[1].tv_nsec = 1000000000;
	TRY(futimens(fd, t));
	t[1].tv_nsec = -1;
	TRY(futimens(fd, t));
	TRY(utimes("f", (struct timeval[]){ { 5, 6 }, { 7, 1000000 } }));
	TRY(utimes("f", (struct timeval[]){ { 5, 6 }, { 7, 8 } }));
	show("f");
	TRY(utime("f", &(struct utimbuf){ 11, 12 }));
	show("f");
	TRY(utimes("none", NULL));
	TRY(utimensat(AT_FDCWD, "f", NULL, 0x4000000));
	TRY(utime("f", &(struct utimbuf){ 0, 0 }));
	fstat(fd, &before);
	TRY(utime("f", NULL));
	fstat(fd, &st);
	printf("now: %d %d\n", later(st.st_atim, before.st_atim),
	       later(st.st_mtim, before.st_mtim));
	printf("equal: %d\n", st.st_atim.tv_sec == st.st_mtim.tv_sec);
}

static void what_changes(int fd)
{
	struct timespec old[2] = { { 0, 1 }, { 0, 1 } };
	struct stat st;
	char c;

	CASE("what changes which time");
	TRY(futimens(fd, old));
	TRY(pread(fd, &c, 1, 0));
	fstat(fd, &st);
	printf("read: %d %d\n", later(st.st_atim, old[0]), later(st.st_mtim, old[1]));
	TRY(futimens(fd, old));
	TRY(pwrite(fd, "x", 1, 0));
	fstat(fd, &st);
	printf("write: %d %d\n", later(st.st_atim, old[0]), later(st.st_mtim, old[1]));
	TRY(futimens(fd, old));
	TRY(ftruncate(fd, 3));
	fstat(fd, &st);
	printf("ftruncate: %d %d\n", later(st.st_atim, old[0]), later(st.st_mtim, old[1]));
	TRY(futimens(fd, old));
	TRY(fchmod(fd, 0600));
	fstat(fd, &st);
	printf("fchmod: %d %d %d\n", later(st.st_atim, old[0]), later(st.st_mtim, old[1]),
	       later(st.st_ctim, old[0]));
}

int main(void)
{
	char buf[4];
	int fd;

	work_in("attributes");
	fd = open("f", O_RDWR | O_CREAT, 0644);
	TRY(write(fd, "0123456789", 10));
	modes(fd);
	owners(fd);
	times(fd);
	what_changes(fd);
	TRY(readlink("f", buf, 4));
	TRY(readlink("none", buf, 4));
	return 0;
}
