/* SPDX-License-Identifier: MIT */
/*
 * Files that have no lasting name, and the command interpreter.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/* Makes the six X at the end a name that is new; -1 if they are not there. */
static int fill_template(char *template)
{
	static unsigned int counter;
	size_t len = strlen(template);
	unsigned int value =
		(unsigned int)getpid() * 1009 + __atomic_fetch_add(&counter, 1, __ATOMIC_RELAXED);

	if (len < 6 || strcmp(template + len - 6, "XXXXXX")) {
		errno = EINVAL;
		return -1;
	}
	for (size_t i = len - 6; i < len; i++, value /= 26)
		template[i] = (char)('a' + value % 26);
	return 0;
}

int mkostemp(char *template, int flags)
{
	if (fill_template(template))
		return -1;
	return open(template, (flags & ~O_ACCMODE) | O_RDWR | O_CREAT | O_EXCL, 0600);
}

int mkstemp(char *template)
{
	return mkostemp(template, 0);
}

char *mkdtemp(char *template)
{
	return fill_template(template) || mkdir(template, 0700) ? NULL : template;
}

/* A name that no file has now. */
char *tmpnam(char *s)
{
	static char name[L_tmpnam];
	int fd;

	s = s ? s : name;
	strcpy(s, "/tmp/tmpXXXXXX");
	fd = mkstemp(s);
	if (fd < 0)
		return NULL;
	close(fd);
	unlink(s);
	return s;
}

FILE *tmpfile(void)
{
	char name[] = "/tmp/tmpXXXXXX";
	int fd = mkstemp(name);
	FILE *f = fd < 0 ? NULL : fdopen(fd, "w+");

	if (fd < 0)
		return NULL;
	unlink(name);
	if (!f)
		close(fd);
	return f;
}
