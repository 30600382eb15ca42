/* SPDX-License-Identifier: MIT */
/*
 * Interrupt controllers in xAPIC mode: registers are 32 bits wide, 16 bytes
 * apart, uncached in the fixmap.  All CPUs see their own local APIC at the same
 * address.
 */
#include "kernel/x86/apic.h"
#include <abi/errno.h>
#include "kernel/x86/acpi.h"
#include "kernel/x86/cpu.h"
#include "kernel/x86/paging.h"
#include "kernel/x86/smp.h"
#include "kernel/x86/trap.h"

#define LAPIC_ID	    0x20
#define LAPIC_TPR	    0x80
#define LAPIC_EOI	    0xb0
#define LAPIC_SPURIOUS	    0xf0
#define LAPIC_ICR_LOW	    0x300
#define LAPIC_ICR_HIGH	    0x310
#define LAPIC_LVT_TIMER	    0x320
#define LAPIC_LVT_LINT0	    0x350
#define LAPIC_LVT_LINT1	    0x360
#define LAPIC_LVT_ERROR	    0x370
#define LAPIC_TIMER_INITIAL 0x380
#define LAPIC_TIMER_CURRENT 0x390
#define LAPIC_TIMER_DIVIDE  0x3e0

#define SPURIOUS_ENABLE BIT(8)
#define LVT_MASKED	BIT(16)
#define LVT_PERIODIC	BIT(17)
#define DELIVER_NMI	0x400
#define DELIVER_INIT	0x500
#define DELIVER_STARTUP 0x600
#define ICR_ASSERT	BIT(14)
#define ICR_PENDING	BIT(12)
#define DIVIDE_BY_16	0x3

#define IOAPIC_SELECT	    0x00
#define IOAPIC_WINDOW	    0x10
#define IOAPIC_VERSION	    1
#define IOAPIC_REDIRECT	    0x10 /* two registers for each line */
#define REDIRECT_LOW_ACTIVE BIT(13)
#define REDIRECT_LEVEL	    BIT(15)
#define REDIRECT_MASKED	    BIT(16)

#define PIC1	    0x20
#define PIC2	    0xa0
#define PIC_VECTORS 0xe0 /* nobody's: a spurious interrupt from there is ignored */

#define PIT_HZ		1193182UL
#define PIT_CHANNEL2	0x42
#define PIT_COMMAND	0x43
#define PIT_GATE	0x61
#define PIT_CH2_ONESHOT 0xb0
#define GATE_OPEN	0x01
#define GATE_SPEAKER	0x02
#define GATE_OUT	0x20
#define CALIBRATE_COUNT (PIT_HZ / 100) /* about 10 ms */
#define CALIBRATE_TRIES 3

u64 tsc_hz;
bool apic_stopping;

static u64 lapic_hz;	     /* (c) timer counts per second at divider 16 */
static volatile u32 *lapic;  /* (c) */
static volatile u32 *ioapic; /* (c) */

static u32 lapic_read(u32 reg)
{
	return lapic[reg / sizeof(u32)];
}

static void lapic_write(u32 reg, u32 value)
{
	lapic[reg / sizeof(u32)] = value;
}

static u32 ioapic_read(u32 reg)
{
	ioapic[IOAPIC_SELECT / sizeof(u32)] = reg;
	return ioapic[IOAPIC_WINDOW / sizeof(u32)];
}

static void ioapic_write(u32 reg, u32 value)
{
	ioapic[IOAPIC_SELECT / sizeof(u32)] = reg;
	ioapic[IOAPIC_WINDOW / sizeof(u32)] = value;
}

void apic_eoi(void)
{
	lapic_write(LAPIC_EOI, 0);
}

/* Moves an 8259 away from the exceptions' vectors and masks it; cascade: the other's line. */
static void pic_disable(u16 pic, u8 vectors, u8 cascade)
{
	outb(pic, 0x11);
	outb(pic + 1, vectors);
	outb(pic + 1, cascade);
	outb(pic + 1, 1);
	outb(pic + 1, 0xff);
}

static u32 ioapic_lines(void)
{
	return (ioapic_read(IOAPIC_VERSION) >> 16 & 0xff) + 1;
}

void apic_setup_cpu(void)
{
	lapic_write(LAPIC_TPR, 0);
	lapic_write(LAPIC_LVT_TIMER, LVT_MASKED);
	lapic_write(LAPIC_LVT_LINT0, LVT_MASKED);
	lapic_write(LAPIC_LVT_LINT1, DELIVER_NMI);
	lapic_write(LAPIC_LVT_ERROR, LVT_MASKED);
	lapic_write(LAPIC_TIMER_DIVIDE, DIVIDE_BY_16);
	lapic_write(LAPIC_SPURIOUS, SPURIOUS_ENABLE | VECTOR_SPURIOUS);
	this_cpu()->apic_id = lapic_read(LAPIC_ID) >> 24;
}

/* Lets PIT channel 2 count down CALIBRATE_COUNT once. */
static void pit_wait(void)
{
	u8 gate = inb(PIT_GATE) & ~(GATE_OPEN | GATE_SPEAKER);

	outb(PIT_GATE, gate);
	outb(PIT_COMMAND, PIT_CH2_ONESHOT);
	outb(PIT_CHANNEL2, CALIBRATE_COUNT & 0xff);
	outb(PIT_CHANNEL2, CALIBRATE_COUNT >> 8);
	outb(PIT_GATE, gate | GATE_OPEN);
	while (!(inb(PIT_GATE) & GATE_OUT))
		cpu_relax();
}

/* The host may take the CPU away meanwhile, which only makes counts larger: keep the least. */
static void calibrate(void)
{
	u64 tsc = ~0UL, ticks = ~0UL;

	for (u32 i = 0; i < CALIBRATE_TRIES; i++) {
		u64 start = rdtsc();

		lapic_write(LAPIC_TIMER_INITIAL, ~0U);
		pit_wait();
		ticks = MIN(ticks, (u64)(~0U - lapic_read(LAPIC_TIMER_CURRENT)));
		tsc = MIN(tsc, rdtsc() - start);
	}
	lapic_write(LAPIC_TIMER_INITIAL, 0);
	tsc_hz = tsc * PIT_HZ / CALIBRATE_COUNT;
	lapic_hz = ticks * PIT_HZ / CALIBRATE_COUNT;
}

void apic_init(void)
{
	pic_disable(PIC1, PIC_VECTORS, 4);
	pic_disable(PIC2, PIC_VECTORS + 8, 2);
	lapic = fixmap_io(acpi.lapic_phys);
	ioapic = fixmap_io(acpi.ioapic_phys);
	for (u32 line = 0; line < ioapic_lines(); line++)
		ioapic_write(IOAPIC_REDIRECT + 2 * line, REDIRECT_MASKED);
	apic_setup_cpu();
	calibrate();
}

void lapic_timer_start(u32 hz)
{
	lapic_write(LAPIC_LVT_TIMER, LVT_PERIODIC | VECTOR_TIMER);
	lapic_write(LAPIC_TIMER_INITIAL, lapic_hz / hz);
}

/* Two registers make one command, so no interrupt may send another between. */
static void send_icr(u32 dest_apic, u32 command)
{
	u64 flags = irq_save();

	while (lapic_read(LAPIC_ICR_LOW) & ICR_PENDING)
		cpu_relax();
	lapic_write(LAPIC_ICR_HIGH, dest_apic << 24);
	lapic_write(LAPIC_ICR_LOW, command);
	irq_restore(flags);
}

void apic_send_ipi(u32 cpu, u32 vector)
{
	send_icr(cpu_locals[cpu].apic_id, vector | ICR_ASSERT);
}

void apic_stop_others(void)
{
	__atomic_store_n(&apic_stopping, true, __ATOMIC_SEQ_CST);
	for (u32 cpu = 0; cpu < READ_ONCE(nr_cpus); cpu++)
		if (cpu != cpu_id())
			send_icr(cpu_locals[cpu].apic_id, DELIVER_NMI | ICR_ASSERT);
}

void apic_send_init(u32 dest_apic)
{
	send_icr(dest_apic, DELIVER_INIT | ICR_ASSERT);
}

void apic_send_startup(u32 dest_apic, u64 phys)
{
	send_icr(dest_apic, DELIVER_STARTUP | ICR_ASSERT | phys >> PAGE_SHIFT);
}

int ioapic_route(u32 irq, u32 cpu)
{
	const struct irq_override *isa = &acpi.isa[irq];
	u32 line = isa->gsi - acpi.ioapic_gsi_base;
	u32 low = REDIRECT_MASKED | (VECTOR_IRQ + isa->gsi);

	if (line >= ioapic_lines())
		return -EINVAL;
	if ((isa->flags & POLARITY_MASK) == POLARITY_LOW)
		low |= REDIRECT_LOW_ACTIVE;
	if ((isa->flags & TRIGGER_MASK) == TRIGGER_LEVEL)
		low |= REDIRECT_LEVEL;
	ioapic_write(IOAPIC_REDIRECT + 2 * line + 1, cpu_locals[cpu].apic_id << 24);
	ioapic_write(IOAPIC_REDIRECT + 2 * line, low);
	return 0;
}

void ioapic_mask(u32 gsi, bool masked)
{
	u32 reg = IOAPIC_REDIRECT + 2 * (gsi - acpi.ioapic_gsi_base);
	u32 low = ioapic_read(reg) & ~REDIRECT_MASKED;

	ioapic_write(reg, masked ? low | REDIRECT_MASKED : low);
}

void udelay(u64 us)
{
	u64 start = rdtsc();
	u64 ticks = us * (tsc_hz / 1000000);

	while (rdtsc() - start < ticks)
		cpu_relax();
}
