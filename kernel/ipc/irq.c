/* SPDX-License-Identifier: MIT */
/*
 * Interrupts as notifications.  The handler knows nothing of the device: it masks
 * the line, sets bits in the endpoint's notification word and wakes the driver,
 * which acknowledges (the line is open again) and then asks the device until that
 * has nothing more to say; in this order, so that no edge is missed.
 *
 *	device ──line──► ipc_irq: mask, bits ──NOTIFY──► driver: irq_ack, drain
 *
 * The handler may not take ipc_lock, which is held with interrupts on.  So the word
 * is atomic, and the thread is told to look at it again, after the bits are set and
 * before the wake-up: by notified, which schedule_to() reads under the run-queue lock,
 * and by irq_pending, which ipc_sleep() reads once the thread is marked as sleeping.
 */
#include "kernel/ipc/irq.h"
#include "kernel/x86/acpi.h"
#include "kernel/x86/apic.h"
#include "kernel/x86/hooks.h"
#include "kernel/x86/trap.h"
#include "mm/frame/slab.h"

struct irq {
	struct object object;
	u32 gsi;	     /* (c) the line, of the IOAPIC */
	struct endpoint *ep; /* (c) counted */
	u64 bits;	     /* (c) */
};

static spinlock_t irq_lock = SPINLOCK_INIT(LOCK_IRQ_LINES);
static struct irq *lines[NR_IRQS]; /* (irq_lock) by gsi */

static void ipc_irq(u32 gsi)
{
	IRQ_GUARD(&irq_lock);
	struct irq *irq = lines[gsi];

	ioapic_mask(gsi, true);
	if (irq && irq->ep->server) {
		__atomic_fetch_or(&irq->ep->notified, irq->bits, __ATOMIC_SEQ_CST);
		WRITE_ONCE(irq->ep->server->irq_pending, true);
		WRITE_ONCE(irq->ep->server->notified, true); /* schedule_to() looks at this one */
		wake_up_thread(irq->ep->server);
	}
}

/* Opens the line to irq, or closes it (null). */
static void set_line(u32 gsi, struct irq *irq)
{
	IRQ_GUARD(&irq_lock);
	ioapic_mask(gsi, !irq);
	lines[gsi] = irq;
}

static void irq_destroy(struct object *object)
{
	struct irq *irq = container_of(object, struct irq, object);

	set_line(irq->gsi, NULL);
	object_put(&irq->ep->object);
	kfree(irq);
}

/*
 * Gives the line of the ISA bus to irq.  The lock also keeps the IOAPIC's two registers,
 * index and data, from others that mask a line meanwhile.  A line that somebody has is
 * not touched.
 */
static int take_line(struct irq *irq, u32 line)
{
	irq->gsi = line < NR_ISA_IRQS ? acpi.isa[line].gsi : NR_IRQS;
	if (irq->gsi >= NR_IRQS)
		return -EINVAL;
	IRQ_GUARD(&irq_lock);
	if (lines[irq->gsi])
		return -EBUSY;
	if (ioapic_route(line, cpu_id()))
		return -EINVAL;
	lines[irq->gsi] = irq;
	ioapic_mask(irq->gsi, false);
	return 0;
}

struct object *irq_create(struct endpoint *ep, u32 line, u64 bits)
{
	struct irq *irq = kmalloc(sizeof(*irq));
	int err;

	if (!irq)
		return NULL;
	object_init(&irq->object, OBJ_IRQ, irq_destroy);
	irq->ep = ep;
	irq->bits = bits;
	x86_hooks.irq = ipc_irq;
	err = take_line(irq, line);
	if (err) {
		kfree(irq);
		return ERR_PTR(err);
	}
	object_get(&ep->object);
	return &irq->object;
}

void irq_detach(struct endpoint *ep)
{
	IRQ_GUARD(&irq_lock);
	ep->server = NULL;
}

void irq_ack(struct object *object)
{
	struct irq *irq = container_of(object, struct irq, object);

	set_line(irq->gsi, irq);
}
