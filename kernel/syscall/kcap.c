/* SPDX-License-Identifier: MIT */
/*
 * System calls for holders of a KCAP; the larger ones are kctl.c and kstat.c.  Each first asks
 * whether the handle carries the authority: -EBADF no such handle, -EINVAL not a KCAP, -EPERM.
 */
#include <abi/kernel.h>
#include "kernel/core/log.h"
#include "kernel/lib/string.h"
#include "kernel/syscall/handle.h"
#include "kernel/syscall/syscall.h"
#include "kernel/x86/serial.h"
#include "kernel/x86/uaccess.h"
#include "kernel/x86/vga.h"
#include "mm/query.h"

/* A KCAP handle with some authorities of another.  -EINVAL no such; kcap_check(); -EMFILE. */
s64 sys_kcap_reduce(int handle, u64 authorities)
{
	int ret;

	if (authorities & ~(u64)KCAP_ALL)
		return -EINVAL;
	ret = check_authority(handle, authorities);
	if (ret)
		return ret;
	return kcap_install(my_handles(), authorities, KLOG_OUT);
}

/*
 * The calling process, and all that come of it, go without these authorities for ever:
 * handle_drop_authorities().  Needs no handle.  -EINVAL no such authorities.
 */
s64 sys_kcap_drop_bound(u64 authorities)
{
	if (authorities & ~(u64)KCAP_ALL)
		return -EINVAL;
	handle_drop_authorities(my_handles(), (u32)authorities);
	return 0;
}

/* Line by line; in the log each is a record. */
static void stream_out(int stream, const char *text, size_t n)
{
	while (n) {
		const char *newline = memchr(text, '\n', n);
		size_t len = newline ? (size_t)(newline - text) + 1 : n;

		if (stream == KLOG_LOG)
			printk("%.*s", (int)len, text); /* keeps a newline that is there */
		else
			stream_write(stream, text, len);
		text += len;
		n -= len;
	}
}

/*
 * Writes n bytes to a stream; the number written, less than n only if the rest
 * cannot be read.  OUT, ERR and OWN are where a program without authority writes as well: for them
 * any KCAP will do.  After the KCAP: -EINVAL no such stream, -ENODEV no such
 * screen, -EFAULT.
 */
s64 sys_klog(int kcap, int stream, const void *buf, u64 n)
{
	bool free = stream == KLOG_OUT || stream == KLOG_ERR || stream == KLOG_OWN;
	int ret = check_authority(kcap, free ? 0 : KCAP_LOG);
	char chunk[256];
	u64 done = 0;

	if (ret)
		return ret;
	if (stream == KLOG_OWN)
		stream = kcap_stream(my_handles(), kcap);
	if (stream < KLOG_OUT || stream > KLOG_SCREEN)
		return -EINVAL;
	if (stream == KLOG_SCREEN && !vga_present())
		return -ENODEV;
	while (done < n) {
		u64 len = MIN(n - done, sizeof(chunk));

		if (copy_from_user(chunk, buf + done, len))
			return done ? (s64)done : -EFAULT;
		stream_out(stream, chunk, len);
		done += len;
		if (cond_resched_killable())
			return -EINTR;
	}
	return n;
}

/* Does not return; verdict is POWEROFF_PASS or _FAIL, after the KCAP -EINVAL otherwise. */
s64 sys_poweroff(int kcap, int verdict)
{
	int ret = check_authority(kcap, KCAP_POWER);

	if (ret)
		return ret;
	if (verdict != POWEROFF_PASS && verdict != POWEROFF_FAIL)
		return -EINVAL;
	debug_exit(verdict);
}

/* The address space of process pid (0: the caller), held; NULL: no such process, or no memory. */
static struct mm_struct *mm_of(int pid)
{
	struct process *p = process_find(pid);
	struct mm_struct *mm;

	if (!p)
		return NULL;
	mm = process_get_mm(p);
	process_put(p);
	return mm;
}

/*
 * Looks at (or pokes into) the address space of process pid (0: the caller) by one of
 * the functions of mm/query.h.  After the KCAP: -ESRCH no such process, or it has given
 * its memory back; then what the function says.
 */
static s64 look(int kcap, int pid, u64 addr, void *buf, u64 size, vm_look_fn fn)
{
	s64 ret = check_authority(kcap, KCAP_QUERY);
	struct mm_struct *mm;

	if (ret)
		return ret;
	mm = mm_of(pid);
	if (!mm)
		return -ESRCH;
	ret = fn(mm, addr, buf, size);
	mmput(mm);
	return ret;
}

s64 sys_vm_query(int kcap, int pid, u64 addr, void *buf, u64 size)
{
	return look(kcap, pid, addr, buf, size, vm_query);
}

s64 sys_vm_entries(int kcap, int pid, u64 addr, void *buf, u64 size)
{
	return look(kcap, pid, addr, buf, size, vm_entries);
}

s64 sys_vm_areas(int kcap, int pid, u64 addr, void *buf, u64 size)
{
	return look(kcap, pid, addr, buf, size, vm_areas);
}

s64 sys_vm_peek(int kcap, int pid, u64 addr, void *buf, u64 size)
{
	return look(kcap, pid, addr, buf, size, vm_peek);
}

s64 sys_vm_poke(int kcap, int pid, u64 addr, const void *buf, u64 size)
{
	return look(kcap, pid, addr, (void *)buf, size, vm_poke);
}
