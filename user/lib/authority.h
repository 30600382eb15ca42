/* SPDX-License-Identifier: MIT */
/*
 * What only init and drivers ask of the kernel: a smaller KCAP, interrupts, ports.
 * All return -1 and errno on failure.
 */
#pragma once

#include <abi/kernel.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <unistd.h>

/* A new KCAP handle with these authorities, all of which the given one has. */
static inline int kcap_reduce(int kcap, unsigned int authorities)
{
	return (int)syscall(SYS_kcap_reduce, kcap, authorities);
}

/*
 * From now on an interrupt of the ISA line masks the line and sets bits in the
 * notification word of the endpoint; irq_ack() with the handle opens it again.
 */
static inline int irq_bind(int line, int endpoint, uint64_t bits)
{
	return (int)syscall(SYS_irq_bind, HANDLE_KCAP, line, endpoint, bits);
}

static inline int irq_ack(int irq)
{
	return (int)syscall(SYS_irq_ack, irq);
}

/* The calling thread may use in and out on n ports from `first` on, and no others. */
static inline int ioport_allow(int first, int n)
{
	return (int)syscall(SYS_ioport_allow, HANDLE_KCAP, first, n);
}
