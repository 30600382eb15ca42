/* SPDX-License-Identifier: MIT */
/*
 * The two ends of IPC as objects.  An endpoint counts the handles of its server
 * only: connections point to it, and it cuts them off when it goes, so neither
 * keeps the other alive.  A connection whose last handle has gone lives on in the
 * endpoint's list `closed`: it *is* the CLOSED message, so that this message needs
 * no memory, and comes once.
 *
 * No handle names a closed connection, so those that wait are charged to the endpoint's process,
 * which made them and does not receive (kernel/proc/charge.c).
 *
 * A NOFORK handle never leaves its process.  So the endpoint goes when its server
 * does, at the latest, and with it all calls that wait there.
 */
#include "kernel/ipc/endpoint.h"
#include <abi/kernel.h>
#include "kernel/ipc/call.h"
#include "kernel/ipc/irq.h"
#include "mm/frame/slab.h"

#define FORGET_BATCH 64

spinlock_t ipc_lock = SPINLOCK_INIT(LOCK_ENDPOINT);

static void end_calls(struct list_head *calls)
{
	struct ipc_call *call, *next;

	list_for_each_entry_safe(call, next, calls, link) {
		ipc_end(call, -EPIPE);
		wake_up_thread(call->caller);
	}
}

void connection_forget(struct connection *c)
{
	assert_spin_held(&ipc_lock);
	list_del(&c->link);
	c->endpoint->owner->closed--;
	kfree(c);
}

/* Nobody receives here any more: cuts off all connections, ends the calls that wait. */
static void cut_off(struct endpoint *ep)
{
	struct connection *c;

	SPIN_GUARD(&ipc_lock);
	irq_detach(ep);
	list_for_each_entry(c, &ep->connections, link)
		c->endpoint = NULL;
	INIT_LIST_HEAD(&ep->connections);
	end_calls(&ep->queued);
	end_calls(&ep->taken);
}

/* Frees some of the closed connections, which may be as many as memory holds; false: all gone. */
static bool forget_some(struct endpoint *ep)
{
	SPIN_GUARD(&ipc_lock);
	for (u32 i = 0; i < FORGET_BATCH; i++) {
		struct connection *c =
			list_first_entry_or_null(&ep->closed, struct connection, link);

		if (!c)
			return false;
		connection_forget(c);
	}
	return true;
}

/* Once it is cut off no connection is made or closed here any more. */
static void endpoint_shut(struct endpoint *ep)
{
	cut_off(ep);
	while (forget_some(ep))
		cond_resched();
}

static void endpoint_destroy(struct object *object)
{
	endpoint_shut(to_endpoint(object));
	kfree(to_endpoint(object));
}

/* Shuts what the handle names, if that is an endpoint where the calling thread receives. */
static void abandon_handle(struct handle_table *table, int handle)
{
	struct object *object = handle_get(table, handle, OBJ_ENDPOINT, 0);

	if (IS_ERR(object))
		return;
	if (to_endpoint(object)->server == current)
		endpoint_shut(to_endpoint(object));
	object_put(object);
}

void endpoints_abandon(struct handle_table *table)
{
	for (u32 i = 0; i < READ_ONCE(table->used); i++)
		abandon_handle(table, i);
	for (int i = HANDLE_OWN; i < HANDLE_OWN + NR_OWN; i++)
		abandon_handle(table, i);
}

struct object *endpoint_create(struct handle_table *owner)
{
	struct endpoint *ep = kzalloc(sizeof(*ep));

	if (!ep)
		return NULL;
	object_init(&ep->object, OBJ_ENDPOINT, endpoint_destroy);
	ep->owner = owner;
	ep->server = current;
	INIT_LIST_HEAD(&ep->connections);
	INIT_LIST_HEAD(&ep->closed);
	INIT_LIST_HEAD(&ep->queued);
	INIT_LIST_HEAD(&ep->taken);
	return &ep->object;
}

static void connection_destroy(struct object *object)
{
	struct connection *c = to_connection(object);

	SPIN_GUARD(&ipc_lock);
	if (!c->endpoint) {
		kfree(c);
		return;
	}
	list_move_tail(&c->link, &c->endpoint->closed);
	c->endpoint->owner->closed++;
	wake_server(c->endpoint);
}

struct object *connection_create(struct endpoint *ep, u64 badge)
{
	struct connection *c = kmalloc(sizeof(*c));

	if (!c)
		return NULL;
	object_init(&c->object, OBJ_CONNECTION, connection_destroy);
	c->badge = badge;
	SPIN_GUARD(&ipc_lock);
	c->endpoint = ep->server ? ep : NULL;
	if (c->endpoint)
		list_add_tail(&c->link, &ep->connections);
	return &c->object;
}

int ipc_notify(struct connection *c, u64 bits)
{
	SPIN_GUARD(&ipc_lock);
	if (!c->endpoint)
		return -EPIPE;
	__atomic_fetch_or(&c->endpoint->notified, bits, __ATOMIC_SEQ_CST);
	if (bits)
		wake_server(c->endpoint);
	return 0;
}
