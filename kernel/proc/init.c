/* SPDX-License-Identifier: MIT */
/* Process 1: the only program that the kernel itself starts, from the boot bundle. */
#include "kernel/proc/init.h"
#include "kernel/core/event.h"
#include "kernel/core/log.h"
#include "kernel/ipc/kcap.h"
#include "kernel/proc/bundle.h"
#include "kernel/proc/charge.h"
#include "kernel/proc/exec.h"
#include "kernel/proc/exit.h"
#include "kernel/proc/fork.h"
#include "kernel/proc/futex.h"
#include "kernel/proc/sigframe.h"
#include "kernel/proc/traps.h"
#include "kernel/proc/tree.h"
#include "kernel/x86/hooks.h"
#include "mm/reclaim/oom.h"
#include "mm/space/hooks.h"

static int current_pid(void)
{
	return current->process ? current->process->pid : 0;
}

void proc_init(void)
{
	process_cache_init();
	futex_init();
	x86_hooks.exception = do_exception;
	x86_hooks.user_return = do_user_return;
	fault_hooks.raise = signal_fault;
	fault_hooks.out_of_memory = out_of_memory;
	oom_hooks.next = oom_next_candidate;
	oom_hooks.kill = signal_kill;
	oom_hooks.put = process_put;
	sched_hooks.thread_free = process_thread_gone;
	event_hooks.current_pid = current_pid;
}

/* An object over a part of the bundle; one of size 0 if the bundle has no such part. */
static struct vmo_object *part_vmo(const char *name)
{
	struct mem_part part = bundle_find(name);
	struct vmo_object *vmo = vmo_create_module(part.phys, part.size);

	if (!vmo)
		panic("no memory for boot part %s", name);
	return vmo;
}

/* Gives init its next handle: to a part of the bundle, or (null) to all authorities. */
static void give_handle(struct process *p, int expected, const char *part)
{
	u32 apart = expected >= HANDLE_OWN ? HANDLE_APART : 0;
	int handle;

	if (part)
		handle = handle_install(&p->handles, &part_vmo(part)->object, RIGHT_READ, apart);
	else
		handle = kcap_install(&p->handles, KCAP_ALL,
				      expected == HANDLE_STDERR ? KLOG_ERR : KLOG_OUT);
	BUG_ON(handle != expected);
}

static void give_handles(struct process *p)
{
	give_handle(p, HANDLE_STDIN, bundle_find("stdin").phys ? "stdin" : NULL);
	give_handle(p, HANDLE_STDOUT, NULL);
	give_handle(p, HANDLE_STDERR, NULL);
	give_handle(p, HANDLE_ARGS, "args");
	give_handle(p, HANDLE_INITRD, "initrd");
}

static struct thread *load_init(struct process *p)
{
	static struct exec_args args; /* once, at boot: no need of the stack */
	struct vmo_object *vmo = part_vmo("init");
	struct pt_regs regs;
	struct thread *t;

	if (args_init(&args, p->name))
		panic("no memory for init's arguments");
	p->mm = exec_build(vmo, &args, p->pid, NULL, &regs);
	if (IS_ERR(p->mm))
		panic("the boot bundle's init cannot be loaded: error %ld", PTR_ERR(p->mm));
	args_free(&args);
	object_put(&vmo->object);
	t = process_add_thread(p);
	if (IS_ERR(t))
		panic("no memory for init's thread");
	*thread_regs(t) = regs;
	t->affinity = ~0UL;
	return t;
}

void start_init(void)
{
	struct process *p;

	bundle_check();
	p = process_alloc("init");
	if (IS_ERR(p) || handle_table_init(&p->handles))
		panic("no memory for process 1");
	BUG_ON(p->pid != INIT_PID);
	p->spared = true;
	give_handles(p);
	process_start(p, load_init(p), NULL);
}
