/* SPDX-License-Identifier: MIT */
/*
 * Reads what PVH or Multiboot2 left in memory, before anything is written there.
 *
 * The loader is trusted to have left something, but not to have left it in order: no size that it
 * tells leads out of what it belongs to, or nowhere; a range of memory that makes no sense is not
 * used, and what the kernel cannot do without ends the machine with a sentence.
 */
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

struct mb2_info {
	u32 size, reserved; /* bytes of all, these two included */
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
	u64 addr = MIN(e->addr, MAX_PHYS);
	u64 start = ALIGN_UP(addr, PAGE_SIZE);
	u64 end = ALIGN_DOWN(addr + MIN(e->size, MAX_PHYS - addr), PAGE_SIZE);
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
	if (start > MAX_PHYS || size > MAX_PHYS - start)
		boot_die("The boot loader's module does not lie in memory.");
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

/* The bytes of data that a tag has. */
static u32 tag_room(const struct mb2_tag *tag)
{
	return tag->size - sizeof(*tag);
}

static void read_mb2_cmdline(const struct mb2_tag *tag)
{
	u32 room = MIN(tag_room(tag), (u32)sizeof(boot_info.cmdline) - 1);

	memcpy(boot_info.cmdline, tag->data, room);
	boot_info.cmdline[room] = '\0';
}

static void read_mb2_module(const struct mb2_tag *tag)
{
	const struct mb2_module *mod = (const void *)tag->data;

	if (tag_room(tag) < sizeof(*mod) || mod->end < mod->start)
		boot_die("The boot loader's module has no end.");
	set_bundle(mod->start, mod->end - mod->start);
}

static void read_mb2_memmap(const struct mb2_tag *tag)
{
	const struct mb2_memmap *map = (const void *)tag->data;
	u32 left = tag_room(tag);

	if (left < sizeof(*map) || map->entry_size < sizeof(struct e820_entry))
		return;
	left -= sizeof(*map);
	for (const char *p = map->entries; left >= map->entry_size; p += map->entry_size) {
		struct e820_entry e;

		memcpy(&e, p, sizeof(e)); /* which no boundary is told for */
		add_ram(&e);
		left -= map->entry_size;
	}
}

static void read_mb2_tag(const struct mb2_tag *tag)
{
	switch (tag->type) {
	case MB2_CMDLINE:
		read_mb2_cmdline(tag);
		break;
	case MB2_MODULE:
		read_mb2_module(tag);
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

/*
 * The tags, each on an 8-byte boundary, up to one that is the end, or is shorter than its own head,
 * or leads out of the information.
 */
static void read_mb2(const struct mb2_info *info)
{
	u64 at = sizeof(*info);

	while (at + sizeof(struct mb2_tag) <= info->size) {
		const struct mb2_tag *tag = (const void *)info + at;

		if (tag->type == MB2_END || tag->size < sizeof(*tag))
			return;
		if (tag->size > info->size - at)
			return;
		read_mb2_tag(tag);
		at += ALIGN_UP((u64)tag->size, 8);
	}
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
