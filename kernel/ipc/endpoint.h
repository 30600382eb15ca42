/* SPDX-License-Identifier: MIT */
/*
 * Endpoints, connections, and the calls between them.  A process receives at an
 * endpoint that it has made; others call it through connections, each of which
 * carries the badge that the server chose for it.
 *
 *	client   connection (badge) ──► endpoint: queued ──recv──► taken ──reply──► client
 *
 * One lock for all of it, so that a chain of calls can be followed; it is held
 * for the time of a few list operations.
 *
 * Legend: (c) constant after creation; (e) ipc_lock, of class ENDPOINT.
 */
#pragma once

#include "kernel/ipc/vmo.h"
#include "kernel/x86/uaccess.h"
#include "mm/space/mm.h"

struct endpoint {
	struct object object;
	struct thread *server;	      /* (e) who made it receives here; null once that has exited */
	bool receiving;		      /* (e) the server is asleep in recv */
	u64 notified;		      /* (a) bits that ipc_notify() and interrupts have set */
	u32 unblocking;		      /* (e) calls in taken that are CALL_UNBLOCKING */
	struct list_head connections; /* (e) that somebody has a handle to */
	struct list_head closed;      /* (e) that nobody has: a CLOSED message each */
	struct list_head queued;      /* (e) calls that were not received */
	struct list_head taken;	      /* (e) calls that wait for the reply */
};

struct connection {
	struct object object;
	struct endpoint *endpoint; /* (e) null when that has gone */
	struct list_head link;	   /* (e) in endpoint->connections or closed */
	u64 badge;		   /* (c) */
};

/* A message in the kernel, with a reference to each object whose handle travels in it. */
struct letter {
	struct ipc_message m;
	struct handle carried[IPC_HANDLES]; /* the first IPC_NR_HANDLES of m.flags */
};

#define IPC_SLOW_NS (2 * NSEC_PER_SEC)	/* then the log names a pager that has not answered */
#define IPC_DEAD_NS (10 * NSEC_PER_SEC) /* then nobody waits for it any more */

enum call_state { CALL_QUEUED, CALL_TAKEN, CALL_UNBLOCKING, CALL_TOLD };

/* One call, on the stack of the caller, who sleeps. */
struct ipc_call {
	struct list_head link;	   /* (e) in endpoint->queued or taken */
	struct endpoint *endpoint; /* (e) null once it is over */
	struct thread *caller;	   /* (c) */
	struct letter *letter;	   /* (e) the request, in the end the reply */
	enum call_state state;	   /* (e) UNBLOCKING: a signal came; TOLD: the server knows */
	int late;		   /* (e) times that the caller's patience has ended */
	int result;		   /* (e) of the call, 0 or -errno */
};

extern spinlock_t ipc_lock; /* LOCK_ENDPOINT */

#define to_endpoint(o)	 container_of(o, struct endpoint, object)
#define to_connection(o) container_of(o, struct connection, object)

/* ---- endpoint.c ---- */

/* A new endpoint of the calling thread, or a connection to one; one reference.  NULL if short. */
struct object *endpoint_create(void);
struct object *connection_create(struct endpoint *ep, u64 badge);
/* Destroys, for whoever calls them, the endpoints in the table at which the calling thread receives. */
void endpoints_abandon(struct handle_table *table);
/* Sets bits in the endpoint's notification word; with none it only asks.  -EPIPE: the endpoint has gone. */
int ipc_notify(struct connection *c, u64 bits);
/* Lets the server look again if it is asleep in recv.  ipc_lock held. */
static inline void wake_server(struct endpoint *ep)
{
	assert_spin_held(&ipc_lock);
	if (ep->receiving)
		wake_up_thread(ep->server);
}
/* What travels with the message. */
static inline void letter_copy_carried(struct letter *to, const struct letter *from)
{
	for (u32 i = 0; i < (from->m.flags & IPC_NR_HANDLES); i++)
		to->carried[i] = from->carried[i];
}
/* Ends a call; what is left to do is to wake its caller.  ipc_lock held. */
static inline void ipc_end(struct ipc_call *call, int result)
{
	assert_spin_held(&ipc_lock);
	list_del(&call->link);
	call->endpoint->unblocking -= call->state == CALL_UNBLOCKING;
	call->endpoint = NULL;
	call->result = result;
	call->caller->call = NULL;
}

/* ---- message.c ---- */

/* letter_write() and letter_deliver() where there are flags, windows, handles. */
int letter_load(struct letter *letter, struct handle_table *table, bool call);
int letter_unload(struct letter *letter, struct handle_table *table, void *umsg, size_t size);
/*
 * Reads a message of the calling process, whose table is given; call: where the answer
 * goes, too.  -EFAULT; -EINVAL unknown flags, too many handles, a window too long; a handle:
 * -EBADF, -EINVAL if NOFORK.
 */
static __always_inline int letter_write(struct letter *letter, struct handle_table *table,
					void *umsg, bool call)
{
	struct ipc_message *m = &letter->m;

	if (copy_from_user(m, umsg, sizeof(*m)) || (call && touch_user(umsg, sizeof(*m))))
		return -EFAULT;
	m->pid = current->mm->pid;
	if (m->flags || (call && m->window_len[0] | m->window_len[1]))
		return letter_load(letter, table, call);
	return 0;
}
/*
 * Writes the first size bytes of a letter to the calling process, which gets handles
 * to what it carries.  -EMFILE, -EFAULT: the objects are dropped.
 */
static __always_inline int letter_deliver(struct letter *letter, struct handle_table *table,
					  void *umsg, size_t size)
{
	if (unlikely(letter->m.flags & IPC_NR_HANDLES))
		return letter_unload(letter, table, umsg, size);
	return copy_to_user(umsg, &letter->m, size);
}
/* Of a call that is over: what came INLINE goes to window 0.  -EFAULT. */
int letter_give_inline(const struct letter *letter);
/* Drops what the letter carries. */
void letter_drop(struct letter *letter);

/* ---- call.c ---- */

/*
 * Sends the letter and sleeps until the reply has taken its place.  -EPIPE the
 * endpoint has gone, -EDEADLK its server waits for the caller, -EINTR a signal came
 * before it was received (which PAGE_IN does not mind), or the caller is to die, -ETIMEDOUT
 * now_ns() was end (IPC_FOREVER: without end), the log has named the server, and it has not
 * answered IPC_DEAD_NS - IPC_SLOW_NS later, or what ipc_answer() says; handles in the letter
 * stay the caller's.
 */
int ipc_call(struct connection *c, struct letter *letter, u64 end);
/*
 * Ends the call whose token the letter bears: error 0 gives it the letter.
 * -ESRCH: nobody waits with this token.
 */
int ipc_answer(struct endpoint *ep, struct letter *letter, int error);
/*
 * The next message as enum ipc_type, in *letter; sleeps until now_ns() is end
 * (IPC_FOREVER: without end).  answer: first as ipc_answer(), with which it may
 * end.  -EPERM another thread has made the endpoint; -ETIMEDOUT, -EINTR a signal.
 */
int ipc_receive(struct endpoint *ep, struct letter *letter, u64 end, bool answer);
/* The call that waits with this token, or NULL.  ipc_lock held. */
static inline struct ipc_call *ipc_taken_call(struct endpoint *ep, u64 token)
{
	struct ipc_call *call;

	assert_spin_held(&ipc_lock);
	list_for_each_entry(call, &ep->taken, link)
		if (call->letter->m.token == token)
			return call;
	return NULL;
}

/* ---- irq.c ---- */

/*
 * The ISA interrupt line, each of which sets these bits at the endpoint and masks the
 * line.  One reference.  -EINVAL no such line, -EBUSY somebody has it (ERR_PTR); NULL if
 * memory is short.
 */
struct object *irq_create(struct endpoint *ep, u32 line, u64 bits);
/* Unmasks the line. */
void irq_ack(struct object *irq);
/* The endpoint has no server any more: interrupts wake nobody there. */
void irq_detach(struct endpoint *ep);

/* ---- window.c ---- */

/*
 * Copies n bytes between a client's window, at IPC_AT(), and pos: an address of
 * the caller, or a place in the memory object; in the direction that the client
 * allows.  Bytes done, or -ESRCH the client waits no more; -EINVAL not all inside
 * window and object, -EACCES to the object; if nothing was done -EFAULT, -ENOMEM.
 */
s64 window_copy(struct endpoint *ep, u64 token, u64 at, struct handle *vmo, u64 pos, u64 n);
