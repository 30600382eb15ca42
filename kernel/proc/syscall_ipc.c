/* SPDX-License-Identifier: MIT */
/*
 * System calls of IPC.  Each first looks up its handle: -EBADF no such handle,
 * -EINVAL of another type, -EACCES without the right.
 */
#include <abi/kernel.h>
#include "kernel/core/time.h"
#include "kernel/ipc/endpoint.h"
#include "kernel/proc/process.h"
#include "kernel/proc/syscall.h"
#include "kernel/x86/trap.h"
#include "kernel/x86/uaccess.h"
#include "mm/space/fault.h"

/* A handle to the new object, or what it says (ERR_PTR), -ENOMEM (it is null), -EMFILE. */
static s64 install(struct object *object, u32 rights, u32 flags)
{
	if (IS_ERR(object))
		return PTR_ERR(object);
	return object ? handle_install(my_handles(), object, rights, flags) : -ENOMEM;
}

/* A NOFORK handle to a new endpoint, where this process receives.  -ENOMEM, -EMFILE. */
s64 sys_endpoint_create(void)
{
	return install(endpoint_create(), RIGHT_READ | RIGHT_WRITE, HANDLE_NOFORK);
}

/*
 * A handle to a new connection to the endpoint, with this badge and these rights:
 * RIGHT_CALL, RIGHT_NOTIFY, at least one, else -EINVAL.  -ENOMEM, -EMFILE.
 */
s64 sys_connect(int handle, u64 badge, u64 rights)
{
	OBJECT(ep, handle, OBJ_ENDPOINT, RIGHT_WRITE);

	if (!rights || rights & ~(u64)(RIGHT_CALL | RIGHT_NOTIFY))
		return -EINVAL;
	return install(connection_create(to_endpoint(ep), badge), rights, 0);
}

/*
 * Sends the message and waits for the reply, whose op, flags, words and handles take the
 * place of the message's.  As letter_write(), then ipc_call(), then letter_deliver(), with
 * which the reply is lost; -EMFILE: the server's table was full, or ours.
 */
s64 sys_ipc_call(int handle, void *msg)
{
	OBJECT(c, handle, OBJ_CONNECTION, RIGHT_CALL);
	struct letter letter;
	int ret = letter_write(&letter, my_handles(), msg, true);
	bool wants = (~letter.m.flags & (IPC_INLINE | IPC_WRITABLE(0))) == 0;

	if (ret)
		return ret;
	ret = ipc_call(to_connection(c), &letter, IPC_FOREVER);
	if (ret) {
		letter_drop(&letter);
		return ret;
	}
	ret = letter_deliver(&letter, my_handles(), msg, IPC_REPLY_SIZE);
	return ret || !wants ? ret : letter_give_inline(&letter);
}

/*
 * ipc_receive() into user memory.  A caller who sends more handles than we have room
 * for is told so, and the next one served.
 */
static __always_inline s64 receive(struct endpoint *ep, struct letter *letter, void *msg,
				   u64 timeout, bool answer)
{
	u64 now = timeout == IPC_FOREVER ? 0 : now_ns();
	u64 end = timeout > IPC_FOREVER - now ? IPC_FOREVER : now + timeout;
	int type, ret;

	do {
		type = ipc_receive(ep, letter, end, answer);
		if (type < 0)
			return type;
		answer = false;
		ret = letter_deliver(letter, my_handles(), msg, sizeof(letter->m));
		if (ret && (type == IPC_MSG || type == IPC_PAGER))
			ipc_answer(ep, letter, ret);
	} while (ret == -EMFILE);
	return ret ? ret : type;
}

/*
 * Waits for the next message, at most timeout ns: its enum ipc_type.  -EFAULT msg
 * cannot be written; -ETIMEDOUT; -EINTR.
 */
s64 sys_ipc_recv(int handle, void *msg, u64 timeout)
{
	OBJECT(ep, handle, OBJ_ENDPOINT, RIGHT_READ);
	struct letter letter;

	if (copy_to_user(msg, zero_page(), sizeof(struct ipc_message)))
		return -EFAULT;
	return receive(to_endpoint(ep), &letter, msg, timeout, false);
}

/* Answers the call whose token the message bears; never waits.  As letter_write(); -ESRCH. */
s64 sys_ipc_reply(int handle, const void *msg)
{
	OBJECT(ep, handle, OBJ_ENDPOINT, RIGHT_READ);
	struct letter letter;
	int ret = letter_write(&letter, my_handles(), (void *)msg, false);

	if (ret)
		return ret;
	ret = ipc_answer(to_endpoint(ep), &letter, 0);
	if (ret)
		letter_drop(&letter);
	return ret;
}

/* ipc_reply, and if that has succeeded ipc_recv, the message in the same place. */
s64 sys_ipc_reply_recv(int handle, void *msg, u64 timeout)
{
	OBJECT(ep, handle, OBJ_ENDPOINT, RIGHT_READ);
	struct letter letter;
	s64 ret = letter_write(&letter, my_handles(), msg, false);

	if (ret)
		return ret;
	ret = receive(to_endpoint(ep), &letter, msg, timeout, true);
	if (ret == -ESRCH)
		letter_drop(&letter);
	return ret;
}

/* As ipc_notify(). */
s64 sys_ipc_notify(int handle, u64 bits)
{
	OBJECT(c, handle, OBJ_CONNECTION, RIGHT_NOTIFY);

	return ipc_notify(to_connection(c), bits);
}

/* Copies between a window of the client with this token and buf: window_copy(). */
s64 sys_ipc_copy(int handle, u64 token, u64 at, u64 buf, u64 n)
{
	OBJECT(ep, handle, OBJ_ENDPOINT, RIGHT_READ);

	return window_copy(to_endpoint(ep), token, at, NULL, buf, n);
}

/* The same between the window and a memory object: before it -EBADF, -EINVAL not an object of memory. */
s64 sys_ipc_vmo_copy(int handle, u64 token, u64 at, int vmo, u64 offset, u64 n)
{
	OBJECT(ep, handle, OBJ_ENDPOINT, RIGHT_READ);
	struct handle h;
	s64 ret = handle_copy(my_handles(), vmo, &h);

	if (ret)
		return ret;
	ret = -EINVAL;
	if (h.object->type == OBJ_VMO)
		ret = window_copy(to_endpoint(ep), token, at, &h, offset, n);
	object_put(h.object);
	return ret;
}

/* A KCAP handle with some of the authorities of another.  -EINVAL no such, kcap_check(), -EMFILE. */
s64 sys_kcap_reduce(int handle, u64 authorities)
{
	if (authorities & ~(u64)KCAP_ALL)
		return -EINVAL;
	NEED_AUTHORITY(handle, authorities);
	return kcap_install(my_handles(), authorities);
}

/*
 * A NOFORK handle to the ISA interrupt line, from now on open: irq_create().  After
 * the KCAP: -EBADF, -EINVAL, -EACCES of the endpoint; -EMFILE.
 */
s64 sys_irq_bind(int kcap, int line, int handle, u64 bits)
{
	NEED_AUTHORITY(kcap, KCAP_IO);
	OBJECT(ep, handle, OBJ_ENDPOINT, RIGHT_READ);

	return install(irq_create(to_endpoint(ep), line, bits), RIGHT_READ, HANDLE_NOFORK);
}

/* The device has been seen to, or will be now: the line may interrupt again. */
s64 sys_irq_ack(int handle)
{
	OBJECT(irq, handle, OBJ_IRQ, RIGHT_READ);

	irq_ack(irq);
	return 0;
}

/*
 * Lets the calling thread use n ports from `first` on, and no others; fork does not
 * pass them on.  After the KCAP: -EINVAL no such ports.
 */
s64 sys_ioport_allow(int kcap, int first, int n)
{
	NEED_AUTHORITY(kcap, KCAP_IO);
	if (first < 0 || n < 0 || (s64)first + n > UINT16_MAX)
		return -EINVAL;
	current->ports = (struct io_ports){ first, n };
	irq_disable();
	x86_set_ports(current->ports);
	irq_enable();
	return 0;
}
