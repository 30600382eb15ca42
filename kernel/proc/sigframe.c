/* SPDX-License-Identifier: MIT */
/*
 * The way into a handler and back.  What the handler interrupts is laid on its
 * stack, from where sigreturn takes it back, changed or not:
 *
 *	the interrupted rsp
 *		128 bytes that the ABI lets a function use below rsp
 *		siginfo_t			<- rsi
 *		ucontext_t			<- rdx; rsp after the handler's RET
 *	rsp ->	sa_restorer			its return address
 *
 * Nothing that comes back is trusted: segments and privileged flags are the
 * kernel's, and what would make IRETQ or FXRSTOR fault in the kernel is refused
 * or masked.
 */
#include "kernel/proc/sigframe.h"
#include "kernel/proc/exit.h"
#include "kernel/core/event.h"
#include "kernel/core/log.h"
#include "kernel/lib/format.h"
#include "kernel/x86/serial.h"
#include "kernel/x86/uaccess.h"

#define RED_ZONE 128

struct sigframe {
	u64 align;
	void (*restorer)(void);
	ucontext_t context;
	siginfo_t info;
};

#define FRAME_REGS(context) ((struct pt_regs *)(context)->uc_mcontext.gregs)
#define FRAME_FPU(context)  ((struct fpu_state *)(context)->uc_mcontext.fpregs)

/* Without padding, which would tell the program what was on the kernel's stack. */
_Static_assert(sizeof(((ucontext_t *)0)->uc_mcontext.gregs) == sizeof(struct pt_regs) &&
		       sizeof(ucontext_t) == 48 + 22 * 8 + 512 &&
		       sizeof(struct sigframe) == 16 + sizeof(ucontext_t) + 32,
	       "struct sigframe");

bool signal_on_altstack(void)
{
	const stack_t *alt = &current->altstack;

	return alt->ss_size && current_regs()->rsp - (u64)alt->ss_sp <= alt->ss_size;
}

/* Where on the user's stack the frame goes. */
static struct sigframe *frame_address(const struct sigaction *action)
{
	const stack_t *alt = &current->altstack;
	u64 top = current_regs()->rsp - RED_ZONE;

	if (action->sa_flags & SA_ONSTACK && alt->ss_size && !signal_on_altstack())
		top = (u64)alt->ss_sp + alt->ss_size;
	return (struct sigframe *)ALIGN_DOWN(top - sizeof(struct sigframe), 16);
}

static void enter_handler(const struct sigaction *action, int sig, struct sigframe *at)
{
	struct pt_regs *regs = current_regs();

	*regs = user_regs((u64)action->sa_handler, (u64)&at->restorer);
	regs->rdi = sig;
	regs->rsi = (u64)&at->info;
	regs->rdx = (u64)&at->context;
	fpu_init(&current->fpu);
	fpu_restore(&current->fpu);
}

bool signal_run_handler(const siginfo_t *info)
{
	int sig = info->si_signo;
	struct sigaction now = current_process()->action[sig];
	struct sigframe *at = frame_address(&now);
	struct sigframe frame = {
		.restorer = now.sa_restorer,
		.context = { .uc_stack = current->altstack, .uc_sigmask = current->unsuspended },
		.info = *info,
	};
	sigset_t blocked = current->blocked | now.sa_mask;

	*FRAME_REGS(&frame.context) = *current_regs();
	fpu_save(FRAME_FPU(&frame.context));
	if (copy_to_user(at, &frame, sizeof(frame)))
		return false;
	enter_handler(&now, sig, at);
	if (!(now.sa_flags & SA_NODEFER))
		blocked |= BIT(sig);
	signal_set_blocked(blocked);
	if (now.sa_flags & SA_RESETHAND)
		signal_reset_handler(sig);
	return true;
}

void signal_fault(int sig, int code, u64 addr, const char *why)
{
	const siginfo_t info = { .si_signo = sig, .si_code = code, .si_addr = (void *)addr };

	if (signal_effect(current_process(), sig) != SIGNAL_HANDLED || current->blocked & BIT(sig))
		fault_kill(sig, why);
	if (!signal_run_handler(&info) && !READ_ONCE(current->kill_pending))
		fault_kill(sig, why);
}

void fault_kill(int sig, const char *why)
{
	struct process *p = current_process();
	char line[256];
	int n;

	n = scnprintf(line, sizeof(line), "%s (pid %d): killed by %s: %s\n", p->name, p->pid,
		      signal_names[sig], why);
	printk("%s", line);
	stream_write(KLOG_ERR, line, n);
	EVENT(process_killed, p->pid, sig);
	process_exit(WAIT_SIGNALED(sig));
}

s64 signal_return(void)
{
	struct pt_regs *regs = current_regs();
	ucontext_t context;
	struct pt_regs *back = FRAME_REGS(&context);

	if (copy_from_user(&context, (void *)regs->rsp, sizeof(context)) ||
	    back->rip >= TASK_SIZE) {
		signal_fault(SIGSEGV, SI_KERNEL, 0, "sigreturn found no frame of a signal");
		return regs->rax;
	}
	back->vector = VECTOR_SYSCALL;
	back->cs = USER_CS;
	back->ss = USER_DS;
	back->rflags = (back->rflags & RFLAGS_USER) | RFLAGS_FIXED | RFLAGS_IF;
	*regs = *back;
	FRAME_FPU(&context)->mxcsr &= MXCSR_MASK;
	fpu_restore(FRAME_FPU(&context));
	signal_set_blocked(context.uc_sigmask);
	return regs->rax;
}
