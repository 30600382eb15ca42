/* SPDX-License-Identifier: MIT */
/* RSDP, then RSDT or XSDT, then MADT: which CPUs there are and how interrupts reach them. */
#include "kernel/x86/acpi.h"
#include "kernel/lib/string.h"
#include "kernel/x86/bootinfo.h"
#include "kernel/x86/layout.h"

struct rsdp {
	char signature[8];
	u8 checksum;
	char oem[6];
	u8 revision;
	u32 rsdt;
	u32 length; /* from revision 2 on */
	u64 xsdt;
} __packed;

struct sdt {
	char signature[4];
	u32 length;
	u8 revision, checksum;
	char oem[6], oem_table[8];
	u32 oem_revision, creator, creator_revision;
} __packed;

struct madt {
	struct sdt header;
	u32 lapic_phys;
	u32 flags;
	u8 entries[];
} __packed;

enum madt_type {
	MADT_LAPIC = 0,
	MADT_IOAPIC = 1,
	MADT_OVERRIDE = 2,
	MADT_LAPIC_ADDR = 5,
};

struct madt_lapic {
	u8 type, length, acpi_id, apic_id;
	u32 flags;
} __packed;

struct madt_ioapic {
	u8 type, length, id, reserved;
	u32 phys, gsi_base;
} __packed;

struct madt_override {
	u8 type, length, bus, irq;
	u32 gsi;
	u16 flags;
} __packed;

struct madt_lapic_addr {
	u8 type, length;
	u16 reserved;
	u64 phys;
} __packed;

#define LAPIC_ENABLED 1
#define POLARITY_MASK 0x3
#define POLARITY_LOW  0x3
#define TRIGGER_MASK  0xc
#define TRIGGER_LEVEL 0xc

struct acpi_info acpi;

/* Looks through the RSDT (4-byte pointers) or XSDT (8-byte pointers). */
static const struct madt *find_madt(const struct rsdp *rsdp)
{
	u32 width = rsdp->revision >= 2 && rsdp->xsdt ? 8 : 4;
	const struct sdt *root = phys_to_virt(width == 8 ? rsdp->xsdt : rsdp->rsdt);
	const char *p = (const char *)(root + 1);
	const char *end = (const char *)root + root->length;

	for (; p < end; p += width) {
		u64 phys = 0;
		const struct sdt *table;

		memcpy(&phys, p, width);
		table = phys_to_virt(phys);
		if (!memcmp(table->signature, "APIC", 4))
			return (const struct madt *)table;
	}
	return NULL;
}

static void add_cpu(const struct madt_lapic *e)
{
	if ((e->flags & LAPIC_ENABLED) && acpi.ncpus < MAXCPU)
		acpi.apic_ids[acpi.ncpus++] = e->apic_id;
}

/* Only the first IOAPIC: it has the ISA lines, and there are no other devices here. */
static void add_ioapic(const struct madt_ioapic *e)
{
	if (acpi.ioapic_phys)
		return;
	acpi.ioapic_phys = e->phys;
	acpi.ioapic_gsi_base = e->gsi_base;
}

static void add_override(const struct madt_override *e)
{
	if (e->irq >= NR_ISA_IRQS)
		return;
	acpi.isa[e->irq] = (struct irq_override){
		.gsi = e->gsi,
		.active_low = (e->flags & POLARITY_MASK) == POLARITY_LOW,
		.level = (e->flags & TRIGGER_MASK) == TRIGGER_LEVEL,
	};
}

static void read_entry(const u8 *entry)
{
	switch (entry[0]) {
	case MADT_LAPIC:
		add_cpu((const void *)entry);
		break;
	case MADT_IOAPIC:
		add_ioapic((const void *)entry);
		break;
	case MADT_OVERRIDE:
		add_override((const void *)entry);
		break;
	case MADT_LAPIC_ADDR:
		acpi.lapic_phys = ((const struct madt_lapic_addr *)entry)->phys;
		break;
	}
}

static void read_madt(const struct madt *madt)
{
	const u8 *end = (const u8 *)madt + madt->header.length;

	acpi.lapic_phys = madt->lapic_phys;
	for (const u8 *p = madt->entries; p < end && p[1]; p += p[1])
		read_entry(p);
}

void acpi_init(void)
{
	/* Both boot protocols say where it is, so the BIOS's memory need not be searched. */
	const struct madt *madt = boot_info.rsdp ? find_madt(phys_to_virt(boot_info.rsdp)) : NULL;

	if (!madt)
		boot_die("The firmware has no ACPI MADT, which Merganser needs to find the CPUs.");
	for (u32 i = 0; i < NR_ISA_IRQS; i++)
		acpi.isa[i].gsi = i;
	read_madt(madt);
	if (!acpi.ioapic_phys || !acpi.ncpus)
		boot_die("The ACPI MADT names no IOAPIC or no CPU.");
}
