/* SPDX-License-Identifier: MIT */
/*
 * System calls for holders of a KCAP.  Each first asks whether the handle
 * carries the authority: -EBADF no such handle, -EINVAL not a KCAP, -EPERM.
 */
#include "kernel/core/log.h"
#include "kernel/core/stream.h"
#include "kernel/ipc/kcap.h"
#include "kernel/lib/string.h"
#include "kernel/proc/kctl.h"
#include "kernel/proc/kstat.h"
#include "kernel/proc/process.h"
#include "kernel/proc/syscall.h"
#include "kernel/sched/console.h"
#include "kernel/x86/serial.h"
#include "kernel/x86/uaccess.h"
#include "mm/query.h"

#define CHUNK 256

static int check_authority(int kcap, u32 authority)
{
	return kcap_check(&current_process()->handles, kcap, authority);
}

/* Logs each line of text as one record. */
static void log_lines(const char *text, size_t n)
{
	while (n) {
		const char *end = memchr(text, '\n', n);
		size_t len = end ? (size_t)(end - text) : n;

		printk("%.*s", (int)len, text);
		len += end != NULL;
		text += len;
		n -= len;
	}
}

static void stream_out(int stream, const char *text, size_t n)
{
	static const u8 ports[] = {
		[KLOG_OUT] = SERIAL_STDIO,
		[KLOG_ERR] = SERIAL_STDERR,
		[KLOG_TEST] = SERIAL_RESULTS,
	};

	if (stream == KLOG_LOG)
		log_lines(text, n);
	else
		stream_write(ports[stream], text, n);
}

/*
 * Writes n bytes to a stream; the number written, less than n only if the rest
 * cannot be read.  After the KCAP: -EINVAL no such stream, -EFAULT.
 */
s64 sys_klog(int kcap, int stream, const void *buf, u64 n)
{
	char chunk[CHUNK];
	int ret = check_authority(kcap, KCAP_LOG);

	if (ret)
		return ret;
	if (stream < KLOG_OUT || stream > KLOG_TEST)
		return -EINVAL;
	for (u64 done = 0, len; done < n; done += len) {
		len = MIN(n - done, (u64)CHUNK);
		if (copy_from_user(chunk, buf + done, len))
			return done ? (s64)done : -EFAULT;
		stream_out(stream, chunk, len);
		cond_resched();
	}
	return n;
}

/*
 * Reads what has come from the console, up to n bytes; sleeps until there is
 * something.  -EFAULT: nothing is lost; -EINTR a signal came first.
 */
s64 sys_kread(int kcap, void *buf, u64 n)
{
	char chunk[CHUNK];
	s64 ret = check_authority(kcap, KCAP_LOG);
	u32 at;

	if (ret || !n)
		return ret;
	do {
		ret = console_peek(chunk, MIN(n, (u64)CHUNK), &at);
		if (ret > 0 && copy_to_user(buf, chunk, ret))
			return -EFAULT;
	} while (ret > 0 && !console_take(at, ret));
	return ret;
}

/* After the KCAP as kctl(). */
s64 sys_kctl(int kcap, int op, u64 a, u64 b)
{
	int ret = check_authority(kcap, KCAP_CTL);

	return ret ? ret : kctl(op, a, b);
}

/* After the KCAP as kstat_read(). */
s64 sys_kstat(int kcap, int what, void *buf, u64 size)
{
	int ret = check_authority(kcap, KCAP_STAT);

	return ret ? ret : kstat_read(what, buf, size);
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

/*
 * Looks at (or pokes into) the address space of process pid (0: the caller) by one of
 * the functions of mm/query.h.  After the KCAP: -ESRCH no such process, or it has given
 * its memory back; then what the function says.
 */
static s64 look(int kcap, int pid, u64 addr, void *buf, u64 size, vm_look_fn fn)
{
	s64 ret = check_authority(kcap, KCAP_QUERY);
	struct process *p = ret ? NULL : process_find(pid);
	struct mm_struct *mm = p ? process_get_mm(p) : NULL;

	if (p)
		process_put(p);
	if (!mm)
		return ret ? ret : -ESRCH;
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
