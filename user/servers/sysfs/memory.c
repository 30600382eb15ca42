/* SPDX-License-Identifier: MIT */
/*
 * /proc/PID/pagemap and mem: the two files that are no text.  Nothing is kept of them;
 * each read asks the kernel.
 *
 *	pagemap: eight bytes for each page of the address space, at page number times 8
 *
 *	 63       62   61           56          55          54 … 0
 *	 present  swap file/shared  mapped once soft-dirty  frame number
 *
 * Swapped and soft-dirty are never set: there is no swap, and nobody tracks soft-dirty.  The
 * frame number is 0 for a client without KCAP_QUERY.  In mem a byte stands at its own address.
 */
#include <errno.h>
#include <string.h>

#include "user/servers/sysfs/sysfs.h"

#define ENTRY	    sizeof(uint64_t)
#define PM_PRESENT  (1ul << 63)
#define PM_FILE	    (1ul << 61)
#define PM_MMAP_ONE (1ul << 56)
#define BATCH	    512

static uint64_t entry_of(const struct vm_page_info *v, bool frames)
{
	if (!(v->flags & VMQ_PRESENT))
		return 0;
	return PM_PRESENT | (v->flags & VMQ_OBJECT ? PM_FILE : 0) |
	       (v->mapcount == 1 ? PM_MMAP_ONE : 0) | (frames ? v->pfn : 0);
}

static ssize_t read_pagemap(pid_t pid, unsigned int authorities, uint64_t offset, void *buf,
			    size_t size)
{
	static struct vm_page_info info[BATCH];
	uint64_t page = offset / ENTRY, end = USER_END / PAGE_SIZE, *entry = buf;
	size_t want = size / ENTRY, done = 0;

	if (offset % ENTRY || size % ENTRY)
		return -EINVAL;
	if (page >= end)
		return 0;
	want = want < end - page ? want : end - page;
	while (done < want) {
		size_t some = want - done < BATCH ? want - done : BATCH;
		int n = mg_vm_entries(pid, (void *)((page + done) * PAGE_SIZE), info, some);

		if (n < 0)
			return -errno;
		for (int i = 0; i < n; i++)
			entry[done++] = entry_of(&info[i], authorities & KCAP_QUERY);
	}
	return (ssize_t)(done * ENTRY);
}

const struct bytes pagemap_bytes = { .read = read_pagemap }; /* its mode forbids to write */

/* What lies within one page: all of it, or -errno. */
static int copy_piece(pid_t pid, uint64_t at, void *buf, size_t n, bool write)
{
	ssize_t done =
		write ? mg_vm_poke(pid, (void *)at, buf, n) : mg_vm_peek(pid, (void *)at, buf, n);

	if (done == (ssize_t)n)
		return 0;
	return done < 0 && errno == ESRCH ? -ESRCH : -EIO;
}

static ssize_t copy_bytes(pid_t pid, uint64_t offset, void *buf, size_t size, bool write)
{
	size_t done = 0;

	while (done < size) {
		uint64_t at = offset + done;
		size_t left = PAGE_SIZE - at % PAGE_SIZE;
		size_t n = size - done < left ? size - done : left;
		int err = copy_piece(pid, at, (char *)buf + done, n, write);

		if (err)
			return done ? (ssize_t)done : err;
		done += n;
	}
	return (ssize_t)done;
}

static ssize_t read_mem(pid_t pid, unsigned int authorities, uint64_t offset, void *buf,
			size_t size)
{
	(void)authorities; /* who may open it may see it all */
	return copy_bytes(pid, offset, buf, size, false);
}

static ssize_t write_mem(pid_t pid, uint64_t offset, const void *buf, size_t size)
{
	return copy_bytes(pid, offset, (void *)buf, size, true);
}

const struct bytes mem_bytes = { .read = read_mem, .write = write_mem };
