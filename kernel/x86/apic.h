/* SPDX-License-Identifier: MIT */
/* Local APIC (timer, IPIs) and IOAPIC (device interrupts), in xAPIC mode. */
#pragma once

#include "kernel/lib/types.h"

/* Vectors of the local APIC; devices have VECTOR_IRQ (trap.h) and up. */
#define VECTOR_TIMER	0xf0
#define IPI_RESCHEDULE	0xf1
#define IPI_SHOOTDOWN	0xf2
#define IPI_STOP	0xf3 /* sent as an NMI, so that it also stops a CPU with interrupts off */
#define VECTOR_SPURIOUS 0xff

extern u64 tsc_hz;   /* (c) TSC ticks per second, measured by apic_init() */
extern u64 lapic_hz; /* (c) LAPIC timer counts per second at divider 16 */

/* Masks the 8259s, maps the APICs, masks all lines, measures the clocks.  Boot CPU, after paging_init(). */
void apic_init(void);

/* Enables this CPU's local APIC.  Interrupts off. */
void apic_setup_cpu(void);

/* Returns the hardware number of this CPU's local APIC. */
u32 apic_id(void);

/* Starts this CPU's periodic tick: x86_hooks.tick, hz times a second. */
void lapic_timer_start(u32 hz);

/* Acknowledges the interrupt being handled on this CPU; the trap code does it before the hook. */
void apic_eoi(void);

/* Sends IPI vector to an online CPU, also to this one.  Any context; IPI_STOP comes as NMI. */
void apic_send_ipi(u32 cpu, u32 vector);

/* Sends IPI vector to every other online CPU. */
void apic_send_ipi_others(u32 vector);

/* Says whether somebody has sent IPI_STOP: an NMI is that then. */
bool apic_stop_requested(void);

/* Sends INIT, or a start-up IPI for the page at phys, to an APIC number; for smp.c. */
void apic_send_init(u32 apic_id);
/* See apic_send_init(). */
void apic_send_startup(u32 apic_id, u64 phys);

/*
 * Makes ISA interrupt irq, masked, arrive at cpu and returns its line number (gsi), which x86_hooks.irq is
 * told.  -EINVAL: no such line.
 */
int ioapic_route(u32 irq, u32 cpu);

/* Masks or unmasks a line that was routed.  Callers see to it that nobody else does. */
void ioapic_mask(u32 gsi, bool masked);

/* Spins for at least us microseconds by the TSC. */
void udelay(u64 us);
