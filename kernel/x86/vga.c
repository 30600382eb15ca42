/* SPDX-License-Identifier: MIT */
/*
 * The screen in text mode.  Its memory is slow to read, so what it shows is kept here too, and
 * rows that have changed are copied out once for each call.
 *
 * Unlike Linux's, this driver finds its memory by trying: what is written there can be read back.
 * Firmware that draws pixels (UEFI) has no such screen; the serial ports are the only console then.
 */
#include "kernel/x86/vga.h"
#include "kernel/lib/string.h"
#include "kernel/x86/cpu.h"
#include "kernel/x86/layout.h"

#define TEXT_MEMORY 0xb8000ul
#define COLUMNS	    80u
#define ROWS	    25u
#define PLAIN	    0x07 /* light grey on black */
#define BRIGHT	    0x08
#define TRIAL	    0x5aa5

/* The cathode-ray tube controller: an index, then the register. */
#define CRTC_INDEX    0x3d4
#define CRTC_DATA     0x3d5
#define CRTC_CURSOR_H 0x0e
#define CRTC_CURSOR_L 0x0f

#define MOST_NUMBERS 4 /* of a control sequence */

enum state { TEXT, ESCAPE, SEQUENCE };

/* (the caller's lock) */
static struct {
	bool present;
	u16 cells[ROWS][COLUMNS]; /* as in the screen's memory: attribute, character */
	u32 changed;		  /* a bit for each row that the screen does not show yet */
	u32 row, column;	  /* of the cursor; column may be COLUMNS: the row is full */
	u8 attribute;
	enum state state;
	u32 number[MOST_NUMBERS], nr_numbers; /* of the sequence so far */
} vga;

static volatile u16 *memory(void)
{
	return phys_to_virt(TEXT_MEMORY);
}

bool vga_present(void)
{
	return vga.present;
}

/* ---- cells ---- */

static void clear(u32 row, u32 from, u32 to)
{
	for (u32 i = from; i < to; i++)
		vga.cells[row][i] = PLAIN << 8 | ' ';
	vga.changed |= BIT(row);
}

static void scroll(void)
{
	memmove(vga.cells[0], vga.cells[1], sizeof(vga.cells[0]) * (ROWS - 1));
	vga.changed = BIT(ROWS) - 1;
	clear(ROWS - 1, 0, COLUMNS);
}

static void line_feed(void)
{
	if (vga.row + 1 < ROWS)
		vga.row++;
	else
		scroll();
}

static void put_cell(u8 c)
{
	if (vga.column == COLUMNS) {
		vga.column = 0;
		line_feed();
	}
	vga.cells[vga.row][vga.column] = vga.attribute << 8 | c;
	vga.changed |= BIT(vga.row);
	vga.column++;
}

/* ---- control sequences ---- */

/* The n-th number of the sequence, or what it means if it is not there or 0. */
static u32 number(u32 n, u32 otherwise)
{
	return n < vga.nr_numbers && vga.number[n] ? vga.number[n] : otherwise;
}

static void set_colours(u32 code)
{
	static const u8 colour[] = { 0, 4, 2, 6, 1, 5, 3, 7 }; /* ECMA-48's to the PC's */

	if (code == 0)
		vga.attribute = PLAIN;
	else if (code == 1)
		vga.attribute |= BRIGHT;
	else if (code == 7)
		vga.attribute = (u8)(vga.attribute << 4 | vga.attribute >> 4);
	else if (code >= 30 && code <= 37)
		vga.attribute = (vga.attribute & 0xf8) | colour[code - 30];
	else if (code >= 40 && code <= 47)
		vga.attribute = (vga.attribute & 0x0f) | (u8)(colour[code - 40] << 4);
}

/* From the cursor on, or, if the number is 2, all of it. */
static void clear_screen(u32 which)
{
	u32 first = which == 2 ? 0 : vga.row + 1;

	if (which != 2)
		clear(vga.row, MIN(vga.column, COLUMNS), COLUMNS);
	for (u32 row = first; row < ROWS; row++)
		clear(row, 0, COLUMNS);
}

static void move_cursor(u32 row, u32 column)
{
	vga.row = MIN(row, ROWS - 1);
	vga.column = MIN(column, COLUMNS - 1);
}

static void carry_out(char letter)
{
	u32 n = number(0, 1);

	switch (letter) {
	case 'A':
		return move_cursor(vga.row - MIN(n, vga.row), vga.column);
	case 'B':
		return move_cursor(vga.row + n, vga.column);
	case 'C':
		return move_cursor(vga.row, vga.column + n);
	case 'D':
		return move_cursor(vga.row, vga.column - MIN(n, vga.column));
	case 'H':
		return move_cursor(n - 1, number(1, 1) - 1);
	case 'J':
		return clear_screen(number(0, 0));
	case 'K':
		return clear(vga.row, MIN(vga.column, COLUMNS), COLUMNS);
	case 'm':
		for (u32 i = 0; i < MAX(vga.nr_numbers, 1u); i++)
			set_colours(number(i, 0));
	}
}

/* A byte within a sequence: digits make numbers, a letter ends it. */
static void sequence(u8 c)
{
	if (c >= '0' && c <= '9') {
		vga.nr_numbers = MAX(vga.nr_numbers, 1u);
		u32 *n = &vga.number[vga.nr_numbers - 1];
		*n = MIN(*n * 10 + (c - '0'), 999u);
	} else if (c == ';') {
		vga.nr_numbers = MIN(MAX(vga.nr_numbers, 1u) + 1, (u32)MOST_NUMBERS);
		vga.number[vga.nr_numbers - 1] = 0;
	} else if (c >= '@') {
		vga.state = TEXT;
		carry_out((char)c);
	}
}

/* ---- bytes ---- */

static void control(u8 c)
{
	switch (c) {
	case '\n':
		return line_feed();
	case '\r':
		vga.column = 0;
		return;
	case '\b':
		vga.column -= vga.column > 0;
		return;
	case '\t':
		vga.column = MIN((vga.column | 7) + 1, COLUMNS - 1);
		return;
	case 0x1b:
		vga.state = ESCAPE;
	}
}

static void text(u8 c)
{
	if (c < ' ' || c == 0x7f)
		control(c);
	else if (c < 0x80)
		put_cell(c);
	else if (c >= 0xc0) /* the first byte of a character of UTF-8 */
		put_cell('?');
}

static void byte(u8 c)
{
	switch (vga.state) {
	case TEXT:
		return text(c);
	case ESCAPE:
		vga.state = c == '[' ? SEQUENCE : TEXT;
		vga.number[0] = vga.nr_numbers = 0;
		return;
	case SEQUENCE:
		return sequence(c);
	}
}

/* Shows the rows that have changed, and the cursor. */
static void show(void)
{
	u32 at = vga.row * COLUMNS + MIN(vga.column, COLUMNS - 1);

	for (u32 row = 0; row < ROWS; row++)
		for (u32 i = 0; vga.changed & BIT(row) && i < COLUMNS; i++)
			memory()[row * COLUMNS + i] = vga.cells[row][i];
	vga.changed = 0;
	outb(CRTC_INDEX, CRTC_CURSOR_H);
	outb(CRTC_DATA, (u8)(at >> 8));
	outb(CRTC_INDEX, CRTC_CURSOR_L);
	outb(CRTC_DATA, (u8)at);
}

void vga_write(const char *s, size_t n)
{
	if (!vga.present)
		return;
	for (size_t i = 0; i < n; i++)
		byte((u8)s[i]);
	show();
}

void vga_init(void)
{
	u16 before = memory()[0];

	memory()[0] = TRIAL;
	vga.present = memory()[0] == TRIAL;
	memory()[0] = before;
	if (!vga.present)
		return;
	vga.attribute = PLAIN;
	for (u32 i = 0; i < ROWS * COLUMNS; i++) {
		u16 cell = memory()[i];

		vga.cells[i / COLUMNS][i % COLUMNS] = cell;
		if ((u8)cell != ' ' && (u8)cell)
			vga.row = MIN(i / COLUMNS + 1, ROWS - 1);
	}
}
