/* SPDX-License-Identifier: MIT */
/* The one ACPI table a small SMP kernel needs: the MADT. */
#pragma once

#include "kernel/lib/types.h"
#include "kernel/x86/cpu_local.h"

#define NR_ISA_IRQS 16

#define POLARITY_MASK 0x3
#define POLARITY_LOW  0x3
#define TRIGGER_MASK  0xc
#define TRIGGER_LEVEL 0xc

/* Where an ISA interrupt really arrives, and how, as the MADT says it. */
struct irq_override {
	u32 gsi;
	u16 flags; /* POLARITY_*, TRIGGER_* */
} __packed;

/* (c) after acpi_init() */
struct acpi_info {
	u64 lapic_phys;
	u64 ioapic_phys;
	u32 ioapic_gsi_base;
	u32 ncpus; /* enabled processors, also those for which there is no struct cpu_local */
	u8 apic_ids[256]; /* in table order; the boot CPU is somewhere among them */
	struct irq_override isa[NR_ISA_IRQS];
};

extern struct acpi_info acpi;

/*
 * Reads the MADT.  Runs on the early page tables, since the tables may lie outside RAM.
 * Ends the machine if there is no MADT with an IOAPIC.
 */
void acpi_init(void);
