/* SPDX-License-Identifier: MIT */
/*
 * The RAM file system: what its parts show one another.
 *
 *	main.c    fills the tree from the initrd; tells requests apart
 *	  names.c   requests with a path          ──► tree.c   inodes and names
 *	  open.c    requests to an open file      ──► bytes.c  where an inode's bytes are
 *	                                          ──► pipe.c   pipes
 *	                                          ──► locks.c  who has locked what
 *	pager.c   another thread: brings pages of files that lie in the initrd
 *
 * A connection with badge 0 is the root; any other badge is a place in the table of
 * open files (user/lib/slots.h), which becomes free when the kernel says that the last handle
 * has gone (CLOSED).  That message comes before all requests, so nobody can speak for
 * a file that was opened later in the same place.
 */
#pragma once

#include "user/lib/server.h"
#include "user/servers/fs/tree.h"

struct pipe;

/* One open(): all handles that fork and dup have made of it share the offset. */
struct open_file {
	struct inode *inode; /* null: a pipe */
	struct pipe *pipe;
	unsigned int flags; /* O_* */
	off_t offset;	    /* directory: the place of the next entry */
	uint64_t badge;	    /* of its connection */
	int flock;	    /* F_RDLCK, F_WRLCK: while it is in the list of its file's locks */
	struct open_file *next_flock;
};

/* ---- bytes.c ---- */

#define FILE_MAX (1l << 30) /* bytes: what a memory object can hold */

/*
 * Copies between file and window 0, whose direction is right, at most its length.
 * Bytes, 0 at the end of the file; -EFAULT, -ESRCH the client has gone; write: -EFBIG,
 * -ENOSPC.
 */
int bytes_read(struct server *s, struct ipc_message *m, struct inode *inode, off_t offset);
int bytes_write(struct server *s, struct ipc_message *m, struct inode *inode, off_t offset);
/* Gives the file another size; new bytes are zeros.  -EINVAL, -EFBIG, -ENOSPC. */
int bytes_truncate(struct inode *inode, off_t size);
/*
 * IO_ALLOCATE of n bytes, with FALLOC_FL_* that go together: memory for them, or none.  -EFBIG,
 * -ENOSPC.
 */
int bytes_allocate(struct inode *inode, unsigned int mode, off_t offset, off_t n);
/*
 * Our handle to the memory object with the bytes.  RIGHT_WRITE: it will be changed; RIGHT_EXEC:
 * all of it is there, so that a program outlives us.  -ENOSPC.
 */
int bytes_vmo(struct inode *inode, unsigned int rights);

/* ---- pager.c ---- */

/* Starts the thread that brings pages of archived files.  0 or -errno. */
int pager_start(void);
/* A handle to an object of size bytes that stand, or will, there in the initrd; or -errno. */
int pager_object(off_t archive, off_t size);

/* ---- pipe.c ---- */

#define PIPE_SIZE 65536 /* bytes */

/* How many pipes there may be. */
extern unsigned int pipes_max;

/* A pipe with one reader and one writer, or null: no memory, or there are pipes_max. */
struct pipe *pipe_new(void);
/* As the requests, for window 0, whose direction is right. */
int pipe_read(struct server *s, struct ipc_message *m, struct pipe *p, bool nonblock);
/* struct server.undelivered */
void pipe_undelivered(struct server *s);
int pipe_write(struct server *s, struct ipc_message *m, struct pipe *p, bool nonblock);
int pipe_poll(const struct pipe *p, bool writer);
void pipe_stat(const struct pipe *p, struct stat *st);
/* Ends the wait of the client with this token, if one waits here. */
void pipe_unblock(struct server *s, struct pipe *p, uint64_t token);
/* The reader or the writer has gone, and with the second one the pipe. */
void pipe_close(struct server *s, struct pipe *p, bool writer);

/* ---- locks.c ---- */

/*
 * IO_LOCK of somebody who may; base: where l_start counts from.  0, SERVER_LATER, -EAGAIN somebody
 * else is in the way, -EINVAL and -EOVERFLOW no such bytes, -EDEADLK, -ENOLCK.
 */
int locks_request(struct server *s, struct ipc_message *m, struct inode *inode, off_t base);
/* IO_FLOCK.  0, SERVER_LATER, -EAGAIN, -ENOLCK. */
int locks_flock(struct server *s, struct ipc_message *m, struct open_file *file);
/* Gives back all record locks that a process has in a file. */
void locks_unlock(struct server *s, struct inode *inode, pid_t pid);
/* An open file, which has an inode, goes: its lock, and who waits for one. */
void locks_file_closed(struct server *s, struct open_file *file);
/* Ends the wait of the client with this token, if one waits here. */
void locks_unblock(struct server *s, uint64_t token);
/* IO_OWNER: adds to the reply a connection that stands for the sender.  0 or -errno. */
int locks_owner(struct server *s, struct ipc_message *m);
/* A connection has gone; true if it was one of locks_owner(): that process' locks go. */
bool locks_owner_closed(struct server *s, uint64_t badge);

/* ---- open.c ---- */

/* A free place in the table, for a file opened with these flags.  -ENFILE, -ENOMEM. */
int open_file_new(unsigned int flags, struct open_file **out);
/* Adds a connection to it to the reply; on failure it is closed.  0 or -errno. */
int open_file_give(struct server *s, struct ipc_message *m, struct open_file *f);
/* Gives the place back, and the user that an inode has had in it. */
void open_file_close(struct server *s, struct open_file *f);
/* The open file of a badge, or null. */
struct open_file *open_file_of(uint64_t badge);
/* A signal came for the client that waits, at some pipe, with this token. */
void open_files_unblock(struct server *s, uint64_t token);
/* Fills window 1 with what is known of an inode.  0, -EFAULT, -EINVAL. */
int stat_give(struct server *s, struct ipc_message *m, const struct stat *st);
void inode_stat(const struct inode *inode, struct stat *st);

/* ---- requests: by op, null if it is none of these ---- */

typedef int path_request(struct server *s, struct ipc_message *m);
typedef int file_request(struct server *s, struct ipc_message *m, struct open_file *f);

/* On the root and on an open file: what was set of it.  0 or -EPERM. */
int set_mode(const struct ipc_message *m, struct inode *inode);
int set_owner(const struct ipc_message *m, struct inode *inode);
int set_times(const struct ipc_message *m, struct inode *inode);

extern path_request *const path_requests[NR_IO_OPS]; /* names.c */
extern file_request *const file_requests[NR_IO_OPS]; /* open.c */
