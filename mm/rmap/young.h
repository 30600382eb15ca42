/* SPDX-License-Identifier: MIT */
/* Whether a page is used: its accessed bits, taken from all of its entries.  Theory: young.c. */
#pragma once

#include "mm/frame/page.h"

/* All of these: a user's page, referenced, page lock held.  They sleep. */

/*
 * How many of its entries were used since somebody asked last, one more if idle tracking has taken
 * such a bit meanwhile.
 */
int page_referenced(struct page *page);
/* From now on the page is idle, until it is used. */
void page_set_idle(struct page *page);
/* Whether it was marked idle and has not been used since. */
bool page_check_idle(struct page *page);
