/* SPDX-License-Identifier: MIT */
/* KSM: the scanner that walks the address spaces that asked for it.  Theory: ksm.c. */
#pragma once

#include "mm/merge/ksm/cursor.h"
#include "mm/merge/scanner.h"

extern const struct merge_scanner ksm_scanner;

/* Makes the caches; once, at boot. */
void ksm_init(void);
