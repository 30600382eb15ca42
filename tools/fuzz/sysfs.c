/* SPDX-License-Identifier: MIT */
/*
 * The statistics server: any messages of any clients.
 *
 * sources: user/servers/sysfs/access.c
 * sources: user/servers/sysfs/main.c user/servers/sysfs/file.c user/servers/sysfs/table.c
 * sources: user/servers/sysfs/text.c user/servers/sysfs/ksm.c user/servers/sysfs/machine.c
 * sources: user/servers/sysfs/process.c user/servers/sysfs/areas.c user/servers/sysfs/memory.c
 * sources: user/lib/files.c user/lib/slots.c tools/fuzz/pretend.c
 * defines: main=server_main close=pretend_close prctl=pretend_prctl getpgid=pretend_group
 * defines: getsid=pretend_group
 * defines: PR_SET_MEMORY_MERGE=67
 * defines: malloc=pretend_malloc calloc=pretend_calloc realloc=pretend_realloc
 * defines: strndup=pretend_strndup
 */
#include <errno.h>
#include <merganser.h>
#include <stdio.h>

#include "tools/fuzz/fuzz.h"

#define AREAS_END 0x40000000ul

int pretend_prctl(int op, ...)
{
	return op * 0;
}

pid_t pretend_group(pid_t pid)
{
	return pid & ~1;
}

/* Four processes; all else is zeros. */
ssize_t mg_kstat(enum kstat_what what, void *buf, size_t size)
{
	struct kstat_proc *p = buf;

	memset(buf, 0, size);
	if (what != KSTAT_PROCS)
		return (ssize_t)size;
	for (int i = 0; i < 4; i++) {
		p[i].pid = 100 + i;
		p[i].state = (uint32_t)i;
		memset(p[i].name, 'n', sizeof(p[i].name));
	}
	return 4 * sizeof(*p);
}

long mg_kctl(enum kctl_op op, unsigned long a, unsigned long b)
{
	(void)op, (void)a;
	return b > 1000 ? -1 : 1;
}

int mg_vm_areas(pid_t pid, const void *addr, struct vm_area_info *info, size_t n)
{
	uint64_t at = (uint64_t)addr;

	(void)n;
	errno = ESRCH;
	if (pid == 103)
		return -1;
	if (at >= AREAS_END)
		return 0;
	*info = (struct vm_area_info){ .start = at, .end = at + 0x10000000, .next = at + 0x1000 };
	info->flags = (uint32_t)(at >> 28) * 7;
	return 1;
}

int mg_vm_query(pid_t pid, const void *addr, struct vm_page_info *info, size_t n)
{
	(void)pid, (void)addr;
	for (size_t i = 0; i < n; i++)
		info[i] = (struct vm_page_info){ .flags = (uint32_t)i & 0xff,
						 .mapcount = (int32_t)i & 3 };
	return (int)n;
}

int mg_vm_entries(pid_t pid, const void *addr, struct vm_page_info *info, size_t n)
{
	return mg_vm_query(pid, addr, info, n);
}

ssize_t mg_vm_peek(pid_t pid, const void *addr, void *buf, size_t len)
{
	errno = pid == 103 ? ESRCH : EFAULT;
	if (pid == 103 || (uint64_t)addr >= AREAS_END)
		return -1;
	memset(buf, 'p', len);
	return (ssize_t)len;
}

ssize_t mg_vm_poke(pid_t pid, void *addr, const void *buf, size_t len)
{
	char copy[4096];

	FUZZ_CHECK(len <= sizeof(copy));
	memcpy(copy, buf, len);
	return mg_vm_peek(pid, addr, copy, len);
}

static void clean(void)
{
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	pretend_serve(data, size, pretend_step, clean);
	return 0;
}
