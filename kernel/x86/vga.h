/* SPDX-License-Identifier: MIT */
/*
 * The screen of a PC in text mode, as its firmware leaves it: 80 x 25 cells.  A terminal in small:
 * line feed, carriage return, backspace, tab, and of ECMA-48 what programs here use: CSI A B C D
 * (the cursor), H (a place), J and K (clear), m (colours).  Nothing here takes a lock.
 */
#pragma once

#include "kernel/lib/types.h"

/* Looks for the screen, and puts the cursor below what the boot loader has written. */
void vga_init(void);
/* Whether there is one: false before vga_init(). */
bool vga_present(void);
/* Shows n bytes; nothing if there is no screen.  Of UTF-8 beyond ASCII a '?' for each character. */
void vga_write(const char *text, size_t n);
