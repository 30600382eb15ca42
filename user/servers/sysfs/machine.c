/* SPDX-License-Identifier: MIT */
/*
 * /proc/meminfo, vmstat, uptime, cpuinfo, version: the machine as a whole.
 *
 * The names are Linux's; only those stand here whose meaning exists, and a zero is a
 * true one: there is no swap and no buffer of a block device.  What Linux calls Cached
 * are the frames of memory objects, which nobody can map yet.
 */
#include <abi/event_ids.h>
#include <errno.h>
#include <inttypes.h>
#include <sys/utsname.h>

#include "user/servers/sysfs/sysfs.h"

static void kb_line(struct text *t, const char *name, uint64_t frames)
{
	text_printf(t, "%-15s %8" PRIu64 " kB\n", name, frames * (PAGE_SIZE / 1024));
}

int show_meminfo(const struct node *n, pid_t pid, struct text *t)
{
	struct kstat_mem mem;

	(void)n, (void)pid;
	if (mg_kstat(KSTAT_MEM, &mem, sizeof(mem)) < 0)
		return -errno;
	kb_line(t, "MemTotal:", mem.total_frames);
	kb_line(t, "MemFree:", mem.free_frames);
	kb_line(t, "MemAvailable:", mem.free_frames); /* nothing else can be reclaimed */
	kb_line(t, "Buffers:", 0);
	kb_line(t, "Cached:", mem.vmo_frames);
	kb_line(t, "SwapCached:", 0);
	kb_line(t, "SwapTotal:", 0);
	kb_line(t, "SwapFree:", 0);
	kb_line(t, "AnonPages:", mem.user_frames);
	kb_line(t, "Mapped:", 0);
	kb_line(t, "Shmem:", 0);
	kb_line(t, "Slab:", mem.slab_frames);
	kb_line(t, "SReclaimable:", 0);
	kb_line(t, "SUnreclaim:", mem.slab_frames);
	kb_line(t, "KernelStack:", mem.stack_frames);
	kb_line(t, "PageTables:", mem.table_frames);
	return 0;
}

static void count_line(struct text *t, const char *name, uint64_t count)
{
	text_printf(t, "%s %" PRIu64 "\n", name, count);
}

int show_vmstat(const struct node *n, pid_t pid, struct text *t)
{
	uint64_t event[NR_EVENTS];
	struct kstat_mem mem;

	(void)n, (void)pid;
	if (mg_kstat(KSTAT_MEM, &mem, sizeof(mem)) < 0 ||
	    mg_kstat(KSTAT_EVENTS, event, sizeof(event)) < 0)
		return -errno;
	count_line(t, "nr_free_pages", mem.free_frames);
	count_line(t, "nr_anon_pages", mem.user_frames);
	count_line(t, "nr_file_pages", mem.vmo_frames);
	count_line(t, "nr_slab_unreclaimable", mem.slab_frames);
	count_line(t, "nr_kernel_stack", mem.stack_frames * (PAGE_SIZE / 1024)); /* in KiB */
	count_line(t, "nr_page_table_pages", mem.table_frames);
	count_line(t, "pgfree", event[EV_page_free]);
	count_line(t, "pgfault", event[EV_fault]);
	count_line(t, "ksm_swpin_copy", 0);
	count_line(t, "cow_ksm", event[EV_break_cow] + event[EV_unshare]);
	count_line(t, "nr_tlb_remote_flush", event[EV_tlb_shootdown]);
	return 0;
}

int show_uptime(const struct node *n, pid_t pid, struct text *t)
{
	struct kstat_mem mem;

	(void)n, (void)pid;
	if (mg_kstat(KSTAT_MEM, &mem, sizeof(mem)) < 0)
		return -errno;
	/* the second figure, how long the CPUs were idle, nobody counts */
	text_printf(t, "%" PRIu64 ".%02" PRIu64 " 0.00\n", mem.now_ns / 1000000000,
		    mem.now_ns / 10000000 % 100);
	return 0;
}

int show_cpuinfo(const struct node *n, pid_t pid, struct text *t)
{
	struct kstat_mem mem;

	(void)n, (void)pid;
	if (mg_kstat(KSTAT_MEM, &mem, sizeof(mem)) < 0)
		return -errno;
	for (uint64_t cpu = 0; cpu < mem.nr_cpus; cpu++)
		text_printf(t,
			    "processor\t: %" PRIu64 "\ncpu MHz\t\t: %" PRIu64 ".%03" PRIu64 "\n\n",
			    cpu, mem.tsc_hz / 1000000, mem.tsc_hz / 1000 % 1000);
	return 0;
}

int show_limit(const struct node *n, pid_t pid, struct text *t)
{
	(void)pid;
	text_printf(t, "%lu\n", n->arg);
	return 0;
}

int show_version(const struct node *n, pid_t pid, struct text *t)
{
	struct utsname u;

	(void)n, (void)pid;
	if (uname(&u))
		return -errno;
	text_printf(t, "%s version %s #%s %s\n", u.sysname, u.release, u.version, u.machine);
	return 0;
}
