/* SPDX-License-Identifier: MIT */
/* ELF64 executables: the format, and the check that admits one.  Pure: no kernel state. */
#pragma once

#include <abi/errno.h>
#include "kernel/lib/types.h"
#include "kernel/x86/layout.h"

#define ELF_MAX_PHDRS 16
#define ELF_MIN	      0x10000UL
#define ELF_MAX	      (1UL << 46) /* half of user space: room for mappings and the stack above */

#define PT_LOAD	   1
#define PT_DYNAMIC 2
#define PT_INTERP  3

#define PF_X 1
#define PF_W 2
#define PF_R 4

struct elf64_header {
	u8 ident[16];
	u16 type, machine;
	u32 version;
	u64 entry, phoff, shoff;
	u32 flags;
	u16 ehsize, phentsize, phnum, shentsize, shnum, shstrndx;
};

struct elf64_phdr {
	u32 type, flags;
	u64 offset, vaddr, paddr, filesz, memsz, align;
};

/* Where the pages of a segment end. */
static inline u64 elf_segment_end(const struct elf64_phdr *ph)
{
	return ALIGN_UP(ph->vaddr + ph->memsz, PAGE_SIZE);
}

/* What exec needs of a program. */
struct elf_image {
	u64 entry;
	u32 nr_segments; /* at least one; PT_LOAD with memsz > 0, ascending, no page shared */
	struct elf64_phdr segment[ELF_MAX_PHDRS];
};

/* -ENOEXEC unless h heads a static x86-64 program whose headers lie within file_size bytes. */
int elf_check_header(const struct elf64_header *h, u64 file_size);
/*
 * Checks the h->phnum program headers of a header that elf_check_header() took,
 * and fills in image.  -ENOEXEC if anything about them is not as it should be;
 * allow_wx: a segment may be both writable and executable.
 */
int elf_check_segments(const struct elf64_header *h, const struct elf64_phdr *ph, u64 file_size,
		       bool allow_wx, struct elf_image *image);
