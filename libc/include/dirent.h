/* SPDX-License-Identifier: MIT */
/* Reading directories. */
#pragma once

#include <sys/types.h>

#define DT_UNKNOWN 0
#define DT_FIFO	   1
#define DT_CHR	   2
#define DT_DIR	   4
#define DT_BLK	   6
#define DT_REG	   8
#define DT_LNK	   10
#define DT_SOCK	   12

typedef struct __dir DIR;

struct dirent {
	ino_t d_ino;
	unsigned char d_type;
	char d_name[256];
};

DIR *opendir(const char *path);
DIR *fdopendir(int fd);
int dirfd(DIR *dir);
int closedir(DIR *dir);
struct dirent *readdir(DIR *dir);
void rewinddir(DIR *dir);
