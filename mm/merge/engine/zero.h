/* SPDX-License-Identifier: MIT */
/* Pages of zeros: merged into the one zero page.  Theory: zero.c. */
#pragma once

#include "mm/merge/engine/join.h"

/* Maps the zero page in place of a page of zeros.  Referenced, unlocked; scanner mutex held. */
enum join_result try_to_merge_zero(struct page *page, const struct merge_scope *scope);
