/* SPDX-License-Identifier: MIT */
/*
 * Handles: a page of slots for each process, filled from below.  Objects are never destroyed
 * under the table's lock: the slot is emptied under it, and the reference dropped afterwards.
 */
#include "kernel/ipc/handle.h"
#include "mm/frame/page_alloc.h"

void object_init(struct object *object, enum object_type type,
		 void (*destroy)(struct object *object))
{
	object->destroy = destroy;
	object->type = type;
	atomic_set(&object->refcount, 1);
}

int handle_table_init(struct handle_table *table)
{
	struct page *page = alloc_pages(0);

	_Static_assert(MAX_HANDLES * sizeof(struct handle) == PAGE_SIZE, "a table is one page");
	if (!page)
		return -ENOMEM;
	spin_lock_init(&table->lock, LOCK_HANDLES);
	table->used = 0;
	table->slots = page_address(page);
	return 0;
}

/* The slot of an open handle, or NULL.  Table locked. */
static struct handle *handle_slot(struct handle_table *table, int handle)
{
	assert_spin_held(&table->lock);
	if (handle < 0 || (u32)handle >= table->used || !table->slots[handle].object)
		return NULL;
	return &table->slots[handle];
}

/* Index of the lowest free slot; MAX_HANDLES if there is none.  Table locked. */
static u32 free_slot(struct handle_table *table)
{
	u32 i = 0;

	assert_spin_held(&table->lock);
	while (i < table->used && table->slots[i].object)
		i++;
	return i;
}

/* Puts a handle into slot i and returns the object that was there, or NULL.  Table locked. */
static struct object *set_slot(struct handle_table *table, u32 i, struct handle filled)
{
	struct object *old;

	assert_spin_held(&table->lock);
	while (table->used <= i) {
		table->slots[table->used].object = NULL;
		table->used++;
	}
	old = table->slots[i].object;
	table->slots[i] = filled;
	return old;
}

int handle_install(struct handle_table *table, struct object *object, u32 rights, u32 flags)
{
	u32 i;

	spin_lock(&table->lock);
	i = free_slot(table);
	if (i < MAX_HANDLES)
		set_slot(table, i, (struct handle){ object, rights, flags });
	spin_unlock(&table->lock);
	if (i < MAX_HANDLES)
		return i;
	object_put(object);
	return -EMFILE;
}

struct object *handle_get(struct handle_table *table, int handle, enum object_type type, u32 rights)
{
	struct handle *slot;

	SPIN_GUARD(&table->lock);
	slot = handle_slot(table, handle);
	if (!slot)
		return ERR_PTR(-EBADF);
	if (slot->object->type != type)
		return ERR_PTR(-EINVAL);
	if ((slot->rights & rights) != rights)
		return ERR_PTR(-EACCES);
	object_get(slot->object);
	return slot->object;
}

int handle_copy(struct handle_table *table, int handle, struct handle *copy)
{
	struct handle *slot;

	SPIN_GUARD(&table->lock);
	slot = handle_slot(table, handle);
	if (!slot)
		return -EBADF;
	if (slot->flags & HANDLE_NOFORK)
		return -EINVAL;
	object_get(slot->object);
	*copy = *slot;
	return 0;
}

/* For __cleanup, of what was in a slot; declared before the guard, so that it comes after it. */
static void put_old(struct object **old)
{
	if (*old)
		object_put(*old);
}

int handle_close(struct handle_table *table, int handle)
{
	struct object *old __cleanup(put_old) = NULL;

	SPIN_GUARD(&table->lock);
	if (!handle_slot(table, handle))
		return -EBADF;
	old = set_slot(table, handle, (struct handle){});
	return 0;
}

int handle_dup(struct handle_table *table, int handle, int to)
{
	struct object *old __cleanup(put_old) = NULL;
	struct handle *slot, twin;

	SPIN_GUARD(&table->lock);
	slot = handle_slot(table, handle);
	if (!slot || to < -1 || to >= MAX_HANDLES)
		return -EBADF;
	if (to == -1)
		to = free_slot(table);
	if (to == MAX_HANDLES)
		return -EMFILE;
	if (to == handle)
		return to;
	object_get(slot->object);
	twin = *slot;
	twin.flags &= ~HANDLE_CLOEXEC;
	old = set_slot(table, to, twin);
	return to;
}

int handle_cloexec(struct handle_table *table, int handle, int on)
{
	struct handle *slot;
	int before;

	SPIN_GUARD(&table->lock);
	slot = handle_slot(table, handle);
	if (!slot)
		return -EBADF;
	before = slot->flags & HANDLE_CLOEXEC;
	if (on >= 0)
		slot->flags = (slot->flags & ~HANDLE_CLOEXEC) | on;
	return before;
}

int handle_table_clone(struct handle_table *dst, struct handle_table *src)
{
	if (handle_table_init(dst))
		return -ENOMEM;
	SPIN_GUARD(&src->lock);
	for (u32 i = 0; i < src->used; i++) {
		struct handle *h = &dst->slots[i];

		*h = src->slots[i];
		if (h->flags & HANDLE_NOFORK)
			h->object = NULL;
		if (h->object)
			object_get(h->object);
	}
	dst->used = src->used;
	return 0;
}

void handle_table_destroy(struct handle_table *table)
{
	struct handle *slots = table->slots;
	u32 used = table->used;

	spin_lock(&table->lock);
	table->slots = NULL;
	table->used = 0;
	spin_unlock(&table->lock);
	for (u32 i = 0; i < used; i++)
		if (slots[i].object)
			object_put(slots[i].object);
	free_pages(virt_to_page(slots), 0);
}

void handle_table_exec(struct handle_table *table)
{
	for (u32 i = 0; i < READ_ONCE(table->used); i++)
		if (handle_cloexec(table, i, -1) > 0)
			handle_close(table, i);
}
