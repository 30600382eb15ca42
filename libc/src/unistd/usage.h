/* SPDX-License-Identifier: MIT */
/* What processes have used, in POSIX's structures. */
#pragma once

#include <abi/usage.h>
#include <sys/resource.h>

/* Time and faults as getrusage() tells them. */
struct rusage __rusage(const struct usage *usage);
