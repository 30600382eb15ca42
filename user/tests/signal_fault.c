/* SPDX-License-Identifier: MIT */
/*
 * Proves: each kind of fault reaches a handler with the right signal, si_code and
 * address, which may repair it, step over it, or leave by a jump; a fault whose
 * signal is blocked or ignored kills; the alternate stack is there when the stack
 * is full.  See kernel/README.md, "Traps".
 *
 * cpus: 1 2 4
 */
#include <setjmp.h>
#include <ucontext.h>

#include "sigtest.h"

static sigjmp_buf env;
static siginfo_t info;
static volatile long on_stack; /* an address of the handler's frame */

static void jump_out(int sig, siginfo_t *i, void *context)
{
	(void)sig;
	(void)context;
	info = *i;
	on_stack = (long)__builtin_frame_address(0);
	siglongjmp(env, 1);
}

#define UNMAPPED  0x300000000000ul
#define KERNEL	  0xffffffff80100000ul
#define NON_CANON 0x0000800000000000ul

static const char read_only[PAGE] __attribute__((aligned(4096))) = "text";
static char data[PAGE] __attribute__((aligned(4096))) = { (char)0xc3 };

static void store(unsigned long addr)
{
	*(volatile char *)addr = 1;
}

static void load(unsigned long addr)
{
	(void)*(volatile char *)addr;
}

static void jump(unsigned long addr)
{
	((void (*)(void))addr)();
}

static void divide(unsigned long n)
{
	asm volatile("div %0" : : "r"(n) : "rax", "rdx", "cc");
}

static void invalid(unsigned long unused)
{
	(void)unused;
	asm volatile("ud2");
}

static void privileged(unsigned long unused)
{
	(void)unused;
	asm volatile("hlt");
}

static void breakpoint(unsigned long unused)
{
	(void)unused;
	asm volatile("int3");
}

static void single_step(unsigned long unused)
{
	(void)unused;
	asm volatile("pushf; orl $0x100, (%%rsp); popf; nop" : : : "memory", "cc");
}

/* With the x87's exceptions unmasked. */
static void float_divide(unsigned long unused)
{
	unsigned short control = 0x037f & ~4;

	(void)unused;
	asm volatile("fldcw %0; fld1; fldz; fdivrp; fwait" : : "m"(control));
}

static void float_invalid(unsigned long unused)
{
	unsigned short control = 0x037f & ~1;

	(void)unused;
	asm volatile("fldcw %0; fldz; fldz; fdivrp; fwait" : : "m"(control));
}

#define AT_RIP 1ul /* si_addr: the instruction */

static const struct {
	const char *what;
	void (*run)(unsigned long addr);
	unsigned long arg;
	int sig, code;
	unsigned long addr;
} cases[] = {
	{ "read NULL", load, 0, SIGSEGV, SEGV_MAPERR, 0 },
	{ "write where nothing is", store, UNMAPPED + 5, SIGSEGV, SEGV_MAPERR, UNMAPPED + 5 },
	{ "read the kernel", load, KERNEL, SIGSEGV, SEGV_MAPERR, KERNEL },
	{ "write a constant", store, (unsigned long)read_only + 7, SIGSEGV, SEGV_ACCERR,
	  (unsigned long)read_only + 7 },
	{ "write text", store, (unsigned long)load, SIGSEGV, SEGV_ACCERR, (unsigned long)load },
	{ "execute data", jump, (unsigned long)data, SIGSEGV, SEGV_ACCERR, (unsigned long)data },
	{ "jump to nowhere", jump, UNMAPPED, SIGSEGV, SEGV_MAPERR, UNMAPPED },
	{ "read a non-canonical address", load, NON_CANON, SIGSEGV, SI_KERNEL, 0 },
	{ "jump to one", jump, NON_CANON, SIGSEGV, SI_KERNEL, 0 },
	{ "hlt", privileged, 0, SIGSEGV, SI_KERNEL, 0 },
	{ "ud2", invalid, 0, SIGILL, ILL_ILLOPN, AT_RIP },
	{ "int3", breakpoint, 0, SIGTRAP, TRAP_BRKPT, AT_RIP },
	{ "single step", single_step, 0, SIGTRAP, TRAP_TRACE, AT_RIP },
	{ "divide by zero", divide, 0, SIGFPE, FPE_INTDIV, AT_RIP },
	{ "x87: divide by zero", float_divide, 0, SIGFPE, FPE_FLTDIV, AT_RIP },
	{ "x87: invalid operation", float_invalid, 0, SIGFPE, FPE_FLTINV, AT_RIP },
};
#define NR_CASES (sizeof(cases) / sizeof(cases[0]))

static void catch_faults(int flags, void (*handler)(int, siginfo_t *, void *))
{
	static const int signals[] = { SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGTRAP };

	for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
		catch_info(signals[i], handler, flags);
}

static void test_codes(void)
{
	TEST_BEGIN("siginfo of each fault");
	catch_faults(0, jump_out);
	for (volatile size_t i = 0; i < NR_CASES; i++) {
		if (!sigsetjmp(env, 1)) {
			cases[i].run(cases[i].arg);
			CHECK(false, "%s went well", cases[i].what);
			continue;
		}
		CHECK_EQ(info.si_signo, cases[i].sig, "signal of: %s", cases[i].what);
		CHECK_EQ(info.si_code, cases[i].code, "si_code of: %s", cases[i].what);
		if (cases[i].addr != AT_RIP)
			CHECK_EQ(info.si_addr, cases[i].addr, "si_addr of: %s", cases[i].what);
		else
			CHECK(info.si_addr >= (void *)cases[i].run &&
				      info.si_addr < (void *)cases[i].run + 64,
			      "%s: si_addr %p, at %p", cases[i].what, info.si_addr,
			      (void *)cases[i].run);
	}
	CHECK_EQ(blocked_now(), 0, "mask afterwards");
}

/* ---- handlers that let the program go on ---- */

static void make_writable(int sig, siginfo_t *i, void *context)
{
	(void)context;
	seen[sig]++;
	mprotect((void *)((unsigned long)i->si_addr & ~(PAGE - 1)), PAGE, PROT_READ | PROT_WRITE);
}

static void skip_ud2(int sig, siginfo_t *i, void *context)
{
	greg_t *regs = ((ucontext_t *)context)->uc_mcontext.gregs;

	(void)i;
	seen[sig]++;
	regs[REG_RIP] += 2;
	regs[REG_RAX] = 0x1234567890abcdef;
	regs[REG_R15] = 42;
	((ucontext_t *)context)->uc_sigmask = set_of(SIGUSR2);
}

static void test_repair(void)
{
	char *p = map_pages(1);
	long rax = 1, r15;

	TEST_BEGIN("a handler repairs, or changes registers and mask");
	catch_info(SIGSEGV, make_writable, 0);
	mprotect(p, PAGE, PROT_NONE);
	p[3] = 7;
	CHECK(p[3] == 7 && seen[SIGSEGV] == 1, "written after %d faults", seen[SIGSEGV]);
	unmap_pages(p, 1);

	catch_info(SIGILL, skip_ud2, 0);
	asm volatile("mov $1, %%r15; ud2; mov %%r15, %1" : "+a"(rax), "=r"(r15) : : "r15");
	CHECK_EQ(rax, 0x1234567890abcdef, "rax after the handler");
	CHECK_EQ(r15, 42, "r15 after the handler");
	CHECK_EQ(blocked_now(), set_of(SIGUSR2), "mask after the handler");
	unblock(SIGUSR2);
}

static void fault_blocked(void *arg)
{
	catch_faults(0, jump_out);
	block(SIGSEGV);
	store((unsigned long)arg);
}

static void fault_ignored(void *arg)
{
	signal(SIGSEGV, SIG_IGN);
	store((unsigned long)arg);
}

static void fault_in_handler(int sig, siginfo_t *i, void *context)
{
	(void)sig;
	(void)i;
	(void)context;
	store(0);
}

static void fault_twice(void *arg)
{
	catch_faults((int)(long)arg, fault_in_handler);
	store(0);
}

static void test_deaths(void)
{
	TEST_BEGIN("a fault with its signal blocked or ignored kills, a fault in its handler too");
	CHECK_EQ(dies_by(fault_blocked, NULL), SIGSEGV, "signal");
	CHECK_EQ(dies_by(fault_ignored, NULL), SIGSEGV, "signal");
	CHECK_EQ(dies_by(fault_twice, NULL), SIGSEGV, "signal");
	/* with SA_NODEFER frame upon frame, until the stack is full */
	CHECK_EQ(dies_by(fault_twice, (void *)SA_NODEFER), SIGSEGV, "signal");
}

/* ---- the alternate stack ---- */

static char alt[SIGSTKSZ] __attribute__((aligned(16)));

static bool is_on_alt(long addr)
{
	return addr >= (long)alt && addr < (long)alt + SIGSTKSZ;
}

static void (*volatile overflow)(volatile char *above); /* volatile: the compiler would see */

static void overflow_stack(volatile char *above)
{
	volatile char page[8192];

	page[0] = *above;
	overflow = overflow_stack;
	overflow(page);
	page[1] = page[0];
}

static void look_at_altstack(int sig)
{
	stack_t now = { 0 }, other = { data, 0, PAGE };

	seen[sig]++;
	on_stack = (long)__builtin_frame_address(0);
	CHECK(!sigaltstack(NULL, &now), "sigaltstack: %s", strerror(errno));
	CHECK_EQ(now.ss_flags, SS_ONSTACK, "ss_flags in the handler");
	CHECK_ERRNO(sigaltstack(&other, NULL), EPERM);
	if (sig == SIGUSR1)
		raise(SIGUSR2); /* nests on the same stack */
}

static void test_altstack(void)
{
	stack_t stack = { alt, 0, SIGSTKSZ }, old = { 0 }, none = { .ss_flags = SS_DISABLE };
	char first = 0;

	TEST_BEGIN("the alternate stack");
	CHECK(!sigaltstack(&stack, &old), "sigaltstack: %s", strerror(errno));
	CHECK_EQ(old.ss_flags, SS_DISABLE, "ss_flags at first");
	catch_signal(SIGUSR1, look_at_altstack, SA_ONSTACK, 0);
	catch_signal(SIGUSR2, look_at_altstack, SA_ONSTACK, 0);
	raise(SIGUSR1);
	CHECK(is_on_alt(on_stack), "the nested handler ran at %#lx", on_stack);
	CHECK_EQ(seen[SIGUSR1] + seen[SIGUSR2], 2, "handlers that ran");

	catch_faults(SA_ONSTACK, jump_out);
	for (volatile int i = 0; i < 3; i++) {
		if (!sigsetjmp(env, 1))
			overflow_stack(&first);
		CHECK(info.si_signo == SIGSEGV && is_on_alt(on_stack),
		      "overflow %d: signal %d, handled at %#lx", i, info.si_signo, on_stack);
	}
	CHECK(!sigaltstack(&none, &old), "sigaltstack: %s", strerror(errno));
	CHECK(old.ss_sp == alt && old.ss_size == SIGSTKSZ && !old.ss_flags, "the old one");
	catch_faults(0, jump_out);
	if (!sigsetjmp(env, 1))
		store(0);
	CHECK(!is_on_alt(on_stack), "disabled: handled at %#lx", on_stack);
}

int main(void)
{
	test_codes();
	test_repair();
	test_deaths();
	test_altstack();
	check_mm();
	return TEST_END();
}
