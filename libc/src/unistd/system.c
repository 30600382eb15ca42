/* SPDX-License-Identifier: MIT */
/* The system's name, and what a process has used and may use. */
#include <merganser.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/sysinfo.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

#include "sys.h"

static int give(void *to, const void *from, size_t n)
{
	return sys_vm_copy(to, from, n) < 0 ? (int)sys_ret(-EFAULT) : 0;
}

int uname(struct utsname *name)
{
	static const struct utsname system = { "Merganser", "merganser", "0", "0", "x86_64" };

	return give(name, &system, sizeof(system));
}

/* Whether there is one whose priority could be asked for. */
static int find_priority(int which, id_t who)
{
	pid_t pid = (pid_t)who;

	switch (which) {
	case PRIO_PROCESS:
		return who ? kill(pid, 0) : 0;
	case PRIO_PGRP:
		return who ? kill(-pid, 0) : 0;
	case PRIO_USER:
		return (int)sys_ret(who ? -ESRCH : 0);
	default:
		return (int)sys_ret(-EINVAL);
	}
}

int getpriority(int which, id_t who)
{
	return find_priority(which, who);
}

int setpriority(int which, id_t who, int priority)
{
	if (find_priority(which, who))
		return -1;
	return (int)sys_ret(priority ? -EACCES : 0);
}

int getdtablesize(void)
{
	return (int)sysconf(_SC_OPEN_MAX);
}

int gethostname(char *name, size_t size)
{
	struct utsname system;
	size_t len;

	uname(&system);
	len = strlen(system.nodename) + 1;
	if (len > size)
		return (int)sys_ret(-ENAMETOOLONG);
	return give(name, system.nodename, len);
}

int sysinfo(struct sysinfo *info)
{
	static struct kstat_proc procs[1024]; /* as many as the kernel allows */
	struct kstat_mem mem;
	struct sysinfo now;
	ssize_t size = mg_kstat(KSTAT_PROCS, procs, sizeof(procs));

	if (size < 0 || mg_kstat(KSTAT_MEM, &mem, sizeof(mem)) < 0)
		return -1;
	now = (struct sysinfo){ .uptime = (long)(mem.now_ns / 1000000000),
				.totalram = mem.total_frames * 4096,
				.freeram = mem.free_frames * 4096,
				.procs = (unsigned short)((size_t)size / sizeof(procs[0])),
				.mem_unit = 1 };
	return give(info, &now, sizeof(now));
}

int get_nprocs(void)
{
	return (int)sysconf(_SC_NPROCESSORS_ONLN);
}

int get_nprocs_conf(void)
{
	return (int)sysconf(_SC_NPROCESSORS_CONF);
}

long get_phys_pages(void)
{
	return sysconf(_SC_PHYS_PAGES);
}

long get_avphys_pages(void)
{
	return sysconf(_SC_AVPHYS_PAGES);
}
