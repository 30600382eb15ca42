/* SPDX-License-Identifier: MIT */
/*
 * Proves: whatever a program does to its stack, its frames and its handlers, it
 * harms nobody but itself: bad frames and bad stacks are SIGSEGV, and no frame
 * gives it a privileged flag, a kernel segment or a kernel address.
 * See kernel/README.md, "Signals".
 *
 * cpus: 1 2 4
 */
#include <sys/syscall.h>
#include <ucontext.h>

#include "sigtest.h"

#define UNMAPPED  0x300000000000ul
#define KERNEL	  0xffffffff80100000ul
#define NON_CANON 0x0000800000000000ul
#define USER_TOP  0x7ffffffff000ul

/* Makes a system call with rsp at an address, which it only comes back from by a signal. */
static void call_at(long nr, unsigned long rsp, long a, long b)
{
	asm volatile("mov %1, %%rsp; syscall; ud2"
		     :
		     : "a"(nr), "r"(rsp), "D"(a), "S"(b)
		     : "rcx", "r11", "memory");
}

static void return_from(void *arg)
{
	call_at(SYS_sigreturn, (unsigned long)arg, 0, 0);
}

static char frame[PAGE * 2] __attribute__((aligned(4096)));

static void test_frames(void)
{
	static const unsigned long where[] = { 0,
					       8,
					       UNMAPPED,
					       NON_CANON,
					       KERNEL,
					       USER_TOP,
					       USER_TOP - 8,
					       -8ul,
					       (unsigned long)frame + 2 * PAGE - 64 };
	uint64_t state = test_seed();

	TEST_BEGIN("sigreturn without a frame");
	for (size_t i = 0; i < sizeof(where) / sizeof(where[0]); i++)
		CHECK_EQ(dies_by(return_from, (void *)where[i]), SIGSEGV, "signal, rsp %#lx",
			 where[i]);
	for (int i = 0; i < 200; i++) {
		int sig;

		for (size_t k = 0; k < PAGE; k += 8)
			*(uint64_t *)(frame + k) = next_random(&state) >> (k % 64);
		sig = dies_by(return_from, frame);
		CHECK(sig == SIGSEGV || sig == SIGILL || sig == SIGTRAP,
		      "random frame %d: signal %d", i, sig);
	}
}

static unsigned long flags_after;

/* Each bit of every word that the kernel takes back is spoilt in turn. */
static int word, bit;

static void spoil_word(int sig, siginfo_t *info, void *context)
{
	ucontext_t *uc = context;

	(void)info;
	seen[sig]++;
	uc->uc_mcontext.gregs[word] ^= 1ul << bit;
}

static long check_flags(int at)
{
	word = REG_EFL;
	bit = at;
	raise(SIGUSR1);
	asm volatile("pushf; pop %0; push $0x202; popf" : "=r"(flags_after) : : "memory");
	return (long)flags_after;
}

static void test_flags(void)
{
	static const int privileged[] = { 9, 12, 13, 14, 17, 19, 20 }; /* IF IOPL NT VM VIF VIP */

	TEST_BEGIN("no frame gives a privileged flag or a segment");
	catch_info(SIGUSR1, spoil_word, 0);
	for (size_t i = 0; i < sizeof(privileged) / sizeof(privileged[0]); i++)
		CHECK_EQ(check_flags(privileged[i]) & 0x1a7200, 0x200, "flags, bit %d spoilt",
			 privileged[i]);
	word = REG_CSGSFS;
	for (bit = 0; bit < 16; bit++)
		raise(SIGUSR1);
	word = REG_SS;
	for (bit = 0; bit < 16; bit++)
		raise(SIGUSR1);
	asm volatile("mov %%cs, %0" : "=r"(flags_after));
	CHECK_EQ(flags_after & 0xffff, 0x23, "cs");
}

static void spoil_fpu(int sig, siginfo_t *info, void *context)
{
	ucontext_t *uc = context;

	(void)info;
	seen[sig]++;
	memset(uc->uc_mcontext.fpregs, 0xff, sizeof(uc->uc_mcontext.fpregs));
}

static void test_fpu(void)
{
	unsigned int mxcsr, good = 0x1f80;

	TEST_BEGIN("an FPU state with reserved bits");
	catch_info(SIGUSR1, spoil_fpu, 0);
	raise(SIGUSR1);
	asm volatile("fnclex; fninit; stmxcsr %0; ldmxcsr %1" : "=m"(mxcsr) : "m"(good));
	CHECK_EQ(mxcsr, 0xffff, "mxcsr");
}

static void go_to(int sig, siginfo_t *info, void *context)
{
	(void)sig;
	(void)info;
	((ucontext_t *)context)->uc_mcontext.gregs[REG_RIP] = 1ul << bit;
}

static void return_to(void *arg)
{
	catch_info(SIGUSR1, go_to, 0);
	bit = *(int *)arg;
	raise(SIGUSR1);
}

static void handle_at(void *arg)
{
	catch_signal(SIGUSR1, *(void (**)(int))arg, 0, 0);
	raise(SIGUSR1);
}

static void test_addresses(void)
{
	static const int bits[] = { 0, 12, 46, 47, 48, 62, 63 };
	static const unsigned long handlers[] = { 8, UNMAPPED, NON_CANON, KERNEL, USER_TOP, -2ul };

	TEST_BEGIN("returning to, or handling at, an address that is none");
	for (size_t i = 0; i < sizeof(bits) / sizeof(bits[0]); i++)
		CHECK_EQ(dies_by(return_to, (void *)&bits[i]), SIGSEGV, "signal, bit %d", bits[i]);
	for (size_t i = 0; i < sizeof(handlers) / sizeof(handlers[0]); i++)
		CHECK_EQ(dies_by(handle_at, (void *)&handlers[i]), SIGSEGV, "signal, handler %#lx",
			 handlers[i]);
}

/* kill(getpid(), SIGUSR1), caught, with rsp where no frame can be. */
static void signal_at(void *arg)
{
	catch_signal(SIGUSR1, note, 0, 0);
	call_at(SYS_kill, (unsigned long)arg, getpid(), SIGUSR1);
}

static char alt[SIGSTKSZ];

static void say_and_exit(int sig, siginfo_t *info, void *context)
{
	(void)context;
	CHECK_EQ(sig, SIGSEGV, "signal");
	CHECK_EQ(info->si_code, SEGV_MAPERR, "si_code");
	CHECK_EQ(info->si_addr, UNMAPPED, "si_addr");
	_exit(test.failed);
}

static void signal_at_with_altstack(void *arg)
{
	stack_t stack = { alt, 0, SIGSTKSZ };

	(void)arg;
	sigaltstack(&stack, NULL);
	catch_info(SIGSEGV, say_and_exit, SA_ONSTACK);
	signal_at((void *)UNMAPPED);
}

static void bad_altstack(void *arg)
{
	stack_t stack = { arg, 0, SIGSTKSZ };

	CHECK(!sigaltstack(&stack, NULL), "sigaltstack: %s", strerror(errno));
	catch_signal(SIGUSR1, note, SA_ONSTACK, 0);
	raise(SIGUSR1);
}

static void test_stacks(void)
{
	static const unsigned long where[] = { 0, 64, UNMAPPED, KERNEL, NON_CANON };

	TEST_BEGIN("a stack with no room for a frame");
	for (size_t i = 0; i < sizeof(where) / sizeof(where[0]); i++) {
		CHECK_EQ(dies_by(signal_at, (void *)where[i]), SIGSEGV, "signal, rsp %#lx",
			 where[i]);
		CHECK_EQ(dies_by(bad_altstack, (void *)where[i]), SIGSEGV, "signal, stack %#lx",
			 where[i]);
	}
	child_join(child_start(signal_at_with_altstack, NULL));
}

static void test_uncatchable(void)
{
	struct sigaction action = { .sa_handler = note };
	sigset_t set = 0;

	TEST_BEGIN("SIGKILL and SIGSTOP can be neither caught nor ignored; numbers that are none");
	CHECK_ERRNO(sigaction(SIGKILL, &action, NULL), EINVAL);
	CHECK_ERRNO(sigaction(SIGSTOP, &action, NULL), EINVAL);
	CHECK(signal(SIGKILL, SIG_IGN) == SIG_ERR && errno == EINVAL, "signal: %s",
	      strerror(errno));
	CHECK(!sigaction(SIGKILL, NULL, &action) && action.sa_handler == SIG_DFL, "but looked at");
	CHECK_ERRNO(sigaction(0, &action, NULL), EINVAL);
	CHECK_ERRNO(sigaction(NSIG, &action, NULL), EINVAL);
	CHECK_ERRNO(sigaddset(&set, 0), EINVAL);
	CHECK_ERRNO(sigaddset(&set, NSIG), EINVAL);
	CHECK_ERRNO(sigismember(&set, -1), EINVAL);
	CHECK_ERRNO(raise(NSIG), EINVAL);
	CHECK_ERRNO(killpg(-2, 0), EINVAL);
}

int main(void)
{
	long frames;

	test_frames();
	test_flags();
	test_fpu();
	frames = free_frames();
	test_addresses();
	test_stacks();
	test_uncatchable();
	CHECK_EQ(free_frames(), frames, "free frames");
	check_mm();
	return TEST_END();
}
