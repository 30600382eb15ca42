/* SPDX-License-Identifier: MIT */
/* Another name of <poll.h>. */
#pragma once

#include <poll.h>
