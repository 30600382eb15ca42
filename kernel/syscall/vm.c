/* SPDX-License-Identifier: MIT */
/* System calls on the caller's memory, and on memory objects. */
#include <abi/kernel.h>
#include "kernel/ipc/endpoint.h"
#include "kernel/ipc/vmo.h"
#include "kernel/syscall/handle.h"
#include "kernel/syscall/syscall.h"
#include "kernel/x86/uaccess.h"
#include "mm/mm_types.h"
#include "mm/space/limit.h"
#include "mm/space/madvise.h"
#include "mm/space/mincore.h"
#include "mm/space/mlock.h"
#include "mm/space/mmap.h"
#include "mm/space/mprotect.h"
#include "mm/space/mremap.h"

/* Shared anonymous memory is an object that has no handle; as handle_copy() of one, or -ENOMEM. */
static int nameless_object(u64 len, struct handle *from)
{
	struct vmo_object *vmo = vmo_create(ALIGN_UP(len, PAGE_SIZE));

	if (IS_ERR(vmo))
		return -ENOMEM;
	*from = (struct handle){ &vmo->object, RIGHT_ALL, 0 };
	return 0;
}

/* As handle_copy() of a memory object that may be mapped; the errors are those of sys_mmap(). */
static int mappable_object(int handle, struct handle *from)
{
	int ret = handle_copy(my_handles(), handle, from);

	if (ret == -EINVAL) /* a handle that may not leave the process: none of memory */
		return -ENODEV;
	if (ret)
		return ret;
	if (from->object->type != OBJ_VMO)
		ret = -ENODEV;
	else if (!(from->rights & RIGHT_READ))
		ret = -EACCES;
	if (ret)
		object_put(from->object);
	return ret;
}

/*
 * Maps len bytes of zeros, or (without MAP_ANONYMOUS) of the object that the handle names, from
 * offset on.  In this order -EINVAL: offset not page aligned; -EBADF no such handle, -ENODEV not
 * a memory object, -EACCES not readable; then as do_mmap_source().
 */
s64 sys_mmap(u64 addr, u64 len, u64 prot, u64 flags, int handle, u64 offset)
{
	struct handle from;
	s64 ret;

	_Static_assert(RIGHT_READ == VM_READ && RIGHT_WRITE == VM_WRITE && RIGHT_EXEC == VM_EXEC,
		       "a handle's rights are those of an area");
	if (!IS_ALIGNED(offset, PAGE_SIZE))
		return -EINVAL;
	if (flags & MAP_ANONYMOUS && !(flags & MAP_SHARED))
		return do_mmap(current->mm, addr, len, prot, flags);
	if (flags & MAP_ANONYMOUS) {
		offset = 0;
		ret = nameless_object(len, &from);
	} else {
		ret = mappable_object(handle, &from);
	}
	if (ret)
		return ret;
	ret = do_mmap_source(current->mm, addr, len, prot, flags,
			     (struct vm_source){ &to_vmo_object(from.object)->map.vmo,
						 offset >> PAGE_SHIFT, from.rights });
	object_put(from.object);
	return ret;
}

s64 sys_munmap(u64 addr, u64 len)
{
	return do_munmap(current->mm, addr, len);
}

s64 sys_mremap(u64 addr, u64 old_len, u64 new_len, u64 flags, u64 new_addr)
{
	return do_mremap(current->mm, addr, old_len, new_len, flags, new_addr);
}

s64 sys_msync(u64 addr, u64 len, u64 flags)
{
	return do_msync(current->mm, addr, len, flags);
}

s64 sys_mincore(u64 addr, u64 len, u64 vec)
{
	return do_mincore(current->mm, addr, len, (u8 *)vec);
}

s64 sys_mlock2(u64 addr, u64 len, u64 flags)
{
	return do_mlock(current->mm, addr, len, flags);
}

s64 sys_munlock(u64 addr, u64 len)
{
	return do_munlock(current->mm, addr, len);
}

s64 sys_mlockall(u64 flags)
{
	return do_mlockall(current->mm, flags);
}

s64 sys_munlockall(void)
{
	do_munlockall(current->mm);
	return 0;
}

s64 sys_prlimit(int resource, const void *uwanted, void *uold)
{
	struct rlimit wanted, old;
	int ret;

	if (uwanted && copy_from_user(&wanted, uwanted, sizeof(wanted)))
		return -EFAULT;
	ret = mm_prlimit(current->mm, resource, uwanted ? &wanted : NULL, &old);
	if (ret)
		return ret;
	return uold && copy_to_user(uold, &old, sizeof(old)) ? -EFAULT : 0;
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
 * PR_SET_MEMORY_MERGE: arg 0 off, else on; -ENOMEM if off cannot part all pages.
 * PR_GET_MEMORY_MERGE: 0 or 1; -EINVAL: arg not 0.  Another op: -EINVAL.
 */
s64 sys_prctl(int op, u64 arg)
{
	switch (op) {
	case PR_SET_MEMORY_MERGE:
		return mm_set_memory_merge(current->mm, arg);
	case PR_GET_MEMORY_MERGE:
		if (arg)
			return -EINVAL;
		return READ_ONCE(current->mm->merge_any);
	default:
		return -EINVAL;
	}
}

#define COPY_MAX   (1u << 20) /* bytes at a time */
#define COPY_CHUNK 256

/*
 * Copies n bytes within the caller's memory, for a library that may not die of a pointer that it
 * was given.  n; -EINVAL: more than 1 MiB; -EFAULT, when part may have been written.
 */
s64 sys_vm_copy(void *to, const void *from, u64 n)
{
	u8 chunk[COPY_CHUNK];
	u64 len;

	if (n > COPY_MAX)
		return -EINVAL;
	for (u64 done = 0; done < n; done += len) {
		len = MIN(n - done, sizeof(chunk));
		if (copy_from_user(chunk, from + done, len) || copy_to_user(to + done, chunk, len))
			return -EFAULT;
	}
	return n;
}

/*
 * The same of a string, of which no byte behind the NUL is read.  Its length without the NUL; n:
 * there is none among the first n bytes.
 */
s64 sys_vm_copy_string(u64 to, u64 from, u64 n)
{
	char chunk[COPY_CHUNK];
	u64 done = 0;

	if (n > COPY_MAX)
		return -EINVAL;
	while (done < n) {
		u64 room = MIN(n - done, sizeof(chunk));
		s64 len = strncpy_from_user(chunk, (const char *)from + done, room);
		bool ends = len >= 0 && (u64)len < room;

		if (len < 0 || copy_to_user((void *)(to + done), chunk, len + ends))
			return -EFAULT;
		done += len;
		if (ends)
			break;
	}
	return done;
}

/* A handle, with all rights, to a new object, or why there is none (ERR_PTR); -EMFILE. */
static s64 install_vmo(struct vmo_object *vmo)
{
	if (IS_ERR(vmo))
		return PTR_ERR(vmo);
	return install_object(&vmo->object, RIGHT_ALL, 0);
}

/* A handle, with all rights, to a new object of size zeros.  -EFBIG, -ENOMEM, -EMFILE. */
s64 sys_vmo_create(u64 size)
{
	return install_vmo(vmo_create(size));
}

/* Bytes.  -EBADF, -EINVAL not a memory object. */
s64 sys_vmo_size(int handle)
{
	struct object *object __put_object = get_object(handle, OBJ_VMO, 0);

	if (IS_ERR(object))
		return PTR_ERR(object);
	return READ_ONCE(to_vmo_object(object)->map.vmo.size);
}

/* -EBADF, -EINVAL not a memory object, -EACCES not readable, then as filemap_read(). */
s64 sys_vmo_read(int handle, void *buf, u64 n, u64 offset)
{
	struct object *object __put_object = get_object(handle, OBJ_VMO, RIGHT_READ);

	if (IS_ERR(object))
		return PTR_ERR(object);
	return filemap_read(&to_vmo_object(object)->map, offset, buf, n);
}

/* -EBADF, -EINVAL not a memory object, -EACCES not writable, then as filemap_write(). */
s64 sys_vmo_write(int handle, const void *buf, u64 n, u64 offset)
{
	struct object *object __put_object = get_object(handle, OBJ_VMO, RIGHT_WRITE);

	if (IS_ERR(object))
		return PTR_ERR(object);
	return filemap_write(&to_vmo_object(object)->map, offset, buf, n);
}

/*
 * A handle, with all rights, to a new object of size bytes, which the pager brings that receives at
 * the endpoint: vmo_create_paged().  After the KCAP: -EBADF, -EINVAL, -EACCES of the endpoint;
 * -EFBIG, -ENOMEM, -EMFILE.
 */
s64 sys_vmo_create_paged(int kcap, int handle, u64 badge, u64 size)
{
	int ret = check_authority(kcap, KCAP_PAGER);

	if (ret)
		return ret;
	struct object *ep __put_object = get_object(handle, OBJ_ENDPOINT, RIGHT_READ);
	if (IS_ERR(ep))
		return PTR_ERR(ep);
	return install_vmo(vmo_create_paged(size, to_endpoint(ep), badge));
}

/* -EBADF, -EINVAL not an endpoint, -EACCES, then as vmo_supply(). */
s64 sys_vmo_supply(int handle, u64 token, const void *buf, u64 n)
{
	struct object *ep __put_object = get_object(handle, OBJ_ENDPOINT, RIGHT_READ);

	if (IS_ERR(ep))
		return PTR_ERR(ep);
	return vmo_supply(to_endpoint(ep), token, buf, n);
}

/* -EBADF, -EINVAL not a memory object, -EACCES no RIGHT_RESIZE, then as filemap_resize(). */
s64 sys_vmo_resize(int handle, u64 size)
{
	struct object *object __put_object = get_object(handle, OBJ_VMO, RIGHT_RESIZE);

	if (IS_ERR(object))
		return PTR_ERR(object);
	return filemap_resize(&to_vmo_object(object)->map, size);
}

/* -EBADF, -EINVAL not a memory object, -EACCES not writable, then as filemap_punch(). */
s64 sys_vmo_punch(int handle, u64 offset, u64 n)
{
	struct object *object __put_object = get_object(handle, OBJ_VMO, RIGHT_WRITE);

	if (IS_ERR(object))
		return PTR_ERR(object);
	return filemap_punch(&to_vmo_object(object)->map.vmo, offset, n);
}

/* -EBADF, -EINVAL not a memory object, -EACCES not writable, then as filemap_reserve(). */
s64 sys_vmo_reserve(int handle, u64 offset, u64 n)
{
	struct object *object __put_object = get_object(handle, OBJ_VMO, RIGHT_WRITE);

	if (IS_ERR(object))
		return PTR_ERR(object);
	return filemap_reserve(&to_vmo_object(object)->map, offset, n);
}
