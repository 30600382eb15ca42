/* SPDX-License-Identifier: MIT */
/* An older name. */
#pragma once

#include <ucontext.h>
