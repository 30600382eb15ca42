/* SPDX-License-Identifier: MIT */
/*
 * The boot bundle: any bytes, filled with zeros to as many pages as the first of them says.  The
 * kernel panics, or each part lies within.
 *
 * sources: kernel/proc/bundle.c kernel/lib/string.c tools/fuzz/panic.c
 * kernel: yes
 */
#include "kernel/proc/bundle.h"
#include "kernel/x86/bootinfo.h"
#include "kernel/x86/layout.h"
#include "tools/fuzz/fuzz.h"
#include "tools/fuzz/panic.h"

#define PLACE 0x1000ul

struct boot_info boot_info;
char *host_ram;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const names[] = { "init", "initrd", "args", "stdin", "", "none" };
	size_t given = size ? size - 1 : 0;
	char *bytes;

	size = size && given < data[0] % 3 * PAGE_SIZE ? data[0] % 3 * PAGE_SIZE : given;
	bytes = calloc(1, size + !size);
	if (given)
		memcpy(bytes, data + 1, given);
	host_ram = bytes - PLACE;
	boot_info.bundle_phys = size ? PLACE : 0;
	boot_info.bundle_size = size;
	if (!setjmp(panic_jump)) {
		bundle_check();
		for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
			struct mem_part part = bundle_find(names[i]);

			FUZZ_CHECK(part.phys % PAGE_SIZE == 0);
			FUZZ_CHECK(!part.phys || part.phys - PLACE <= size);
			FUZZ_CHECK(!part.phys || part.size <= size - (part.phys - PLACE));
		}
	}
	free(bytes);
	return 0;
}
