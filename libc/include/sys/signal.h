/* SPDX-License-Identifier: MIT */
/* Another name of <signal.h>. */
#pragma once

#include <signal.h>
