/* SPDX-License-Identifier: MIT */
/* What the machine has and what of it is free. */
#pragma once

struct sysinfo {
	long uptime;		/* seconds */
	unsigned long loads[3]; /* 0: the kernel keeps none */
	unsigned long totalram, freeram, sharedram, bufferram;
	unsigned long totalswap, freeswap;
	unsigned short procs;
	unsigned long totalhigh, freehigh;
	unsigned int mem_unit; /* bytes in one of the units above */
};

int sysinfo(struct sysinfo *info);
int get_nprocs(void);
int get_nprocs_conf(void);
long get_phys_pages(void);
long get_avphys_pages(void);
