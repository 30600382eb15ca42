/* SPDX-License-Identifier: MIT */
/*
 * Hashing and comparing whole pages (4096 bytes, 8-byte aligned), and mixing one
 * word.  No REP string instruction: those look cheap in counted instructions and
 * are slow on silicon.
 */
#pragma once

#include "kernel/lib/types.h"

/* Mixes one word: a bijection in which every input bit reaches every output bit. */
u64 hash64(u64 x);

/* Full hash of one page; another seed gives an unrelated function.  About 610 instructions. */
u64 page_hash(const void *page, u64 seed);

/*
 * Order of two pages as memcmp() would give it: negative, 0, positive.  Adds to *bytes those of
 * both pages up to the word that decides.
 */
int page_cmp(const void *a, const void *b, u64 *bytes);

/* Whether all 4096 bytes are zero; leaves at the first 64-byte block that is not. */
bool page_is_zero(const void *page);
