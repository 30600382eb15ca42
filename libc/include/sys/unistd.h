/* SPDX-License-Identifier: MIT */
/* Another name of <unistd.h>. */
#pragma once

#include <unistd.h>
