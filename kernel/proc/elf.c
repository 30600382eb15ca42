/* SPDX-License-Identifier: MIT */
/*
 * Admission of an ELF64 file.  Every field that the loader uses is checked
 * against the file's size and the address range before it is used, and those it
 * does not use must still have a value that makes sense: nobody profits from a
 * damaged program that starts.
 */
#include "kernel/proc/elf.h"
#include "kernel/lib/string.h"

#define ELFCLASS64    2
#define ELFDATA2LSB   1
#define EV_CURRENT    1
#define ELFOSABI_NONE 0
#define ELFOSABI_GNU  3
#define ET_EXEC	      2
#define EM_X86_64     62

static bool ident_ok(const u8 *ident)
{
	return memcmp(ident, "\177ELF", 4) == 0 && ident[4] == ELFCLASS64 &&
	       ident[5] == ELFDATA2LSB && ident[6] == EV_CURRENT &&
	       (ident[7] == ELFOSABI_NONE || ident[7] == ELFOSABI_GNU) && ident[8] == 0;
}

int elf_check_header(const struct elf64_header *h, u64 file_size)
{
	u64 table = (u64)h->phnum * sizeof(struct elf64_phdr);

	if (!ident_ok(h->ident) || h->type != ET_EXEC || h->machine != EM_X86_64 ||
	    h->version != EV_CURRENT || h->flags != 0 || h->ehsize != sizeof(*h))
		return -ENOEXEC;
	if (h->phentsize != sizeof(struct elf64_phdr) || !h->phnum || h->phnum > ELF_MAX_PHDRS)
		return -ENOEXEC;
	if (h->phoff < sizeof(*h) || h->phoff % 8 || h->phoff > file_size ||
	    table > file_size - h->phoff)
		return -ENOEXEC;
	return 0;
}

static bool flags_ok(u32 flags, bool allow_wx)
{
	if (flags & ~(u32)(PF_R | PF_W | PF_X) || !(flags & PF_R))
		return false;
	return allow_wx || (flags & (PF_W | PF_X)) != (PF_W | PF_X);
}

/*
 * The alignment a segment asks for must be one, and place and file must agree in it: at least
 * by pages, since it is pages that are mapped.
 */
static bool alignment_ok(const struct elf64_phdr *ph)
{
	if (ph->align & (ph->align - 1))
		return false;
	return (ph->vaddr - ph->offset) % MAX(ph->align, PAGE_SIZE) == 0;
}

/*
 * Zeros after the bytes are made in a copy of the page in which these end, which takes the right
 * to write.
 */
static int check_segment(const struct elf64_phdr *ph, u64 file_size, bool allow_wx)
{
	if (ph->filesz > ph->memsz || (ph->filesz < ph->memsz && !(ph->flags & PF_W)))
		return -ENOEXEC;
	if (!flags_ok(ph->flags, allow_wx) || !alignment_ok(ph))
		return -ENOEXEC;
	if (ph->offset > file_size || ph->filesz > file_size - ph->offset)
		return -ENOEXEC;
	if (ph->vaddr < ELF_MIN || ph->vaddr > ELF_MAX || ph->memsz > ELF_MAX - ph->vaddr)
		return -ENOEXEC;
	return 0;
}

/* The first instruction must be one that may be executed. */
static bool entry_ok(const struct elf_image *image)
{
	for (u32 i = 0; i < image->nr_segments; i++) {
		const struct elf64_phdr *seg = &image->segment[i];

		if (seg->flags & PF_X && image->entry >= seg->vaddr &&
		    image->entry < elf_segment_end(seg))
			return true;
	}
	return false;
}

int elf_check_segments(const struct elf64_header *h, const struct elf64_phdr *ph, u64 file_size,
		       bool allow_wx, struct elf_image *image)
{
	u64 last_end = 0;

	*image = (struct elf_image){ .entry = h->entry };
	for (const struct elf64_phdr *end = ph + h->phnum; ph < end; ph++) {
		if (ph->type == PT_DYNAMIC || ph->type == PT_INTERP)
			return -ENOEXEC;
		if (ph->type != PT_LOAD || (!ph->memsz && !ph->filesz))
			continue;
		if (check_segment(ph, file_size, allow_wx) ||
		    ALIGN_DOWN(ph->vaddr, PAGE_SIZE) < last_end)
			return -ENOEXEC;
		last_end = elf_segment_end(ph);
		image->segment[image->nr_segments++] = *ph;
	}
	return entry_ok(image) ? 0 : -ENOEXEC;
}
