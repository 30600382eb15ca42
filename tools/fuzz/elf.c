/* SPDX-License-Identifier: MIT */
/*
 * The kernel's admission of a program: any file.  What is admitted lies within the file and within
 * user space, in order.
 *
 * sources: kernel/proc/elf.c kernel/lib/string.c tools/fuzz/panic.c
 * kernel: yes
 */
#include "kernel/proc/elf.h"
#include "tools/fuzz/fuzz.h"

static void check_image(const struct elf_image *image, u64 size)
{
	u64 end = ELF_MIN;

	FUZZ_CHECK(image->nr_segments && image->nr_segments <= ELF_MAX_PHDRS);
	for (u32 i = 0; i < image->nr_segments; i++) {
		const struct elf64_phdr *s = &image->segment[i];

		FUZZ_CHECK(s->vaddr >= end && s->filesz <= s->memsz);
		FUZZ_CHECK(s->offset <= size && s->filesz <= size - s->offset);
		end = elf_segment_end(s);
		FUZZ_CHECK(end >= s->vaddr && end <= ELF_MAX);
		FUZZ_CHECK((s->flags & (PF_W | PF_X)) != (PF_W | PF_X));
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct elf64_header h;
	struct elf64_phdr *table;
	struct elf_image image;
	size_t n;

	if (size < sizeof(h))
		return 0;
	memcpy(&h, data, sizeof(h));
	if (elf_check_header(&h, size))
		return 0;
	n = h.phnum * sizeof(*table);
	FUZZ_CHECK(h.phoff <= size && n <= size - h.phoff);
	table = malloc(n);
	memcpy(table, data + h.phoff, n);
	if (!elf_check_segments(&h, table, size, false, &image))
		check_image(&image, size);
	free(table);
	return 0;
}
