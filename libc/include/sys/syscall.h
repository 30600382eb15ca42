/* SPDX-License-Identifier: MIT */
/* Numbers of the system calls, for syscall(2): SYS_fork, __NR_fork and so on, from the table. */
#pragma once

enum {
#define SYSCALL(nr, name, argc, ...) SYS_##name = (nr), __NR_##name = (nr),
#include <abi/syscall.tbl>
#undef SYSCALL
};
