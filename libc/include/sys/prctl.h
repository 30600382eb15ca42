/* SPDX-License-Identifier: MIT */
/* Settings of the calling process: PR_SET_MEMORY_MERGE, PR_GET_MEMORY_MERGE. */
#pragma once

#include <abi/mman.h>

int prctl(int option, ...);
