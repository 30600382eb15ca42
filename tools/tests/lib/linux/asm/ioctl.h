/* SPDX-License-Identifier: MIT */
/* Made when Linux is built: how the requests of ioctl() are numbered. */
#include <asm-generic/ioctl.h>
