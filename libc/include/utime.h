/* SPDX-License-Identifier: MIT */
/* Setting a file's times. */
#pragma once

#include <sys/types.h>

struct utimbuf {
	time_t actime, modtime;
};

int utime(const char *path, const struct utimbuf *times);
