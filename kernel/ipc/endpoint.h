/* SPDX-License-Identifier: MIT */
/*
 * Endpoints and connections: the two ends of IPC.  A process receives at an endpoint
 * that it has made; others call it through connections, each of which carries the
 * badge that the server chose for it.
 *
 *	client   connection (badge) ──► endpoint: queued ──recv──► taken ──reply──► client
 *
 * One lock for all of it, so that a chain of calls can be followed; it is held
 * for the time of a few list operations.
 *
 * Legend: (a) atomic; (c) constant after creation; (e) ipc_lock, of class ENDPOINT.
 */
#pragma once

#include "kernel/ipc/handle.h"
#include "kernel/sched/thread.h"

struct endpoint {
	struct object object;
	struct handle_table *owner;   /* (c) of its process, which it does not outlive */
	struct thread *server;	      /* (e) has made it, receives here; null: it has exited */
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

extern spinlock_t ipc_lock; /* LOCK_ENDPOINT */

#define to_endpoint(o)	 container_of(o, struct endpoint, object)
#define to_connection(o) container_of(o, struct connection, object)

/* A new endpoint of the calling thread, whose process has the table; one reference.  NULL: short.
 */
struct object *endpoint_create(struct handle_table *owner);
/* A connection to an endpoint; one reference.  NULL if short. */
struct object *connection_create(struct endpoint *ep, u64 badge);
/* Frees a connection of its endpoint's list of closed ones.  ipc_lock held. */
void connection_forget(struct connection *c);
/* Destroys, for its callers too, each endpoint of the table at which the thread receives. */
void endpoints_abandon(struct handle_table *table);
/* Sets bits in the endpoint's notification word; with none it only asks.  -EPIPE: it has gone. */
int ipc_notify(struct connection *c, u64 bits);
/* Lets the server look again if it is asleep in recv.  ipc_lock held. */
static inline void wake_server(struct endpoint *ep)
{
	assert_spin_held(&ipc_lock);
	if (ep->receiving)
		wake_up_thread(ep->server);
}
