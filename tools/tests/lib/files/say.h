/* SPDX-License-Identifier: MIT */
/*
 * A program that says what each call returned, so that what it says on Linux and on Merganser can
 * be compared line by line.  It works in a directory of its own.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static inline long say(const char *what, long result)
{
	if (result == -1)
		printf("%s: error %d\n", what, errno);
	else
		printf("%s: %ld\n", what, result);
	fflush(stdout);
	return result;
}

/* Says what a call returned, or its errno. */
#define TRY(call) (errno = 0, say(#call, (long)(call)))
/* The same, but no more than whether it failed: a descriptor's number, a time. */
#define WORKS(call) (errno = 0, say(#call, (long)(call) == -1 ? -1 : 0))
#define CASE(name)  printf("== %s\n", name)

/* A new directory, which becomes the current one. */
static inline void work_in(const char *name)
{
	static char path[64];

	snprintf(path, sizeof(path), "/tmp/%s.%d", name, (int)getpid());
	if (mkdir(path, 0755) || chdir(path)) {
		perror(path);
		exit(1);
	}
	umask(022);
}

/* Runs fn(arg) in a child and says how that ended. */
static inline void in_child(void (*fn)(int arg), int arg)
{
	int status = -1;
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (!pid) {
		fn(arg);
		fflush(stdout);
		_exit(0);
	}
	waitpid(pid, &status, 0);
	if (status)
		printf("child ended with status %#x\n", (unsigned int)status);
}

/* One process tells another to go on, through a pipe. */
static inline void tell(int fd)
{
	if (write(fd, "x", 1) != 1)
		perror("tell");
}

static inline void await(int fd)
{
	char c;

	if (read(fd, &c, 1) != 1)
		printf("nobody tells\n");
}
