/* SPDX-License-Identifier: MIT */
/* Local APIC (timer, IPIs) and IOAPIC (device interrupts), in xAPIC mode. */
#pragma once

#include "kernel/lib/types.h"

/* Vectors of the local APIC; devices have VECTOR_IRQ (trap.h) and up. */
#define VECTOR_TIMER	0xf0
#define IPI_RESCHEDULE	0xf1
#define IPI_SHOOTDOWN	0xf2
#define VECTOR_SPURIOUS 0xff

extern u64 tsc_hz;	   /* (c) TSC ticks per second, measured by apic_init() */
extern bool apic_stopping; /* (a) apic_stop_others() was called: an NMI means halt */

/*
 * Masks the 8259s, maps the APICs, masks all lines, measures the clocks.  Boot CPU, after
 * paging_init().
 */
void apic_init(void);

/* Enables this CPU's local APIC and notes its number, cpu_local.apic_id.  Interrupts off. */
void apic_setup_cpu(void);

/* Starts this CPU's periodic tick: x86_hooks.tick, hz times a second. */
void lapic_timer_start(u32 hz);

/* Acknowledges the interrupt being handled on this CPU; the trap code does it before the hook. */
void apic_eoi(void);

/* Sends IPI vector to an online CPU, also to this one.  Any context. */
void apic_send_ipi(u32 cpu, u32 vector);

/* Halts every other online CPU for ever, by an NMI: that reaches one with interrupts off too. */
void apic_stop_others(void);

/* Sends INIT, or a start-up IPI for the page at phys, to an APIC number; for smp.c. */
void apic_send_init(u32 apic_id);
/* See apic_send_init(). */
void apic_send_startup(u32 apic_id, u64 phys);

/*
 * Makes ISA interrupt irq (below NR_ISA_IRQS), masked, arrive at cpu; x86_hooks.irq is told its
 * line, acpi.isa[irq].gsi.  -EINVAL: there is no such line.
 */
int ioapic_route(u32 irq, u32 cpu);

/* Masks or unmasks a line that was routed.  Callers see to it that nobody else does. */
void ioapic_mask(u32 gsi, bool masked);

/* Spins for at least us microseconds by the TSC. */
void udelay(u64 us);
