/* SPDX-License-Identifier: MIT */
/*
 * Memory objects: what handles name; their bytes are a matter of mm/object/filemap.c.
 *
 * A page that a pager has to bring is asked for by a call, as any client would make it, in
 * the name of the thread that needs it:
 *
 *	who touches the page                     the pager: a thread of a server
 *	#PF: the object has no such page
 *	mmap_lock dropped, object held
 *	  ── call: badge, offset, PAGE_IN ──►    recv: IPC_PAGER
 *	sleeps                                   vmo_supply(token): a frame, filled, entered
 *	object has the page? ◄── reply ──        reply_recv(token)
 *	#PF again, from the look-up of the area
 *
 * So there is no queue of requests and no page that is neither there nor not: a frame is entered
 * when its bytes are in it.  Several who need the same page all ask, and who supplies it second
 * finds it there.  A pager that touches an object of its own in the thread that receives
 * is told of the deadlock; one that dies ends the calls, and the object is without one.  The
 * last reference to the object ends the connection, which the pager hears as CLOSED.
 *
 * Signals wait until the page has come, unless they kill: the fault may be the kernel's own, on
 * behalf of a system call.
 */
#include "kernel/ipc/endpoint.h"
#include "mm/frame/slab.h"

static void vmo_destroy(struct object *object)
{
	struct vmo *vmo = to_vmo(object);

	filemap_destroy(&vmo->map);
	if (vmo->pager)
		object_put(&vmo->pager->object);
	kfree(vmo);
}

static struct vmo *file_vmo(struct vm_file *file)
{
	return container_of(file, struct vmo, map.file);
}

/* An area holds the object as a handle does. */
static void vmo_get(struct vm_file *file)
{
	object_get(&file_vmo(file)->object);
}

static void vmo_put(struct vm_file *file)
{
	object_put(&file_vmo(file)->object);
}

static u64 vmo_share(struct vm_file *file)
{
	struct vmo *vmo = file_vmo(file);

	return (u64)atomic64_read(&vmo->map.frames) / (u64)atomic_read(&vmo->object.refcount);
}

static int vmo_page_in(struct vm_file *file, u64 index)
{
	struct vmo *vmo = file_vmo(file);
	struct letter letter = { .m = { .flags = IPC_PAGE_IN,
					.word = { index << PAGE_SHIFT },
					.pid = current->mm->pid } };
	int ret;

	letter.carried[0].object = &vmo->object; /* for vmo_supply(): does not travel */
	ret = ipc_call(vmo->pager, &letter, now_ns() + IPC_SLOW_NS);
	if (!ret)
		letter_drop(&letter);
	if (filemap_page(file, index, false))
		return 0;
	return ret == -EINTR ? ret : !ret && letter.m.op == -ENOMEM ? -ENOMEM : -EIO;
}

int vmo_supply(struct endpoint *ep, u64 token, const void *ubuf, u64 n)
{
	struct object *object = NULL;
	struct ipc_call *call;
	u64 offset = 0;
	int ret;

	spin_lock(&ipc_lock);
	call = ipc_taken_call(ep, token);
	if (call && call->letter->m.flags & IPC_PAGE_IN) {
		object = call->letter->carried[0].object;
		object_get(object); /* the caller holds it as long as he waits */
		offset = call->letter->m.word[0];
	}
	spin_unlock(&ipc_lock);
	if (!object)
		return -ESRCH;
	ret = filemap_supply(&to_vmo(object)->map, offset, ubuf, n);
	object_put(object);
	return ret;
}

static const struct vm_file_ops vmo_ops = { vmo_get, vmo_put, filemap_page, vmo_page_in,
					    vmo_share };

static struct vmo *vmo_alloc(void)
{
	struct vmo *vmo = kzalloc(sizeof(*vmo));

	if (vmo)
		object_init(&vmo->object, OBJ_VMO, vmo_destroy);
	return vmo;
}

struct vmo *vmo_create(u64 size)
{
	struct vmo *vmo = vmo_alloc();
	int ret = vmo ? filemap_init(&vmo->map, size, &vmo_ops) : -ENOMEM;

	if (!ret)
		return vmo;
	kfree(vmo);
	return ERR_PTR(ret);
}

struct vmo *vmo_create_paged(u64 size, struct endpoint *ep, u64 badge)
{
	struct vmo *vmo = vmo_create(size);
	struct object *pager = IS_ERR(vmo) ? NULL : connection_create(ep, badge);

	if (pager) {
		vmo->pager = to_connection(pager);
		vmo->map.file.paged = size;
	} else if (!IS_ERR(vmo)) {
		object_put(&vmo->object);
		vmo = ERR_PTR(-ENOMEM);
	}
	return vmo;
}

struct vmo *vmo_create_module(u64 phys, u64 size)
{
	struct vmo *vmo = vmo_alloc();

	if (vmo)
		filemap_init_module(&vmo->map, phys, size, &vmo_ops);
	return vmo;
}

u64 vmo_frames_held(struct handle_table *table)
{
	u64 frames = 0;

	SPIN_GUARD(&table->lock);
	for (u32 i = 0; i < table->used; i++) {
		struct object *object = table->slots[i].object;

		if (object && object->type == OBJ_VMO)
			frames += vmo_share(&to_vmo(object)->map.file);
	}
	return frames;
}
