/* SPDX-License-Identifier: MIT */
/* System calls of drivers: interrupts and ports. */
#include <abi/kernel.h>
#include "kernel/ipc/endpoint.h"
#include "kernel/ipc/irq.h"
#include "kernel/syscall/handle.h"
#include "kernel/syscall/syscall.h"

/*
 * A NOFORK handle to the ISA interrupt line, from now on open: irq_create().  After
 * the KCAP: -EBADF, -EINVAL, -EACCES of the endpoint; -EMFILE.
 */
s64 sys_irq_bind(int kcap, int line, int handle, u64 bits)
{
	int ret = check_authority(kcap, KCAP_IO);

	if (ret)
		return ret;
	struct object *ep __put_object = get_object(handle, OBJ_ENDPOINT, RIGHT_READ);
	if (IS_ERR(ep))
		return PTR_ERR(ep);
	return install_object(irq_create(to_endpoint(ep), line, bits), RIGHT_READ, HANDLE_NOFORK);
}

/* The device has been seen to, or will be now: the line may interrupt again. */
s64 sys_irq_ack(int handle)
{
	struct object *irq __put_object = get_object(handle, OBJ_IRQ, RIGHT_READ);

	if (IS_ERR(irq))
		return PTR_ERR(irq);
	irq_ack(irq);
	return 0;
}

/*
 * Lets the calling thread use n ports from `first` on, and no others; fork does not
 * pass them on.  After the KCAP: -EINVAL no such ports.
 */
s64 sys_ioport_allow(int kcap, int first, int n)
{
	int ret = check_authority(kcap, KCAP_IO);

	if (ret)
		return ret;
	if (first < 0 || n < 0 || (s64)first + n > UINT16_MAX)
		return -EINVAL;
	set_io_ports((struct io_ports){ first, n });
	return 0;
}
