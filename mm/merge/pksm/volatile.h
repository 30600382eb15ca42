/* SPDX-License-Identifier: MIT */
/* The volatility filter: has a page changed since the last visit?  Theory: volatile.c. */
#pragma once

#include "mm/frame/page.h"

/* How to tell, as the knob has it. */
enum volatile_filter { FILTER_CHECKSUM, FILTER_DIRTY };

enum volatility {
	PAGE_UNCHANGED,
	PAGE_CHANGED,
	PAGE_BUSY,    /* locked by somebody, or dead */
	PAGE_REFUSED, /* an area that maps it does not take part (the dirty filter sees it) */
};

/* A page under visit, and what was found. */
struct visit {
	struct page *page; /* listed; may have died */
	enum volatility verdict;
};

/* Judges a batch; one flush at the end.  No page twice.  Scanner mutex held. */
void pages_volatile(struct visit *visits, u32 nr, enum volatile_filter filter);
