/* SPDX-License-Identifier: MIT */
/* Just enough of a disassembler to say which instruction a program was killed for. */
#include "kernel/proc/opcode.h"
#include "kernel/lib/string.h"

static const char *const one_byte[256] = {
	[0x6c] = "ins", [0x6d] = "ins", [0x6e] = "outs", [0x6f] = "outs", [0xe4] = "in",
	[0xe5] = "in",	[0xe6] = "out", [0xe7] = "out",	 [0xec] = "in",	  [0xed] = "in",
	[0xee] = "out", [0xef] = "out", [0xf4] = "hlt",	 [0xfa] = "cli",  [0xfb] = "sti",
};

/* After 0x0f. */
static const char *const two_byte[] = {
	[0x06] = "clts",
	[0x07] = "sysret",
	[0x08] = "invd",
	[0x09] = "wbinvd",
	[0x20] = "mov from a control register",
	[0x21] = "mov from a debug register",
	[0x22] = "mov to a control register",
	[0x23] = "mov to a debug register",
	[0x30] = "wrmsr",
	[0x32] = "rdmsr",
	[0x33] = "rdpmc",
	[0x35] = "sysexit",
};

/* After 0x0f 0x00 and 0x0f 0x01, by the middle field of the ModRM byte. */
static const char *const groups[2][8] = {
	{ "sldt", "str", "lldt", "ltr" },
	{ "sgdt", "sidt", "lgdt", "lidt", "smsw", NULL, "lmsw", "invlpg" },
};

static bool is_prefix(u8 byte)
{
	static const u8 prefixes[] = { 0x26, 0x2e, 0x36, 0x3e, 0x64, 0x65,
				       0x66, 0x67, 0xf0, 0xf2, 0xf3 };

	return (byte & 0xf0) == 0x40 || memchr(prefixes, byte, sizeof(prefixes)); /* REX is 0x4. */
}

const char *privileged_instruction(const u8 *code, size_t n)
{
	const u8 *end = code + n;

	while (code < end && is_prefix(*code))
		code++;
	if (end - code < 2)
		return NULL;
	if (*code != 0x0f)
		return one_byte[*code];
	if (end - ++code < 2)
		return NULL;
	if (code[0] == 0x01 && (code[1] == 0xd1 || code[1] == 0xf8))
		return code[1] == 0xd1 ? "xsetbv" : "swapgs";
	if (code[0] < ARRAY_SIZE(groups))
		return groups[code[0]][code[1] >> 3 & 7];
	return code[0] < ARRAY_SIZE(two_byte) ? two_byte[code[0]] : NULL;
}
