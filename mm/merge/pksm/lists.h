/* SPDX-License-Identifier: MIT */
/*
 * PKSM's lists: births, deaths, and the scanner's hold on a page.  Theory: lists.c.
 *
 * Legend: (s) scanner mutex.
 */
#pragma once

#include <abi/kernel.h>
#include "kernel/lib/list.h"
#include "mm/frame/page_alloc.h"

/* page->scan.where: what the scanner thread has linked the page into. */
enum scan_where { WHERE_NONE, WHERE_RESCAN, WHERE_UNSTABLE };

extern struct list_head rescan_list; /* (s) oldest visit first */
extern u64 rescan_len;		     /* (s) */

/* Empty lists; once, at boot. */
void pksm_lists_init(void);
/* A new anonymous page has been mapped.  Page-table lock held, so it cannot die meanwhile. */
void pksm_add_new_anon_page(struct page *page);
/* The last reference has gone; the frame goes to the buddy when this returns.  Any context. */
void pksm_del_anon_page(struct page *page);
/*
 * Takes up to max pages off the new lists, oldest first of each CPU; they are HELD and
 * linked nowhere.  Returns how many.  Scanner mutex held.
 */
u32 new_lists_take(struct page **pages, u32 max);
/* Length of all new lists together. */
u64 new_lists_len(void);
/* A page that is HELD and linked nowhere to the end of the rescan list, and off it. */
void rescan_add(struct page *page);
void rescan_del(struct page *page);
/*
 * A reference to a page that stands in the scanner's lists, if it is still the
 * page that was listed; false if that one has died.  Scanner mutex held.
 */
__must_check bool get_listed_page(struct page *page);
/* HELD to NONE: from now on a node watches over the page, or it is about to end.  Referenced. */
void scan_forget(struct page *page);
/* Reads the del list: dead pages leave lists and tree.  Scanner mutex held. */
void pksm_reap(void);
/* Lists the pages that were born before anybody listened.  The machine is stopped. */
void pksm_adopt(void);
/* Forgets every page; none is in the unstable tree.  The machine is stopped. */
void pksm_forget_all(void);
/* Checks the lists with the world stopped. */
void pksm_check_lists(int *bad);
/* Fills in the lengths of the lists. */
void pksm_lengths(struct kstat_pksm *st);
