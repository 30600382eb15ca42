/* SPDX-License-Identifier: MIT */
/*
 * Messages in and out.  All that may fault or fail happens here, before the
 * message has a receiver and after it has left its sender; between the two it is
 * a struct letter, and the rendezvous in call.c cannot fail half-way.
 */
#include "kernel/ipc/endpoint.h"
#include "kernel/x86/uaccess.h"

#define NR_HANDLES(letter) ((letter)->m.flags & IPC_NR_HANDLES)

/* Holds the objects of n handles; on failure none. */
static __noinline int carry(struct letter *letter, struct handle_table *table, u32 n)
{
	int ret = 0;

	letter->m.flags -= n;
	for (u32 i = 0; i < n && !ret; i++) {
		ret = handle_copy(table, letter->m.handle[i], &letter->carried[i]);
		letter->m.flags += !ret;
	}
	if (ret)
		letter_drop(letter);
	return ret;
}

/* Of a call: the bytes of window 0 that travel with it, or the place where some will go. */
static int take_inline(struct ipc_message *m)
{
	if (m->window_len[0] > IPC_INLINE_MAX)
		return -EINVAL;
	if (m->flags & IPC_WRITABLE(0))
		return touch_user((void *)m->window[0], m->window_len[0]);
	return copy_from_user(&m->word[1], (const void *)m->window[0], m->window_len[0]);
}

int letter_give_inline(const struct letter *letter)
{
	const struct ipc_message *m = &letter->m;

	if (m->op <= 0)
		return 0;
	return copy_to_user((void *)m->window[0], &m->word[1], MIN((u32)m->op, m->window_len[0]));
}

int letter_load(struct letter *letter, struct handle_table *table, bool call)
{
	struct ipc_message *m = &letter->m;
	u32 n = NR_HANDLES(letter);
	int ret = 0;

	if (m->flags & ~IPC_FLAGS || n > IPC_HANDLES || m->window_len[0] > IPC_WINDOW_MAX ||
	    m->window_len[1] > IPC_WINDOW_MAX)
		return -EINVAL;
	if (call && m->flags & IPC_INLINE)
		ret = take_inline(m);
	return ret || !n ? ret : carry(letter, table, n);
}

int letter_unload(struct letter *letter, struct handle_table *table, void *umsg, size_t size)
{
	int handles = 0, n = NR_HANDLES(letter), ret = 0;
	struct handle *h = letter->carried;

	for (; handles < n && ret >= 0; handles += ret >= 0, h++) {
		ret = handle_install(table, h->object, h->rights & letter->m.rights[handles], 0);
		letter->m.handle[handles] = ret;
	}
	if (ret >= 0)
		ret = copy_to_user(umsg, &letter->m, size);
	for (int i = 0; ret && i < n; i++) {
		if (i < handles)
			handle_close(table, letter->m.handle[i]);
		else if (i > handles) /* that one is dropped */
			object_put(letter->carried[i].object);
	}
	return ret;
}

void letter_drop(struct letter *letter)
{
	for (u32 i = 0; i < NR_HANDLES(letter); i++)
		object_put(letter->carried[i].object);
}
