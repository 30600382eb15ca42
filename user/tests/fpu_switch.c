/* SPDX-License-Identifier: MIT */
/*
 * Proves: SSE registers and MXCSR belong to their thread: they survive yields,
 * preemption, system calls and fork, and no other process sees them.
 * See kernel/README.md, "The switch".
 *
 * cpus: 1 2 4
 */
#include "test.h"

#define PROCESSES 6
#define ROUNDS	  2000

typedef double v2d __attribute__((vector_size(16)));

/* Sixteen registers are loaded, work goes on, sixteen are stored. */
static void keep_registers(const v2d in[16], v2d out[16], bool yield)
{
	long nr = yield ? 8 : 4; /* SYS_yield, SYS_getpid */

	asm volatile("movaps (%1), %%xmm0; movaps 16(%1), %%xmm1; movaps 32(%1), %%xmm2\n"
		     "movaps 48(%1), %%xmm3; movaps 64(%1), %%xmm4; movaps 80(%1), %%xmm5\n"
		     "movaps 96(%1), %%xmm6; movaps 112(%1), %%xmm7; movaps 128(%1), %%xmm8\n"
		     "movaps 144(%1), %%xmm9; movaps 160(%1), %%xmm10; movaps 176(%1), %%xmm11\n"
		     "movaps 192(%1), %%xmm12; movaps 208(%1), %%xmm13; movaps 224(%1), %%xmm14\n"
		     "movaps 240(%1), %%xmm15\n"
		     "mov $300, %%r8d\n"
		     "1: pause; dec %%r8d; jnz 1b\n" /* room for a timer interrupt */
		     "syscall\n"
		     "movaps %%xmm0, (%2); movaps %%xmm1, 16(%2); movaps %%xmm2, 32(%2)\n"
		     "movaps %%xmm3, 48(%2); movaps %%xmm4, 64(%2); movaps %%xmm5, 80(%2)\n"
		     "movaps %%xmm6, 96(%2); movaps %%xmm7, 112(%2); movaps %%xmm8, 128(%2)\n"
		     "movaps %%xmm9, 144(%2); movaps %%xmm10, 160(%2); movaps %%xmm11, 176(%2)\n"
		     "movaps %%xmm12, 192(%2); movaps %%xmm13, 208(%2); movaps %%xmm14, 224(%2)\n"
		     "movaps %%xmm15, 240(%2)\n"
		     : "+a"(nr)
		     : "r"(in), "r"(out)
		     : "rcx", "r8", "r11", "memory", "xmm0", "xmm1", "xmm2", "xmm3", "xmm4", "xmm5",
		       "xmm6", "xmm7", "xmm8", "xmm9", "xmm10", "xmm11", "xmm12", "xmm13", "xmm14",
		       "xmm15");
}

static void set_rounding(unsigned int mode)
{
	unsigned int mxcsr = 0x1f80 | mode << 13;

	asm volatile("ldmxcsr %0" : : "m"(mxcsr));
}

static unsigned int get_rounding(void)
{
	unsigned int mxcsr;

	asm volatile("stmxcsr %0" : "=m"(mxcsr));
	return mxcsr >> 13 & 3;
}

static void work(void *arg)
{
	int who = *(int *)arg;
	v2d in[16], out[16];

	set_rounding((unsigned int)who % 4);
	for (int round = 0; round < ROUNDS && !test.failed; round++) {
		for (int i = 0; i < 16; i++)
			in[i] = (v2d){ who * 1000 + i, round };
		keep_registers(in, out, round % 2);
		CHECK(!memcmp(in, out, sizeof(in)), "process %d, round %d: SSE registers", who,
		      round);
		CHECK_EQ(get_rounding(), who % 4, "process %d, round %d: rounding mode", who,
			 round);
	}
}

static void inherits(void *arg)
{
	CHECK_EQ(get_rounding(), *(int *)arg, "rounding mode after fork");
}

int main(void)
{
	pid_t pid[PROCESSES];
	int mode = 2;

	TEST_BEGIN("SSE registers survive switches");
	for (int i = 0; i < PROCESSES; i++)
		pid[i] = child_start(work, &i);
	for (int i = 0; i < PROCESSES; i++)
		child_join(pid[i]);

	TEST_BEGIN("a child starts with its parent's state");
	set_rounding((unsigned int)mode);
	child_join(child_start(inherits, &mode));
	set_rounding(0);
	return TEST_END();
}
