/* SPDX-License-Identifier: MIT */
/* Another name of <stdlib.h>. */
#pragma once

#include <stdlib.h>
