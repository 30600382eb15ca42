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

static struct vmo *file_vmo(struct vm_file *file)
{
	return container_of(file, struct vmo, map.file);
}

/* An area holds the object as a handle does. */
static void vmo_get(struct vm_file *file)
{
	object_get(&file_vmo(file)->object);
}

static void vmo_put(struct vm_file *file)
{
	object_put(&file_vmo(file)->object);
}

static u64 vmo_share(struct vm_file *file)
{
	struct vmo *vmo = file_vmo(file);

	return (u64)atomic64_read(&vmo->map.frames) / (u64)atomic_read(&vmo->object.refcount);
}

static const struct vm_file_ops vmo_ops = { vmo_get, vmo_put, filemap_page, vmo_share };

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
	int ret = vmo ? filemap_init(&vmo->map, size, &vmo_ops) : -ENOMEM;

	if (!ret)
		return vmo;
	kfree(vmo);
	return ERR_PTR(ret);
}

struct vmo *vmo_create_module(u64 phys, u64 size)
{
	struct vmo *vmo = vmo_alloc();

	if (vmo)
		filemap_init_module(&vmo->map, phys, size, &vmo_ops);
	return vmo;
}

u64 vmo_frames_held(struct handle_table *table)
{
	u64 frames = 0;

	SPIN_GUARD(&table->lock);
	for (u32 i = 0; i < table->used; i++) {
		struct object *object = table->slots[i].object;

		if (object && object->type == OBJ_VMO)
			frames += vmo_share(&to_vmo(object)->map.file);
	}
	return frames;
}
