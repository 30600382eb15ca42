/* SPDX-License-Identifier: MIT */
/*
 * Proves: wild accesses, wild jumps, privileged and undefined instructions and
 * arithmetic traps kill the process with the right signal, and only it; the kernel
 * log says what was done, and why it was refused.  See kernel/README.md, "Traps".
 *
 * says: wrote to 0x0: no area there; from 0xffffffff80100000: that is not the program's
 * cpus: 1 2 4
 */
#include "test.h"

#define KERNEL_TEXT 0xffffffff80100000ul
#define DIRECT_MAP  0xffff888000100000ul
#define NON_CANON   0x0000800000000000ul

static void jump_to(uint64_t addr)
{
	((void (*)(void))addr)();
}

static void store_to(uint64_t addr)
{
	*(volatile char *)addr = 1;
}

static void load_from(uint64_t addr)
{
	(void)*(volatile char *)addr;
}

static char code_in_data[16] = { (char)0xc3 }; /* ret */
static const char text_in_rodata[] = "read only";

static void run_stack(uint64_t unused)
{
	volatile char code[16] = { (char)0xc3 };

	(void)unused;
	jump_to((uint64_t)code);
}

static void return_to(uint64_t addr)
{
	asm volatile("push %0; ret" : : "r"(addr) : "memory");
}

static void (*volatile overflow)(uint64_t); /* volatile: the compiler would see the recursion */

static void overflow_stack(uint64_t depth)
{
	volatile char page[8192];

	page[0] = 1;
	overflow = overflow_stack;
	overflow(depth + 1);
	page[1] = page[0];
}

static void divide_by(uint64_t n)
{
	asm volatile("div %0" : : "r"(n) : "rax", "rdx", "cc");
}

/* One function for each instruction that user mode must not, or cannot, execute. */
#define INSTRUCTION(name, code, ...) \
	static void name(uint64_t unused) \
	{ \
		(void)unused; \
		asm volatile(code : : __VA_ARGS__ : "rax", "rdx", "memory"); \
	}

static uint64_t table[2]; /* for lgdt and lidt */

INSTRUCTION(do_hlt, "hlt")
INSTRUCTION(do_cli, "cli")
INSTRUCTION(do_sti, "sti")
INSTRUCTION(do_in, "in $0x60, %%al")
INSTRUCTION(do_out, "out %%al, $0xf4")
INSTRUCTION(do_lgdt, "lgdt %0", "m"(table))
INSTRUCTION(do_lidt, "lidt %0", "m"(table))
INSTRUCTION(do_ltr, "ltr %0", "r"((short)0x28))
INSTRUCTION(do_sgdt, "sgdt %0", "m"(table)) /* UMIP */
INSTRUCTION(do_wrmsr, "wrmsr", "c"(0xc0000080))
INSTRUCTION(do_rdmsr, "rdmsr", "c"(0xc0000080))
INSTRUCTION(do_mov_cr0, "mov %%cr0, %%rax", "c"(0))
INSTRUCTION(do_mov_cr3, "mov %0, %%cr3", "r"(0ul))
INSTRUCTION(do_invlpg, "invlpg (%0)", "r"(0ul))
INSTRUCTION(do_swapgs, "swapgs", "c"(0))
INSTRUCTION(do_sysret, "sysretq", "c"(0))
INSTRUCTION(do_iret, "push $0x10; push $0; push $2; push $8; push $0; iretq", "c"(0))
INSTRUCTION(do_far_ret, "push $8; push $0; lretq", "c"(0))
INSTRUCTION(do_int_timer, "int $0x20", "c"(0))
INSTRUCTION(do_int_df, "int $8", "c"(0))
INSTRUCTION(do_ud2, "ud2", "c"(0))
INSTRUCTION(do_int3, "int3", "c"(0))
INSTRUCTION(load_bad_segment, "mov %0, %%ds", "r"((short)0x8))

static const struct {
	const char *what;
	void (*run)(uint64_t addr);
	uint64_t addr;
	int signal;
} cases[] = {
	{ "read NULL", load_from, 0, SIGSEGV },
	{ "write NULL", store_to, 0, SIGSEGV },
	{ "read kernel text", load_from, KERNEL_TEXT, SIGSEGV },
	{ "write kernel text", store_to, KERNEL_TEXT, SIGSEGV },
	{ "read the direct map", load_from, DIRECT_MAP, SIGSEGV },
	{ "write the direct map", store_to, DIRECT_MAP, SIGSEGV },
	{ "read a non-canonical address", load_from, NON_CANON, SIGSEGV },
	{ "jump to NULL", jump_to, 0, SIGSEGV },
	{ "jump into the kernel", jump_to, KERNEL_TEXT, SIGSEGV },
	{ "jump to an unmapped address", jump_to, 0x123456789000, SIGSEGV },
	{ "jump to a non-canonical address", jump_to, NON_CANON, SIGSEGV },
	{ "jump to the page that is never mapped", jump_to, 0x7ffffffff000, SIGSEGV },
	{ "return to a non-canonical address", return_to, NON_CANON, SIGSEGV },
	{ "write to text", store_to, (uint64_t)store_to, SIGSEGV },
	{ "write to read-only data", store_to, (uint64_t)text_in_rodata, SIGSEGV },
	{ "execute data", jump_to, (uint64_t)code_in_data, SIGSEGV },
	{ "execute the stack", run_stack, 0, SIGSEGV },
	{ "overflow the stack", overflow_stack, 0, SIGSEGV },
	{ "hlt", do_hlt, 0, SIGSEGV },
	{ "cli", do_cli, 0, SIGSEGV },
	{ "sti", do_sti, 0, SIGSEGV },
	{ "in", do_in, 0, SIGSEGV },
	{ "out to the port that ends QEMU", do_out, 0, SIGSEGV },
	{ "lgdt", do_lgdt, 0, SIGSEGV },
	{ "lidt", do_lidt, 0, SIGSEGV },
	{ "ltr", do_ltr, 0, SIGSEGV },
	{ "sgdt", do_sgdt, 0, SIGSEGV },
	{ "wrmsr", do_wrmsr, 0, SIGSEGV },
	{ "rdmsr", do_rdmsr, 0, SIGSEGV },
	{ "read CR0", do_mov_cr0, 0, SIGSEGV },
	{ "write CR3", do_mov_cr3, 0, SIGSEGV },
	{ "invlpg", do_invlpg, 0, SIGSEGV },
	{ "swapgs", do_swapgs, 0, SIGSEGV },
	{ "sysret", do_sysret, 0, SIGSEGV },
	{ "iret to ring 0", do_iret, 0, SIGSEGV },
	{ "far ret to ring 0", do_far_ret, 0, SIGSEGV },
	{ "int 0x20", do_int_timer, 0, SIGSEGV },
	{ "int 8", do_int_df, 0, SIGSEGV },
	{ "load a kernel segment", load_bad_segment, 0, SIGSEGV },
	{ "ud2", do_ud2, 0, SIGILL },
	{ "int3", do_int3, 0, SIGTRAP },
	{ "divide by zero", divide_by, 0, SIGFPE },
};

static void run_case(void *arg)
{
	size_t i = *(size_t *)arg;

	cases[i].run(cases[i].addr);
}

int main(void)
{
	long frames = 0;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		TEST_BEGIN(cases[i].what);
		CHECK_EQ(dies_by(run_case, &i), cases[i].signal, "signal for: %s", cases[i].what);
		if (!i)
			frames = free_frames();
	}
	TEST_BEGIN("the kernel lives and lost no frame");
	CHECK_EQ(free_frames(), frames, "free frames");
	check_mm();
	return TEST_END();
}
