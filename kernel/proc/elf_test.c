/* SPDX-License-Identifier: MIT */
/* In-kernel tests of the pure parts: admission of ELF files, names of instructions. */
#include "kernel/core/ktest.h"
#include "kernel/lib/string.h"
#include "kernel/proc/elf.h"
#include "kernel/proc/opcode.h"

#define FILE_SIZE 0x3000
#define PT_NULL	  0

/* A program of two segments that is in order. */
struct sample {
	struct elf64_header h;
	struct elf64_phdr ph[2];
};

static struct sample good_sample(void)
{
	return (struct sample){
		.h = {
			.ident = { 0x7f, 'E', 'L', 'F', 2, 1, 1 },
			.type = 2,
			.machine = 62,
			.version = 1,
			.entry = 0x400010,
			.phoff = sizeof(struct elf64_header),
			.ehsize = sizeof(struct elf64_header),
			.phentsize = sizeof(struct elf64_phdr),
			.phnum = 2,
		},
		.ph = {
			{ PT_LOAD, PF_R | PF_X, 0x1000, 0x400000, 0, 0x800, 0x800, 0x1000 },
			{ PT_LOAD, PF_R | PF_W, 0x2000, 0x401000, 0, 0x10, 0x5000, 0x1000 },
		},
	};
}

static int check_sample(const struct sample *s, struct elf_image *image)
{
	int ret = elf_check_header(&s->h, FILE_SIZE);

	return ret ? ret : elf_check_segments(&s->h, s->ph, FILE_SIZE, false, image);
}

KTEST(elf_accepts)
{
	struct sample s = good_sample();
	struct elf_image image;
	int ret = check_sample(&s, &image);

	KT_CHECK(ret == 0, "error %d", ret);
	KT_CHECK(image.nr_segments == 2, "%u segments", image.nr_segments);
	KT_CHECK(elf_segment_end(&image.segment[1]) == 0x406000, "ends at %#lx",
		 elf_segment_end(&image.segment[1]));
}

/* Each of these, done to the good sample, makes a bad one. */
#define ELF_DEFECTS(DEFECT) \
	DEFECT(s.h.ident[0] = 0) \
	DEFECT(s.h.ident[4] = 1) \
	DEFECT(s.h.ident[5] = 2) \
	DEFECT(s.h.ident[6] = 0) \
	DEFECT(s.h.ident[7] = 9) \
	DEFECT(s.h.type = 3) \
	DEFECT(s.h.machine = 3) \
	DEFECT(s.h.version = 0) \
	DEFECT(s.h.flags = 1) \
	DEFECT(s.h.ehsize = 52) \
	DEFECT(s.h.phentsize = 32) \
	DEFECT(s.h.phnum = 0) \
	DEFECT(s.h.phnum = ELF_MAX_PHDRS + 1) \
	DEFECT(s.h.phoff = 0) \
	DEFECT(s.h.phoff = 68) \
	DEFECT(s.h.phoff = FILE_SIZE - 56) \
	DEFECT(s.h.phoff = ~7UL) \
	DEFECT(s.h.entry = 0) \
	DEFECT(s.h.entry = 0x401000) \
	DEFECT(s.ph[0].type = PT_INTERP) \
	DEFECT(s.ph[0].type = PT_DYNAMIC) \
	DEFECT(s.ph[0].type = PT_NULL) \
	DEFECT(s.ph[0].flags = PF_X) \
	DEFECT(s.ph[0].flags = PF_R) \
	DEFECT(s.ph[0].flags |= PF_W) \
	DEFECT(s.ph[0].flags |= 8) \
	DEFECT(s.ph[0].offset = FILE_SIZE - 0x10) \
	DEFECT(s.ph[0].offset = ~0xfffUL) \
	DEFECT(s.ph[0].filesz = 0x801) \
	DEFECT(s.ph[0].memsz = 0x801) \
	DEFECT(s.ph[1].filesz = ~0UL) \
	DEFECT(s.ph[0].vaddr = 0x400800) \
	DEFECT(s.ph[0].vaddr = 0xf000) \
	DEFECT(s.ph[0].vaddr = 0xffffffff80000000) \
	DEFECT(s.ph[1].vaddr = 0x400000) \
	DEFECT(s.ph[1].vaddr = (1UL << 46) - 0x1000) \
	DEFECT(s.ph[1].memsz = ~0UL) \
	DEFECT(s.ph[1].align = 0x1001) \
	DEFECT(s.ph[1].align = 0x4000) \
	DEFECT((s.ph[1].align = 1, s.ph[1].offset = 0x2010))

#define CHECK_DEFECT(change) \
	{ \
		struct sample s = good_sample(); \
		struct elf_image image; \
		change; \
		KT_CHECK(check_sample(&s, &image) == -ENOEXEC, "accepted: %s", #change); \
	}

KTEST(elf_refuses)
{
	ELF_DEFECTS(CHECK_DEFECT)
}

static bool named(const char *code, size_t n, const char *name)
{
	const char *seen = privileged_instruction((const u8 *)code, n);

	return name ? seen && strcmp(seen, name) == 0 : !seen;
}

KTEST(privileged_names)
{
	KT_CHECK(named("\xf4", 2, "hlt"), "hlt");
	KT_CHECK(named("\xee", 2, "out"), "out dx, al");
	KT_CHECK(named("\x66\xef", 3, "out"), "out dx, ax");
	KT_CHECK(named("\x0f\x30", 3, "wrmsr"), "wrmsr");
	KT_CHECK(named("\x0f\x01\x10", 3, "lgdt"), "lgdt [rax]");
	KT_CHECK(named("\x41\x0f\x01\x10", 4, "lgdt"), "lgdt [r8]");
	KT_CHECK(named("\x0f\x01\xf8", 3, "swapgs"), "swapgs");
	KT_CHECK(named("\x0f\x22\xd8", 3, "mov to a control register"), "mov cr3, rax");
	KT_CHECK(named("\x48\x89\xc3", 3, NULL), "mov rbx, rax is not privileged");
	KT_CHECK(named("\x0f", 1, NULL), "cut off");
	KT_CHECK(named("\x66\x66", 2, NULL), "prefixes only");
}
