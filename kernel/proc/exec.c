/* SPDX-License-Identifier: MIT */
/*
 * exec.  The new address space is built whole beside the old one; only when
 * nothing can fail any more are the two exchanged.  So a failed exec leaves the
 * old program as it was.
 *
 * A segment is a private mapping of the memory object, which the areas hold from then
 * on.  So all that run a program read the same frames of text, fork leaves those to
 * faults, and a page of data is copied when somebody writes to it.
 *
 *	object   | headers | text       t | rodata     d | data     | data  ssss| symbols
 *	memory             | text       t | rodata     d | data     | data  0000| bss
 *	                     r-x            r--            rw-, copied on write   rw-
 *	                     object's pages                         | anonymous
 *
 * A segment that is larger than its bytes ends in zeros.  The page in which its bytes end
 * has a copy of these and is anonymous like what follows: data and zeros are one area where
 * they fit in one page, and so they are in most programs.  Unlike Linux, where that page is
 * of the file: MADV_DONTNEED makes zeros of all of it, not the file's bytes, whatever they
 * are beyond the segment's end.
 *
 * Unlike Linux there is no ETXTBSY: a program whose file is overwritten while it runs
 * may see the new bytes in pages that it has not copied.
 */
#include "kernel/proc/exec.h"
#include "kernel/lib/string.h"
#include "kernel/proc/elf.h"
#include "kernel/proc/exit.h"
#include "kernel/proc/signal.h"
#include "mm/frame/slab.h"
#include "mm/space/hooks.h"
#include "mm/space/mmap.h"

static const struct vm_source no_object = { .may = VM_PROT };

static int read_image(struct vmo_object *vmo, struct elf_image *image)
{
	struct elf64_phdr ph[ELF_MAX_PHDRS];
	struct elf64_header h;
	int ret = filemap_read_kernel(&vmo->map, 0, &h, sizeof(h));

	if (!ret)
		ret = elf_check_header(&h, vmo->map.vmo.size);
	if (!ret)
		ret = filemap_read_kernel(&vmo->map, h.phoff, ph, h.phnum * sizeof(ph[0]));
	if (ret == -EINVAL)
		return -ENOEXEC;
	if (ret)
		return ret;
	return elf_check_segments(&h, ph, vmo->map.vmo.size, allow_wx, image);
}

static u64 segment_prot(u32 flags)
{
	u64 prot = 0;

	if (flags & PF_R)
		prot |= PROT_READ;
	if (flags & PF_W)
		prot |= PROT_WRITE;
	if (flags & PF_X)
		prot |= PROT_EXEC;
	return prot;
}

/* Maps [start, end), which may be empty. */
static int map_area(struct mm_struct *mm, u64 start, u64 end, u64 prot, u64 flags,
		    struct vm_source source)
{
	flags |= MAP_PRIVATE | MAP_FIXED_NOREPLACE;
	if (start == end)
		return 0;
	if (do_mmap_source(mm, start, end - start, prot, flags, source) < 0)
		return -ENOMEM;
	return 0;
}

/* Copies the bytes of the segment from address `from` on, if any, all in one page. */
static int copy_last_bytes(struct vmo_object *vmo, struct mm_struct *mm,
			   const struct elf64_phdr *seg, u64 from)
{
	u64 end = seg->vaddr + seg->filesz;

	from = MAX(from, seg->vaddr);
	if (from >= end)
		return 0;
	return filemap_copy_page(&vmo->map, seg->offset + (from - seg->vaddr), mm, from, end - from,
				 true);
}

/* The object's pages; then, of a segment larger than its bytes, anonymous ones with their end. */
static int map_segment(struct vmo_object *vmo, struct mm_struct *mm, const struct elf64_phdr *seg)
{
	struct vm_source object = { &vmo->map.vmo, seg->offset >> PAGE_SHIFT, VM_PROT };
	u64 start = ALIGN_DOWN(seg->vaddr, PAGE_SIZE), end = elf_segment_end(seg);
	u64 prot = segment_prot(seg->flags);
	u64 anonymous = end; /* from here on */

	if (seg->memsz > seg->filesz)
		anonymous = ALIGN_DOWN(seg->vaddr + seg->filesz, PAGE_SIZE);
	if (map_area(mm, start, anonymous, prot, 0, object))
		return -ENOMEM;
	if (map_area(mm, anonymous, end, prot, 0, no_object))
		return -ENOMEM;
	return copy_last_bytes(vmo, mm, seg, anonymous);
}

/* Fills an empty address space; the program's first rsp, or -errno. */
static s64 exec_load(struct vmo_object *vmo, const struct exec_args *args,
		     const struct elf_image *image, struct mm_struct *mm)
{
	int ret;

	for (u32 i = 0; i < image->nr_segments; i++) {
		ret = map_segment(vmo, mm, &image->segment[i]);
		if (ret)
			return ret;
	}
	ret = map_area(mm, STACK_TOP - ALIGN_UP(args->size + STACK_SIZE, PAGE_SIZE), STACK_TOP,
		       PROT_READ | PROT_WRITE, MAP_STACK | MAP_GROWSDOWN, no_object);
	if (ret)
		return ret;
	return args_push(args, mm, image->entry);
}

struct mm_struct *exec_build(struct vmo_object *vmo, const struct exec_args *args, int pid,
			     const struct mm_struct *old, struct pt_regs *regs)
{
	struct elf_image image;
	struct mm_struct *mm;
	s64 ret = read_image(vmo, &image);

	if (ret)
		return ERR_PTR(ret);
	mm = mm_alloc(pid);
	if (!mm)
		return ERR_PTR(-ENOMEM);
	if (old) {
		mm->limit = old->limit;
		mm->merge_any = old->merge_any;
		mm->merge_disabled = old->merge_disabled;
	}
	ret = 0;
	if (mm->merge_any)
		ret = merge_hooks.mm_enter(mm);
	if (!ret)
		ret = exec_load(vmo, args, &image, mm);
	if (ret < 0) {
		mmput(mm);
		return ERR_PTR(ret);
	}
	*regs = user_regs(image.entry, ret);
	return mm;
}

/* Past the point of no return: what else the old program leaves to the new one, or not. */
static void become(struct process *p, const struct exec_args *args, struct mm_struct *mm)
{
	mmput(process_swap_mm(mm));
	handle_table_exec(&p->handles);
	signal_exec(p);
	args_name(args, p->name, sizeof(p->name));
	strlcpy(current->name, p->name, sizeof(current->name));
	fpu_init(&current->fpu);
	fpu_restore(&current->fpu);
	set_fs_base(0);
}

static int exec_with(struct vmo_object *vmo, struct exec_args *args, const u64 *argv,
		     const u64 *envp)
{
	struct process *p = current_process();
	struct mm_struct *mm;
	struct pt_regs regs;
	int ret = args_copy(args, argv, envp);

	if (ret)
		return ret;
	mm = exec_build(vmo, args, p->pid, p->mm, &regs);
	if (IS_ERR(mm))
		return PTR_ERR(mm);
	if (!process_end_threads()) {
		mmput(mm);
		return -EINTR;
	}
	become(p, args, mm);
	process_go_on(p);
	*current_regs() = regs;
	return 0;
}

int exec_replace(struct vmo_object *vmo, const u64 *argv, const u64 *envp)
{
	struct exec_args *args = kzalloc(sizeof(*args));
	int ret;

	if (!args)
		return -ENOMEM;
	ret = exec_with(vmo, args, argv, envp);
	args_free(args);
	kfree(args);
	return ret;
}
