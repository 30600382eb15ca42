/* SPDX-License-Identifier: MIT */
/* The clock on a battery, against the host's calendar, on a pretended one. */
#include <string.h>
#include <time.h>

#include "kernel/x86/cpu.h"
#include "kernel/x86/rtc.h"
#include "tools/hosttest/hosttest.h"

enum { BINARY = 4, DAY = 2 }; /* the bits of register B: numbers, 24 hours */

static u8 reg[128], selected;
static int busy;       /* reads of register A that say that an update is going on */
static int new_minute; /* after so many reads of seconds the time is one second later */
static u8 wrong;       /* the seconds until then */

void outb(u16 port, u8 v)
{
	CHECK_EQ(port, 0x70);
	selected = v;
}

u8 inb(u16 port)
{
	CHECK_EQ(port, 0x71);
	if (selected == 10)
		return busy && busy-- ? 0x80 : 0;
	if (selected == 0 && new_minute)
		return new_minute-- ? wrong : reg[0];
	return selected < sizeof(reg) ? reg[selected] : 0;
}

static u8 shown(int x, int mode)
{
	return (u8)(mode & BINARY ? x : x / 10 * 16 + x % 10);
}

static void set(time_t t, int mode)
{
	struct tm tm;
	int hour;

	gmtime_r(&t, &tm);
	hour = mode & DAY ? tm.tm_hour : (tm.tm_hour + 11) % 12 + 1;
	reg[0] = shown(tm.tm_sec, mode);
	reg[2] = shown(tm.tm_min, mode);
	reg[4] = (u8)(shown(hour, mode) | (!(mode & DAY) && tm.tm_hour >= 12 ? 0x80 : 0));
	reg[7] = shown(tm.tm_mday, mode);
	reg[8] = shown(tm.tm_mon + 1, mode);
	reg[9] = shown(tm.tm_year % 100, mode);
	reg[11] = (u8)mode;
}

/* Each hour that begins a day or ends one, and random seconds, from 1970 to 2069, in all modes. */
TEST(rtc_dates)
{
	for (time_t t = 0; t < 3155760000; t += 86400 - 3600 * (t % 5 == 0))
		for (int mode = 0; mode <= (BINARY | DAY); mode += DAY) {
			time_t some = t + (time_t)rnd_below(3600);

			set(some, mode);
			CHECK_EQ(rtc_read(), some);
		}
}

/* A reading in the middle of an update is not taken. */
TEST(rtc_update)
{
	set(1764547200, DAY);
	busy = 1000;
	CHECK_EQ(rtc_read(), 1764547200);
	new_minute = 1;
	wrong = 0x59;
	CHECK_EQ(rtc_read(), 1764547200);
}

/* What is no clock tells no time: no date in it, an update without end. */
TEST(rtc_nonsense)
{
	memset(reg, 0xff, sizeof(reg));
	CHECK_EQ(rtc_read(), 0);
	memset(reg, 0, sizeof(reg));
	CHECK_EQ(rtc_read(), 0);
	set(1764547200, DAY);
	busy = 1 << 30;
	CHECK_EQ(rtc_read(), 0);
	busy = 0;
}
