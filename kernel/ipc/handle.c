/* SPDX-License-Identifier: MIT */
/*
 * Handles: a page of slots for each process, filled from below, which are its descriptors; and
 * a few more for what the library keeps, with numbers so high that no descriptor has them.  A
 * server's table, which clients fill, gets more pages when it is full:
 *
 *	slots ─► | 0 … 255 |    more ─► | – | ● | ● | … 127 |
 *	                                      ▼   ▼
 *	                           | 256 … 511 |  | 512 … 767 |
 *
 * Programs keep to the first page, so that one of them alone cannot take much of the kernel's
 * memory: what a table costs is not in any limit of its own.
 *
 * What a process may ask of the kernel and of servers is bounded here: whatever enters a slot
 * passes set_slot(), which takes from a KCAP what the bounding set lacks.
 *
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
	struct page *page = alloc_charged_pages(0);

	_Static_assert(MAX_HANDLES * sizeof(struct handle) == PAGE_SIZE, "slots fill pages");
	_Static_assert(MAX_SERVER_HANDLES / MAX_HANDLES * sizeof(struct handle *) <= PAGE_SIZE,
		       "the pointers to pages fit in one");
	if (!page)
		return -ENOMEM;
	spin_lock_init(&table->lock, LOCK_HANDLES);
	table->bounding_set = KCAP_ALL;
	table->authorities = 0;
	table->used = table->used_near = table->lowest = 0;
	table->size = table->max = MAX_HANDLES;
	table->closed = 0;
	table->slots = page_address(page);
	table->more = NULL;
	memset(table->own, 0, sizeof(table->own));
	return 0;
}

void handle_table_widen(struct handle_table *table)
{
	SPIN_GUARD(&table->lock);
	table->max = MAX_SERVER_HANDLES;
}

static struct handle *nth_slot(struct handle_table *table, u32 i)
{
	assert_spin_held(&table->lock);
	return &handle_page(table, i)[i % MAX_HANDLES];
}

static void free_table_page(void *page)
{
	if (page)
		free_pages(virt_to_page(page), 0);
}

/* Adds the pages to a table that has `size` slots, if it still has; null: they are in use. */
static void add_page(struct handle_table *table, u32 size, struct handle **slots,
		     struct handle ***pointers)
{
	SPIN_GUARD(&table->lock);
	if (table->size != size || !table->slots)
		return;
	if (!table->more) {
		table->more = *pointers;
		*pointers = NULL;
	}
	table->more[size / MAX_HANDLES] = *slots;
	*slots = NULL;
	table->size += MAX_HANDLES;
}

/*
 * Makes room in a table that was full at `size` slots.  True: try again; false: it may not grow, or
 * there is no memory.
 */
static bool grow(struct handle_table *table, u32 size)
{
	struct handle *slots, **pointers = NULL;
	bool first = size == MAX_HANDLES, done;

	if (size >= READ_ONCE(table->max))
		return false;
	slots = alloc_zeroed_page();
	if (first)
		pointers = alloc_zeroed_page();
	done = slots && (pointers || !first);
	if (done)
		add_page(table, size, &slots, &pointers);
	free_table_page(slots);
	free_table_page(pointers);
	return done;
}

/* The library's own slot of that number, or NULL if it is no such number. */
static struct handle *own_slot(struct handle_table *table, int handle)
{
	if (handle < HANDLE_OWN || handle >= HANDLE_OWN + NR_OWN)
		return NULL;
	return &table->own[handle - HANDLE_OWN];
}

/* The slot of a handle beyond the first page, or NULL.  Table locked. */
static __noinline struct handle *far_slot(struct handle_table *table, int handle)
{
	if (handle >= 0 && (u32)handle < table->used)
		return nth_slot(table, handle);
	return own_slot(table, handle);
}

/* The slot of an open handle, or NULL.  Table locked.  Inline: each call and reply looks here. */
static __always_inline struct handle *handle_slot(struct handle_table *table, int handle)
{
	struct handle *slot;

	assert_spin_held(&table->lock);
	if (likely((u32)handle < table->used_near))
		slot = &table->slots[handle];
	else
		slot = far_slot(table, handle);
	return slot && slot->object ? slot : NULL;
}

/* The lowest free handle of a program's; the table's size if there is none.  Table locked. */
static int free_handle(struct handle_table *table)
{
	u32 i = table->lowest;

	assert_spin_held(&table->lock);
	while (i < table->used && nth_slot(table, i)->object)
		i++;
	return table->lowest = i;
}

/* The lowest free one of the library's own; as free_handle() if there is none.  Table locked. */
static int free_own_handle(struct handle_table *table)
{
	assert_spin_held(&table->lock);
	for (int i = 0; i < NR_OWN_ANY; i++)
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
			nth_slot(table, table->used)->object = NULL;
			table->used++;
		}
		table->used_near = MIN(table->used, (u32)MAX_HANDLES);
		slot = nth_slot(table, handle);
		if (!filled.object)
			table->lowest = MIN(table->lowest, (u32)handle);
	}
	if (filled.object && filled.object->type == OBJ_KCAP)
		filled.rights &= table->bounding_set;
	if (handle == HANDLE_KCAP)
		WRITE_ONCE(table->authorities, authorities_of(&filled));
	old = slot->object;
	*slot = filled;
	return old;
}

/* Fills a free slot: its handle, or -EMFILE. */
static int fill_free(struct handle_table *table, struct handle filled, bool apart)
{
	int handle;

	SPIN_GUARD(&table->lock);
	handle = apart ? free_own_handle(table) : free_handle(table);
	if (handle == (int)table->size)
		return -EMFILE;
	set_slot(table, handle, filled);
	return handle;
}

int handle_install(struct handle_table *table, struct object *object, u32 rights, u32 flags)
{
	struct handle filled = { object, rights, flags & ~(u32)HANDLE_APART };
	int handle;
	u32 size;

	do {
		size = READ_ONCE(table->size);
		handle = fill_free(table, filled, flags & HANDLE_APART);
	} while (handle == -EMFILE && grow(table, size));
	if (handle == -EMFILE)
		object_put(object);
	return handle;
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

/* handle_dup() in the slots that there are. */
static int try_dup(struct handle_table *table, int handle, int to)
{
	struct object *old __cleanup(put_old) = NULL;
	struct handle *slot, twin;

	SPIN_GUARD(&table->lock);
	slot = handle_slot(table, handle);
	if (!slot || to < -1 || (to >= (int)table->size && !own_slot(table, to)))
		return -EBADF;
	if (to == -1)
		to = free_handle(table);
	if (to == (int)table->size)
		return -EMFILE;
	if (to == handle)
		return to;
	object_get(slot->object);
	twin = *slot;
	twin.flags &= ~HANDLE_CLOEXEC;
	old = set_slot(table, to, twin);
	return to;
}

int handle_dup(struct handle_table *table, int handle, int to)
{
	u32 size;
	int ret;

	do {
		size = READ_ONCE(table->size);
		ret = try_dup(table, handle, to);
	} while (ret == -EMFILE && grow(table, size));
	return ret;
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

/* Copies all slots if dst has room for them; false: it has not. */
static bool clone_all(struct handle_table *dst, struct handle_table *src)
{
	SPIN_GUARD(&src->lock);
	if (src->used > dst->size)
		return false;
	for (u32 i = 0; i < src->used; i += MAX_HANDLES)
		clone_slots(handle_page(dst, i), handle_page(src, i),
			    MIN(src->used - i, (u32)MAX_HANDLES));
	clone_slots(dst->own, src->own, NR_OWN);
	dst->used = src->used;
	dst->used_near = src->used_near;
	dst->bounding_set = src->bounding_set;
	dst->authorities = src->authorities;
	return true;
}

int handle_table_clone(struct handle_table *dst, struct handle_table *src)
{
	if (handle_table_init(dst))
		return -ENOMEM;
	dst->max = src->max;
	while (!clone_all(dst, src)) {
		if (grow(dst, dst->size))
			continue;
		handle_table_destroy(dst);
		return -ENOMEM;
	}
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
	for (u32 i = 0; i < table->used; i += MAX_HANDLES)
		reduce_slots(handle_page(table, i), MIN(table->used - i, (u32)MAX_HANDLES),
			     authorities);
	reduce_slots(table->own, NR_OWN, authorities);
}

static void put_slots(const struct handle *slots, u32 n)
{
	for (u32 i = 0; i < n; i++)
		if (slots[i].object)
			object_put(slots[i].object);
}

/* Puts and frees what was in a table that nobody can look into any more. */
static void free_slots(const struct handle_table *was)
{
	for (u32 i = 0; i < was->used; i += MAX_HANDLES)
		put_slots(handle_page(was, i), MIN(was->used - i, (u32)MAX_HANDLES));
	put_slots(was->own, NR_OWN);
	for (u32 i = 0; i < was->size; i += MAX_HANDLES)
		free_table_page(handle_page(was, i));
	free_table_page(was->more);
}

void handle_table_destroy(struct handle_table *table)
{
	struct handle_table was;

	spin_lock(&table->lock);
	was = *table;
	memset(table->own, 0, sizeof(table->own));
	table->slots = NULL;
	table->more = NULL;
	table->used = table->used_near = table->lowest = table->size = table->max = 0;
	spin_unlock(&table->lock);
	free_slots(&was);
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
