/* SPDX-License-Identifier: MIT */
/* The page lock (PG_locked), see pagelock.c. */
#pragma once

#include "mm/frame/page.h"

/* Makes the wait queues; once, at boot. */
void pagelock_init(void);
/*
 * Takes it, sleeping.  It may be released by another context.  A thread that holds
 * one page lock may only try a second.
 */
void lock_page(struct page *page);
/* Takes it if that needs no waiting; true if taken. */
__must_check bool trylock_page(struct page *page);
/* Releases it and wakes those who wait.  The caller has a reference to the page. */
void unlock_page(struct page *page);
