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
#include "kernel/core/event.h"
#include "kernel/core/log.h"
#include "kernel/lib/format.h"
#include "kernel/proc/signal.h"
#include "kernel/proc/syscall.h"
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

static bool on_altstack(u64 rsp)
{
	return rsp - (u64)current->altstack.ss_sp <= current->altstack.ss_size;
}

/* Where on the user's stack the frame goes. */
static struct sigframe *frame_address(const struct sigaction *action)
{
	const stack_t *alt = &current->altstack;
	u64 rsp = current_regs()->rsp, top = rsp - RED_ZONE;

	if (action->sa_flags & SA_ONSTACK && alt->ss_size && !on_altstack(rsp))
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
	struct sigaction *action = &current_process()->action[sig], now = *action;
	struct sigframe *at = frame_address(&now), frame = {
		.restorer = now.sa_restorer,
		.context = { .uc_stack = current->altstack, .uc_sigmask = current->unsuspended },
		.info = *info,
	};

	*FRAME_REGS(&frame.context) = *current_regs();
	fpu_save(FRAME_FPU(&frame.context));
	if (copy_to_user(at, &frame, sizeof(frame)))
		return false;
	enter_handler(&now, sig, at);
	signal_set_blocked(current->blocked | now.sa_mask |
			   (now.sa_flags & SA_NODEFER ? 0 : BIT(sig)));
	if (now.sa_flags & SA_RESETHAND)
		action->sa_handler = SIG_DFL;
	return true;
}

void signal_fault(int sig, int code, u64 addr, const char *why)
{
	const siginfo_t info = { .si_signo = sig, .si_code = code, .si_addr = (void *)addr };

	if (signal_effect(current_process(), sig) != SIGNAL_HANDLED ||
	    current->blocked & BIT(sig) || !signal_run_handler(&info))
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

/*
 * The end of a handler: takes the ucontext_t at rsp back.  A bad one, or one whose
 * rip no program can have, is a SIGSEGV.
 */
s64 sys_sigreturn(void)
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

/*
 * *old is the alternate stack as it was, *new what it shall be; each may be null.
 * -EFAULT; -EPERM: it is in use; -EINVAL: unknown flags; -ENOMEM: below MINSIGSTKSZ.
 */
s64 sys_sigaltstack(const void *new, void *old)
{
	bool in_use = on_altstack(current_regs()->rsp) && current->altstack.ss_size;
	stack_t stack, was = current->altstack;

	was.ss_flags = in_use ? SS_ONSTACK : was.ss_size ? 0 : SS_DISABLE;
	if (new &&copy_from_user(&stack, new, sizeof(stack)))
		return -EFAULT;
	if (new &&in_use)
		return -EPERM;
	if (new &&stack.ss_flags & ~(SS_ONSTACK | SS_DISABLE))
		return -EINVAL;
	if (new &&stack.ss_flags & SS_DISABLE)
		stack = (stack_t){};
	else if (new &&stack.ss_size < MINSIGSTKSZ)
		return -ENOMEM;
	if (old && copy_to_user(old, &was, sizeof(was)))
		return -EFAULT;
	if (new)
		current->altstack = stack;
	return 0;
}
