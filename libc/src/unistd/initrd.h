/* SPDX-License-Identifier: MIT */
/* The initrd inside libc; programs use mg_initrd_find() and mg_initrd_next(). */
#pragma once

#include <merganser.h>

/* A new VMO that holds the bytes of e, or -1 with errno. */
int __initrd_vmo(const struct initrd_entry *e);
