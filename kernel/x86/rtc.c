/* SPDX-License-Identifier: MIT */
/*
 * The clock on a battery.  Its registers change once a second, during which UIP is set; a reading
 * counts if a second one is the same.  They are in BCD or binary, of 12 hours or 24, as B says.
 * Of the century there is no register that all machines have: 70 to 99 is the last one.
 */
#include "kernel/x86/rtc.h"
#include "kernel/x86/cpu.h"

#define CMOS_INDEX 0x70
#define CMOS_DATA  0x71

#define REG_A	 10
#define REG_B	 11
#define A_UIP	 0x80
#define B_24H	 0x02
#define B_BINARY 0x04
#define HOUR_PM	 0x80

#define TRIES 1000000 /* of a register, which takes about a microsecond; an update takes 2 ms */

enum field { SECOND, MINUTE, HOUR, DAY, MONTH, YEAR, NR_FIELDS };

static u8 cmos_read(u8 reg)
{
	outb(CMOS_INDEX, reg);
	return inb(CMOS_DATA);
}

/* All fields as they are in the registers; false: it is always in the middle of an update. */
static bool read_fields(u8 field[NR_FIELDS])
{
	static const u8 reg[NR_FIELDS] = { 0, 2, 4, 7, 8, 9 };
	int tries = TRIES;

	while (cmos_read(REG_A) & A_UIP)
		if (!--tries)
			return false;
	for (int i = 0; i < NR_FIELDS; i++)
		field[i] = cmos_read(reg[i]);
	return true;
}

/* The same until two readings agree. */
static bool read_stable(u8 field[NR_FIELDS])
{
	u8 again[NR_FIELDS];
	bool same;

	for (int tries = 0; tries < 10; tries++) {
		if (!read_fields(field) || !read_fields(again))
			return false;
		same = true;
		for (int i = 0; i < NR_FIELDS; i++)
			same = same && field[i] == again[i];
		if (same)
			return true;
	}
	return false;
}

static u8 from_bcd(u8 x)
{
	return (u8)(x / 16 * 10 + x % 16);
}

/* Makes numbers of what the registers say. */
static void decode(u8 field[NR_FIELDS], u8 mode)
{
	bool pm = !(mode & B_24H) && field[HOUR] & HOUR_PM;

	if (!(mode & B_24H))
		field[HOUR] &= (u8)~HOUR_PM;
	if (!(mode & B_BINARY))
		for (int i = 0; i < NR_FIELDS; i++)
			field[i] = from_bcd(field[i]);
	if (!(mode & B_24H))
		field[HOUR] = (u8)(field[HOUR] % 12 + (pm ? 12 : 0));
}

static bool is_date(const u8 field[NR_FIELDS])
{
	return field[SECOND] < 60 && field[MINUTE] < 60 && field[HOUR] < 24 && field[DAY] >= 1 &&
	       field[DAY] <= 31 && field[MONTH] >= 1 && field[MONTH] <= 12 && field[YEAR] < 100;
}

/* Days from 1 January 1970; a year that 4 divides has a 29 February, from 1970 to 2069. */
static u64 days(u64 year, u64 month, u64 day)
{
	static const u16 before[] = { 0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334 };
	u64 n = (year - 1970) * 365 + (year - 1969) / 4 + before[month - 1] + day - 1;

	return n + (year % 4 == 0 && month > 2 ? 1 : 0);
}

u64 rtc_read(void)
{
	u8 field[NR_FIELDS];
	u64 year;

	if (!read_stable(field))
		return 0;
	decode(field, cmos_read(REG_B));
	if (!is_date(field))
		return 0;
	year = field[YEAR] + (field[YEAR] < 70 ? 2000u : 1900u);
	return ((days(year, field[MONTH], field[DAY]) * 24 + field[HOUR]) * 60 + field[MINUTE]) *
		       60 +
	       field[SECOND];
}
