/* SPDX-License-Identifier: MIT */
/*
 * Memory objects.  Two levels of tables find a frame:
 *
 *	root [512] → leaf [512] → frame		512 × 512 × 4 KiB = 1 GiB
 *
 * A pointer changes once, from null, by compare-and-swap, and stays until the
 * object is destroyed; so there is no lock, and whoever loses the race for a
 * place uses what the winner put there.
 */
#include "kernel/ipc/vmo.h"
#include "kernel/core/log.h"
#include "kernel/lib/string.h"
#include "kernel/sched/thread.h"
#include "kernel/x86/uaccess.h"
#include "mm/frame/page_alloc.h"
#include "mm/frame/slab.h"

static void *alloc_frame(struct vmo *vmo)
{
	void *frame = alloc_zeroed_data_page();

	if (frame) {
		account_pages(PK_VMO, 1);
		atomic64_inc(&vmo->frames);
	}
	return frame;
}

static void free_frame(struct vmo *vmo, void *frame)
{
	account_pages(PK_VMO, -1);
	atomic64_dec(&vmo->frames);
	free_pages(virt_to_page(frame), 0);
}

/* Frees a table and all below it; level 0 is a frame of data. */
static void free_tree(struct vmo *vmo, void *frame, u32 level)
{
	struct vmo_table *table = frame;

	for (u32 i = 0; level && i < VMO_FANOUT; i++)
		if (table->frame[i])
			free_tree(vmo, table->frame[i], level - 1);
	free_frame(vmo, frame);
	if (level)
		cond_resched();
}

static void vmo_destroy(struct object *object)
{
	struct vmo *vmo = to_vmo(object);

	if (vmo->root)
		free_tree(vmo, vmo->root, VMO_LEVELS);
	kfree(vmo);
}

static const struct object_ops vmo_ops = { .destroy = vmo_destroy };

static struct vmo *vmo_alloc(u64 size)
{
	struct vmo *vmo = kzalloc(sizeof(*vmo));

	if (!vmo)
		return NULL;
	object_init(&vmo->object, OBJ_VMO, &vmo_ops);
	vmo->size = size;
	return vmo;
}

struct vmo *vmo_create(u64 size)
{
	struct vmo *vmo;

	if (size > VMO_MAX_SIZE)
		return ERR_PTR(-EFBIG);
	vmo = vmo_alloc(size);
	if (!vmo)
		return ERR_PTR(-ENOMEM);
	vmo->root = alloc_frame(vmo);
	if (!vmo->root) {
		kfree(vmo);
		return ERR_PTR(-ENOMEM);
	}
	return vmo;
}

struct vmo *vmo_create_module(u64 phys, u64 size)
{
	struct vmo *vmo = vmo_alloc(size);

	BUG_ON(!IS_ALIGNED(phys, PAGE_SIZE));
	if (vmo)
		vmo->phys = phys;
	return vmo;
}

/* The frame that holds byte offset, or NULL. */
static void *find_frame(struct vmo *vmo, u64 offset)
{
	u64 index = offset >> PAGE_SHIFT;
	struct vmo_table *leaf = READ_ONCE(vmo->root->frame[index / VMO_FANOUT]);

	return leaf ? READ_ONCE(leaf->frame[index % VMO_FANOUT]) : NULL;
}

/* What *place points to, a new frame of zeros if that is nothing yet; NULL if memory is short. */
static void *get_frame(struct vmo *vmo, void **place)
{
	void *frame = READ_ONCE(*place), *winner;

	if (frame)
		return frame;
	frame = alloc_frame(vmo);
	winner = frame ? cmpxchg(place, NULL, frame) : NULL;
	if (!winner)
		return frame;
	free_frame(vmo, frame);
	return winner;
}

void *vmo_make_data(struct vmo *vmo, u64 offset)
{
	u64 index = offset >> PAGE_SHIFT;
	struct vmo_table *leaf;
	void *frame;

	BUG_ON(!vmo->root || offset >= vmo->size);
	leaf = get_frame(vmo, &vmo->root->frame[index / VMO_FANOUT]);
	frame = leaf ? get_frame(vmo, &leaf->frame[index % VMO_FANOUT]) : NULL;
	return frame ? frame + offset % PAGE_SIZE : NULL;
}

const void *vmo_data(struct vmo *vmo, u64 offset)
{
	void *frame;

	BUG_ON(offset >= vmo->size);
	if (!vmo->root)
		return phys_to_virt(vmo->phys + offset);
	frame = find_frame(vmo, offset);
	return frame ? frame + offset % PAGE_SIZE : NULL;
}

u64 vmo_frames_held(struct handle_table *table)
{
	u64 frames = 0;

	SPIN_GUARD(&table->lock);
	for (u32 i = 0; i < table->used; i++) {
		struct object *object = table->slots[i].object;

		if (object && object->type == OBJ_VMO)
			frames += (u64)atomic64_read(&to_vmo(object)->frames) /
				  (u64)atomic_read(&object->refcount);
	}
	return frames;
}

/* Bytes from offset to the end of its page, at most n. */
static size_t chunk_size(u64 offset, size_t n)
{
	return MIN(PAGE_SIZE - offset % PAGE_SIZE, n);
}

/* Copies bytes of one page out; what was never written (data is null) reads as zeros. */
static int copy_out(void *to, const void *data, size_t n, bool user)
{
	if (user)
		return data ? copy_to_user(to, data, n) : clear_user(to, n);
	if (data)
		memcpy(to, data, n);
	else
		memset(to, 0, n);
	return 0;
}

static s64 read_pages(struct vmo *vmo, u64 offset, void *to, size_t n, bool user)
{
	for (size_t done = 0, len; done < n; done += len) {
		int ret;

		len = chunk_size(offset + done, n - done);
		ret = copy_out(to + done, vmo_data(vmo, offset + done), len, user);
		if (!ret && user)
			ret = cond_resched_killable();
		if (ret)
			return done ? (s64)done : ret;
	}
	return n;
}

int vmo_read_kernel(struct vmo *vmo, u64 offset, void *buf, size_t n)
{
	if (offset > vmo->size || n > vmo->size - offset)
		return -EINVAL;
	read_pages(vmo, offset, buf, n, false);
	return 0;
}

s64 vmo_read(struct vmo *vmo, u64 offset, void *ubuf, size_t n)
{
	if (offset >= vmo->size)
		return 0;
	return read_pages(vmo, offset, ubuf, MIN(n, vmo->size - offset), true);
}

s64 vmo_write(struct vmo *vmo, u64 offset, const void *ubuf, size_t n)
{
	size_t done, len;

	if (!n)
		return 0;
	if (offset >= vmo->size)
		return -EFBIG;
	n = MIN(n, vmo->size - offset);
	for (done = 0; done < n; done += len) {
		void *data = vmo_make_data(vmo, offset + done);
		int ret;

		len = chunk_size(offset + done, n - done);
		ret = data ? copy_from_user(data, ubuf + done, len) : -ENOMEM;
		if (!ret)
			ret = cond_resched_killable();
		if (ret)
			return done ? (s64)done : ret;
	}
	return done;
}
