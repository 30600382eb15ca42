/* SPDX-License-Identifier: MIT */
/*
 * What the boot loader left: of Multiboot2 any bytes, of PVH any numbers and any map of memory.
 * The machine ends with a sentence, or has RAM in order, without a page twice, below MAX_PHYS, a
 * bundle that is reserved, and a trampoline on a free page.
 *
 * sources: kernel/x86/bootinfo.c kernel/lib/string.c tools/fuzz/panic.c
 * kernel: yes
 */
#include "kernel/x86/bootinfo.h"
#include "kernel/x86/layout.h"
#include "kernel/x86/serial.h"
#include "kernel/x86/vga.h"
#include "tools/fuzz/fuzz.h"
#include "tools/fuzz/panic.h"

#define PVH_MAGIC 0x336ec578
#define MB2_MAGIC 0x36d76289
#define PLACE	  0x200000ul

char *host_ram;
char __boot_start[1], __bss_end[1];

void serial_write(u32 port, const void *buf, size_t n)
{
	(void)port;
	(void)buf;
	(void)n;
}

void vga_write(const char *text, size_t n)
{
	(void)text;
	(void)n;
}

void __noreturn debug_exit(u32 code)
{
	(void)code;
	longjmp(panic_jump, 1);
}

static void check_map(void)
{
	const struct boot_info *b = &boot_info;
	u64 end = 0;

	FUZZ_CHECK(b->nmap && b->nmap <= MAX_MEM_RANGES && b->nreserved <= MAX_RESERVED);
	for (u32 i = 0; i < b->nmap; i++) {
		const struct mem_range *r = &b->map[i];

		FUZZ_CHECK(r->start >= end && r->start < r->end && r->end <= MAX_PHYS);
		FUZZ_CHECK(r->start % PAGE_SIZE == 0 && r->end % PAGE_SIZE == 0);
		end = r->end;
	}
	FUZZ_CHECK(b->trampoline % PAGE_SIZE == 0 && b->trampoline < REAL_MODE_END);
}

static void check_bundle(void)
{
	const struct boot_info *b = &boot_info;
	bool held = false;

	FUZZ_CHECK(b->bundle_phys <= MAX_PHYS && b->bundle_size <= MAX_PHYS - b->bundle_phys);
	FUZZ_CHECK(memchr(b->cmdline, '\0', sizeof(b->cmdline)));
	for (u32 i = 0; i < b->nreserved; i++) {
		const struct mem_range *r = &b->reserved[i];

		FUZZ_CHECK(r->start <= r->end);
		held |= r->start <= b->bundle_phys && b->bundle_phys + b->bundle_size <= r->end;
	}
	FUZZ_CHECK(!b->bundle_size || held);
}

/* The start of PVH's information, as its specification has it. */
struct pvh_start {
	u32 magic, version, flags, nr_modules;
	u64 modlist, cmdline, rsdp, memmap;
	u32 memmap_entries, reserved;
};

#define MAP_ENTRY 24 /* bytes of an entry of the map */

/* Where in memory they are is right, as all that this loader says depends on it. */
static void begin_pvh(char *bytes, size_t size)
{
	struct pvh_start *si = (struct pvh_start *)bytes;
	u64 module = PLACE + sizeof(*si), map = module + 32, rest = map - PLACE;

	si->magic = PVH_MAGIC;
	si->modlist = module;
	si->memmap = map;
	si->memmap_entries = (u32)((size - rest) / MAP_ENTRY);
	si->cmdline = si->cmdline % 2 ? PLACE + size - 1 : 0;
	bytes[size - 1] = '\0';
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	bool pvh = size && data[0] % 2;
	size_t least = pvh ? sizeof(struct pvh_start) + 32 + 1 : 8;
	size_t given = size ? size - 1 : 0;
	char *bytes;

	size = given < least ? least : given;
	bytes = calloc(1, size);
	if (given)
		memcpy(bytes, data + 1, given);
	host_ram = bytes - PLACE;
	boot_info = (struct boot_info){ 0 };
	if (pvh)
		begin_pvh(bytes, size);
	else
		*(u32 *)bytes = (u32)size;
	if (!setjmp(panic_jump)) {
		boot_info_init(pvh ? 0 : MB2_MAGIC, PLACE);
		check_map();
		check_bundle();
	}
	free(bytes);
	return 0;
}
