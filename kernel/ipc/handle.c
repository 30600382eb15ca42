/* SPDX-License-Identifier: MIT */
/*
 * Handles: a page of slots for each process, filled from below, which are its descriptors; and
 * a few more for what the library keeps, with numbers so high that no descriptor has them.
 * What a process may ask of the kernel and of servers is bounded here: whatever enters a slot
 * passes set_slot(), which takes from a KCAP what the bounding set lacks.
 * Objects are never destroyed under the table's lock: the slot is emptied under it, and the
 * reference dropped afterwards.
 */
#include <abi/kernel.h>
#include "kernel/lib/string.h"
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
	table->bounding_set = KCAP_ALL;
	table->authorities = 0;
	table->slots = page_address(page);
	memset(table->own, 0, sizeof(table->own));
	return 0;
}

/* The library's own slot of that number, or NULL if it is no such number. */
static struct handle *own_slot(struct handle_table *table, int handle)
{
	if (handle < HANDLE_OWN || handle >= HANDLE_OWN + NR_OWN)
		return NULL;
	return &table->own[handle - HANDLE_OWN];
}

/* The slot of an open handle, or NULL.  Table locked. */
static struct handle *handle_slot(struct handle_table *table, int handle)
{
	struct handle *slot = NULL;

	assert_spin_held(&table->lock);
	if (handle >= 0 && (u32)handle < table->used)
		slot = &table->slots[handle];
	else
		slot = own_slot(table, handle);
	return slot && slot->object ? slot : NULL;
}

/* The lowest free handle of a program's; MAX_HANDLES if there is none.  Table locked. */
static int free_handle(struct handle_table *table)
{
	u32 i = 0;

	assert_spin_held(&table->lock);
	while (i < table->used && table->slots[i].object)
		i++;
	return i;
}

/* The lowest free one of the library's own; as free_handle() if there is none.  Table locked. */
static int free_own_handle(struct handle_table *table)
{
	assert_spin_held(&table->lock);
	for (int i = 0; i < NR_OWN; i++)
		if (!table->own[i].object)
			return HANDLE_OWN + i;
	return free_handle(table);
}

/* The authorities that a handle is, if it is a KCAP. */
static u16 authorities_of(const struct handle *h)
{
	return h->object && h->object->type == OBJ_KCAP ? h->rights : 0;
}

/* Puts a handle into its slot and returns the object that was there, or NULL.  Table locked. */
static struct object *set_slot(struct handle_table *table, int handle, struct handle filled)
{
	struct handle *slot = own_slot(table, handle);
	struct object *old;

	assert_spin_held(&table->lock);
	if (!slot) {
		while (table->used <= (u32)handle) {
			table->slots[table->used].object = NULL;
			table->used++;
		}
		slot = &table->slots[handle];
	}
	if (filled.object && filled.object->type == OBJ_KCAP)
		filled.rights &= table->bounding_set;
	if (handle == HANDLE_KCAP)
		WRITE_ONCE(table->authorities, authorities_of(&filled));
	old = slot->object;
	*slot = filled;
	return old;
}

int handle_install(struct handle_table *table, struct object *object, u32 rights, u32 flags)
{
	int handle;

	spin_lock(&table->lock);
	handle = flags & HANDLE_APART ? free_own_handle(table) : free_handle(table);
	flags &= ~(u32)HANDLE_APART;
	if (handle != MAX_HANDLES)
		set_slot(table, handle, (struct handle){ object, rights, flags });
	spin_unlock(&table->lock);
	if (handle != MAX_HANDLES)
		return handle;
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
	if (!slot || to < -1 || (to >= MAX_HANDLES && !own_slot(table, to)))
		return -EBADF;
	if (to == -1)
		to = free_handle(table);
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

static void clone_slots(struct handle *dst, const struct handle *src, u32 n)
{
	for (; n; n--, dst++, src++) {
		*dst = *src;
		if (dst->flags & HANDLE_NOFORK)
			dst->object = NULL;
		if (dst->object)
			object_get(dst->object);
	}
}

int handle_table_clone(struct handle_table *dst, struct handle_table *src)
{
	if (handle_table_init(dst))
		return -ENOMEM;
	SPIN_GUARD(&src->lock);
	clone_slots(dst->slots, src->slots, src->used);
	clone_slots(dst->own, src->own, NR_OWN);
	dst->used = src->used;
	dst->bounding_set = src->bounding_set;
	dst->authorities = src->authorities;
	return 0;
}

/* Takes authorities from each KCAP among n slots.  Their table is locked. */
static void reduce_slots(struct handle *slots, u32 n, u32 authorities)
{
	for (u32 i = 0; i < n; i++)
		if (slots[i].object && slots[i].object->type == OBJ_KCAP)
			slots[i].rights &= ~authorities;
}

void handle_drop_authorities(struct handle_table *table, u32 authorities)
{
	SPIN_GUARD(&table->lock);
	table->bounding_set &= ~authorities;
	WRITE_ONCE(table->authorities, table->authorities & ~authorities);
	reduce_slots(table->slots, table->used, authorities);
	reduce_slots(table->own, NR_OWN, authorities);
}

static void put_slots(const struct handle *slots, u32 n)
{
	for (u32 i = 0; i < n; i++)
		if (slots[i].object)
			object_put(slots[i].object);
}

void handle_table_destroy(struct handle_table *table)
{
	struct handle *slots = table->slots, own[NR_OWN];
	u32 used = table->used;

	spin_lock(&table->lock);
	memcpy(own, table->own, sizeof(own));
	memset(table->own, 0, sizeof(table->own));
	table->slots = NULL;
	table->used = 0;
	spin_unlock(&table->lock);
	put_slots(slots, used);
	put_slots(own, NR_OWN);
	free_pages(virt_to_page(slots), 0);
}

void handle_table_exec(struct handle_table *table)
{
	for (u32 i = 0; i < READ_ONCE(table->used); i++)
		if (handle_cloexec(table, i, -1) > 0)
			handle_close(table, i);
	for (int i = HANDLE_OWN; i < HANDLE_OWN + NR_OWN; i++)
		if (handle_cloexec(table, i, -1) > 0)
			handle_close(table, i);
}
