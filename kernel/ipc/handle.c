/* SPDX-License-Identifier: MIT */
/*
 * Handles: a small array of slots for each process, doubled when it is full.
 * Objects are never destroyed under the table's lock: a slot is emptied there
 * and the reference dropped after it.
 */
#include "kernel/ipc/handle.h"
#include "kernel/core/log.h"
#include "kernel/lib/string.h"
#include "mm/frame/slab.h"

#define FIRST_SIZE 16

void object_init(struct object *object, enum object_type type, const struct object_ops *ops)
{
	object->ops = ops;
	object->type = type;
	atomic_set(&object->refcount, 1);
}

void object_put(struct object *object)
{
	if (atomic_dec_and_test(&object->refcount))
		object->ops->destroy(object);
}

int handle_table_init(struct handle_table *table)
{
	spin_lock_init(&table->lock, LOCK_HANDLES);
	table->size = FIRST_SIZE;
	table->slots = kzalloc(FIRST_SIZE * sizeof(struct handle));
	return table->slots ? 0 : -ENOMEM;
}

/* Makes room for at least size handles.  -ENOMEM, unchanged. */
static int table_grow(struct handle_table *table, u32 size)
{
	struct handle *unused = kzalloc(size * sizeof(struct handle));

	if (!unused)
		return -ENOMEM;
	spin_lock(&table->lock);
	if (size > table->size) {
		struct handle *old = table->slots;

		memcpy(unused, old, table->size * sizeof(struct handle));
		table->slots = unused;
		table->size = size;
		unused = old;
	}
	spin_unlock(&table->lock);
	kfree(unused);
	return 0;
}

/* The slot of an open handle, or NULL.  Table locked. */
static struct handle *slot_of(struct handle_table *table, int handle)
{
	assert_spin_held(&table->lock);
	if (handle < 0 || (u32)handle >= table->size || !table->slots[handle].object)
		return NULL;
	return &table->slots[handle];
}

/* Index of the lowest free slot; the table's size if there is none.  Table locked. */
static u32 free_slot(struct handle_table *table)
{
	u32 i = 0;

	assert_spin_held(&table->lock);
	while (i < table->size && table->slots[i].object)
		i++;
	return i;
}

int handle_install(struct handle_table *table, struct object *object, u32 rights, u32 flags)
{
	for (;;) {
		u32 slot, size;

		spin_lock(&table->lock);
		slot = free_slot(table);
		size = table->size;
		if (slot < size)
			table->slots[slot] = (struct handle){ object, rights, flags };
		spin_unlock(&table->lock);
		if (slot < size)
			return slot;
		if (size == MAX_HANDLES)
			return -EMFILE;
		if (table_grow(table, size * 2))
			return -ENOMEM;
	}
}

struct object *handle_get(struct handle_table *table, int handle, enum object_type type, u32 rights)
{
	struct handle *slot;

	SPIN_GUARD(&table->lock);
	slot = slot_of(table, handle);
	if (!slot)
		return ERR_PTR(-EBADF);
	if (slot->object->type != type)
		return ERR_PTR(-EINVAL);
	if ((slot->rights & rights) != rights)
		return ERR_PTR(-EACCES);
	object_get(slot->object);
	return slot->object;
}

int handle_close(struct handle_table *table, int handle)
{
	struct object *object = NULL;
	struct handle *slot;

	spin_lock(&table->lock);
	slot = slot_of(table, handle);
	if (slot) {
		object = slot->object;
		slot->object = NULL;
	}
	spin_unlock(&table->lock);
	if (!object)
		return -EBADF;
	object_put(object);
	return 0;
}

/* Puts a copy of an open handle into slot `to`, which exists; what was there goes to *old. */
static int dup_into(struct handle_table *table, int handle, int to, struct object **old)
{
	struct handle *slot;

	SPIN_GUARD(&table->lock);
	slot = slot_of(table, handle);
	if (!slot)
		return -EBADF;
	if (to == handle)
		return to;
	*old = table->slots[to].object;
	object_get(slot->object);
	table->slots[to] =
		(struct handle){ slot->object, slot->rights, slot->flags & ~HANDLE_CLOEXEC };
	return to;
}

/* A copy of the slot with a reference to its object, or -EBADF. */
static int copy_slot(struct handle_table *table, int handle, struct handle *copy)
{
	struct handle *slot;

	SPIN_GUARD(&table->lock);
	slot = slot_of(table, handle);
	if (!slot)
		return -EBADF;
	*copy = *slot;
	object_get(copy->object);
	return 0;
}

static int dup_lowest(struct handle_table *table, int handle)
{
	struct handle copy;
	int ret = copy_slot(table, handle, &copy);

	if (ret)
		return ret;
	ret = handle_install(table, copy.object, copy.rights, copy.flags & ~HANDLE_CLOEXEC);
	if (ret < 0)
		object_put(copy.object);
	return ret;
}

int handle_dup(struct handle_table *table, int handle, int to)
{
	struct object *old = NULL;
	u32 size = READ_ONCE(table->size);
	int ret;

	if (to == -1)
		return dup_lowest(table, handle);
	if (to < 0 || to >= MAX_HANDLES || handle < 0 || handle >= MAX_HANDLES)
		return -EBADF;
	while (size <= (u32)to)
		size *= 2;
	if (size > READ_ONCE(table->size) && table_grow(table, size))
		return -ENOMEM;
	ret = dup_into(table, handle, to, &old);
	if (old)
		object_put(old);
	return ret;
}

/* Copies the handles that fork passes on; false if src has outgrown dst.  dst is private. */
static bool copy_slots(struct handle_table *dst, struct handle_table *src)
{
	SPIN_GUARD(&src->lock);
	if (src->size > dst->size)
		return false;
	for (u32 i = 0; i < src->size; i++) {
		struct handle *h = &src->slots[i];

		if (!h->object || h->flags & HANDLE_NOFORK)
			continue;
		object_get(h->object);
		dst->slots[i] = *h;
	}
	return true;
}

int handle_table_clone(struct handle_table *dst, struct handle_table *src)
{
	if (handle_table_init(dst))
		return -ENOMEM;
	while (!copy_slots(dst, src)) {
		if (table_grow(dst, dst->size * 2)) {
			handle_table_destroy(dst);
			return -ENOMEM;
		}
	}
	return 0;
}

void handle_table_destroy(struct handle_table *table)
{
	for (u32 i = 0; i < table->size; i++)
		if (table->slots[i].object)
			object_put(table->slots[i].object);
	kfree(table->slots);
	table->slots = NULL;
	table->size = 0;
}

void handle_table_exec(struct handle_table *table)
{
	for (u32 i = 0; i < READ_ONCE(table->size); i++) {
		bool close;

		spin_lock(&table->lock);
		close = table->slots[i].object && table->slots[i].flags & HANDLE_CLOEXEC;
		spin_unlock(&table->lock);
		if (close)
			handle_close(table, i);
	}
}
