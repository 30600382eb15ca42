/* SPDX-License-Identifier: MIT */
/* One function under two names. */
#pragma once

/* Behind a declaration: it is another name of the function `name`, which the same file defines. */
#define ALIAS(name) __attribute__((alias(#name)))
