/* SPDX-License-Identifier: MIT */
/* Just enough of a disassembler to say which instruction a program was killed for. */
#pragma once

#include "kernel/lib/types.h"

/*
 * The name of the privileged instruction among the n bytes at code, prefixes
 * skipped; NULL if it is another instruction, or cut off.
 */
const char *privileged_instruction(const u8 *code, size_t n);
