/* SPDX-License-Identifier: MIT */
/* Another name of <sys/syscall.h>. */
#pragma once

#include <sys/syscall.h>
