/* SPDX-License-Identifier: MIT */
/* A panic of the kernel's sources under a fuzzer, which is one of the right answers. */
#pragma once

#include <setjmp.h>

extern jmp_buf panic_jump;
