/* SPDX-License-Identifier: MIT */
/*
 * call, recv, reply.
 *
 *	client                                   server
 *	                                         recv: nothing there, sleeps
 *	call: letter read, handles held
 *	  ── lock ── enqueue
 *	     server asleep?  wake it, it is next
 *	     else follow the chain of calls
 *	  sleeps ──────── unlock ──────────────► takes the letter, token 17
 *	                                         letter written to its memory, works
 *	                                         ipc_copy(17): the client's windows
 *	                                         reply_recv(17): letter read
 *	                                           ── lock ── into the client's letter
 *	     wakes, writes the reply ◄── unlock ── sleeps again: the client is next
 *
 * Whoever ends a call, a reply or its failure, takes it off its list under the
 * lock, so it ends once.  A caller that is killed does so itself; its token is
 * then stale.
 *
 * A signal ends a call that was not received yet.  One that was, the server must end:
 * it gets UNBLOCK with the token, once, and replies soon, -EINTR or the result; so no
 * byte is lost that it had already taken out for this caller.
 *
 * Deadlock: a call is entered first, then its server's own call is looked at, and
 * so on; all under the lock.  A circle is closed by the last call in it, which
 * finds itself.  An endpoint has one thread that receives, so whom a call waits for is known.
 */
#include "kernel/ipc/endpoint.h"
#include "kernel/core/log.h"
#include "mm/frame/slab.h"

/* 0, or why it is no use to wait any longer.  Signals end a recv; a call only if they kill. */
static inline int wait_is_over(u64 end)
{
	if (READ_ONCE(current->notified) &&
	    (current->call ? READ_ONCE(current->kill_pending) : signal_pending()))
		return -EINTR;
	return end != IPC_FOREVER && now_ns() >= end ? -ETIMEDOUT : 0;
}

/* Sleeps with the lock released, until woken, killed, or now_ns() is end; t (or null) wakes. */
static __noinline void ipc_sleep(u64 end, struct thread *t)
{
	assert_spin_held(&ipc_lock);
	if (t)
		wake_up_thread(t);
	if (end != IPC_FOREVER)
		timer_start(&current->sleep_timer, end, 0);
	set_current_sleeping();
	spin_unlock(&ipc_lock);
	/* who kills us, the tick or an interrupt may have come before we were sleeping */
	if (!wait_is_over(end) && (current->call || !READ_ONCE(current->irq_pending)))
		schedule();
	set_current_running();
	if (end != IPC_FOREVER)
		timer_stop(&current->sleep_timer);
	spin_lock(&ipc_lock);
}

/* The same; t goes on at once, in our place, if it can. */
static __always_inline void hand_over(u64 end, struct thread *t)
{
	if (t && end == IPC_FOREVER && schedule_to(t, &ipc_lock))
		spin_lock(&ipc_lock);
	else
		ipc_sleep(end, t);
}

static bool deadlocks(const struct ipc_call *call)
{
	for (const struct ipc_call *c = call; c; c = c->endpoint->server->call)
		if (c->endpoint->server == call->caller)
			return true;
	return false;
}

/* A signal came: false if the call can end at once, else the server is asked to end it. */
static bool unblock(struct ipc_call *call)
{
	if (call->state == CALL_TAKEN) {
		call->state = CALL_UNBLOCKING;
		call->endpoint->unblocking++;
		wake_server(call->endpoint);
	}
	return call->state != CALL_QUEUED;
}

/* Something came for the caller: whether he can, or must, leave the call now. */
static __noinline bool interrupted(struct ipc_call *call)
{
	if (READ_ONCE(current->kill_pending))
		return true;
	return signal_pending() && !(call->letter->m.flags & IPC_PAGE_IN) && !unblock(call);
}

/* Time is up: the server is named in the log and has some more; false: it had that, too. */
static __noinline bool patient(struct ipc_call *call, u64 *end)
{
	struct thread *server = call->endpoint->server;

	if (now_ns() < *end)
		return true;
	pr_warn("%s, thread %d, is slow to answer: %s, pid %d, waits", server->name, server->tid,
		current->name, current->mm->pid);
	*end = now_ns() + IPC_DEAD_NS - IPC_SLOW_NS;
	return !call->late++;
}

int ipc_call(struct connection *c, struct letter *letter, u64 end)
{
	struct ipc_call call;
	struct thread *server;

	SPIN_GUARD(&ipc_lock);
	if (!c->endpoint)
		return -EPIPE;
	letter->m.badge = c->badge;
	call.endpoint = c->endpoint;
	call.caller = current;
	call.letter = letter;
	call.state = CALL_QUEUED;
	call.late = 0;
	list_add_tail(&call.link, &c->endpoint->queued);
	current->call = &call;
	server = c->endpoint->receiving ? c->endpoint->server : NULL;
	if (!server && deadlocks(&call))
		ipc_end(&call, -EDEADLK);
	for (; call.endpoint; server = NULL) {
		if (unlikely(READ_ONCE(current->notified)) && interrupted(&call))
			break;
		if (unlikely(end != IPC_FOREVER) && !patient(&call, &end))
			ipc_end(&call, -ETIMEDOUT);
		else
			hand_over(end, server);
	}
	if (call.endpoint)
		ipc_end(&call, -EINTR);
	return call.result;
}

/* Takes the call from its queue, and from its letter what that carries. */
static void take_call(struct endpoint *ep, struct ipc_call *call, struct letter *letter)
{
	static u64 last_token; /* (e) */

	list_move_tail(&call->link, &ep->taken);
	call->state = CALL_TAKEN;
	call->letter->m.token = ++last_token;
	letter->m = call->letter->m;
	letter_copy_carried(letter, call->letter);
	call->letter->m.flags &= ~IPC_NR_HANDLES;
}

/* Tells of a call that is to end soon. */
static void take_unblock(struct endpoint *ep, struct letter *letter)
{
	struct ipc_call *call;

	list_for_each_entry(call, &ep->taken, link)
		if (call->state == CALL_UNBLOCKING)
			break;
	call->state = CALL_TOLD;
	ep->unblocking--;
	letter->m = (struct ipc_message){ .token = call->letter->m.token };
}

/* The first message that waits, or 0. */
static int take(struct endpoint *ep, struct letter *letter)
{
	struct connection *c = list_first_entry_or_null(&ep->closed, struct connection, link);
	struct ipc_call *call = list_first_entry_or_null(&ep->queued, struct ipc_call, link);

	assert_spin_held(&ipc_lock);
	if (READ_ONCE(current->irq_pending))
		(void)xchg(&current->irq_pending, false); /* before the word is read */
	if (READ_ONCE(ep->notified)) {
		letter->m = (struct ipc_message){ .word = { xchg(&ep->notified, 0UL) } };
		return IPC_NOTIFY;
	}
	if (call && unlikely(call->letter->m.flags & IPC_PAGE_IN)) {
		take_call(ep, call, letter);
		letter->m.flags = 0;
		return IPC_PAGER;
	}
	if (c) {
		letter->m = (struct ipc_message){ .badge = c->badge };
		list_del(&c->link);
		kfree(c);
		return IPC_CLOSED;
	}
	if (ep->unblocking) {
		take_unblock(ep, letter);
		return IPC_UNBLOCK;
	}
	if (!call)
		return 0;
	take_call(ep, call, letter);
	return IPC_MSG;
}

/* Ends the call that the letter answers and returns its caller, who is to be woken; or NULL. */
static __always_inline struct thread *answer(struct endpoint *ep, struct letter *letter, int error)
{
	struct ipc_call *call = ipc_taken_call(ep, letter->m.token);

	if (!call)
		return NULL;
	if (!error) {
		__builtin_memcpy(&call->letter->m, &letter->m, IPC_REPLY_SIZE); /* in line */
		letter_copy_carried(call->letter, letter);
	}
	ipc_end(call, error);
	return call->caller;
}

int ipc_answer(struct endpoint *ep, struct letter *letter, int error)
{
	struct thread *caller;

	SPIN_GUARD(&ipc_lock);
	caller = answer(ep, letter, error);
	if (!caller)
		return -ESRCH;
	wake_up_thread(caller);
	return 0;
}

int ipc_receive(struct endpoint *ep, struct letter *letter, u64 end, bool answers)
{
	struct thread *caller = NULL;
	bool slept = false;
	int type;

	SPIN_GUARD(&ipc_lock);
	if (ep->server != current)
		return -EPERM;
	if (answers) {
		caller = answer(ep, letter, 0);
		if (!caller)
			return -ESRCH;
	}
	while (!(type = take(ep, letter)) && !(slept && (type = wait_is_over(end)))) {
		ep->receiving = true;
		hand_over(end, caller);
		ep->receiving = false;
		slept = true;
		caller = NULL;
	}
	if (caller)
		wake_up_thread(caller);
	return type;
}
