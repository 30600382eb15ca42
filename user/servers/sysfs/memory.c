/* SPDX-License-Identifier: MIT */
/*
 * The files that are no text: of a process pagemap and mem, of all frames kpagecount, kpageflags
 * and page_idle/bitmap.  Nothing is kept of them; each read asks the kernel.
 *
 *	pagemap: eight bytes for each page of the address space, at page number times 8
 *
 *	 63       62   61           56          55          54 … 0
 *	 present  swap file/shared  mapped once soft-dirty  frame number
 *
 * Swapped and soft-dirty are never set: there is no swap, and nobody tracks soft-dirty.  The
 * frame number is 0 for a client without KCAP_QUERY.  In mem a byte stands at its own address.
 *
 *	kpagecount    eight bytes for each frame, at its number times 8: entries that map it
 *	kpageflags    the same: what it is (enum kpf)
 *	bitmap        a bit for each frame, 64 in eight bytes: it is idle.  To write a 1 marks it so
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

/* --- of all frames ---------------------------------------------------------------------------- */

/* Eight bytes for each frame; they end where the frames do. */
static ssize_t read_frames(enum kctl_op op, uint64_t offset, void *buf, size_t size)
{
	uint64_t pfn = offset / ENTRY, *value = buf;
	size_t done = 0;

	if (offset % ENTRY || size % ENTRY)
		return -EINVAL;
	for (; done < size / ENTRY; done++) {
		long got = mg_kctl(op, pfn + done, 0);

		if (got < 0)
			break;
		value[done] = (uint64_t)got;
	}
	return (ssize_t)(done * ENTRY);
}

static ssize_t read_kpagecount(pid_t pid, unsigned int authorities, uint64_t offset, void *buf,
			       size_t size)
{
	(void)pid, (void)authorities; /* asked already: access.c */
	return read_frames(KCTL_FRAME_COUNT, offset, buf, size);
}

static ssize_t read_kpageflags(pid_t pid, unsigned int authorities, uint64_t offset, void *buf,
			       size_t size)
{
	(void)pid, (void)authorities;
	return read_frames(KCTL_FRAME_FLAGS, offset, buf, size);
}

const struct bytes kpagecount_bytes = { .read = read_kpagecount };
const struct bytes kpageflags_bytes = { .read = read_kpageflags };

#define WORD_BITS 64

/* Which of 64 frames from pfn on are idle; false: there is none any more. */
static bool read_idle_word(uint64_t pfn, uint64_t *word)
{
	*word = 0;
	for (unsigned int i = 0; i < WORD_BITS; i++) {
		long idle = mg_kctl(KCTL_FRAME_IDLE, pfn + i, 0);

		if (idle < 0)
			return i > 0;
		*word |= (uint64_t)idle << i;
	}
	return true;
}

static ssize_t read_idle(pid_t pid, unsigned int authorities, uint64_t offset, void *buf,
			 size_t size)
{
	uint64_t *word = buf;
	size_t done = 0;

	(void)pid, (void)authorities;
	if (offset % ENTRY || size % ENTRY)
		return -EINVAL;
	while (done < size / ENTRY &&
	       read_idle_word((offset / ENTRY + done) * WORD_BITS, &word[done]))
		done++;
	return (ssize_t)(done * ENTRY);
}

/* Frames beyond the last are passed over if their word has others. */
static bool mark_idle_word(uint64_t pfn, uint64_t word)
{
	if (mg_kctl(KCTL_FRAME_COUNT, pfn, 0) < 0)
		return false;
	for (unsigned int i = 0; i < WORD_BITS; i++)
		if (word >> i & 1)
			mg_kctl(KCTL_FRAME_IDLE, pfn + i, 1);
	return true;
}

static ssize_t write_idle(pid_t pid, uint64_t offset, const void *buf, size_t size)
{
	const uint64_t *word = buf;
	size_t done = 0;

	(void)pid;
	if (offset % ENTRY || size % ENTRY)
		return -EINVAL;
	while (done < size / ENTRY &&
	       mark_idle_word((offset / ENTRY + done) * WORD_BITS, word[done]))
		done++;
	return done || !size ? (ssize_t)(done * ENTRY) : -ENXIO;
}

const struct bytes idle_bytes = { .read = read_idle, .write = write_idle };
