/* SPDX-License-Identifier: MIT */
/* Actions, masks, sending and waiting. */
#include <setjmp.h>
#include <signal.h>
#include <unistd.h>

#include "signal/signal.h"
#include "sys.h"

void __sig_restore(void);
void __sig_restore_restart(void);

int sigaction(int sig, const struct sigaction *action, struct sigaction *old)
{
	struct sigaction with_restorer;

	if (action) {
		if (sys_vm_copy(&with_restorer, action, sizeof(*action)) < 0)
			return (int)sys_ret(-EFAULT);
		with_restorer.sa_restorer =
			with_restorer.sa_flags & SA_RESTART ? __sig_restore_restart : __sig_restore;
		with_restorer.sa_flags |= SA_RESTORER;
	}
	return (int)sys_ret(sys_sigaction(sig, action ? &with_restorer : NULL, old));
}

/* As BSD and glibc have it: the handler stays, and interrupted calls are made again. */
sighandler_t signal(int sig, sighandler_t handler)
{
	struct sigaction action = { .sa_handler = handler, .sa_flags = SA_RESTART }, old;

	return sigaction(sig, &action, &old) ? SIG_ERR : old.sa_handler;
}

int siginterrupt(int sig, int interrupts)
{
	struct sigaction action;

	if (sigaction(sig, NULL, &action))
		return -1;
	action.sa_flags = (action.sa_flags & ~SA_RESTART) | (interrupts ? 0 : SA_RESTART);
	return sigaction(sig, &action, NULL);
}

SYS_FUNCTION(int, kill, kill(pid, sig), pid_t pid, int sig)

int killpg(pid_t group, int sig)
{
	if (group < 0)
		return (int)sys_ret(-EINVAL);
	return kill(group ? -group : 0, sig);
}

SYS_FUNCTION(int, raise, tkill((int)sys_gettid(), sig), int sig)

int sigemptyset(sigset_t *set)
{
	*set = 0;
	return 0;
}

int sigfillset(sigset_t *set)
{
	*set = (1ul << NSIG) - 2;
	return 0;
}

static int is_signal(int sig)
{
	return sig > 0 && sig < NSIG ? 1 : (int)sys_ret(-EINVAL);
}

int sigaddset(sigset_t *set, int sig)
{
	if (is_signal(sig) < 0)
		return -1;
	*set |= 1ul << sig;
	return 0;
}

int sigdelset(sigset_t *set, int sig)
{
	if (is_signal(sig) < 0)
		return -1;
	*set &= ~(1ul << sig);
	return 0;
}

int sigismember(const sigset_t *set, int sig)
{
	return is_signal(sig) < 0 ? -1 : (int)(*set >> sig & 1);
}

int sigprocmask(int how, const sigset_t *set, sigset_t *old)
{
	sigset_t change = 0;
	long ret = set ? sys_vm_copy(&change, set, sizeof(change)) : 0;

	if (ret >= 0)
		ret = sys_sigprocmask(set ? how : SIG_BLOCK, change);
	if (ret >= 0 && old)
		ret = sys_vm_copy(old, &ret, sizeof(*old));
	return ret < 0 ? (int)sys_ret(ret) : 0;
}

int sigpending(sigset_t *set)
{
	long pending = sys_sigpending(), ret = sys_vm_copy(set, &pending, sizeof(*set));

	return ret < 0 ? (int)sys_ret(ret) : 0;
}

int sigsuspend(const sigset_t *set)
{
	sigset_t mask;

	if (sys_vm_copy(&mask, set, sizeof(mask)) < 0)
		return (int)sys_ret(-EFAULT);
	return (int)sys_ret(SYS_UNTIL_HANDLER(sys_sigsuspend(mask)));
}

int pause(void)
{
	sigset_t mask = 0;

	sigprocmask(SIG_BLOCK, NULL, &mask);
	return sigsuspend(&mask);
}

SYS_FUNCTION(int, sigaltstack, sigaltstack(stack, old), const stack_t *stack, stack_t *old)

void __sigjmp_save(sigjmp_buf env, int savemask)
{
	env[8] = savemask;
	sigprocmask(SIG_BLOCK, NULL, (sigset_t *)&env[9]);
}

void siglongjmp(sigjmp_buf env, int value)
{
	if (env[8])
		sigprocmask(SIG_SETMASK, (sigset_t *)&env[9], NULL);
	longjmp(env, value);
}
