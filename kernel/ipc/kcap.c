/* SPDX-License-Identifier: MIT */
/*
 * Authorities.  What a program may ask of the kernel beyond its own memory and
 * children hangs on a handle, never on the program's identity: init holds all bits.
 * They are the rights of the handle; its object says only where write() goes, so that a copy
 * of standard output that takes the place of standard error is standard output still.
 */
#include "kernel/ipc/kcap.h"

#include <abi/kernel.h>

/* They never go. */
static struct object kcap_out = { .type = OBJ_KCAP, .refcount = { 1 } };
static struct object kcap_err = { .type = OBJ_KCAP, .refcount = { 1 } };

int kcap_install(struct handle_table *table, u32 authorities, int stream)
{
	struct object *object = stream == KLOG_ERR ? &kcap_err : &kcap_out;

	object_get(object);
	return handle_install(table, object, authorities, 0);
}

int kcap_stream(struct handle_table *table, int handle)
{
	struct object *object = handle_get(table, handle, OBJ_KCAP, 0);

	if (IS_ERR(object))
		return PTR_ERR(object);
	object_put(object);
	return object == &kcap_err ? KLOG_ERR : KLOG_OUT;
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
