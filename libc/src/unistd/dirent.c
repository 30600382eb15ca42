/* SPDX-License-Identifier: MIT */
/* Reading directories: some entries at a time, as the server gives them. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sys.h"
#include "unistd/request.h"

#define ENTRIES 16

struct __dir {
	int fd;
	long next, have; /* in entry[] */
	struct dirent entry[ENTRIES];
};

DIR *fdopendir(int fd)
{
	struct stat st;
	DIR *dir;

	if (fstat(fd, &st))
		return NULL;
	if (!S_ISDIR(st.st_mode)) {
		errno = ENOTDIR;
		return NULL;
	}
	dir = calloc(1, sizeof(*dir));
	if (dir)
		dir->fd = fd;
	return dir;
}

DIR *opendir(const char *path)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);

	if (fd >= 0 && !dir)
		close(fd);
	return dir;
}

struct dirent *readdir(DIR *dir)
{
	struct ipc_message m = { .op = IO_READDIR,
				 .flags = IPC_WRITABLE(0),
				 .window = { WINDOW(dir->entry) },
				 .window_len = { sizeof(dir->entry) } };

	if (dir->next == dir->have) {
		dir->next = 0;
		dir->have = __io_call(dir->fd, &m);
		if (dir->have < 0) {
			errno = (int)-dir->have;
			dir->have = 0;
		}
		if (!dir->have)
			return NULL;
	}
	return &dir->entry[dir->next++];
}

void rewinddir(DIR *dir)
{
	dir->next = dir->have = 0;
	lseek(dir->fd, 0, SEEK_SET);
}

int dirfd(DIR *dir)
{
	return dir->fd;
}

int closedir(DIR *dir)
{
	int fd = dir->fd;

	free(dir);
	return close(fd);
}
