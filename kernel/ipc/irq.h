/* SPDX-License-Identifier: MIT */
/* Interrupt lines as objects: each interrupt is a notification. */
#pragma once

#include "kernel/ipc/endpoint.h"

/*
 * The ISA interrupt line; each interrupt sets these bits at the endpoint and masks the line.
 * One reference.  -EINVAL no such line, -EBUSY somebody has it (ERR_PTR); NULL if memory is short.
 */
struct object *irq_create(struct endpoint *ep, u32 line, u64 bits);
/* Unmasks the line. */
void irq_ack(struct object *irq);
/* The endpoint has no server any more: interrupts wake nobody there. */
void irq_detach(struct endpoint *ep);
