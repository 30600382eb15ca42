/* SPDX-License-Identifier: MIT */
/*
 * Proves: a handler runs with its argument and its mask, on whoever the signal
 * was sent to, and what it interrupted goes on with every register, SSE
 * included; blocked signals wait, and once; the flags do what POSIX says.
 * See kernel/README.md, "Signals".
 *
 * cpus: 1 2 4
 */
#include <setjmp.h>

#include "sigtest.h"

static sigjmp_buf env;

static void test_self(void)
{
	struct sigaction action = { .sa_sigaction = note_info, .sa_flags = SA_SIGINFO }, old;

	TEST_BEGIN("a signal to oneself is handled before kill() returns");
	catch_signal(SIGUSR1, note, 0, 0);
	for (int i = 1; i <= 3; i++) {
		CHECK(!raise(SIGUSR1), "raise: %s", strerror(errno));
		CHECK_EQ(seen[SIGUSR1], i, "handled");
	}
	CHECK(!sigaction(SIGUSR1, &action, &old) && old.sa_handler == note, "the old action");
	raise(SIGUSR1);
	CHECK_EQ(last_info.si_signo, SIGUSR1, "si_signo");
	CHECK_EQ(last_info.si_code, SI_TKILL, "si_code");
	CHECK_EQ(last_info.si_pid, getpid(), "si_pid");
	CHECK_EQ(blocked_now(), 0, "mask afterwards");
	CHECK(signal(SIGUSR1, SIG_IGN) == action.sa_handler, "signal() gives the old one");
	raise(SIGUSR1);
	CHECK_EQ(seen[SIGUSR1], 4, "handled, the one ignored not counted");
	CHECK(signal(SIGUSR1, SIG_DFL) == SIG_IGN, "signal() gives SIG_IGN");
	raise(SIGURG); /* ignored by default */
	raise(SIGCONT);
}

static void compute_until_signalled(void *arg)
{
	(void)arg;
	catch_info(SIGUSR1, note_info, 0);
	step(1);
	while (!seen[SIGUSR1]) /* no system call: the tick or the other CPU brings it */
		;
	CHECK_EQ(last_info.si_pid, getppid(), "si_pid");
}

static void test_other(void)
{
	pid_t pid;

	TEST_BEGIN("a signal reaches another process, which only computes");
	pid = child_start(compute_until_signalled, NULL);
	step_wait(pid, 1);
	step_go(pid, 1);
	CHECK(!kill(pid, SIGUSR1), "kill: %s", strerror(errno));
	child_join(pid);
}

static void test_masks(void)
{
	sigset_t all;

	TEST_BEGIN("a blocked signal waits, and once");
	catch_signal(SIGUSR1, note, 0, 0);
	block(SIGUSR1);
	raise(SIGUSR1);
	raise(SIGUSR1);
	CHECK_EQ(seen[SIGUSR1], 0, "handled while blocked");
	CHECK_EQ(pending_now(), set_of(SIGUSR1), "pending");
	unblock(SIGUSR1);
	CHECK_EQ(seen[SIGUSR1], 1, "handled once unblocked");
	CHECK_EQ(pending_now(), 0, "pending");

	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, NULL);
	CHECK_EQ(blocked_now(), all & ~set_of(SIGKILL) & ~set_of(SIGSTOP), "all but two");
	raise(SIGUSR1);
	signal(SIGUSR1, SIG_IGN); /* takes what waits away */
	CHECK_EQ(pending_now(), 0, "pending after SIG_IGN");
	raise(SIGUSR1);
	CHECK_EQ(pending_now(), set_of(SIGUSR1), "ignored, but blocked");
	sigemptyset(&all);
	sigprocmask(SIG_SETMASK, &all, NULL);
	CHECK_EQ(pending_now(), 0, "ignored, once unblocked");
}

static int order[16], nr;
static bool raised;

static void nested(int sig)
{
	order[nr++] = sig;
	if (sig == SIGUSR1 && !raised) {
		raised = true;
		raise(SIGUSR2); /* in this handler's mask: when it returns */
		raise(SIGTERM); /* not: at once */
		raise(SIGUSR1); /* itself: when it returns, but for SA_NODEFER */
		order[nr++] = 0;
	}
}

static void check_order(int flags, const int want[5])
{
	catch_signal(SIGUSR1, nested, flags, set_of(SIGUSR2));
	catch_signal(SIGUSR2, nested, 0, 0);
	catch_signal(SIGTERM, nested, 0, set_of(SIGUSR1));
	raised = false;
	nr = 0;
	raise(SIGUSR1);
	CHECK_EQ(nr, 5, "handlers that ran, and one end");
	for (int i = 0; i < 5; i++)
		CHECK_EQ(order[i], want[i], "place %d with flags %#x", i, flags);
	CHECK_EQ(blocked_now(), 0, "mask afterwards");
}

static void test_nesting(void)
{
	TEST_BEGIN("handlers nest as their masks allow");
	check_order(0, (int[]){ SIGUSR1, SIGTERM, 0, SIGUSR1, SIGUSR2 });
	check_order(SA_NODEFER, (int[]){ SIGUSR1, SIGTERM, SIGUSR1, 0, SIGUSR2 });
}

static void raise_twice(void *arg)
{
	(void)arg;
	catch_signal(SIGUSR1, note, SA_RESETHAND, 0);
	raise(SIGUSR1);
	CHECK_EQ(seen[SIGUSR1], 1, "handled");
	raise(SIGUSR1);
}

static void call_abort(void *arg)
{
	block(SIGABRT);
	if (arg)
		catch_signal(SIGABRT, note, 0, 0);
	abort();
}

static void die_by_default(void *arg)
{
	signal(*(int *)arg, SIG_DFL);
	raise(*(int *)arg);
}

static void test_endings(void)
{
	static const int kills[] = { SIGHUP,  SIGINT,  SIGQUIT, SIGABRT,   SIGKILL, SIGSEGV,
				     SIGPIPE, SIGALRM, SIGTERM, SIGUSR1,   SIGBUS,  SIGFPE,
				     SIGXCPU, SIGPROF, SIGSYS,	SIGSTKFLT, SIGIO,   SIGPWR };

	TEST_BEGIN("default actions; SA_RESETHAND; abort()");
	for (size_t i = 0; i < sizeof(kills) / sizeof(kills[0]); i++)
		CHECK_EQ(dies_by(die_by_default, (void *)&kills[i]), kills[i], "signal");
	CHECK_EQ(dies_by(raise_twice, NULL), SIGUSR1, "signal of the second raise");
	CHECK_EQ(dies_by(call_abort, NULL), SIGABRT, "signal of abort(), blocked");
	CHECK_EQ(dies_by(call_abort, env), SIGABRT, "signal of abort(), caught");
	for (int sig = 1; sig < NSIG; sig++)
		CHECK(strncmp(strsignal(sig), "Unknown", 7), "strsignal(%d): %s", sig,
		      strsignal(sig));
}

static void test_suspend(void)
{
	sigset_t none = 0;

	TEST_BEGIN("sigsuspend: the mask for the wait, and the old one after it");
	catch_signal(SIGUSR1, note, 0, 0);
	block(SIGUSR1);
	block(SIGUSR2);
	raise(SIGUSR1);
	CHECK_ERRNO(sigsuspend(&none), EINTR); /* at once: it is pending */
	CHECK_EQ(seen[SIGUSR1], 1, "handled");
	CHECK_EQ(blocked_now(), set_of(SIGUSR1) | set_of(SIGUSR2), "mask after it");
	unblock(SIGUSR1);
	unblock(SIGUSR2);
}

static void jump_out(int sig)
{
	siglongjmp(env, sig);
}

static void test_jumps(void)
{
	TEST_BEGIN("siglongjmp leaves a handler, with the mask or without");
	catch_signal(SIGUSR1, jump_out, 0, 0);
	for (int save = 0; save <= 1; save++) {
		int value = sigsetjmp(env, save);

		if (!value)
			raise(SIGUSR1);
		CHECK_EQ(value, SIGUSR1, "what sigsetjmp returns");
		CHECK_EQ(blocked_now(), save ? 0 : set_of(SIGUSR1), "mask, saved: %d", save);
		unblock(SIGUSR1);
	}
}

/* ---- registers ---- */

typedef double v2d __attribute__((vector_size(16)));

static volatile long spoilt;

static void spoil(int sig)
{
	unsigned int mxcsr = 0x1f80 | 3 << 13;

	asm volatile("ldmxcsr %0" : : "m"(mxcsr));
	asm volatile("pcmpeqd %%xmm0, %%xmm0; pcmpeqd %%xmm7, %%xmm7; pcmpeqd %%xmm15, %%xmm15\n"
		     "fldpi\n"
		     :
		     :
		     : "xmm0", "xmm7", "xmm15");
	seen[sig]++;
	spoilt = (long)__builtin_frame_address(0);
}

/*
 * All general registers but rsp, three of SSE's and the red zone hold values, and a signal comes.
 */
long raise_with_registers(long pid);
asm(".text\n"
    "raise_with_registers:\n"
    "	push %rbx; push %rbp; push %r12; push %r13; push %r14; push %r15\n"
    "	movq $0x5a5a5a5a, -8(%rsp); movq $0x3c3c3c3c, -120(%rsp)\n"
    "	mov $101, %ebx; mov $102, %ebp; mov $103, %r8d; mov $104, %r9d; mov $105, %r10d\n"
    "	mov $106, %r12d; mov $107, %r13d; mov $108, %r14d; mov $109, %r15d; mov $110, %edx\n"
    "	movq %rbx, %xmm0; movq %rbp, %xmm7; movq %r8, %xmm15\n"
    "	mov $7, %eax; mov $10, %esi; std; syscall; pushf; cld\n" /* kill(pid, SIGUSR1) */
    "	pop %rcx; and $0x400, %ecx; xor $0x400, %ecx\n"
    "	or %rcx, %rax\n"
    "	movq %xmm0, %rcx; xor %rbx, %rcx; or %rcx, %rax\n"
    "	movq %xmm7, %rcx; xor %rbp, %rcx; or %rcx, %rax\n"
    "	movq %xmm15, %rcx; xor %r8, %rcx; or %rcx, %rax\n"
    "	xor $101, %rbx; or %rbx, %rax; xor $102, %rbp; or %rbp, %rax\n"
    "	xor $103, %r8; or %r8, %rax; xor $104, %r9; or %r9, %rax\n"
    "	xor $105, %r10; or %r10, %rax; xor $106, %r12; or %r12, %rax\n"
    "	xor $107, %r13; or %r13, %rax; xor $108, %r14; or %r14, %rax\n"
    "	xor $109, %r15; or %r15, %rax; xor $110, %rdx; or %rdx, %rax\n"
    "	mov -120(%rsp), %rcx; xor $0x3c3c3c3c, %rcx; or %rcx, %rax\n"
    "	pop %r15; pop %r14; pop %r13; pop %r12; pop %rbp; pop %rbx\n"
    "	ret\n");

static void test_registers(void)
{
	unsigned int mxcsr;
	double x = 1.0;

	TEST_BEGIN("registers, SSE and x87 state survive a handler that spoils them");
	catch_signal(SIGUSR1, spoil, 0, 0);
	for (int i = 0; i < 100; i++)
		CHECK_EQ(raise_with_registers(getpid()), 0, "registers that changed");
	asm volatile("stmxcsr %0" : "=m"(mxcsr));
	CHECK_EQ(mxcsr & 0x6000, 0, "rounding mode");
	asm volatile("fldl %0; fldl %0; faddp; fstpl %0" : "+m"(x));
	CHECK(x == 2.0, "the x87 stack has not overflowed: %g", x);
	CHECK_EQ(seen[SIGUSR1], 100, "handled");
	CHECK_EQ(spoilt & 15, 0, "stack alignment in a handler");
}

int main(void)
{
	test_self();
	test_other();
	test_masks();
	test_nesting();
	test_endings();
	test_suspend();
	test_jumps();
	test_registers();
	return TEST_END();
}
