/* SPDX-License-Identifier: MIT */
/* On the host the kernel's functions stand beside the C library's, under other names. */
#pragma once

#define vsnprintf mg_vsnprintf
#define scnprintf mg_scnprintf

#include_next "kernel/lib/format.h"
