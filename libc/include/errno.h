/* SPDX-License-Identifier: MIT */
/* Error numbers and the place where the last one stands. */
#pragma once

#include <abi/errno.h>

int *__errno_location(void);
#define errno (*__errno_location())

extern char *program_invocation_name, *program_invocation_short_name;
