/* SPDX-License-Identifier: MIT */
/* The initrd inside libc; programs use mg_initrd_find() and mg_initrd_next(). */
#pragma once

#include <merganser.h>

/* A number for what stands at this path (the first len characters, as in initrd_entry.name). */
ino_t __initrd_ino(const char *path, size_t len);

/* A new VMO that holds the bytes of e, or -1 with errno. */
int __initrd_vmo(const struct initrd_entry *e);
