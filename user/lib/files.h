/* SPDX-License-Identifier: MIT */
/*
 * The open files of a small server, such as sysfs and tty: the table, and what requests to an
 * open file have in common whatever it is.  A connection's badge is a place in the
 * table (slots.h); it becomes free when the kernel says that the last handle has gone.
 *
 *	serve()   badge 0: a name; IO_OPEN ─► file_open()     closed() ─► file_close()
 *	          else             file_serve() ─► struct file_ops
 */
#pragma once

#include <stdint.h>
#include <sys/stat.h>

#include "user/lib/server.h"

struct file_ops;

/*
 * One open(): all handles that fork and dup have made of it share this.  A server's own
 * structure begins with it.
 */
struct file {
	const struct file_ops *ops;
	bool dir;
	int flags;    /* O_* that F_GETFL tells */
	uint64_t pos; /* bytes; of a directory: entries */
};

/* What a file can do; each as the request of <mg/io.h>: the result, or -errno. */
struct file_ops {
	/* For files that are no directories and open for this. */
	int (*read)(struct server *s, struct ipc_message *m, struct file *f);
	int (*write)(struct server *s, struct ipc_message *m, struct file *f);
	int (*read_directory)(struct server *s, struct ipc_message *m, struct file *f);
	int (*seek)(struct ipc_message *m, struct file *f);
	void (*path)(const struct file *f, char *out, size_t size); /* of a directory */
	int (*stat)(struct server *s, struct ipc_message *m, const struct file *f);
	int (*truncate)(const struct file *f); /* null: -EINVAL */
	int (*poll)(const struct file *f);     /* null: always ready */
	int (*ioctl)(struct server *s, struct ipc_message *m,
		     const struct file *f); /* null: -ENOTTY */
	void (*close)(struct file *f);	    /* before its memory goes; may be null */
};

/*
 * Opens a file as the IO_OPEN in m wants it, and adds a connection to it to the reply; size: of the
 * server's own structure, which is zero past struct file.  0 with *out, or -ENFILE, -ENOMEM, …
 */
int file_open(struct server *s, struct ipc_message *m, const struct file_ops *ops, size_t size,
	      bool dir, struct file **out);
/* Serves a request to an open file. */
int file_serve(struct server *s, struct ipc_message *m);
/* The connection with this badge has gone. */
void file_close(uint64_t badge);

/* Fills window 1 with a struct stat.  0 or -errno. */
int file_give_stat(struct server *s, struct ipc_message *m, const struct stat *st);
/*
 * Whether a mode allows R_OK, W_OK, X_OK; the owner's bits are everybody's.  0, -EACCES, -EINVAL.
 */
int file_check_mode(mode_t mode, uint64_t want);
