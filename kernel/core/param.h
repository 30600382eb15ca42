/* SPDX-License-Identifier: MIT */
/* Boot parameters: name=value words of the kernel command line. */
#pragma once

#include "kernel/lib/types.h"

/* Copies the value of name into buf (cut to size); false if it is not given. */
bool param_get(const char *name, char *buf, size_t size);
/* The value of name as a number, or def if it is not given or not a number. */
u64 param_u64(const char *name, u64 def);
