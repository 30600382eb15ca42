/* SPDX-License-Identifier: MIT */
/*
 * Proves: a system call changes rax, rcx and r11 and no other register; user
 * flags (DF, AC) neither reach the kernel nor get lost; the last page below the
 * canonical hole can never be mapped.  See kernel/README.md, "A system call".
 *
 * cpus: 1 2 4
 */
#include <sys/syscall.h>

#include "test.h"

#define FLAG_DF 0x400ul
#define FLAG_AC 0x40000ul

/* rdi rsi rdx r8 r9 r10 rbx r12 r13 r14 r15 rbp */
#define NR_REGS 12

/* Loads the registers from in, makes a system call, stores them to out; its result. */
long call_with_regs(long nr, const uint64_t in[NR_REGS], uint64_t out[NR_REGS], uint64_t flags);
asm(".text\n"
    "call_with_regs:\n"
    "	push %rbx; push %rbp; push %r12; push %r13; push %r14; push %r15\n"
    "	push %rdx\n"
    "	mov %rdi, %rax; mov %rsi, %r11; push %rcx; popf\n"
    "	mov (%r11), %rdi; mov 8(%r11), %rsi; mov 16(%r11), %rdx\n"
    "	mov 24(%r11), %r8; mov 32(%r11), %r9; mov 40(%r11), %r10; mov 48(%r11), %rbx\n"
    "	mov 56(%r11), %r12; mov 64(%r11), %r13; mov 72(%r11), %r14; mov 80(%r11), %r15\n"
    "	mov 88(%r11), %rbp\n"
    "	syscall\n"
    "	pop %r11\n"
    "	mov %rdi, (%r11); mov %rsi, 8(%r11); mov %rdx, 16(%r11)\n"
    "	mov %r8, 24(%r11); mov %r9, 32(%r11); mov %r10, 40(%r11); mov %rbx, 48(%r11)\n"
    "	mov %r12, 56(%r11); mov %r13, 64(%r11); mov %r14, 72(%r11); mov %r15, 80(%r11)\n"
    "	mov %rbp, 88(%r11)\n"
    "	pushf; pop %rcx; mov %rcx, flags_after(%rip)\n"
    "	push $2; popf\n"
    "	pop %r15; pop %r14; pop %r13; pop %r12; pop %rbp; pop %rbx\n"
    "	ret\n");
uint64_t flags_after;

static const char *const names[NR_REGS] = { "rdi", "rsi", "rdx", "r8",	"r9",  "r10",
					    "rbx", "r12", "r13", "r14", "r15", "rbp" };

static void check_call(long nr, long want, uint64_t flags)
{
	uint64_t in[NR_REGS], out[NR_REGS] = { 0 };
	long ret;

	for (size_t i = 0; i < NR_REGS; i++)
		in[i] = 0x1111111111111111 * (i + 1);
	ret = call_with_regs(nr, in, out, flags);
	CHECK_EQ(ret, want, "result of system call %ld", nr);
	for (size_t i = 0; i < NR_REGS; i++)
		CHECK_EQ(out[i], in[i], "%s after system call %ld", names[i], nr);
	CHECK_EQ(flags_after & (FLAG_DF | FLAG_AC), flags & (FLAG_DF | FLAG_AC),
		 "DF and AC after system call %ld", nr);
}

/* A call that copies much, with flags set that would break the kernel's own copying. */
static void check_copy(uint64_t flags)
{
	struct kstat_mem mem = { 0 };
	uint64_t in[NR_REGS] = { HANDLE_STDERR, KSTAT_MEM, (uint64_t)&mem }, out[NR_REGS];

	in[5] = sizeof(mem); /* r10 */
	CHECK_EQ(call_with_regs(SYS_kstat, in, out, flags), sizeof(mem), "kstat with flags %#lx",
		 flags);
	CHECK(mem.total_frames && mem.free_frames < mem.total_frames, "what kstat wrote is right");
}

int main(void)
{
	TEST_BEGIN("registers survive a system call");
	check_call(SYS_getpid, getpid(), 2);
	check_call(SYS_yield, 0, 2);
	check_call(SYS_munmap, -EINVAL, 2);
	check_call(9999, -ENOSYS, 2);
	check_call(-1, -ENOSYS, 2);
	check_call(1l << 40, -ENOSYS, 2);

	TEST_BEGIN("DF and AC stay the program's own business");
	check_call(SYS_getpid, getpid(), 2 | FLAG_DF);
	check_call(SYS_getpid, getpid(), 2 | FLAG_AC);
	check_call(SYS_yield, 0, 2 | FLAG_AC | FLAG_DF);
	check_copy(2 | FLAG_DF);
	check_copy(2 | FLAG_AC);

	TEST_BEGIN("the last page below the canonical hole is never mapped");
	CHECK_ERRNO(mmap((void *)0x7ffffffff000, PAGE, PROT_READ,
			 MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0),
		    ENOMEM);
	return TEST_END();
}
