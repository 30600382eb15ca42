/* SPDX-License-Identifier: MIT */
/* Made when Linux is built: the errors, which libc has with the same numbers. */
#include <errno.h>
