/* SPDX-License-Identifier: MIT */
/* Another name of <errno.h>. */
#pragma once

#include <errno.h>
