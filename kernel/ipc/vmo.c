/* SPDX-License-Identifier: MIT */
/*
 * Memory objects.  Two levels of pointer pages find a frame:
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
#include "kernel/x86/page_ops.h"
#include "kernel/x86/uaccess.h"
#include "mm/frame/page_alloc.h"
#include "mm/frame/slab.h"

static void free_frame(void *addr)
{
	free_pages(virt_to_page(addr), 0);
}

static void leaf_free(struct vmo_leaf *leaf)
{
	for (u32 i = 0; i < VMO_FANOUT; i++) {
		if (!leaf->page[i])
			continue;
		account_pages(PK_VMO, -1);
		free_pages(leaf->page[i], 0);
	}
	free_frame(leaf);
}

static void vmo_destroy(struct object *object)
{
	struct vmo *vmo = to_vmo(object);

	for (u32 i = 0; vmo->root && i < VMO_FANOUT; i++)
		if (vmo->root->leaf[i])
			leaf_free(vmo->root->leaf[i]);
	if (vmo->root)
		free_frame(vmo->root);
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
	vmo->root = alloc_zeroed_page();
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
static struct page *find_page(struct vmo *vmo, u64 offset)
{
	u64 index = offset >> PAGE_SHIFT;
	struct vmo_leaf *leaf = READ_ONCE(vmo->root->leaf[index / VMO_FANOUT]);

	return leaf ? READ_ONCE(leaf->page[index % VMO_FANOUT]) : NULL;
}

static struct vmo_leaf *get_leaf(struct vmo_root *root, u64 i)
{
	struct vmo_leaf *leaf = READ_ONCE(root->leaf[i]), *winner;

	if (leaf)
		return leaf;
	leaf = alloc_zeroed_page();
	if (!leaf)
		return NULL;
	winner = cmpxchg(&root->leaf[i], NULL, leaf);
	if (!winner)
		return leaf;
	free_frame(leaf);
	return winner;
}

/* The frame for byte offset, zeroed if it is new; NULL if memory is short. */
static struct page *get_vmo_page(struct vmo *vmo, u64 offset)
{
	u64 index = offset >> PAGE_SHIFT;
	struct vmo_leaf *leaf = get_leaf(vmo->root, index / VMO_FANOUT);
	struct page **place, *page, *winner;

	if (!leaf)
		return NULL;
	place = &leaf->page[index % VMO_FANOUT];
	if (READ_ONCE(*place))
		return READ_ONCE(*place);
	page = alloc_pages(0);
	if (!page)
		return NULL;
	clear_page(page_address(page));
	winner = cmpxchg(place, NULL, page);
	if (winner) {
		free_pages(page, 0);
		return winner;
	}
	account_pages(PK_VMO, 1);
	return page;
}

const void *vmo_data(struct vmo *vmo, u64 offset)
{
	struct page *page;

	BUG_ON(offset >= vmo->size);
	if (!vmo->root)
		return phys_to_virt(vmo->phys + offset);
	page = find_page(vmo, offset);
	return page ? page_address(page) + offset % PAGE_SIZE : NULL;
}

/* Bytes from offset to the end of its page, at most n. */
static size_t chunk_size(u64 offset, size_t n)
{
	return MIN(PAGE_SIZE - offset % PAGE_SIZE, n);
}

int vmo_read_kernel(struct vmo *vmo, u64 offset, void *buf, size_t n)
{
	if (offset > vmo->size || n > vmo->size - offset)
		return -EINVAL;
	for (size_t done = 0, len; done < n; done += len) {
		const void *data = vmo_data(vmo, offset + done);

		len = chunk_size(offset + done, n - done);
		if (data)
			memcpy(buf + done, data, len);
		else
			memset(buf + done, 0, len);
	}
	return 0;
}

s64 vmo_read(struct vmo *vmo, u64 offset, void *ubuf, size_t n)
{
	size_t done, len;

	if (offset >= vmo->size)
		return 0;
	n = MIN(n, vmo->size - offset);
	for (done = 0; done < n; done += len) {
		const void *data = vmo_data(vmo, offset + done);
		int ret;

		len = chunk_size(offset + done, n - done);
		ret = data ? copy_to_user(ubuf + done, data, len) : clear_user(ubuf + done, len);
		if (ret)
			return done ? (s64)done : ret;
	}
	return done;
}

s64 vmo_write(struct vmo *vmo, u64 offset, const void *ubuf, size_t n)
{
	size_t done, len;

	BUG_ON(!vmo->root);
	if (!n)
		return 0;
	if (offset >= vmo->size)
		return -EFBIG;
	n = MIN(n, vmo->size - offset);
	for (done = 0; done < n; done += len) {
		struct page *page = get_vmo_page(vmo, offset + done);
		void *to = page ? page_address(page) + (offset + done) % PAGE_SIZE : NULL;
		int ret;

		len = chunk_size(offset + done, n - done);
		ret = to ? copy_from_user(to, ubuf + done, len) : -ENOMEM;
		if (ret)
			return done ? (s64)done : ret;
	}
	return done;
}
