/* SPDX-License-Identifier: MIT */
/*
 * exec.  The new address space is built whole beside the old one; only when
 * nothing can fail any more are the two exchanged.  So a failed exec leaves the
 * old program as it was.
 *
 * Segments are private anonymous memory into which the bytes of the file are
 * copied: they are pages like all others for fork, rmap and the scanners.
 */
#include "kernel/proc/exec.h"
#include "kernel/lib/string.h"
#include "kernel/proc/elf.h"
#include "kernel/proc/signal.h"
#include "kernel/proc/syscall.h"
#include "kernel/x86/uaccess.h"
#include "mm/frame/slab.h"
#include "mm/space/memory.h"

static int read_image(struct vmo *vmo, struct elf_image *image)
{
	struct elf64_phdr ph[ELF_MAX_PHDRS];
	struct elf64_header h;

	if (filemap_read_kernel(&vmo->map, 0, &h, sizeof(h)) || elf_check_header(&h, vmo->map.file.size))
		return -ENOEXEC;
	if (filemap_read_kernel(&vmo->map, h.phoff, ph, h.phnum * sizeof(ph[0])))
		return -ENOEXEC;
	return elf_check_segments(&h, ph, vmo->map.file.size, allow_wx, image);
}

/* Copies a segment's bytes, page by page of the file; what was never written there stays zero. */
static int fill_segment(struct vmo *vmo, struct mm_struct *mm, const struct elf64_phdr *seg)
{
	for (u64 done = 0, n; done < seg->filesz; done += n) {
		u64 offset = seg->offset + done;
		void *data = (void *)filemap_data(&vmo->map, offset);

		n = MIN(PAGE_SIZE - offset % PAGE_SIZE, seg->filesz - done);
		if (data && access_remote_vm(mm, seg->vaddr + done, data, n, true) != (s64)n)
			return -ENOMEM;
		if (cond_resched_killable())
			return -EINTR;
	}
	return 0;
}

static u64 segment_prot(u32 flags)
{
	return (flags & PF_R ? PROT_READ : 0) | (flags & PF_W ? PROT_WRITE : 0) |
	       (flags & PF_X ? PROT_EXEC : 0);
}

static int map_area(struct mm_struct *mm, u64 start, u64 len, u64 flags)
{
	s64 addr = do_mmap(mm, start, len, PROT_READ | PROT_WRITE,
			   MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE | flags);

	return addr < 0 ? -ENOMEM : 0;
}

/* Maps a segment writable, fills it, then gives it the protection it asks for. */
static int map_segment(struct vmo *vmo, struct mm_struct *mm, const struct elf64_phdr *seg)
{
	u64 start = ALIGN_DOWN(seg->vaddr, PAGE_SIZE), len = elf_segment_end(seg) - start;
	u64 prot = segment_prot(seg->flags);

	if (map_area(mm, start, len, 0) || fill_segment(vmo, mm, seg))
		return -ENOMEM;
	if (prot == (PROT_READ | PROT_WRITE))
		return 0;
	return do_mprotect(mm, start, len, prot);
}

/* Fills an empty address space; the program's first rsp, or -errno. */
static s64 load(struct vmo *vmo, const struct exec_args *args, const struct elf_image *image,
		struct mm_struct *mm)
{
	for (u32 i = 0; i < image->nr_segments; i++)
		if (map_segment(vmo, mm, &image->segment[i]))
			return -ENOMEM;
	if (map_area(mm, STACK_TOP - STACK_SIZE, STACK_SIZE, MAP_STACK))
		return -ENOMEM;
	return args_push(args, mm, image->entry);
}

struct mm_struct *exec_build(struct vmo *vmo, const struct exec_args *args, int pid,
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
		mm->merge_any = old->merge_any;
		mm->merge_disabled = old->merge_disabled;
	}
	ret = mm->merge_any ? merge_hooks.mm_enter(mm) : 0;
	if (!ret)
		ret = load(vmo, args, &image, mm);
	if (ret < 0) {
		mmput(mm);
		return ERR_PTR(ret);
	}
	*regs = user_regs(image.entry, ret);
	return mm;
}

/* The point of no return is behind: what else the old program leaves to the new one, or not. */
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

static s64 exec_vmo(struct vmo *vmo, struct exec_args *args, const u64 *argv, const u64 *envp)
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

/*
 * Replaces the program by the ELF image behind the handle, which is closed with
 * it; 0 is what the new program finds in rax.  The process's other threads end.  In this order: -EBADF, -EINVAL not
 * a memory object, -EACCES not executable, -EFAULT, -E2BIG more than 128 KiB of
 * argv and envp, -ENOEXEC, -ENOMEM: the old program goes on as it was.
 */
s64 sys_exec(int handle, const u64 *argv, const u64 *envp)
{
	OBJECT(object, handle, OBJ_VMO, RIGHT_EXEC);
	struct exec_args *args = kzalloc(sizeof(*args));
	s64 ret;

	if (!args)
		return -ENOMEM;
	ret = exec_vmo(to_vmo(object), args, argv, envp);
	args_free(args);
	kfree(args);
	if (!ret)
		handle_close(my_handles(), handle);
	return ret;
}
