/* SPDX-License-Identifier: MIT */
/* Names of the lock classes; see lockorder.tbl. */
#pragma once

enum lock_class {
#define LOCK_CLASS(name, kind, nest, text) LOCK_##name,
#include "kernel/core/lockorder.tbl"
#undef LOCK_CLASS
	NR_LOCK_CLASSES
};
