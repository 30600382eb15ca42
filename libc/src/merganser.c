/* SPDX-License-Identifier: MIT */
/* <merganser.h>: the kernel's own interface, with the inherited KCAP. */
#include <merganser.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "sys.h"

SYS_FUNCTION(ssize_t, mg_klog, klog(HANDLE_KCAP, stream, buf, len), int stream, const void *buf,
	     size_t len)

void mg_test_log(const char *fmt, ...)
{
	char line[512];
	va_list ap;
	int len;

	va_start(ap, fmt);
	len = vsnprintf(line, sizeof(line) - 1, fmt, ap);
	va_end(ap);
	if (len > (int)sizeof(line) - 2)
		len = (int)sizeof(line) - 2;
	line[len++] = '\n';
	mg_klog(KLOG_TEST, line, (size_t)len);
}

SYS_FUNCTION(long, mg_kctl, kctl(HANDLE_KCAP, (int)op, a, b), enum kctl_op op, unsigned long a,
	     unsigned long b)
SYS_FUNCTION(ssize_t, mg_kstat, kstat(HANDLE_KCAP, (int)what, buf, size), enum kstat_what what,
	     void *buf, size_t size)

static long settled_frames_once(void)
{
	struct kstat_slab slab[64];
	struct kstat_mem mem;
	long frames, got;

	if (mg_kctl(KCTL_DRAIN, 0, 0) || mg_kstat(KSTAT_MEM, &mem, sizeof(mem)) < 0)
		return -1;
	frames = (long)mem.free_frames;
	got = mg_kstat(KSTAT_SLABS, slab, sizeof(slab));
	for (long i = 0; i < got / (long)sizeof(slab[0]); i++)
		if (!strcmp(slab[i].name, "anon_vma"))
			frames += (long)slab[i].frames;
	return frames;
}

/* Another CPU may be just about to free something: two looks must agree. */
long mg_settled_frames(void)
{
	long last = settled_frames_once(), now = -1;

	for (int tries = 0; tries < 100; tries++, last = now) {
		usleep(2000);
		now = settled_frames_once();
		if (now == last)
			break;
	}
	return now;
}

int mg_vm_query(pid_t pid, const void *addr, struct vm_page_info *info, size_t n)
{
	long ret = sys_vm_query(HANDLE_KCAP, pid, (void *)addr, info, n * sizeof(*info));

	return ret < 0 ? (int)sys_ret(ret) : (int)((size_t)ret / sizeof(*info));
}

int mg_vm_entries(pid_t pid, const void *addr, struct vm_page_info *info, size_t n)
{
	long ret = sys_vm_entries(HANDLE_KCAP, pid, (void *)addr, info, n * sizeof(*info));

	return ret < 0 ? (int)sys_ret(ret) : (int)((size_t)ret / sizeof(*info));
}

int mg_vm_areas(pid_t pid, const void *addr, struct vm_area_info *info, size_t n)
{
	long ret = sys_vm_areas(HANDLE_KCAP, pid, (void *)addr, info, n * sizeof(*info));

	return ret < 0 ? (int)sys_ret(ret) : (int)((size_t)ret / sizeof(*info));
}

SYS_FUNCTION(ssize_t, mg_vm_peek, vm_peek(HANDLE_KCAP, pid, (void *)addr, buf, len), pid_t pid,
	     const void *addr, void *buf, size_t len)
SYS_FUNCTION(ssize_t, mg_vm_poke, vm_poke(HANDLE_KCAP, pid, addr, buf, len), pid_t pid, void *addr,
	     const void *buf, size_t len)

SYS_FUNCTION(int, mg_cap_drop_bound, kcap_drop_bound((int)authorities), unsigned int authorities)

void mg_poweroff(int verdict)
{
	for (;;)
		sys_poweroff(HANDLE_KCAP, verdict);
}

SYS_FUNCTION(int, mg_vmo_create, vmo_create(size), size_t size)
SYS_FUNCTION(int, mg_vmo_create_paged, vmo_create_paged(kcap, endpoint, badge, size), int kcap,
	     int endpoint, uint64_t badge, size_t size)
SYS_FUNCTION(int, mg_vmo_supply, vmo_supply(endpoint, token, buf, n), int endpoint, uint64_t token,
	     const void *buf, size_t n)
SYS_FUNCTION(int, mg_vmo_resize, vmo_resize(vmo, size), int vmo, size_t size)
SYS_FUNCTION(int, mg_vmo_punch, vmo_punch(vmo, (size_t)offset, n), int vmo, off_t offset, size_t n)
SYS_FUNCTION(int, mg_vmo_reserve, vmo_reserve(vmo, (size_t)offset, n), int vmo, off_t offset,
	     size_t n)
SYS_FUNCTION(off_t, mg_vmo_size, vmo_size(vmo), int vmo)
SYS_FUNCTION(ssize_t, mg_vmo_read, vmo_read(vmo, buf, n, (size_t)offset), int vmo, void *buf,
	     size_t n, off_t offset)
SYS_FUNCTION(ssize_t, mg_vmo_write, vmo_write(vmo, buf, n, (size_t)offset), int vmo,
	     const void *buf, size_t n, off_t offset)
