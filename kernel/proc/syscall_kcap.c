/* SPDX-License-Identifier: MIT */
/*
 * System calls for holders of a KCAP.  Each first asks whether the handle
 * carries the authority: -EBADF no such handle, -EINVAL not a KCAP, -EPERM.
 */
#include "kernel/core/log.h"
#include "kernel/lib/string.h"
#include "kernel/proc/process.h"
#include "kernel/proc/syscall.h"
#include "kernel/x86/serial.h"
#include "kernel/x86/uaccess.h"
#include "mm/query.h"

/* Line by line; in the log each is a record. */
static void stream_out(int stream, const char *text, size_t n)
{
	for (size_t len; n; text += len, n -= len) {
		const char *end = memchr(text, '\n', n);

		len = end ? (size_t)(end - text) + 1 : n;
		if (stream == KLOG_LOG)
			printk("%.*s", (int)len, text); /* keeps a newline that is there */
		else
			stream_write(stream, text, len);
	}
}

/*
 * Writes n bytes to a stream; the number written, less than n only if the rest
 * cannot be read.  After the KCAP: -EINVAL no such stream, -EFAULT.
 */
s64 sys_klog(int kcap, int stream, const void *buf, u64 n)
{
	char chunk[256];

	NEED_AUTHORITY(kcap, KCAP_LOG);
	if (stream < KLOG_OUT || stream > KLOG_TEST)
		return -EINVAL;
	for (u64 done = 0, len; done < n; done += len) {
		len = MIN(n - done, sizeof(chunk));
		if (copy_from_user(chunk, buf + done, len))
			return done ? (s64)done : -EFAULT;
		stream_out(stream, chunk, len);
		cond_resched();
	}
	return n;
}

/* Does not return; verdict is POWEROFF_PASS or _FAIL, after the KCAP -EINVAL otherwise. */
s64 sys_poweroff(int kcap, int verdict)
{
	NEED_AUTHORITY(kcap, KCAP_POWER);
	if (verdict != POWEROFF_PASS && verdict != POWEROFF_FAIL)
		return -EINVAL;
	debug_exit(verdict);
}

/*
 * Looks at (or pokes into) the address space of process pid (0: the caller) by one of
 * the functions of mm/query.h.  After the KCAP: -ESRCH no such process, or it has given
 * its memory back; then what the function says.
 */
static s64 look(int kcap, int pid, u64 addr, void *buf, u64 size, vm_look_fn fn)
{
	struct mm_struct *mm;
	struct process *p;
	s64 ret;

	NEED_AUTHORITY(kcap, KCAP_QUERY);
	p = process_find(pid);
	mm = p ? process_get_mm(p) : NULL;
	if (p)
		process_put(p);
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
