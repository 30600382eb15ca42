/* SPDX-License-Identifier: MIT */
/* A small initrd for servers under a fuzzer: the programs bin/sh and bin/rm, and a directory. */
#pragma once

#include <merganser.h>
#include <stdio.h>
#include <string.h>

#include "tools/fuzz/fuzz.h"

#define ARCHIVE_BLOCK 512

/* Writes a header at p, as initrd.c reads it. */
static inline void put_header(char *p, const char *name, unsigned int size, char type)
{
	unsigned int sum = 0;

	snprintf(p, 100, "%s", name);
	snprintf(p + 100, 8, "%07o", 0755);
	snprintf(p + 124, 12, "%011o", size);
	p[156] = type;
	memcpy(p + 257, "ustar", 6);
	memset(p + 148, ' ', 8);
	for (int i = 0; i < ARCHIVE_BLOCK; i++)
		sum += (unsigned char)p[i];
	snprintf(p + 148, 8, "%06o", sum);
}

static inline void pretend_archive(void)
{
	static char archive[8 * ARCHIVE_BLOCK];

	put_header(archive, "bin/sh", 700, '0');
	memset(archive + ARCHIVE_BLOCK, 's', 700);
	put_header(archive + 3 * ARCHIVE_BLOCK, "bin/rm", 10, '0');
	put_header(archive + 5 * ARCHIVE_BLOCK, "lib", 0, '5');
	pretend_object(HANDLE_INITRD, archive, sizeof(archive));
}
