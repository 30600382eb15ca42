/* SPDX-License-Identifier: MIT */
/*
 * How the checks of mm/ say that an invariant does not hold, and count it.  All start from
 * mm_check().
 */
#pragma once

#include "kernel/core/log.h"

#define MAX_VIOLATIONS 20 /* a broken count repeats: the first few tell the story */

/* Prints one violation, in a sentence, and counts it in *bad. */
#define VIOLATION(bad, fmt, ...) \
	do { \
		if (++*(bad) <= MAX_VIOLATIONS) \
			pr_err(fmt, ##__VA_ARGS__); \
	} while (0)

/* A statement of an invariant: if it does not hold, that is a violation. */
#define CHECK_THAT(bad, holds, fmt, ...) \
	do { \
		if (unlikely(!(holds))) \
			VIOLATION(bad, fmt, ##__VA_ARGS__); \
	} while (0)
