/* SPDX-License-Identifier: MIT */
/* In-kernel tests of the handle table, with objects that do nothing but count. */
#include <abi/kernel.h>
#include "kernel/core/ktest.h"
#include "kernel/ipc/handle.h"

static int destroyed;

static void count_destroy(struct object *object __maybe_unused)
{
	destroyed++;
}

static void new_object(struct object *object)
{
	destroyed = 0;
	object_init(object, OBJ_VMO, count_destroy);
}

static int get_error(struct handle_table *table, int handle, enum object_type type, u32 rights)
{
	struct object *object = handle_get(table, handle, type, rights);

	if (IS_ERR(object))
		return PTR_ERR(object);
	object_put(object);
	return 0;
}

KTEST(handle_errors)
{
	struct handle_table table;
	struct object object;
	int h;

	new_object(&object);
	if (handle_table_init(&table))
		return;
	h = handle_install(&table, &object, RIGHT_READ, 0);
	KT_CHECK(h == 0, "the first handle is %d", h);
	KT_CHECK(get_error(&table, 0, OBJ_VMO, RIGHT_READ) == 0, "own handle refused");
	KT_CHECK(get_error(&table, 1, OBJ_VMO, 0) == -EBADF, "free slot");
	KT_CHECK(get_error(&table, -1, OBJ_VMO, 0) == -EBADF, "negative");
	KT_CHECK(get_error(&table, 1 << 30, OBJ_VMO, 0) == -EBADF, "far outside");
	KT_CHECK(get_error(&table, 0, OBJ_KCAP, RIGHT_WRITE) == -EINVAL, "wrong type goes first");
	KT_CHECK(get_error(&table, 0, OBJ_VMO, RIGHT_WRITE) == -EACCES, "right is missing");
	KT_CHECK(handle_close(&table, 0) == 0 && destroyed == 1, "%d destroyed", destroyed);
	KT_CHECK(handle_close(&table, 0) == -EBADF, "closed twice");
	handle_table_destroy(&table);
}

KTEST(handle_table_full)
{
	struct handle_table table;
	struct object object;
	int h, last = -1;

	new_object(&object);
	if (handle_table_init(&table))
		return;
	for (h = 0; h < MAX_HANDLES; h++) {
		object_get(&object);
		last = handle_install(&table, &object, RIGHT_ALL, 0);
		if (last != h)
			break;
	}
	KT_CHECK(h == MAX_HANDLES, "handle %d came instead of %d", last, h);
	object_get(&object);
	KT_CHECK(handle_install(&table, &object, RIGHT_ALL, 0) == -EMFILE, "one more");
	KT_CHECK(handle_dup(&table, 0, -1) == -EMFILE, "one more by dup");
	KT_CHECK(handle_close(&table, 100) == 0, "closing 100");
	KT_CHECK(handle_dup(&table, 7, -1) == 100, "the hole is used");
	KT_CHECK(atomic_read(&object.refcount) == MAX_HANDLES + 1, "%d references",
		 atomic_read(&object.refcount));
	handle_table_destroy(&table);
	KT_CHECK(atomic_read(&object.refcount) == 1, "%d left", atomic_read(&object.refcount));
}

/* A server's table grows page by page; its copy has all of it; the lowest free one comes first. */
KTEST(handle_table_wide)
{
	const int all = 3 * MAX_HANDLES + 5, hole = 2 * MAX_HANDLES + 7;
	struct handle_table table, child;
	struct object object;
	int h, last = -1;

	new_object(&object);
	if (handle_table_init(&table))
		return;
	handle_table_widen(&table);
	for (h = 0; h < all; h++) {
		object_get(&object);
		last = handle_install(&table, &object, RIGHT_READ, h % 2 ? HANDLE_CLOEXEC : 0);
		if (last != h)
			break;
	}
	KT_CHECK(h == all, "handle %d came instead of %d", last, h);
	KT_CHECK(get_error(&table, all - 1, OBJ_VMO, RIGHT_READ) == 0, "the last one");
	KT_CHECK(get_error(&table, all, OBJ_VMO, 0) == -EBADF, "beyond it");
	KT_CHECK(handle_close(&table, hole) == 0 && handle_close(&table, 3) == 0, "two holes");
	if (handle_table_clone(&child, &table) == 0) {
		KT_CHECK(get_error(&child, all - 1, OBJ_VMO, RIGHT_READ) == 0, "copied");
		KT_CHECK(get_error(&child, hole, OBJ_VMO, 0) == -EBADF, "a hole is copied");
		handle_table_destroy(&child);
	}
	KT_CHECK(handle_dup(&table, all - 1, -1) == 3, "the lower hole is used first");
	KT_CHECK(handle_dup(&table, all - 1, -1) == hole, "then the other one");
	KT_CHECK(handle_dup(&table, 0, -1) == all, "then a new one");
	handle_table_exec(&table);
	KT_CHECK(get_error(&table, hole + 2, OBJ_VMO, 0) == -EBADF, "CLOEXEC is closed");
	KT_CHECK(get_error(&table, hole + 1, OBJ_VMO, 0) == 0, "the others are not");
	handle_table_destroy(&table);
	KT_CHECK(atomic_read(&object.refcount) == 1, "%d left", atomic_read(&object.refcount));
}

KTEST(handle_dup)
{
	struct handle_table table;
	struct object object;

	new_object(&object);
	if (handle_table_init(&table))
		return;
	handle_install(&table, &object, RIGHT_READ, HANDLE_CLOEXEC);
	KT_CHECK(handle_dup(&table, 0, 0) == 0, "onto itself");
	KT_CHECK(handle_dup(&table, 0, MAX_HANDLES - 1) == MAX_HANDLES - 1, "to the last");
	KT_CHECK(handle_dup(&table, 0, MAX_HANDLES) == -EBADF, "beyond the last");
	KT_CHECK(handle_dup(&table, 0, -2) == -EBADF, "to a negative one");
	KT_CHECK(handle_dup(&table, 5, 6) == -EBADF, "of a free slot");
	KT_CHECK(handle_dup(&table, MAX_HANDLES - 1, 0) == 0 && !destroyed, "over the original");
	handle_table_exec(&table);
	KT_CHECK(get_error(&table, 0, OBJ_VMO, RIGHT_READ) == 0, "a copy has no CLOEXEC");
	handle_table_destroy(&table);
	KT_CHECK(destroyed == 1, "%d destroyed", destroyed);
}

/* What is asked for apart lies beyond all descriptors, and among them only when that is full. */
KTEST(handle_apart)
{
	struct handle_table table, child;
	struct object object;
	int h;

	new_object(&object);
	if (handle_table_init(&table))
		return;
	for (int i = 0; i < NR_OWN_ANY; i++) {
		object_get(&object);
		h = handle_install(&table, &object, RIGHT_ALL,
				   i ? HANDLE_APART : HANDLE_APART | HANDLE_NOFORK);
		KT_CHECK(h == HANDLE_OWN + i, "handle %d instead of the own %d", h, i);
	}
	KT_CHECK(handle_dup(&table, HANDLE_OWN, -1) == 0, "the first descriptor");
	object_get(&object);
	h = handle_install(&table, &object, RIGHT_ALL, HANDLE_APART);
	KT_CHECK(h == 1, "handle %d when all of one's own are taken", h);
	KT_CHECK(handle_dup(&table, 0, HANDLE_OWN + 1) == HANDLE_OWN + 1, "to an own one");
	KT_CHECK(handle_dup(&table, 0, HANDLE_LOCKS) == HANDLE_LOCKS, "to the last one");
	KT_CHECK(handle_dup(&table, 0, HANDLE_OWN + NR_OWN) == -EBADF, "beyond them");
	KT_CHECK(handle_cloexec(&table, HANDLE_OWN + 2, 1) == 0, "CLOEXEC before");
	if (handle_table_clone(&child, &table) == 0) {
		KT_CHECK(get_error(&child, HANDLE_OWN, OBJ_VMO, 0) == -EBADF, "NOFORK");
		KT_CHECK(get_error(&child, HANDLE_OWN + 4, OBJ_VMO, 0) == 0, "plain");
		handle_table_destroy(&child);
	}
	handle_table_exec(&table);
	KT_CHECK(get_error(&table, HANDLE_OWN + 2, OBJ_VMO, 0) == -EBADF, "CLOEXEC is closed");
	KT_CHECK(handle_close(&table, HANDLE_OWN + 3) == 0, "closing one");
	handle_table_destroy(&table);
	KT_CHECK(get_error(&table, HANDLE_OWN + 1, OBJ_VMO, 0) == -EBADF, "an empty table");
	KT_CHECK(atomic_read(&object.refcount) == 1, "%d left", atomic_read(&object.refcount));
}

KTEST(handle_flags)
{
	struct handle_table table, child;
	struct object object;

	new_object(&object);
	if (handle_table_init(&table))
		return;
	for (u32 flags = 0; flags < 4; flags++) {
		object_get(&object);
		handle_install(&table, &object, RIGHT_ALL, flags);
	}
	if (handle_table_clone(&child, &table) == 0) {
		KT_CHECK(get_error(&child, 0, OBJ_VMO, 0) == 0, "plain");
		KT_CHECK(get_error(&child, 1, OBJ_VMO, 0) == 0, "CLOEXEC is copied");
		KT_CHECK(get_error(&child, 2, OBJ_VMO, 0) == -EBADF, "NOFORK is not");
		KT_CHECK(get_error(&child, 3, OBJ_VMO, 0) == -EBADF, "nor with CLOEXEC");
		handle_table_destroy(&child);
	}
	handle_table_exec(&table);
	KT_CHECK(get_error(&table, 1, OBJ_VMO, 0) == -EBADF, "CLOEXEC is closed");
	KT_CHECK(get_error(&table, 2, OBJ_VMO, 0) == 0, "NOFORK is not");
	handle_table_destroy(&table);
}
