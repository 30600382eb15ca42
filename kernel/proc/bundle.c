/* SPDX-License-Identifier: MIT */
/*
 * The boot bundle, as tools/mg writes it: a header in the first page, then the
 * parts, each on a page boundary.
 */
#include "kernel/proc/bundle.h"
#include "kernel/core/log.h"
#include "kernel/lib/string.h"
#include "kernel/x86/bootinfo.h"
#include "kernel/x86/layout.h"

#define BUNDLE_MAGIC   "MGBUNDLE"
#define BUNDLE_VERSION 1

struct bundle_part {
	char name[16]; /* padded with NULs */
	u64 offset;    /* from the start of the bundle */
	u64 size;
};

struct bundle_header {
	char magic[8];
	u32 version;
	u32 nr_parts;
	struct bundle_part part[];
};

static const struct bundle_header *header(void)
{
	return phys_to_virt(boot_info.bundle_phys);
}

static void check_part(const struct bundle_part *part)
{
	u64 size = boot_info.bundle_size;

	if (!memchr(part->name, '\0', sizeof(part->name)) || !IS_ALIGNED(part->offset, PAGE_SIZE) ||
	    part->offset > size || part->size > size - part->offset)
		panic("the boot bundle is damaged: a part does not lie inside");
}

void bundle_check(void)
{
	const struct bundle_header *h = header();
	u64 room = (PAGE_SIZE - sizeof(*h)) / sizeof(h->part[0]);

	if (boot_info.bundle_size < PAGE_SIZE)
		panic("no boot bundle: give one with qemu -initrd, or as the ISO's module");
	if (memcmp(h->magic, BUNDLE_MAGIC, sizeof(h->magic)) || h->version != BUNDLE_VERSION)
		panic("the boot module is not a boot bundle of version %d", BUNDLE_VERSION);
	if (h->nr_parts > room)
		panic("the boot bundle is damaged: %u parts", h->nr_parts);
	for (u32 i = 0; i < h->nr_parts; i++)
		check_part(&h->part[i]);
	if (!bundle_find("init").phys)
		panic("the boot bundle has no part named init");
}

struct mem_part bundle_find(const char *name)
{
	const struct bundle_header *h = header();

	for (const struct bundle_part *p = h->part; p < h->part + h->nr_parts; p++)
		if (strcmp(p->name, name) == 0)
			return (struct mem_part){ boot_info.bundle_phys + p->offset, p->size };
	return (struct mem_part){ 0 };
}
