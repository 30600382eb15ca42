/* SPDX-License-Identifier: MIT */
/* What the rest of the library asks of the locale. */
#pragma once

#include <stdbool.h>

/* Whether characters are UTF-8 (LC_CTYPE). */
bool __locale_is_utf8(void);
