/* SPDX-License-Identifier: MIT */
/* sysconf(): what the kernel's counters say. */
#include <merganser.h>
#include <unistd.h>

#include "sys.h"

#define PAGE_SIZE 4096

int getpagesize(void)
{
	return PAGE_SIZE;
}

long sysconf(int name)
{
	struct kstat_mem mem;

	switch (name) {
	case _SC_PAGESIZE:
		return PAGE_SIZE;
	case _SC_OPEN_MAX:
		return 256;
	case _SC_CLK_TCK:
		return 100;
	}
	if (mg_kstat(KSTAT_MEM, &mem, sizeof(mem)) < 0)
		return -1;
	switch (name) {
	case _SC_NPROCESSORS_CONF:
	case _SC_NPROCESSORS_ONLN:
		return (long)mem.nr_cpus;
	case _SC_PHYS_PAGES:
		return (long)mem.total_frames;
	case _SC_AVPHYS_PAGES:
		return (long)mem.free_frames;
	default:
		return sys_ret(-EINVAL);
	}
}
