/* SPDX-License-Identifier: MIT */
/* Memory on the stack of the caller. */
#pragma once

#define alloca(size) __builtin_alloca(size)
