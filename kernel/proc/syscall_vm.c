/* SPDX-License-Identifier: MIT */
/* System calls on the caller's memory, and on memory objects. */
#include <abi/kernel.h>
#include "kernel/ipc/endpoint.h"
#include "kernel/proc/process.h"
#include "kernel/proc/syscall.h"
#include "kernel/sched/thread.h"

/* Shared anonymous memory is an object that has no handle; as handle_copy() of one, or -ENOMEM. */
static int nameless_object(u64 len, struct handle *from)
{
	struct vmo_object *vmo = vmo_create(ALIGN_UP(len, PAGE_SIZE));

	if (IS_ERR(vmo))
		return -ENOMEM;
	*from = (struct handle){ &vmo->object, RIGHT_ALL, 0 };
	return 0;
}

/*
 * Maps len bytes of zeros, or (without MAP_ANONYMOUS) of the object behind the handle, from
 * offset on.  In this order -EINVAL: offset not page aligned; -EBADF no such handle, -ENODEV not
 * a memory object, -EACCES not readable; then as do_mmap_source().
 */
s64 sys_mmap(u64 addr, u64 len, u64 prot, u64 flags, int handle, u64 offset)
{
	bool anonymous = flags & MAP_ANONYMOUS;
	struct handle from;
	s64 ret;

	_Static_assert(RIGHT_READ == VM_READ && RIGHT_WRITE == VM_WRITE && RIGHT_EXEC == VM_EXEC,
		       "a handle's rights are those of an area");
	if (!IS_ALIGNED(offset, PAGE_SIZE))
		return -EINVAL;
	if (anonymous && !(flags & MAP_SHARED))
		return do_mmap(current->mm, addr, len, prot, flags);
	ret = anonymous ? nameless_object(len, &from) : handle_copy(my_handles(), handle, &from);
	if (ret)
		return ret == -EINVAL ? -ENODEV : ret;
	if (from.object->type != OBJ_VMO || !(from.rights & RIGHT_READ))
		ret = from.object->type != OBJ_VMO ? -ENODEV : -EACCES;
	else
		ret = do_mmap_source(current->mm, addr, len, prot, flags,
				     (struct vm_source){ &to_vmo_object(from.object)->map.vmo,
							 anonymous ? 0 : offset >> PAGE_SHIFT,
							 from.rights });
	object_put(from.object);
	return ret;
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
	return handle_cloexec(my_handles(), handle, on);
}

/* A handle, with all rights, to a new object, or why there is none (ERR_PTR); -EMFILE. */
static s64 install_vmo(struct vmo_object *vmo)
{
	return IS_ERR(vmo) ? PTR_ERR(vmo) :
			     handle_install(my_handles(), &vmo->object, RIGHT_ALL, 0);
}

/* A handle, with all rights, to a new object of size zeros.  -EFBIG, -ENOMEM, -EMFILE. */
s64 sys_vmo_create(u64 size)
{
	return install_vmo(vmo_create(size));
}

/* Bytes.  -EBADF, -EINVAL not a memory object. */
s64 sys_vmo_size(int handle)
{
	OBJECT(object, handle, OBJ_VMO, 0);

	return READ_ONCE(to_vmo_object(object)->map.vmo.size);
}

/* -EBADF, -EINVAL not a memory object, -EACCES not readable, then as filemap_read(). */
s64 sys_vmo_read(int handle, void *buf, u64 n, u64 offset)
{
	OBJECT(object, handle, OBJ_VMO, RIGHT_READ);

	return filemap_read(&to_vmo_object(object)->map, offset, buf, n);
}

/* -EBADF, -EINVAL not a memory object, -EACCES not writable, then as filemap_write(). */
s64 sys_vmo_write(int handle, const void *buf, u64 n, u64 offset)
{
	OBJECT(object, handle, OBJ_VMO, RIGHT_WRITE);

	return filemap_write(&to_vmo_object(object)->map, offset, buf, n);
}

/*
 * A handle, with all rights, to a new object of size bytes, which the pager brings that receives at
 * the endpoint: vmo_create_paged().  After the KCAP: -EBADF, -EINVAL, -EACCES of the endpoint; -EFBIG,
 * -ENOMEM, -EMFILE.
 */
s64 sys_vmo_create_paged(int kcap, int handle, u64 badge, u64 size)
{
	NEED_AUTHORITY(kcap, KCAP_PAGER);
	OBJECT(ep, handle, OBJ_ENDPOINT, RIGHT_READ);

	return install_vmo(vmo_create_paged(size, to_endpoint(ep), badge));
}

/* -EBADF, -EINVAL not an endpoint, -EACCES, then as vmo_supply(). */
s64 sys_vmo_supply(int handle, u64 token, const void *buf, u64 n)
{
	OBJECT(ep, handle, OBJ_ENDPOINT, RIGHT_READ);

	return vmo_supply(to_endpoint(ep), token, buf, n);
}

/* -EBADF, -EINVAL not a memory object, -EACCES no RIGHT_RESIZE, then as filemap_resize(). */
s64 sys_vmo_resize(int handle, u64 size)
{
	OBJECT(object, handle, OBJ_VMO, RIGHT_RESIZE);

	return filemap_resize(&to_vmo_object(object)->map, size);
}
