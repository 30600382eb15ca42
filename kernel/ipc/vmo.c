/* SPDX-License-Identifier: MIT */
/*
 * Memory objects: what handles name; their bytes are a matter of mm/object/filemap.c.
 *
 * A page that a pager has to bring is asked for by a call, as any client would make it, in
 * the name of the thread that needs it:
 *
 *	the thread that touches the page         the pager: a thread of a server
 *	#PF: the object has no such page
 *	mmap_lock dropped, object held
 *	  ── call: badge, offset ──►             recv: IPC_PAGER
 *	sleeps                                   vmo_supply(token): a frame, filled, entered
 *	object has the page? ◄── reply ──        reply_recv(token)
 *	#PF again, from the look-up of the area
 *
 * So there is no queue of requests and no page that is neither there nor not: a frame is entered
 * when its bytes are in it.  Threads that need the same page all ask, and what is supplied a second
 * time is there already.  The object may be cut while the pager is at it (mm/object/truncate.c);
 * then the answer does not count, whatever it is, and who still needs the page asks once more.  A
 * pager that touches an object of its own in the thread that receives is told of the deadlock; one
 * that dies ends the calls, and the object is without one.  The last reference to the object ends
 * the connection, which the pager hears as CLOSED.
 *
 * Signals wait until the page has come, unless they kill: the fault may be the kernel's own, on
 * behalf of a system call.
 */
#include "kernel/ipc/vmo.h"
#include "kernel/ipc/call.h"
#include "mm/frame/slab.h"
#include "mm/vmo.h"

static void vmo_object_destroy(struct object *object)
{
	struct vmo_object *obj = to_vmo_object(object);

	filemap_destroy(&obj->map);
	if (obj->pager)
		object_put(&obj->pager->object);
	kfree(obj);
}

/* The object of a vmo that vmo_create() and its like have made: they set vmo_object_ops. */
static struct vmo_object *vmo_object_of(struct vmo *vmo)
{
	return container_of(vmo, struct vmo_object, map.vmo);
}

/* An area holds the object as a handle does. */
static void vmo_object_get(struct vmo *vmo)
{
	object_get(&vmo_object_of(vmo)->object);
}

static void vmo_object_put(struct vmo *vmo)
{
	object_put(&vmo_object_of(vmo)->object);
}

/* All holders have the same part of it: handles, areas, messages on their way. */
static u64 vmo_object_share(struct vmo *vmo)
{
	struct vmo_object *obj = vmo_object_of(vmo);

	u64 bytes = sizeof(*obj) + (u64)atomic64_read(&obj->map.frames) * PAGE_SIZE;

	return bytes / (u64)atomic_read(&obj->object.refcount);
}

/* A request for a page, on the stack of the thread that needs it, which sleeps. */
struct page_request {
	struct letter letter;
	struct vmo_object *obj;
	u64 cuts; /* the map's, when the page was asked for */
};

/* Calls the pager; what the call, or else the pager itself, says.  The reply carries nothing. */
static int ask_pager(struct page_request *r, u64 index)
{
	int ret;

	r->letter = (struct letter){ .m = { .flags = IPC_PAGE_IN,
					    .word = { index << PAGE_SHIFT },
					    .pid = (u16)current->mm->pid } };
	ret = ipc_call(r->obj->pager, &r->letter, now_ns() + IPC_SLOW_NS);
	if (ret)
		return ret == -EINTR ? -EINTR : -EIO;
	letter_drop(&r->letter);
	return r->letter.m.op == -ENOMEM ? -ENOMEM : -EIO;
}

/*
 * What counts is whether the page is there then: the reply only says why not.  If pages have left
 * the object meanwhile, the pager may have answered for a page that was not the one we need.
 */
static int vmo_object_page_in(struct vmo *vmo, u64 index)
{
	struct page_request r = { .obj = vmo_object_of(vmo) };
	int err = 0;

	do {
		r.cuts = filemap_cuts(&r.obj->map);
		if (!filemap_awaited(vmo, index))
			return 0;
		err = ask_pager(&r, index);
	} while (err != -EINTR && r.cuts != filemap_cuts(&r.obj->map));
	return filemap_awaited(vmo, index) ? err : 0;
}

static const struct vmo_ops vmo_object_ops = {
	.get = vmo_object_get,
	.put = vmo_object_put,
	.get_pages = filemap_get_pages,
	.make = filemap_make,
	.awaited = filemap_awaited,
	.page_in = vmo_object_page_in,
	.punch = filemap_punch,
	.share = vmo_object_share,
};

/* The request for a page whose call has this token, or NULL.  ipc_lock held. */
static struct page_request *page_request_of(struct endpoint *ep, u64 token)
{
	struct ipc_call *call = ipc_taken_call(ep, token);

	if (!call || !(call->letter->m.flags & IPC_PAGE_IN))
		return NULL;
	return container_of(call->letter, struct page_request, letter);
}

int vmo_supply(struct endpoint *ep, u64 token, const void *ubuf, u64 n)
{
	struct vmo_object *obj = NULL;
	struct page_request *r;
	u64 offset = 0, cuts = 0;
	int ret;

	spin_lock(&ipc_lock);
	r = page_request_of(ep, token);
	if (r) {
		obj = r->obj;
		object_get(&obj->object); /* the caller holds it as long as it waits */
		offset = r->letter.m.word[0];
		cuts = r->cuts;
	}
	spin_unlock(&ipc_lock);
	if (!obj)
		return -ESRCH;
	ret = filemap_supply(&obj->map, offset, ubuf, n, cuts);
	object_put(&obj->object);
	return ret;
}

static struct vmo_object *vmo_object_alloc(void)
{
	struct vmo_object *obj = kzalloc(sizeof(*obj));

	if (obj)
		object_init(&obj->object, OBJ_VMO, vmo_object_destroy);
	return obj;
}

struct vmo_object *vmo_create(u64 size)
{
	struct vmo_object *obj = vmo_object_alloc();
	int ret;

	if (!obj)
		return ERR_PTR(-ENOMEM);
	ret = filemap_init(&obj->map, size, &vmo_object_ops);
	if (ret) {
		kfree(obj);
		return ERR_PTR(ret);
	}
	return obj;
}

struct vmo_object *vmo_create_paged(u64 size, struct endpoint *ep, u64 badge)
{
	struct vmo_object *obj = vmo_create(size);
	struct object *pager;

	if (IS_ERR(obj))
		return obj;
	pager = connection_create(ep, badge);
	if (!pager) {
		object_put(&obj->object);
		return ERR_PTR(-ENOMEM);
	}
	obj->pager = to_connection(pager);
	obj->map.vmo.paged = size;
	return obj;
}

struct vmo_object *vmo_create_module(u64 phys, u64 size)
{
	struct vmo_object *obj = vmo_object_alloc();

	if (obj)
		filemap_init_module(&obj->map, phys, size, &vmo_object_ops);
	return obj;
}
