/* SPDX-License-Identifier: MIT */
/*
 * What the kernel keeps for a process: every object is charged to somebody.
 *
 * No ledger is written when an object is made or freed, so that this costs nothing; what
 * there is is found from the process when the OOM killer asks (mm/reclaim/oom.c):
 *
 *	process -- threads ------- each its struct and its kernel stack; on the stack: its call
 *	    |         '-- call --- a message that was not received: what travels in it
 *	    |-- handle table ----- its pages; each handle its part of the object
 *	    |         '-- closed - connections that wait at the process's endpoints
 *	    |-- signal actions --- a table, once one has been set
 *	    |-- arguments -------- pages of an exec on its way
 *	    '-- mm --------------- areas, links to anon_vmas, page tables: oom.c
 *
 * An object with n references is charged one n-th for each handle, area or message that holds it,
 * in bytes, since in pages a small object held often would be nothing.  One that nobody holds is
 * gone, but for a connection, which lives on as its own CLOSED message: it is charged to
 * the process that is to receive it.  So all that a process has is let go at its end: its messages
 * end with their senders, closed connections with their endpoint.
 *
 * What is not here is bounded otherwise: the chapter (kernel/README.md, "Who pays for the
 * kernel's memory") has a table of all objects, their limits, and what happens at these.
 */
#include "kernel/proc/charge.h"
#include "kernel/ipc/call.h"
#include "kernel/ipc/vmo.h"
#include "kernel/lib/string.h"
#include "kernel/proc/signal.h"
#include "kernel/proc/tree.h"

/* One reference's part of an object.  KCAP is one for all, IRQs are as many as lines. */
static void charge_object(const struct object *object, struct oom_candidate *c)
{
	struct vmo *vmo;
	u64 bytes = 0;

	switch (object->type) {
	case OBJ_VMO:
		vmo = &to_vmo_object((struct object *)object)->map.vmo;
		c->objects += vmo->ops->share(vmo);
		return;
	case OBJ_ENDPOINT:
		bytes = sizeof(struct endpoint);
		break;
	case OBJ_CONNECTION:
		bytes = sizeof(struct connection);
		break;
	case OBJ_KCAP:
	case OBJ_IRQ:
		break;
	}
	c->kernel += bytes / (u64)atomic_read(&object->refcount);
}

static void charge_slots(const struct handle *slots, u32 n, struct oom_candidate *c)
{
	for (u32 i = 0; i < n; i++)
		if (slots[i].object)
			charge_object(slots[i].object, c);
}

static void charge_handles(struct handle_table *table, struct oom_candidate *c)
{
	SPIN_GUARD(&table->lock);
	charge_slots(table->own, NR_OWN, c);
	for (u32 i = 0; i < table->used; i += MAX_HANDLES)
		charge_slots(handle_page(table, i), MIN(table->used - i, (u32)MAX_HANDLES), c);
	c->kernel += table->slots ? table->size / MAX_HANDLES * PAGE_SIZE : 0;
	c->kernel += READ_ONCE(table->closed) * sizeof(struct connection);
}

/* What travels in the message that t has sent, as long as nobody has received it. */
static void charge_call(const struct thread *t, struct oom_candidate *c)
{
	const struct letter *letter;

	SPIN_GUARD(&ipc_lock);
	if (!t->call)
		return;
	letter = t->call->letter;
	charge_slots(letter->carried, letter->m.flags & IPC_NR_HANDLES, c);
}

static void charge_threads(struct process *p, struct oom_candidate *c)
{
	const struct thread *t;

	SPIN_GUARD(&proc_tree_lock);
	c->kernel += p->nr_threads * (sizeof(struct thread) + KSTACK_SIZE);
	if (p->action != default_actions)
		c->kernel += sizeof(default_actions);
	list_for_each_entry(t, &p->threads, sibling)
		if (READ_ONCE(t->call))
			charge_call(t, c);
}

bool oom_next_candidate(int pid, struct oom_candidate *c)
{
	struct process *p = process_next(pid);

	if (!p)
		return false;
	*c = (struct oom_candidate){
		.process = p,
		.pid = p->pid,
		.name = p->name,
		.mm = process_get_mm(p),
		.kernel = sizeof(*p) + (u64)atomic_read(&p->nr_arg_pages) * PAGE_SIZE,
		.ending = process_is_ending(p),
		.spared = READ_ONCE(p->spared),
	};
	memcpy(c->lineage, p->lineage, sizeof(c->lineage));
	charge_handles(&p->handles, c);
	charge_threads(p, c);
	return true;
}
