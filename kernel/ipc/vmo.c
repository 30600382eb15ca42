/* SPDX-License-Identifier: MIT */
/* Memory objects: what handles name; their bytes are a matter of mm/cache/filemap.c. */
#include "kernel/ipc/vmo.h"
#include "mm/frame/slab.h"

static void vmo_destroy(struct object *object)
{
	struct vmo *vmo = to_vmo(object);

	filemap_destroy(&vmo->map);
	kfree(vmo);
}

static struct vmo *vmo_alloc(void)
{
	struct vmo *vmo = kmalloc(sizeof(*vmo));

	if (vmo)
		object_init(&vmo->object, OBJ_VMO, vmo_destroy);
	return vmo;
}

struct vmo *vmo_create(u64 size)
{
	struct vmo *vmo = vmo_alloc();
	int ret = vmo ? filemap_init(&vmo->map, size) : -ENOMEM;

	if (!ret)
		return vmo;
	kfree(vmo);
	return ERR_PTR(ret);
}

struct vmo *vmo_create_module(u64 phys, u64 size)
{
	struct vmo *vmo = vmo_alloc();

	if (vmo)
		filemap_init_module(&vmo->map, phys, size);
	return vmo;
}

u64 vmo_frames_held(struct handle_table *table)
{
	u64 frames = 0;

	SPIN_GUARD(&table->lock);
	for (u32 i = 0; i < table->used; i++) {
		struct object *object = table->slots[i].object;

		if (object && object->type == OBJ_VMO)
			frames += (u64)atomic64_read(&to_vmo(object)->map.frames) /
				  (u64)atomic_read(&object->refcount);
	}
	return frames;
}
