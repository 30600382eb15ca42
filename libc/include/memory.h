/* SPDX-License-Identifier: MIT */
/* Another name of <string.h>. */
#pragma once

#include <string.h>
