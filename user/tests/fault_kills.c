/* SPDX-License-Identifier: MIT */
/*
 * Proves: wild accesses, wild jumps, privileged and undefined instructions and
 * arithmetic traps kill the process with the right signal, and only it.
 * See kernel/README.md, "Traps".
 *
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

static void read_null(void) { load_from(0); }
static void write_null(void) { store_to(0); }
static void read_kernel(void) { load_from(KERNEL_TEXT); }
static void write_kernel(void) { store_to(KERNEL_TEXT); }
static void read_direct_map(void) { load_from(DIRECT_MAP); }
static void write_direct_map(void) { store_to(DIRECT_MAP); }
static void read_non_canonical(void) { load_from(NON_CANON); }
static void jump_null(void) { jump_to(0); }
static void jump_kernel(void) { jump_to(KERNEL_TEXT); }
static void jump_wild(void) { jump_to(0x123456789000); }
static void jump_non_canonical(void) { jump_to(NON_CANON); }
static void jump_last_page(void) { jump_to(0x7ffffffff000); }
static void write_text(void) { store_to((uint64_t)write_text); }
static void write_rodata(void) { store_to((uint64_t) "read only"); }

static void run_data(void)
{
	static char code[16] = { (char)0xc3 }; /* ret */

	jump_to((uint64_t)code);
}

static void run_stack(void)
{
	volatile char code[16] = { (char)0xc3 };

	jump_to((uint64_t)code);
}

static void return_wild(void)
{
	asm volatile("mov %0, %%rax; push %%rax; ret" : : "r"(NON_CANON) : "rax", "memory");
}

static void (*volatile overflow)(void); /* volatile: the compiler would see the recursion */

static void overflow_stack(void)
{
	volatile char page[8192];

	page[0] = 1;
	overflow = overflow_stack;
	overflow();
	page[1] = page[0];
}

static void overflow_kernel_stack(void)
{
	mg_kctl(KCTL_KSTACK_OVERFLOW, 0, 0);
}

static void divide_by_zero(void)
{
	asm volatile("xor %%ecx, %%ecx; div %%ecx" : : : "rax", "rcx", "rdx", "cc");
}

/*
 * One function for each instruction that user mode must not, or cannot, execute.
 * A return to ring 0 is missing: QEMU 7.2 reads what IRET and far RET pop with
 * the kernel's rights, which SMAP refuses, so from user mode they fault for ever.
 */
#define INSTRUCTION(name, code, ...)                                                               \
	static void name(void)                                                                     \
	{                                                                                          \
		asm volatile(code : : __VA_ARGS__ : "rax", "rdx", "memory");                       \
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
INSTRUCTION(do_int_timer, "int $0x20", "c"(0))
INSTRUCTION(do_int_df, "int $8", "c"(0))
INSTRUCTION(do_ud2, "ud2", "c"(0))
INSTRUCTION(do_int3, "int3", "c"(0))
INSTRUCTION(load_bad_segment, "mov %0, %%ds", "r"((short)0x8))

static const struct {
	const char *what;
	void (*run)(void);
	int signal;
} cases[] = {
	{ "read NULL", read_null, SIGSEGV },
	{ "write NULL", write_null, SIGSEGV },
	{ "read kernel text", read_kernel, SIGSEGV },
	{ "write kernel text", write_kernel, SIGSEGV },
	{ "read the direct map", read_direct_map, SIGSEGV },
	{ "write the direct map", write_direct_map, SIGSEGV },
	{ "read a non-canonical address", read_non_canonical, SIGSEGV },
	{ "jump to NULL", jump_null, SIGSEGV },
	{ "jump into the kernel", jump_kernel, SIGSEGV },
	{ "jump to an unmapped address", jump_wild, SIGSEGV },
	{ "jump to a non-canonical address", jump_non_canonical, SIGSEGV },
	{ "jump to the page that is never mapped", jump_last_page, SIGSEGV },
	{ "return to a non-canonical address", return_wild, SIGSEGV },
	{ "write to text", write_text, SIGSEGV },
	{ "write to read-only data", write_rodata, SIGSEGV },
	{ "execute data", run_data, SIGSEGV },
	{ "execute the stack", run_stack, SIGSEGV },
	{ "overflow the stack", overflow_stack, SIGSEGV },
	{ "overflow the kernel stack", overflow_kernel_stack, SIGSEGV },
	{ "hlt", do_hlt, SIGSEGV },
	{ "cli", do_cli, SIGSEGV },
	{ "sti", do_sti, SIGSEGV },
	{ "in", do_in, SIGSEGV },
	{ "out to the port that ends QEMU", do_out, SIGSEGV },
	{ "lgdt", do_lgdt, SIGSEGV },
	{ "lidt", do_lidt, SIGSEGV },
	{ "ltr", do_ltr, SIGSEGV },
	{ "sgdt", do_sgdt, SIGSEGV },
	{ "wrmsr", do_wrmsr, SIGSEGV },
	{ "rdmsr", do_rdmsr, SIGSEGV },
	{ "read CR0", do_mov_cr0, SIGSEGV },
	{ "write CR3", do_mov_cr3, SIGSEGV },
	{ "invlpg", do_invlpg, SIGSEGV },
	{ "swapgs", do_swapgs, SIGSEGV },
	{ "sysret", do_sysret, SIGSEGV },
	{ "int 0x20", do_int_timer, SIGSEGV },
	{ "int 8", do_int_df, SIGSEGV },
	{ "load a kernel segment", load_bad_segment, SIGSEGV },
	{ "ud2", do_ud2, SIGILL },
	{ "int3", do_int3, SIGTRAP },
	{ "divide by zero", divide_by_zero, SIGFPE },
};

static void run_case(void *arg)
{
	cases[*(size_t *)arg].run();
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
