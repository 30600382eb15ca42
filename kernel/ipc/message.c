/* SPDX-License-Identifier: MIT */
/*
 * Messages in and out.  All that may fault or fail happens here, before the
 * message has a receiver and after it has left its sender; between the two it is
 * a struct letter, and the rendezvous in call.c cannot fail half-way.
 */
#include "kernel/ipc/message.h"
#include "kernel/x86/uaccess.h"

#define NR_HANDLES(letter) ((letter)->m.flags & IPC_NR_HANDLES)

/* Drops the objects that the letter carries, from the first up to but without the end. */
static void put_carried(struct letter *letter, u32 first, u32 end)
{
	for (u32 i = first; i < end; i++)
		object_put(letter->carried[i].object);
}

void letter_drop(struct letter *letter)
{
	put_carried(letter, 0, NR_HANDLES(letter));
}

/* --- in: from user memory to a letter ----------------------------------------- */

/* Holds the objects of n handles; on failure none. */
static int carry(struct letter *letter, struct handle_table *table, u32 n)
{
	for (u32 i = 0; i < n; i++) {
		int ret = handle_copy(table, letter->m.handle[i], &letter->carried[i]);

		if (ret) {
			put_carried(letter, 0, i);
			return ret;
		}
	}
	return 0;
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

int letter_load(struct letter *letter, struct handle_table *table, bool call)
{
	struct ipc_message *m = &letter->m;
	u32 n = NR_HANDLES(letter);
	int ret = 0;

	if (m->flags & ~IPC_FLAGS || n > IPC_HANDLES)
		return -EINVAL;
	if (m->window_len[0] > IPC_WINDOW_MAX || m->window_len[1] > IPC_WINDOW_MAX)
		return -EINVAL;
	if (call && m->flags & IPC_INLINE)
		ret = take_inline(m);
	if (ret || !n)
		return ret;
	return carry(letter, table, n);
}

/* --- out: from a letter to user memory ---------------------------------------- */

/* Closes the first n handles that the message names. */
static void close_handles(struct letter *letter, struct handle_table *table, u32 n)
{
	for (u32 i = 0; i < n; i++)
		handle_close(table, letter->m.handle[i]);
}

/* Makes handles of what the letter carries.  -EMFILE: there are none, and the objects dropped. */
static int install_carried(struct letter *letter, struct handle_table *table, u32 apart)
{
	u32 n = NR_HANDLES(letter);

	for (u32 i = 0; i < n; i++) {
		const struct handle *h = &letter->carried[i];
		int handle =
			handle_install(table, h->object, h->rights & letter->m.rights[i], apart);

		if (handle < 0) { /* its own object has been dropped */
			close_handles(letter, table, i);
			put_carried(letter, i + 1, n);
			return handle;
		}
		letter->m.handle[i] = handle;
	}
	return 0;
}

int letter_unload(struct letter *letter, struct handle_table *table, void *umsg, size_t size,
		  u32 apart)
{
	int ret = install_carried(letter, table, apart);

	if (ret)
		return ret;
	ret = copy_to_user(umsg, &letter->m, size);
	if (ret)
		close_handles(letter, table, NR_HANDLES(letter));
	return ret;
}

int letter_give_inline(const struct letter *letter)
{
	const struct ipc_message *m = &letter->m;

	if (m->op <= 0)
		return 0;
	return copy_to_user((void *)m->window[0], &m->word[1], MIN((u32)m->op, m->window_len[0]));
}
