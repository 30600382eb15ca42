/* SPDX-License-Identifier: MIT */
/* Boot parameters: name=value words of the kernel command line. */
#pragma once

#include "kernel/lib/types.h"

/* Copies the value of name into buf (cut to size); false if it is not given. */
bool param_get(const char *name, char *buf, size_t size);
/* Whether name is given with just this value, of at most 14 bytes. */
bool param_is(const char *name, const char *value);
