/* SPDX-License-Identifier: MIT */
/* System calls on the caller's memory, and on memory objects. */
#include "kernel/ipc/vmo.h"
#include "kernel/proc/process.h"
#include "kernel/proc/syscall.h"
#include "kernel/sched/thread.h"

/*
 * Maps len bytes of zeros.  -EINVAL: offset not page aligned.  Without
 * MAP_ANONYMOUS: -EBADF no such handle, else -ENODEV, since objects cannot be
 * mapped yet.  Then as do_mmap().
 */
s64 sys_mmap(u64 addr, u64 len, u64 prot, u64 flags, int handle, u64 offset)
{
	if (!IS_ALIGNED(offset, PAGE_SIZE))
		return -EINVAL;
	if (!(flags & MAP_ANONYMOUS)) {
		struct object *object __cleanup(object_put_cleanup) =
			handle_get(my_handles(), handle, OBJ_VMO, 0);

		return PTR_ERR(object) == -EBADF ? -EBADF : -ENODEV;
	}
	return do_mmap(current->mm, addr, len, prot, flags);
}

s64 sys_munmap(u64 addr, u64 len)
{
	return do_munmap(current->mm, addr, len);
}

s64 sys_mprotect(u64 addr, u64 len, u64 prot)
{
	return do_mprotect(current->mm, addr, len, prot);
}

s64 sys_madvise(u64 addr, u64 len, int advice)
{
	return do_madvise(current->mm, addr, len, advice);
}

/*
 * PR_SET_MEMORY_MERGE: arg 0, or on; -ENOMEM if off cannot part all pages.  PR_GET_MEMORY_MERGE: arg 0, else -EINVAL; returns 0 or 1.  Another
 * op: -EINVAL.
 */
s64 sys_prctl(int op, u64 arg)
{
	switch (op) {
	case PR_SET_MEMORY_MERGE:
		return mm_set_memory_merge(current->mm, arg);
	case PR_GET_MEMORY_MERGE:
		return arg ? -EINVAL : READ_ONCE(current->mm->merge_any);
	default:
		return -EINVAL;
	}
}

/* -EBADF no such handle. */
s64 sys_handle_close(int handle)
{
	return handle_close(my_handles(), handle);
}

/* As handle_dup(). */
s64 sys_handle_dup(int handle, int to)
{
	return handle_dup(my_handles(), handle, to);
}

/* As handle_cloexec(); -EINVAL: on is none of -1, 0, 1. */
s64 sys_handle_cloexec(int handle, int on)
{
	if (on < -1 || on > 1)
		return -EINVAL;
	return handle_cloexec(&current_process()->handles, handle, on);
}

/* A handle, with all rights, to a new object of size zeros.  -EFBIG, -ENOMEM, -EMFILE. */
s64 sys_vmo_create(u64 size)
{
	struct vmo *vmo = vmo_create(size);

	if (IS_ERR(vmo))
		return PTR_ERR(vmo);
	return handle_install(my_handles(), &vmo->object, RIGHT_ALL, 0);
}

/* Bytes.  -EBADF, -EINVAL not a memory object. */
s64 sys_vmo_size(int handle)
{
	OBJECT(object, handle, OBJ_VMO, 0);

	return to_vmo(object)->map.size;
}

/* -EBADF, -EINVAL not a memory object, -EACCES not readable, then as filemap_read(). */
s64 sys_vmo_read(int handle, void *buf, u64 n, u64 offset)
{
	OBJECT(object, handle, OBJ_VMO, RIGHT_READ);

	return filemap_read(&to_vmo(object)->map, offset, buf, n);
}

/* -EBADF, -EINVAL not a memory object, -EACCES not writable, then as filemap_write(). */
s64 sys_vmo_write(int handle, const void *buf, u64 n, u64 offset)
{
	OBJECT(object, handle, OBJ_VMO, RIGHT_WRITE);

	return filemap_write(&to_vmo(object)->map, offset, buf, n);
}
