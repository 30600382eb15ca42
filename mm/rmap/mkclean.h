/* SPDX-License-Identifier: MIT */
/* A page's entries are made read-only and clean.  Theory: mkclean.c. */
#pragma once

#include "mm/frame/page.h"

/*
 * Takes W and D from every entry of a user's page, for which D becomes PG_dirty; how many had one
 * of them.  When it returns no CPU can write to the page without a fault.  Referenced, page lock
 * held; sleeps.
 */
int page_mkclean(struct page *page);
