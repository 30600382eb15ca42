/* SPDX-License-Identifier: MIT */
/* Another name of <termios.h>. */
#pragma once

#include <termios.h>
