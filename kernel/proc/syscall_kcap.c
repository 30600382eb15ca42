/* SPDX-License-Identifier: MIT */
/*
 * System calls for holders of a KCAP.  Each first asks whether the handle
 * carries the authority: -EBADF no such handle, -EINVAL not a KCAP, -EPERM.
 */
#include "kernel/core/log.h"
#include "kernel/lib/string.h"
#include "kernel/proc/process.h"
#include "kernel/proc/syscall.h"
#include "kernel/sched/console.h"
#include "kernel/x86/serial.h"
#include "kernel/x86/uaccess.h"
#include "mm/query.h"
#include "mm/space/memory.h"

#define CHUNK 256

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

	NEED_AUTHORITY(kcap, KCAP_LOG);
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
	s64 ret;
	u32 at;

	NEED_AUTHORITY(kcap, KCAP_LOG);
	if (!n)
		return 0;
	do {
		ret = console_peek(chunk, MIN(n, (u64)CHUNK), &at);
		if (ret > 0 && copy_to_user(buf, chunk, ret))
			return -EFAULT;
	} while (ret > 0 && !console_take(at, ret));
	return ret;
}

/* Does not return; verdict is POWEROFF_PASS or _FAIL, after the KCAP -EINVAL otherwise. */
s64 sys_poweroff(int kcap, int verdict)
{
	NEED_AUTHORITY(kcap, KCAP_POWER);
	if (verdict != POWEROFF_PASS && verdict != POWEROFF_FAIL)
		return -EINVAL;
	debug_exit(verdict);
}

/* The address space of a process (0: the caller) with mm_users taken.  -ESRCH (ERR_PTR). */
static struct mm_struct *get_mm_of(int pid)
{
	struct process *p = process_find(pid);
	struct mm_struct *mm = p ? process_get_mm(p) : NULL;

	if (p)
		process_put(p);
	return mm ? mm : ERR_PTR(-ESRCH);
}

/* A range of user addresses, which need not be mapped. */
static bool range_ok(u64 addr, u64 n)
{
	return n <= TASK_SIZE && addr <= TASK_SIZE - n;
}

/*
 * One struct vm_page_info for each page from addr on, as many as fit into size
 * bytes; the bytes written.  After the KCAP: -EINVAL addr not page aligned, the
 * range not user addresses, or no record fits; -ESRCH; -EFAULT.
 */
s64 sys_vm_query(int kcap, int pid, u64 addr, void *buf, u64 size)
{
	u64 n = size / sizeof(struct vm_page_info);
	struct mm_struct *mm;
	s64 ret;

	NEED_AUTHORITY(kcap, KCAP_QUERY);
	if (!n || !IS_ALIGNED(addr, PAGE_SIZE) || n > TASK_SIZE / PAGE_SIZE ||
	    !range_ok(addr, n * PAGE_SIZE))
		return -EINVAL;
	mm = get_mm_of(pid);
	if (IS_ERR(mm))
		return PTR_ERR(mm);
	ret = vm_query(mm, addr, buf, n);
	mmput(mm);
	return ret;
}

/* vm_peek and vm_poke but for the direction. */
static s64 copy_remote(int kcap, int pid, u64 addr, void *ubuf, u64 n, bool write)
{
	struct mm_struct *mm;
	s64 ret;

	NEED_AUTHORITY(kcap, KCAP_QUERY);
	if (!range_ok(addr, n))
		return -EFAULT;
	mm = get_mm_of(pid);
	if (IS_ERR(mm))
		return PTR_ERR(mm);
	ret = access_remote_user(mm, addr, ubuf, n, write);
	mmput(mm);
	return ret;
}

/*
 * Copies n bytes at addr of process pid (0: the caller) to buf; the number
 * copied, in whole chunks of 256 bytes, if not all can be.  After the KCAP:
 * -EFAULT the range is not user addresses; -ESRCH; -EFAULT.
 */
s64 sys_vm_peek(int kcap, int pid, u64 addr, void *buf, u64 n)
{
	return copy_remote(kcap, pid, addr, buf, n, false);
}

/* The other direction: from buf to addr, areas that are read-only to the process included. */
s64 sys_vm_poke(int kcap, int pid, u64 addr, const void *buf, u64 n)
{
	return copy_remote(kcap, pid, addr, (void *)buf, n, true);
}
