/* SPDX-License-Identifier: MIT */
/*
 * Signals on their way: names, default actions, sending, and what becomes of
 * those that are pending when a thread returns to user mode.
 *
 * pending is atomic because the tick sets SIGALRM in it; all else here is
 * decided under proc_tree_lock, so that a SIGCONT meets a stop either before it
 * (and takes it off pending) or after (and ends it).
 */
#include "kernel/proc/signal.h"
#include <abi/kernel.h>
#include "kernel/lib/atomic.h"
#include "kernel/lib/format.h"
#include "kernel/lib/string.h"
#include "kernel/proc/exit.h"
#include "kernel/proc/group.h"
#include "kernel/proc/sigframe.h"
#include "kernel/proc/tree.h"
#include "mm/frame/slab.h"

static const u32 ignored = BIT(SIGCHLD) | BIT(SIGCONT) | BIT(SIGURG) | BIT(SIGWINCH);
static const u32 stopping = BIT(SIGSTOP) | BIT(SIGTSTP) | BIT(SIGTTIN) | BIT(SIGTTOU);

#define NAME(sig) [SIG##sig] = "SIG" #sig
const char *const signal_names[NSIG] = {
	NAME(HUP),  NAME(INT),	  NAME(QUIT), NAME(ILL),  NAME(TRAP),	NAME(ABRT), NAME(BUS),
	NAME(FPE),  NAME(KILL),	  NAME(USR1), NAME(SEGV), NAME(USR2),	NAME(PIPE), NAME(ALRM),
	NAME(TERM), NAME(STKFLT), NAME(CHLD), NAME(CONT), NAME(STOP),	NAME(TSTP), NAME(TTIN),
	NAME(TTOU), NAME(URG),	  NAME(XCPU), NAME(XFSZ), NAME(VTALRM), NAME(PROF), NAME(WINCH),
	NAME(IO),   NAME(PWR),	  NAME(SYS),
};

const struct sigaction default_actions[NSIG];

static struct kmem_cache *table_cache; /* (c) tables of NSIG actions */

void signal_cache_init(void)
{
	table_cache = kmem_cache_create("sigactions", sizeof(default_actions), 0, SLAB_ACCOUNT);
}

static void free_actions(const struct sigaction *table)
{
	if (table != default_actions)
		kmem_cache_free(table_cache, (struct sigaction *)table);
}

int signal_copy_actions(struct process *child, const struct process *parent)
{
	struct sigaction *table;

	if (READ_ONCE(parent->action) == default_actions)
		return 0;
	table = kmem_cache_alloc(table_cache);
	if (!table)
		return -ENOMEM;
	spin_lock(&proc_tree_lock); /* another thread may be changing one */
	memcpy(table, parent->action, sizeof(default_actions));
	spin_unlock(&proc_tree_lock);
	child->action = table;
	return 0;
}

void signal_free_actions(struct process *p)
{
	free_actions(p->action);
}

/* What sig does to p, to be changed; p has a table of its own. */
static struct sigaction *own_action(struct process *p, int sig)
{
	ASSERT(p->action != default_actions);
	return (struct sigaction *)&p->action[sig];
}

enum signal_effect signal_effect(const struct process *p, int sig)
{
	void (*handler)(int) = p->action[sig].sa_handler;

	if (handler == SIG_IGN)
		return SIGNAL_IGNORED;
	if (handler != SIG_DFL)
		return SIGNAL_HANDLED;
	if (ignored >> sig & 1)
		return SIGNAL_IGNORED;
	if (stopping >> sig & 1)
		return SIGNAL_STOPS;
	return SIGNAL_KILLS;
}

void signal_drop_pending(struct process *p, sigset_t signals)
{
	struct thread *t;

	list_for_each_entry(t, &p->threads, sibling)
		__atomic_fetch_and(&t->pending, ~signals, __ATOMIC_SEQ_CST);
}

static void continue_process(struct process *p)
{
	signal_drop_pending(p, stopping);
	if (!p->stopped)
		return;
	p->stopped = false;
	p->report = WAIT_CONTINUED;
	signal_parent(p, p->report);
	wake_up_all(&p->wait);
}

/* Whether sig need not wait for a return to user mode to end p: it is sure to. */
static bool kills_at_once(const struct thread *t, int sig)
{
	const struct process *p = t->process;

	if (sig == SIGKILL)
		return true;
	return signal_effect(p, sig) == SIGNAL_KILLS && !p->stopped && !(t->blocked & BIT(sig));
}

/* Lets t look at what it has to do before it returns to user mode. */
static void notify_thread(struct thread *t)
{
	WRITE_ONCE(t->notified, true);
	wake_up_thread(t);
}

void signal_kill_thread(struct thread *t)
{
	WRITE_ONCE(t->kill_pending, true);
	notify_thread(t);
}

void signal_send_thread(struct thread *t, int sig, int code, int pid, int status)
{
	struct process *p = t->process;

	assert_spin_held(&proc_tree_lock);
	if (sig == SIGCONT)
		continue_process(p);
	if (stopping >> sig & 1)
		signal_drop_pending(p, BIT(SIGCONT));
	if (signal_effect(p, sig) == SIGNAL_IGNORED && !(t->blocked & BIT(sig)))
		return;
	if (!(READ_ONCE(t->pending) & BIT(sig)))
		t->siginfo[sig] = (siginfo_t){ sig, code, 0, pid, 0, status, NULL };
	__atomic_fetch_or(&t->pending, BIT(sig), __ATOMIC_SEQ_CST);
	notify_thread(t);
	if (t->blocked & BIT(sig)) /* another thread may be in signal_wait() */
		wake_up_all(&p->wait);
	if (!kills_at_once(t, sig))
		return;
	cmpxchg(&p->kill_signal, 0, sig);
	list_for_each_entry(t, &p->threads, sibling)
		signal_kill_thread(t);
}

void signal_send(struct process *p, int sig, int code, int pid, int status)
{
	struct thread *t, *to = NULL;

	list_for_each_entry(t, &p->threads, sibling)
		if (!t->leaving && (!to || to->blocked & ~t->blocked & BIT(sig)))
			to = t;
	if (to)
		signal_send_thread(to, sig, code, pid, status);
}

void signal_kill(struct process *p)
{
	SPIN_GUARD(&proc_tree_lock);
	signal_send(p, SIGKILL, SI_KERNEL, 0, 0);
}

/* Whether the caller may send sig to a process that process_is_meant() by kill(). */
static bool may_signal(struct process *p, int sig)
{
	if (p->pid == INIT_PID && signal_effect(p, sig) >= SIGNAL_STOPS)
		return false;
	if (p == current_process() || !READ_ONCE(p->spared))
		return true;
	return READ_ONCE(my_handles()->authorities) & KCAP_CTL;
}

int signal_send_by_pid(int pid, int sig)
{
	struct process *self = current_process(), *p;
	int ret = -ESRCH;

	SPIN_GUARD(&proc_tree_lock);
	list_for_each_entry(p, &processes, pid_link) {
		if (p->state == P_NEW || !process_is_meant(p, pid))
			continue;
		if (pid == -1 && (p == self || READ_ONCE(p->spared)))
			continue;
		ret = 0;
		if (!sig)
			continue;
		if (may_signal(p, sig))
			signal_send(p, sig, SI_USER, self->pid, 0);
		else
			ret = -EPERM;
	}
	return ret;
}

int signal_send_by_tid(int tid, int sig)
{
	struct process *p = current_process();
	struct thread *t;

	SPIN_GUARD(&proc_tree_lock);
	list_for_each_entry(t, &p->threads, sibling) {
		if (t->tid != tid || t->leaving)
			continue;
		if (sig)
			signal_send_thread(t, sig, SI_TKILL, p->pid, 0);
		return 0;
	}
	return -ESRCH;
}

/* What SIGCHLD says in si_code and si_status of a child that has come to this wait4() status. */
static void child_status(int status, int *code, int *value)
{
	int sig = status & 0x7f;

	if (status == WAIT_CONTINUED) {
		*code = CLD_CONTINUED;
		*value = SIGCONT;
	} else if (sig == 0x7f) {
		*code = CLD_STOPPED;
		*value = status >> 8;
	} else if (sig) {
		*code = CLD_KILLED;
		*value = sig;
	} else {
		*code = CLD_EXITED;
		*value = status >> 8;
	}
}

void signal_parent(struct process *p, int status)
{
	struct process *parent = p->parent;
	int code, value;
	bool wanted;

	if (!parent)
		return;
	child_status(status, &code, &value);
	wanted = code == CLD_EXITED || code == CLD_KILLED ||
		 !(parent->action[SIGCHLD].sa_flags & SA_NOCLDSTOP);
	if (wanted)
		signal_send(parent, SIGCHLD, code, p->pid, value);
	wake_up_all(&parent->wait);
}

/* Gives the caller's process a table of its own, if it has none yet.  -ENOMEM. */
static int need_table(struct process *p)
{
	const struct sigaction *table;
	bool faster;

	if (READ_ONCE(p->action) != default_actions)
		return 0;
	table = kmem_cache_zalloc(table_cache); /* which is what default_actions say */
	if (!table)
		return -ENOMEM;
	spin_lock(&proc_tree_lock);
	faster = p->action != default_actions; /* another thread was */
	if (!faster)
		WRITE_ONCE(p->action, table);
	spin_unlock(&proc_tree_lock);
	if (faster)
		free_actions(table);
	return 0;
}

int signal_set_action(int sig, const struct sigaction *action)
{
	struct process *p = current_process();

	if (need_table(p))
		return -ENOMEM;
	SPIN_GUARD(&proc_tree_lock);
	*own_action(p, sig) = *action;
	if (signal_effect(p, sig) == SIGNAL_IGNORED)
		signal_drop_pending(p, BIT(sig));
	return 0;
}

void signal_reset_handler(int sig)
{
	SPIN_GUARD(&proc_tree_lock);
	own_action(current_process(), sig)->sa_handler = SIG_DFL;
}

void signal_set_blocked(sigset_t blocked)
{
	SPIN_GUARD(&proc_tree_lock);
	current->blocked = blocked & ~SIGNALS_UNBLOCKABLE;
	current->unsuspended = current->blocked;
	if (signal_pending())
		WRITE_ONCE(current->notified, true);
}

/* Stops p: its threads see it when they return to user mode. */
static void stop_process(struct process *p, int sig)
{
	struct thread *t;

	p->stopped = true;
	list_for_each_entry(t, &p->threads, sibling)
		WRITE_ONCE(t->notified, true);
	p->report = WAIT_STOPPED(sig);
	signal_parent(p, p->report);
}

/* Takes a signal off t's pending ones; where it came from.  proc_tree_lock held. */
static siginfo_t take_pending(struct thread *t, int sig)
{
	siginfo_t info = t->siginfo[sig];

	__atomic_fetch_and(&t->pending, ~BIT(sig), __ATOMIC_SEQ_CST);
	t->siginfo[sig] = (siginfo_t){};
	if (!info.si_signo) /* the tick fills in nothing */
		info = (siginfo_t){ .si_signo = sig, .si_code = SI_KERNEL };
	return info;
}

/*
 * Whether a signal of the set is there for the caller; takes it.  One for the whole process may
 * wait in another thread, which blocks it too.  Stays true when asked again.
 */
static bool take_awaited(sigset_t set, siginfo_t *info)
{
	struct thread *t;

	if (info->si_signo)
		return true;
	SPIN_GUARD(&proc_tree_lock);
	list_for_each_entry(t, &current_process()->threads, sibling) {
		sigset_t signals = READ_ONCE(t->pending) & t->blocked & set;
		int sig = signals ? __builtin_ctzl(signals) : 0;

		if (!sig || (t != current && t->siginfo[sig].si_code == SI_TKILL))
			continue;
		*info = take_pending(t, sig);
		return true;
	}
	return false;
}

int signal_wait(sigset_t set, u64 ns, siginfo_t *info)
{
	struct wait_queue *wait = &current_process()->wait;

	*info = (siginfo_t){};
	if (ns == ~0ul)
		wait_event(wait, take_awaited(set, info) || signal_pending());
	else
		wait_event_timeout(wait, take_awaited(set, info) || signal_pending(), ns);
	if (info->si_signo)
		return info->si_signo;
	return signal_pending() ? -EINTR : -EAGAIN;
}

/*
 * Takes the first signal that may be delivered off pending, says in *info where it came
 * from, and returns what it does; SIGNAL_STOPS has been done to the process by then.
 */
static enum signal_effect take_signal(siginfo_t *info)
{
	struct process *p = current_process();
	enum signal_effect effect;
	sigset_t signals;
	int sig;

	SPIN_GUARD(&proc_tree_lock);
	signals = READ_ONCE(current->pending) & ~current->blocked;
	if (!signals)
		return SIGNAL_IGNORED;
	sig = __builtin_ctzl(signals);
	*info = take_pending(current, sig);
	effect = signal_effect(p, sig);
	if (effect == SIGNAL_STOPS && sig != SIGSTOP && group_is_orphaned(p->sid, p->pgid))
		effect = SIGNAL_IGNORED; /* nobody would continue it */
	if (effect == SIGNAL_STOPS)
		stop_process(p, sig);
	return effect;
}

/* Ends p's handlers.  The table that it needs no more, or default_actions: nothing to free. */
static const struct sigaction *reset_actions(struct process *p)
{
	const struct sigaction *table = p->action;
	bool keep = false;

	for (int sig = 1; table != default_actions && sig < NSIG; sig++) {
		if (table[sig].sa_handler == SIG_IGN)
			keep = true;
		else
			*own_action(p, sig) = (struct sigaction){};
	}
	if (keep)
		return default_actions;
	p->action = default_actions;
	return table;
}

void signal_exec(struct process *p)
{
	const struct sigaction *unneeded;

	spin_lock(&proc_tree_lock);
	p->has_execed = true;
	unneeded = reset_actions(p);
	spin_unlock(&proc_tree_lock);
	free_actions(unneeded);
	current->altstack = (stack_t){};
}

static void deliver_one(void)
{
	siginfo_t info;
	enum signal_effect effect = take_signal(&info);
	char why[96];

	if (effect == SIGNAL_KILLS)
		process_exit(WAIT_SIGNALED(info.si_signo));
	if (effect != SIGNAL_HANDLED || signal_run_handler(&info))
		return;
	if (READ_ONCE(current->kill_pending)) /* which is why there is no frame */
		return;
	scnprintf(why, sizeof(why), "with rsp at %#lx there is no room for the frame of %s",
		  current_regs()->rsp, signal_names[info.si_signo]);
	signal_fault(SIGSEGV, SEGV_MAPERR, current_regs()->rsp, why);
}

void signal_deliver(void)
{
	struct process *p = current_process();

	WRITE_ONCE(current->notified, false);
	smp_mb(); /* a signal that is sent now sets it again */
	while (signal_pending() || READ_ONCE(p->stopped)) {
		if (READ_ONCE(current->kill_pending))
			process_exit(WAIT_SIGNALED(READ_ONCE(p->kill_signal)));
		if (READ_ONCE(p->stopped))
			wait_event(&p->wait,
				   !READ_ONCE(p->stopped) || READ_ONCE(current->kill_pending));
		else
			deliver_one();
	}
	signal_set_blocked(current->unsuspended);
}
