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

enum madt_type { MADT_LAPIC = 0, MADT_IOAPIC = 1, MADT_OVERRIDE = 2, MADT_LAPIC_ADDR = 5 };

struct madt_entry {
	u8 type, length;
	union {
		struct {
			u8 acpi_id, apic_id;
			u32 flags;
		} __packed lapic;
		struct {
			u8 id, reserved;
			u32 phys, gsi_base;
		} __packed ioapic;
		struct {
			u8 bus, irq;
			struct irq_override to;
		} __packed override;
		struct {
			u16 reserved;
			u64 phys;
		} __packed lapic_addr;
	};
} __packed;

#define LAPIC_ENABLED 1

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

static void read_entry(const struct madt_entry *e)
{
	switch (e->type) {
	case MADT_LAPIC:
		if (e->lapic.flags & LAPIC_ENABLED && acpi.ncpus < ARRAY_SIZE(acpi.apic_ids))
			acpi.apic_ids[acpi.ncpus++] = e->lapic.apic_id;
		break;
	case MADT_IOAPIC: /* the first has the ISA lines, and there are no other devices here */
		if (!acpi.ioapic_phys) {
			acpi.ioapic_phys = e->ioapic.phys;
			acpi.ioapic_gsi_base = e->ioapic.gsi_base;
		}
		break;
	case MADT_OVERRIDE:
		if (e->override.irq < NR_ISA_IRQS)
			acpi.isa[e->override.irq] = e->override.to;
		break;
	case MADT_LAPIC_ADDR:
		acpi.lapic_phys = e->lapic_addr.phys;
		break;
	}
}

static void read_madt(const struct madt *madt)
{
	const u8 *end = (const u8 *)madt + madt->header.length;
	const struct madt_entry *e = (const struct madt_entry *)madt->entries;

	acpi.lapic_phys = madt->lapic_phys;
	while ((const u8 *)e < end && e->length) {
		read_entry(e);
		e = (const void *)e + e->length;
	}
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
