/* SPDX-License-Identifier: MIT */
/* Reads what PVH or Multiboot2 left in memory, before anything is written there. */
#include "kernel/x86/bootinfo.h"
#include "kernel/lib/string.h"
#include "kernel/x86/layout.h"
#include "kernel/x86/serial.h"
#include "kernel/x86/vga.h"

#define PVH_MAGIC 0x336ec578
#define MB2_MAGIC 0x36d76289
#define E820_RAM  1

struct pvh_start_info {
	u32 magic, version, flags, nr_modules;
	u64 modlist, cmdline, rsdp;
	u64 memmap; /* from version 1 on */
	u32 memmap_entries, reserved;
};

struct pvh_module {
	u64 addr, size, cmdline, reserved;
};

struct e820_entry {
	u64 addr, size;
	u32 type, reserved;
};

struct mb2_tag {
	u32 type, size;
	char data[];
};

enum mb2_type {
	MB2_END = 0,
	MB2_CMDLINE = 1,
	MB2_MODULE = 3,
	MB2_MEMMAP = 6,
	MB2_RSDP_V1 = 14,
	MB2_RSDP_V2 = 15,
};

struct mb2_module {
	u32 start, end;
};

struct mb2_memmap {
	u32 entry_size, version;
	char entries[];
};

struct boot_info boot_info;

void __noreturn boot_die(const char *sentence)
{
	static const u8 ports[] = { KLOG_OUT, KLOG_LOG };

	for (u32 i = 0; i < ARRAY_SIZE(ports); i++) {
		serial_write(ports[i], sentence, strlen(sentence));
		serial_write(ports[i], "\n", 1);
	}
	vga_write(sentence, strlen(sentence));
	debug_exit(POWEROFF_FAIL);
}

/* Inserts in order; a range beyond the table or MAX_PHYS is not used. */
static void add_ram(const struct e820_entry *e)
{
	struct boot_info *b = &boot_info;
	u64 start = ALIGN_UP(e->addr, PAGE_SIZE);
	u64 end = MIN(ALIGN_DOWN(e->addr + e->size, PAGE_SIZE), MAX_PHYS);
	u32 i = b->nmap;

	if (e->type != E820_RAM || start >= end || b->nmap == MAX_MEM_RANGES)
		return;
	for (; i > 0 && b->map[i - 1].start > start; i--)
		b->map[i] = b->map[i - 1];
	b->map[i] = (struct mem_range){ start, end };
	b->nmap++;
}

/* Firmware may report ranges that overlap; leaves no page in two of them. */
static void trim_overlaps(void)
{
	struct boot_info *b = &boot_info;
	u32 n = 0;
	u64 covered = 0;

	for (u32 i = 0; i < b->nmap; i++) {
		struct mem_range r = b->map[i];

		r.start = MAX(r.start, covered);
		if (r.start >= r.end)
			continue;
		b->map[n++] = r;
		covered = r.end;
	}
	b->nmap = n;
}

void boot_info_reserve(u64 start, u64 end)
{
	if (boot_info.nreserved == MAX_RESERVED)
		boot_die("The table of reserved memory is full.");
	boot_info.reserved[boot_info.nreserved++] = (struct mem_range){
		ALIGN_DOWN(start, PAGE_SIZE),
		ALIGN_UP(end, PAGE_SIZE),
	};
}

static bool overlaps(const struct mem_range *r, u64 start, u64 end)
{
	return start < r->end && r->start < end;
}

/* Whether the page is RAM of which nothing is known to be in use. */
static bool page_is_free(const struct boot_info *b, u64 page)
{
	bool ram = false;

	for (u32 i = 0; i < b->nmap; i++)
		ram |= page >= b->map[i].start && page < b->map[i].end;
	for (u32 i = 0; i < b->nreserved; i++)
		if (overlaps(&b->reserved[i], page, page + PAGE_SIZE))
			return false;
	return ram;
}

/* Page 0 has the BIOS's vectors and data, to which firmware may still look. */
u64 boot_info_low_page(const struct boot_info *b)
{
	for (u64 page = REAL_MODE_END - PAGE_SIZE; page > 0; page -= PAGE_SIZE)
		if (page_is_free(b, page))
			return page;
	return 0;
}

static void set_bundle(u64 start, u64 size)
{
	boot_info.bundle_phys = start;
	boot_info.bundle_size = size;
	boot_info_reserve(start, start + size);
}

static void read_pvh(const struct pvh_start_info *si)
{
	const struct pvh_module *mod = phys_to_virt(si->modlist);
	const struct e820_entry *map = phys_to_virt(si->memmap);

	if (si->magic != PVH_MAGIC || si->version < 1)
		boot_die("The boot loader is neither Multiboot2 nor PVH with a memory map.");
	for (u32 i = 0; i < si->memmap_entries; i++)
		add_ram(&map[i]);
	if (si->cmdline)
		strlcpy(boot_info.cmdline, phys_to_virt(si->cmdline), sizeof(boot_info.cmdline));
	if (si->nr_modules)
		set_bundle(mod->addr, mod->size);
	boot_info.rsdp = si->rsdp;
}

static void read_mb2_memmap(const struct mb2_tag *tag)
{
	const struct mb2_memmap *map = (const void *)tag->data;
	const char *end = (const char *)tag + tag->size;

	for (const char *p = map->entries; p < end; p += map->entry_size)
		add_ram((const void *)p);
}

static void read_mb2_tag(const struct mb2_tag *tag)
{
	const struct mb2_module *mod = (const void *)tag->data;

	switch (tag->type) {
	case MB2_CMDLINE:
		strlcpy(boot_info.cmdline, tag->data, sizeof(boot_info.cmdline));
		break;
	case MB2_MODULE:
		set_bundle(mod->start, mod->end - mod->start);
		break;
	case MB2_MEMMAP:
		read_mb2_memmap(tag);
		break;
	case MB2_RSDP_V1:
		if (boot_info.rsdp) /* the newer one goes before */
			break;
		/* fallthrough */
	case MB2_RSDP_V2:
		boot_info.rsdp = virt_to_phys(tag->data);
		break;
	}
}

/* info points to { total size, reserved } and the tags, each on an 8-byte boundary. */
static void read_mb2(const void *info)
{
	const struct mb2_tag *tag = info + 8;

	for (; tag->type != MB2_END; tag = (const void *)tag + ALIGN_UP(tag->size, 8))
		read_mb2_tag(tag);
}

void boot_info_init(u32 magic, u64 info)
{
	if (magic == MB2_MAGIC)
		read_mb2(phys_to_virt(info));
	else
		read_pvh(phys_to_virt(info));
	trim_overlaps();
	if (!boot_info.nmap)
		boot_die("The boot loader gave no memory map.");
	boot_info.trampoline = boot_info_low_page(&boot_info);
	boot_info_reserve(0, LOW_MEMORY_END); /* firmware data, trampoline */
	boot_info_reserve((u64)__boot_start, kernel_virt_to_phys(__bss_end));
}
