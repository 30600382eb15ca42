/* SPDX-License-Identifier: MIT */
/* What a descriptor is ready for. */
#pragma once

#define POLLIN	0x001
#define POLLOUT 0x004
#define POLLERR 0x008
#define POLLHUP 0x010
