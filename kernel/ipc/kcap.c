/* SPDX-License-Identifier: MIT */
/*
 * Authorities.  What a program may ask of the kernel beyond its own memory and
 * children hangs on a handle, never on the program's identity: init holds all bits.
 * They are the rights of the handle; there is one object for all, and it does nothing.
 */
#include "kernel/ipc/kcap.h"

static struct object kcap = { .type = OBJ_KCAP, .refcount = { 1 } }; /* never goes */

int kcap_install(struct handle_table *table, u32 authorities)
{
	object_get(&kcap);
	return handle_install(table, &kcap, authorities, 0);
}

int kcap_check(struct handle_table *table, int handle, u32 authorities)
{
	struct object *object = handle_get(table, handle, OBJ_KCAP, authorities);

	if (object == ERR_PTR(-EACCES))
		return -EPERM;
	if (IS_ERR(object))
		return PTR_ERR(object);
	object_put(object);
	return 0;
}
