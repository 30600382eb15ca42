/* SPDX-License-Identifier: MIT */
/*
 * Files that have no lasting name, and the command interpreter.  No file can be made
 * before there is a file server: EROFS.  Nothing can be run through a shell: ENOSYS.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int mkstemp(char *template)
{
	static unsigned int counter;
	size_t len = strlen(template);
	unsigned int value = (unsigned int)getpid() * 1009 + counter++;

	if (len < 6 || strcmp(template + len - 6, "XXXXXX")) {
		errno = EINVAL;
		return -1;
	}
	for (size_t i = len - 6; i < len; i++, value /= 26)
		template[i] = (char)('a' + value % 26);
	return open(template, O_RDWR | O_CREAT | O_EXCL, 0600);
}

char *tmpnam(char *s)
{
	static char name[L_tmpnam];
	int old = errno;

	s = s ? s : name;
	strcpy(s, "/tmp/tmpXXXXXX");
	mkstemp(s); /* for its name: it makes no file */
	errno = old;
	return s;
}

FILE *tmpfile(void)
{
	errno = EROFS;
	return NULL;
}

/* There is no command interpreter that could be asked: the answer to NULL is no. */
int system(const char *command)
{
	if (!command)
		return 0;
	errno = ENOSYS;
	return -1;
}
