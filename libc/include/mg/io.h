/* SPDX-License-Identifier: MIT */
/*
 * Files: what programs (through libc's open, read and their kin) ask of init,
 * which serves the name space, and of the servers behind it.
 *
 *	program                 init                      server of files
 *	   │ IO_RESOLVE "a" ─────►│ "." is /tmp: /tmp/a         │
 *	   │◄─ the server's root ─┤                             │
 *	   │ IO_OPEN "/tmp/a" ──────────────────────────────────►│
 *	   │◄─ a connection, which is the open file ────────────┤
 *	   │ IO_READ … the server copies into window 0 ─────────►│
 *
 * A request is a message (<abi/ipc.h>): op is one of the below, and in the reply
 * the result, 0 or more, or -errno.  Window 0 carries a path with its NUL, or the
 * bytes that are read and written.  A path that leads to a server is absolute.  Only fs has
 * links, so only it gets ".", and "..", which may lead elsewhere than the text says; a
 * path that goes on in another server it answers with -EREMOTE, and says where (IO_REALPATH).
 */
#pragma once

#include <abi/ipc.h>
#include <abi/kernel.h>
#include <sys/stat.h>

#define HANDLE_ROOT HANDLE_OWN /* a program's name space: a connection to init */

#define IO_HERE (~0ul) /* as offset: the open file's own, which moves on */
#define IO_TO_RUN \
	(1ul << 8) /* to IO_VMO: by exec, which only runs what has the mode of a program */

enum io_op {
	/* The name space, HANDLE_ROOT. */
	IO_RESOLVE = 1, /* path; window 1 (writable) gets the whole path → handle 0: a root */
	IO_CHDIR,	/* path → handle 0: a name space whose "." is there */
	IO_GETCWD,	/* window 0 (writable) gets the path of "." → its length with NUL */
	IO_SERVE,	/* from a server that init has started: handle 0 is its root */

	/* A server's root; all with a path. */
	IO_OPEN,   /* word 0 O_*, word 1 mode → handle 0: the open file */
	IO_STAT,   /* window 1 (writable) gets a struct stat; word 0 IO_NOFOLLOW */
	IO_ACCESS, /* word 0 R_OK | W_OK | X_OK, word 1 IO_NOFOLLOW */
	IO_UNLINK,
	IO_RMDIR,
	IO_MKDIR,  /* word 0 mode */
	IO_RENAME, /* window 1: the new path */
	IO_CHMOD,  /* word 0 mode */
	IO_PIPE,   /* no path → handle 0 to read, 1 to write */

	/* An open file. */
	IO_READ,     /* word 0 offset; window 0 (writable) → bytes, 0 at the end */
	IO_WRITE,    /* word 0 offset; window 0 → bytes; -EPIPE nobody will read */
	IO_SEEK,     /* word 0 offset, word 1 SEEK_* → word 0 the new offset; -ESPIPE */
	IO_FSTAT,    /* window 1 (writable) gets a struct stat */
	IO_TRUNCATE, /* word 0 size */
	IO_READDIR,  /* window 0 (writable) gets struct dirents → their number, 0 at the end */
	IO_VMO, /* word 0 rights, word 1 more if it was opened for them, or IO_TO_RUN → handle 0:
		     the bytes as a memory object; -ENODEV; -EACCES */
	IO_GETFL, /* → the O_* it was opened with */
	IO_SETFL, /* word 0 O_APPEND | O_NONBLOCK */
	IO_POLL,  /* → POLLIN | POLLOUT | POLLHUP | POLLERR as they are now; handle 0, if it is
		     there, is notified once when they may be others */
	IO_IOCTL, /* word 0 request; windows 0 and 1 (writable): its argument; -ENOTTY */

	/* Either, the root with a path; so may IO_CHMOD. */
	IO_CHOWN,  /* word 0 uid, word 1 gid, -1: as it is; word 2 IO_NOFOLLOW */
	IO_UTIMES, /* words 0 and 1 last access, 2 and 3 last change: s, and ns or UTIME_*;
		      word 4 IO_NOFOLLOW */

	/* An open file: locks.  The sender is a process that has asked for an IO_OWNER. */
	IO_OWNER,  /* → handle 0: when its last handle goes the sender's record locks go */
	IO_LOCK,   /* word 0 enum io_lock; words 1 to 5 as struct flock, which GET changes */
	IO_UNLOCK, /* the sender's record locks of this file go */
	IO_FLOCK,  /* word 0 IO_LOCK_SET, IO_LOCK_WAIT; word 1 F_RDLCK, F_WRLCK, F_UNLCK */

	/* A server's root, with a path.  Only fs has links; elsewhere REALPATH is -ENOSYS. */
	IO_REALPATH, /* window 1 (writable) gets the path without links and dots → 0; 1: it goes
			on in another server, by that path */
	IO_READLINK, /* window 1 (writable) gets the text → its length */
	IO_SYMLINK,  /* window 1: the text */
	IO_LINK,     /* window 1: the new path; word 0 IO_FOLLOW */

	IO_FPATH, /* an open directory: window 1 (writable) gets its path; -ENOTDIR, -ENOENT */

	/* A root, also init's, from whoever has KCAP_CTL: fault injection in the server. */
	IO_FAIL_NTH, /* word 0 n: as mg_malloc_fail_nth() → word 0 rest of the last n, word 1 blocks
			that it has of malloc() */

	/* An open file. */
	IO_ALLOCATE, /* word 0 FALLOC_FL_*, word 1 offset, word 2 bytes */
	NR_IO_OPS
};

/* In the last word of IO_STAT, ACCESS, CHOWN, UTIMES: a link at the end is not followed. */
#define IO_NOFOLLOW 1
/* Of IO_LINK: it is. */
#define IO_FOLLOW 1

enum io_lock { IO_LOCK_GET, IO_LOCK_SET, IO_LOCK_WAIT };

#define IOCTL_ARG_SIZE 64 /* both windows; an argument that ends earlier is fine */
