/* SPDX-License-Identifier: MIT */
/* Another name of <fcntl.h>. */
#pragma once

#include <fcntl.h>
