/* SPDX-License-Identifier: MIT */
/* The interrupt descriptor table, one for all CPUs. */
#include "kernel/x86/layout.h"
#include "kernel/x86/trap.h"

#define GATE_INTERRUPT 0x8e /* present, 64-bit, interrupts off on entry */
#define GATE_DPL3      0x60 /* user mode may raise it with INT */
#define STUB_SIZE      16

struct gate {
	u16 offset_low;
	u16 selector;
	u8 ist;
	u8 type;
	u16 offset_mid;
	u32 offset_high;
	u32 reserved;
};

extern char isr_stubs[];

static struct gate idt[NR_VECTORS] __aligned(PAGE_SIZE);

static struct gate make_gate(u32 vector)
{
	u64 stub = (u64)isr_stubs + vector * STUB_SIZE;

	return (struct gate){
		.offset_low = stub,
		.selector = KERNEL_CS,
		.ist = exception_stack(vector),
		.type = GATE_INTERRUPT | (vector == VECTOR_BP ? GATE_DPL3 : 0),
		.offset_mid = stub >> 16,
		.offset_high = stub >> 32,
	};
}

void idt_init(void)
{
	for (u32 v = 0; v < NR_VECTORS; v++)
		idt[v] = make_gate(v);
}

void idt_load(void)
{
	struct table_pointer pointer = { sizeof(idt) - 1, (u64)idt };

	__asm__ volatile("lidt %0" : : "m"(pointer));
}
