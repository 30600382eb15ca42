/* SPDX-License-Identifier: MIT */
/*
 * Authorities.  What a program may ask of the kernel beyond its own memory and
 * children hangs on a handle, never on who it is: init holds all bits.
 */
#include "kernel/ipc/handle.h"
#include "mm/frame/slab.h"

struct kcap {
	struct object object;
	u32 authorities; /* (c) KCAP_* */
};

static void kcap_destroy(struct object *object)
{
	kfree(container_of(object, struct kcap, object));
}

struct object *kcap_create(u32 authorities)
{
	struct kcap *kcap = kmalloc(sizeof(*kcap));

	if (!kcap)
		return NULL;
	object_init(&kcap->object, OBJ_KCAP, kcap_destroy);
	kcap->authorities = authorities;
	return &kcap->object;
}

struct object *kcap_reduce(struct handle_table *table, int handle, u32 authorities)
{
	int ret = kcap_check(table, handle, authorities);

	return ret ? ERR_PTR(ret) : kcap_create(authorities);
}

int kcap_check(struct handle_table *table, int handle, u32 authority)
{
	struct object *object = handle_get(table, handle, OBJ_KCAP, 0);
	bool held;

	if (IS_ERR(object))
		return PTR_ERR(object);
	held = !(authority & ~container_of(object, struct kcap, object)->authorities);
	object_put(object);
	return held ? 0 : -EPERM;
}
