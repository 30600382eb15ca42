/* SPDX-License-Identifier: MIT */
/*
 * A file descriptor is a handle of the kernel.  In this slice it names a VMO
 * (a file) or the KCAP (the console).  Unlike POSIX, the offset of a file is
 * kept here, in the process: fork copies it and exec starts again at 0.  That
 * ends with the fs server, where the connection keeps it.
 */
#pragma once

#include <sys/types.h>

#define HANDLES_TRACKED 256

/* The offset of fd, or NULL beyond HANDLES_TRACKED. */
off_t *__fd_offset(int fd);
