/* SPDX-License-Identifier: MIT */
/* Knobs and test hooks. */
#pragma once

#include <abi/kernel.h>
#include "kernel/lib/types.h"

/*
 * Does op with its arguments as <abi/kernel.h> says; a result or -EINVAL for an
 * op, event or value that is none, and what the function behind it returns.
 */
s64 kctl(int op, u64 a, u64 b);
