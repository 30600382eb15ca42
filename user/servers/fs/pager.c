/* SPDX-License-Identifier: MIT */
/*
 * The pager: a thread of its own, which brings pages of files that lie in the initrd.
 *
 *	who touches a page   kernel                  this thread
 *	#PF ───────────────► IPC_PAGER: badge ─────► where in the archive is that file?
 *	                     vmo_supply ◄─────────── 64 KiB from there on
 *	goes on ◄─────────── reply ◄────────────────
 *
 * It must never wait for the other thread, which may itself wait for a page: in a read() of
 * such a file, or in a copy to a client that gave mapped memory.  So the two share nothing.
 * All that is to be known of an object stands in its badge:
 *
 *	63               32 31               0
 *	| archive / 512    | size in bytes    |
 *
 * and an object goes on being paged after the tree has forgotten its file, as long as
 * somebody has mapped it.  Nor may this thread wait for itself: it touches the initrd, which
 * the boot loader has put into memory, and a program that init has loaded from there whole.
 */
#include "user/servers/fs/fs.h"

#include <errno.h>
#include <merganser.h>
#include <mg/ipc.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define BLOCK	   512	       /* of the archive */
#define SUPPLY_MAX (64l << 10) /* what follows is most likely needed next */

static const char *archive;

static int page_in(struct server *s, struct ipc_message *m)
{
	const char *file = archive + (m->badge >> 32) * BLOCK;
	off_t size = (off_t)(m->badge & UINT32_MAX), offset = (off_t)m->word[0];
	off_t n = size - offset < SUPPLY_MAX ? size - offset : SUPPLY_MAX;

	return mg_vmo_supply(s->endpoint, m->token, file + offset, (size_t)n) ? -errno : 0;
}

static struct server pager = { .page_in = page_in };
static sem_t started;

static void *run(void *arg)
{
	int ret = server_open(&pager);

	sem_post(&started);
	while (!ret)
		ret = server_step(&pager, IPC_FOREVER);
	fprintf(stderr, "fs: cannot page: %s\n", strerror(errno));
	return arg;
}

int pager_start(void)
{
	off_t size = mg_vmo_size(HANDLE_INITRD);
	pthread_t thread;
	int ret;

	archive = mmap(NULL, (size_t)size, PROT_READ, MAP_SHARED, HANDLE_INITRD, 0);
	if (archive == MAP_FAILED)
		return -errno;
	sem_init(&started, 0, 0);
	ret = pthread_create(&thread, NULL, run, NULL);
	if (ret)
		return -ret;
	while (sem_wait(&started))
		;
	return pager.endpoint < 0 ? -EMFILE : 0;
}

int pager_object(off_t archive_offset, off_t size)
{
	uint64_t badge = (uint64_t)(archive_offset / BLOCK) << 32 | (uint64_t)size;
	int vmo = mg_vmo_create_paged(HANDLE_KCAP, pager.endpoint, badge, (size_t)size);

	return vmo < 0 ? -errno : vmo;
}
