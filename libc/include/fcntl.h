/* SPDX-License-Identifier: MIT */
/* Opening files, and what is known of a descriptor. */
#pragma once

#include <sys/types.h>

#define O_RDONLY    0
#define O_WRONLY    1
#define O_RDWR	    2
#define O_ACCMODE   3
#define O_CREAT	    0100
#define O_EXCL	    0200
#define O_TRUNC	    01000
#define O_APPEND    02000
#define O_NONBLOCK  04000
#define O_DIRECTORY 0200000
#define O_NOFOLLOW  0400000
#define O_CLOEXEC   02000000

#define F_DUPFD		0
#define F_GETFD		1
#define F_SETFD		2
#define F_GETFL		3
#define F_SETFL		4
#define F_GETLK		5
#define F_SETLK		6
#define F_SETLKW	7
#define F_GETLK64	F_GETLK
#define F_SETLK64	F_SETLK
#define F_SETLKW64	F_SETLKW
#define FD_CLOEXEC	1
#define F_DUPFD_CLOEXEC 1030

#define F_RDLCK 0
#define F_WRLCK 1
#define F_UNLCK 2

/*
 * A record lock.  As POSIX has it, it belongs to the process, goes when that closes any descriptor
 * of the file, and is kept by exec but not by a child.  What exec closes gives no lock back.
 */
struct flock {
	short l_type, l_whence; /* F_RDLCK, …; SEEK_* */
	off_t l_start, l_len;	/* 0: to the end, wherever that will be */
	pid_t l_pid;		/* F_GETLK */
};

#define AT_FDCWD	    (-100)
#define AT_SYMLINK_NOFOLLOW 0x100
#define AT_REMOVEDIR	    0x200
#define AT_EACCESS	    0x200
#define AT_SYMLINK_FOLLOW   0x400
#define AT_EMPTY_PATH	    0x1000

#define FALLOC_FL_KEEP_SIZE  1
#define FALLOC_FL_PUNCH_HOLE 2 /* with the other one */

int creat(const char *path, mode_t mode);
int open(const char *path, int flags, ...);
/*
 * What a path from an open directory names, of this and the others that end in "at", is asked by
 * the path that the directory has at that moment; -ENOENT if it has been removed.
 */
int openat(int dir, const char *path, int flags, ...);
int fcntl(int fd, int command, ...);
/*
 * Memory for len bytes of a file, which grows unless FALLOC_FL_KEEP_SIZE is given;
 * FALLOC_FL_PUNCH_HOLE: the bytes become zeros, and their memory is free.
 */
int fallocate(int fd, int mode, off_t offset, off_t len);
/* The same with mode 0; the result is the error. */
int posix_fallocate(int fd, off_t offset, off_t len);
