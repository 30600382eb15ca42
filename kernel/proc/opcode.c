/* SPDX-License-Identifier: MIT */
/* Just enough of a disassembler to say which instruction a program was killed for. */
#include "kernel/proc/opcode.h"
#include "kernel/lib/string.h"

struct privileged {
	bool two_byte; /* preceded by 0x0f */
	u8 opcode;
	u8 mask, modrm; /* the ModRM byte under the mask; mask 0: none */
	const char *name;
};

/* The first entry that fits counts. */
static const struct privileged table[] = {
	{ false, 0xf4, 0, 0, "hlt" },
	{ false, 0xfa, 0, 0, "cli" },
	{ false, 0xfb, 0, 0, "sti" },
	{ false, 0x6c, 0, 0, "ins" },
	{ false, 0x6d, 0, 0, "ins" },
	{ false, 0x6e, 0, 0, "outs" },
	{ false, 0x6f, 0, 0, "outs" },
	{ false, 0xe4, 0, 0, "in" },
	{ false, 0xe5, 0, 0, "in" },
	{ false, 0xec, 0, 0, "in" },
	{ false, 0xed, 0, 0, "in" },
	{ false, 0xe6, 0, 0, "out" },
	{ false, 0xe7, 0, 0, "out" },
	{ false, 0xee, 0, 0, "out" },
	{ false, 0xef, 0, 0, "out" },
	{ true, 0x00, 0x38, 0x00, "sldt" },
	{ true, 0x00, 0x38, 0x08, "str" },
	{ true, 0x00, 0x38, 0x10, "lldt" },
	{ true, 0x00, 0x38, 0x18, "ltr" },
	{ true, 0x01, 0xff, 0xd1, "xsetbv" },
	{ true, 0x01, 0xff, 0xf8, "swapgs" },
	{ true, 0x01, 0x38, 0x00, "sgdt" },
	{ true, 0x01, 0x38, 0x08, "sidt" },
	{ true, 0x01, 0x38, 0x10, "lgdt" },
	{ true, 0x01, 0x38, 0x18, "lidt" },
	{ true, 0x01, 0x38, 0x20, "smsw" },
	{ true, 0x01, 0x38, 0x30, "lmsw" },
	{ true, 0x01, 0x38, 0x38, "invlpg" },
	{ true, 0x06, 0, 0, "clts" },
	{ true, 0x07, 0, 0, "sysret" },
	{ true, 0x08, 0, 0, "invd" },
	{ true, 0x09, 0, 0, "wbinvd" },
	{ true, 0x20, 0, 0, "mov from a control register" },
	{ true, 0x21, 0, 0, "mov from a debug register" },
	{ true, 0x22, 0, 0, "mov to a control register" },
	{ true, 0x23, 0, 0, "mov to a debug register" },
	{ true, 0x30, 0, 0, "wrmsr" },
	{ true, 0x32, 0, 0, "rdmsr" },
	{ true, 0x33, 0, 0, "rdpmc" },
	{ true, 0x35, 0, 0, "sysexit" },
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
	bool two_byte;

	while (code < end && is_prefix(*code))
		code++;
	two_byte = code < end && *code == 0x0f;
	code += two_byte;
	if (end - code < 2)
		return NULL;
	for (const struct privileged *p = table; p < table + ARRAY_SIZE(table); p++)
		if (p->two_byte == two_byte && p->opcode == code[0] &&
		    (code[1] & p->mask) == p->modrm)
			return p->name;
	return NULL;
}
