/* SPDX-License-Identifier: MIT */
/* Limits of the kernel that programs are told, as /proc/sys tells them. */
#pragma once

#define MMAP_MIN_ADDR 0x10000UL /* no mapping below: a null pointer plus a small index must fault */
#define MAX_MAP_COUNT 65530	/* areas of one address space */
#define PID_MAX	      32768	/* above all pids */
