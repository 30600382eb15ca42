/* SPDX-License-Identifier: MIT */
/* Locks of whole files, which belong to the open file. */
#pragma once

#include <fcntl.h>

#define LOCK_SH 1
#define LOCK_EX 2
#define LOCK_NB 4
#define LOCK_UN 8

int flock(int fd, int operation);
