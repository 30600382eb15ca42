/* SPDX-License-Identifier: MIT */
/*
 * System calls of IPC.  Each first looks up its handle: -EBADF no such handle,
 * -EINVAL of another type, -EACCES without the right.
 */
#include "kernel/ipc/call.h"
#include "kernel/ipc/window.h"
#include "kernel/syscall/handle.h"
#include "kernel/syscall/syscall.h"
#include "kernel/x86/uaccess.h"
#include "mm/space/mm.h"
#include "mm/pgtable/pgtable.h"

/*
 * A NOFORK handle to a new endpoint, where this process receives; rights is 0, or RIGHT_APART,
 * else -EINVAL.  -ENOMEM, -EMFILE.
 */
s64 sys_endpoint_create(u64 rights)
{
	u32 flags = HANDLE_NOFORK | (rights & RIGHT_APART ? HANDLE_APART : 0);

	if (rights & ~(u64)RIGHT_APART)
		return -EINVAL;
	return install_object(endpoint_create(my_handles()), RIGHT_READ | RIGHT_WRITE, flags);
}

/*
 * A handle to a new connection to the endpoint, with this badge and these rights:
 * RIGHT_CALL, RIGHT_NOTIFY, at least one, else -EINVAL; RIGHT_APART.  -ENOMEM, -EMFILE.
 */
s64 sys_connect(int handle, u64 badge, u64 rights)
{
	struct object *ep __put_object = get_object(handle, OBJ_ENDPOINT, RIGHT_WRITE);
	u32 flags = rights & RIGHT_APART ? HANDLE_APART : 0;

	if (IS_ERR(ep))
		return PTR_ERR(ep);
	rights &= ~(u64)RIGHT_APART;
	if (!rights || rights & ~(u64)(RIGHT_CALL | RIGHT_NOTIFY))
		return -EINVAL;
	return install_object(connection_create(to_endpoint(ep), badge), rights, flags);
}

/*
 * Reads the message at umsg and puts down who sends it, and with which authorities; of a call,
 * where the answer goes must be writable.  -EFAULT; then as letter_load().
 */
static __always_inline int read_message(struct letter *letter, const void *umsg, bool call)
{
	struct ipc_message *m = &letter->m;
	const struct process *sender;

	if (copy_from_user(m, umsg, sizeof(*m)))
		return -EFAULT;
	if (call && touch_user((void *)umsg, sizeof(*m)))
		return -EFAULT;
	sender = current_process();
	m->pid = (u16)sender->pid;
	m->authorities = READ_ONCE(sender->handles.authorities);
	if (m->flags || (call && m->window_len[0] | m->window_len[1]))
		return letter_load(letter, my_handles(), call);
	return 0;
}

/* Writes the first size bytes of a letter to umsg, and its handles: as letter_unload(). */
static __always_inline int write_message(struct letter *letter, void *umsg, size_t size, u32 apart)
{
	if (unlikely(letter->m.flags & IPC_NR_HANDLES))
		return letter_unload(letter, my_handles(), umsg, size, apart);
	return copy_to_user(umsg, &letter->m, size);
}

/* Whether the caller has a window 0 for bytes that travel in the reply. */
static bool wants_inline(const struct ipc_message *m)
{
	const u32 both = IPC_INLINE | IPC_WRITABLE(0);

	return (m->flags & both) == both;
}

/*
 * Sends the message and waits for the reply, whose op, flags, words and handles take the
 * place of the message's.  As read_message(), then ipc_call(), then write_message(), with
 * which the reply is lost; -EMFILE: the server's table was full, or ours.
 */
s64 sys_ipc_call(int handle, void *umsg)
{
	struct object *c __put_object = get_object(handle, OBJ_CONNECTION, RIGHT_CALL);
	struct letter letter;
	bool inline_reply;
	u32 apart;
	int ret;

	if (IS_ERR(c))
		return PTR_ERR(c);
	ret = read_message(&letter, umsg, true);
	if (ret)
		return ret;
	inline_reply = wants_inline(&letter.m);
	apart = letter.m.flags & IPC_APART ? HANDLE_APART : 0;
	ret = ipc_call(to_connection(c), &letter, IPC_FOREVER);
	if (ret) {
		letter_drop(&letter);
		return ret;
	}
	ret = write_message(&letter, umsg, IPC_REPLY_SIZE, apart);
	if (ret || !inline_reply)
		return ret;
	return letter_give_inline(&letter);
}

/* When a wait of timeout ns that begins now will be over. */
static inline u64 end_of_wait(u64 timeout)
{
	u64 now;

	if (timeout == IPC_FOREVER)
		return IPC_FOREVER;
	now = now_ns();
	if (timeout > IPC_FOREVER - now)
		return IPC_FOREVER;
	return now + timeout;
}

/*
 * ipc_receive() into user memory.  A caller that sends more handles than there is room
 * for is told so, and the next one served.
 */
static __always_inline s64 receive(struct endpoint *ep, struct letter *letter, void *umsg,
				   u64 timeout, bool answer)
{
	u64 end = end_of_wait(timeout);

	for (;;) {
		int type = ipc_receive(ep, letter, end, answer);
		int ret;

		if (type < 0)
			return type;
		answer = false;
		ret = write_message(letter, umsg, sizeof(letter->m), 0);
		if (!ret)
			return type;
		if (type == IPC_MSG || type == IPC_PAGER)
			ipc_answer(ep, letter, ret);
		if (ret != -EMFILE)
			return ret;
	}
}

/*
 * Waits for the next message, at most timeout ns: its enum ipc_type.  -EFAULT umsg
 * cannot be written; -ETIMEDOUT; -EINTR.
 */
s64 sys_ipc_recv(int handle, void *umsg, u64 timeout)
{
	struct object *ep __put_object = get_object(handle, OBJ_ENDPOINT, RIGHT_READ);
	struct letter letter;

	if (IS_ERR(ep))
		return PTR_ERR(ep);
	if (copy_to_user(umsg, zero_page(), sizeof(struct ipc_message)))
		return -EFAULT;
	return receive(to_endpoint(ep), &letter, umsg, timeout, false);
}

/* Answers the call whose token the message bears; never waits.  As read_message(); -ESRCH. */
s64 sys_ipc_reply(int handle, const void *umsg)
{
	struct object *ep __put_object = get_object(handle, OBJ_ENDPOINT, RIGHT_READ);
	struct letter letter;
	int ret;

	if (IS_ERR(ep))
		return PTR_ERR(ep);
	ret = read_message(&letter, umsg, false);
	if (ret)
		return ret;
	ret = ipc_answer(to_endpoint(ep), &letter, 0);
	if (ret)
		letter_drop(&letter);
	return ret;
}

/* ipc_reply, and if that has succeeded ipc_recv, the message in the same place. */
s64 sys_ipc_reply_recv(int handle, void *umsg, u64 timeout)
{
	struct object *ep __put_object = get_object(handle, OBJ_ENDPOINT, RIGHT_READ);
	struct letter letter;
	s64 ret;

	if (IS_ERR(ep))
		return PTR_ERR(ep);
	ret = read_message(&letter, umsg, false);
	if (ret)
		return ret;
	ret = receive(to_endpoint(ep), &letter, umsg, timeout, true);
	if (ret == -ESRCH)
		letter_drop(&letter);
	return ret;
}

/* As ipc_notify(). */
s64 sys_ipc_notify(int handle, u64 bits)
{
	struct object *c __put_object = get_object(handle, OBJ_CONNECTION, RIGHT_NOTIFY);

	if (IS_ERR(c))
		return PTR_ERR(c);
	return ipc_notify(to_connection(c), bits);
}

/* Copies between a window of the client with this token and buf: window_copy(). */
s64 sys_ipc_copy(int handle, u64 token, u64 at, u64 buf, u64 n)
{
	struct object *ep __put_object = get_object(handle, OBJ_ENDPOINT, RIGHT_READ);

	if (IS_ERR(ep))
		return PTR_ERR(ep);
	return window_copy(to_endpoint(ep), token, at, NULL, buf, n);
}

/*
 * The same between the window and a memory object: before it -EBADF, -EINVAL not an object of
 * memory.
 */
s64 sys_ipc_vmo_copy(int handle, u64 token, u64 at, int vmo, u64 offset, u64 n)
{
	struct object *ep __put_object = get_object(handle, OBJ_ENDPOINT, RIGHT_READ);
	struct handle h;
	s64 ret;

	if (IS_ERR(ep))
		return PTR_ERR(ep);
	ret = handle_copy(my_handles(), vmo, &h);
	if (ret)
		return ret;
	if (h.object->type == OBJ_VMO)
		ret = window_copy(to_endpoint(ep), token, at, &h, offset, n);
	else
		ret = -EINVAL;
	object_put(h.object);
	return ret;
}
