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
 * What ends a call, a reply or its failure, takes it off its list under the lock,
 * so it ends once.  A caller that is killed does so itself; its token is then stale.
 *
 * A signal ends a call that was not received yet.  One that was, the server must end:
 * it gets UNBLOCK with the token, once, and replies soon, -EINTR or the result; so no
 * byte is lost that it had already taken out for this caller.
 *
 * Deadlock: a call is entered first, then its server's own call is looked at, and
 * so on; all under the lock.  A circle is closed by the last call in it, which
 * finds itself.  An endpoint has one thread that receives: the one a call waits for.
 */
#include "kernel/ipc/call.h"
#include "kernel/core/log.h"
#include "mm/frame/slab.h"
#include "mm/space/mm.h"

/* --- sleeping ----------------------------------------------------------------- */

/* Whether a signal ends the wait: that of a recv any does, that of a call only one that kills. */
static inline bool signal_ends_wait(void)
{
	if (!READ_ONCE(current->notified))
		return false;
	if (current->call)
		return READ_ONCE(current->kill_pending);
	return signal_pending();
}

/* 0, or why it is no use to wait any longer. */
static inline int wait_is_over(u64 end)
{
	if (signal_ends_wait())
		return -EINTR;
	if (end != IPC_FOREVER && now_ns() >= end)
		return -ETIMEDOUT;
	return 0;
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
	/* a kill, the tick or an interrupt may have come before the state was "sleeping" */
	if (!wait_is_over(end) && (current->call || !READ_ONCE(current->irq_pending)))
		schedule();
	set_current_running();
	if (end != IPC_FOREVER)
		timer_stop(&current->sleep_timer);
	spin_lock(&ipc_lock);
}

/* The same; t goes on at once, in the caller's place, if it can. */
static __always_inline void ipc_hand_over(u64 end, struct thread *t)
{
	if (t && end == IPC_FOREVER && schedule_to(t, &ipc_lock))
		spin_lock(&ipc_lock);
	else
		ipc_sleep(end, t);
}

/* --- call --------------------------------------------------------------------- */

void ipc_end(struct ipc_call *call, int result)
{
	assert_spin_held(&ipc_lock);
	list_del(&call->link);
	if (call->state == CALL_UNBLOCKING)
		call->endpoint->unblocking--;
	call->endpoint = NULL;
	call->result = result;
	call->caller->call = NULL;
}

static bool deadlocks(const struct ipc_call *call)
{
	for (const struct ipc_call *c = call; c; c = c->endpoint->server->call)
		if (c->endpoint->server == call->caller)
			return true;
	return false;
}

/* A signal came: true if the call can end at once; else the server is asked to end it. */
static bool withdraw(struct ipc_call *call)
{
	if (call->state == CALL_QUEUED)
		return true;
	if (call->state == CALL_TAKEN) {
		call->state = CALL_UNBLOCKING;
		call->endpoint->unblocking++;
		wake_server(call->endpoint);
	}
	return false;
}

/* Something came for the caller: whether it can, or must, leave the call now. */
static __noinline bool interrupted(struct ipc_call *call)
{
	if (READ_ONCE(current->kill_pending))
		return true;
	if (!signal_pending() || call->letter->m.flags & IPC_PAGE_IN)
		return false;
	return withdraw(call);
}

/* Whether the caller waits on: the first time it is late its server is named and has some more. */
static __noinline bool patient(struct ipc_call *call, u64 *end)
{
	struct thread *server = call->endpoint->server;
	bool was_late = call->late;

	if (now_ns() < *end)
		return true;
	pr_warn("%s, thread %d, is slow to answer: %s, pid %d, waits", server->name, server->tid,
		current->name, current->mm->pid);
	*end = now_ns() + IPC_DEAD_NS - IPC_SLOW_NS;
	call->late = true;
	return !was_late;
}

/* Sleeps until the call is over; the server, unless null, waits for it and goes on first. */
static __always_inline void wait_for_reply(struct ipc_call *call, u64 end, struct thread *server)
{
	while (call->endpoint) {
		if (unlikely(READ_ONCE(current->notified)) && interrupted(call)) {
			ipc_end(call, -EINTR);
			break;
		}
		if (unlikely(end != IPC_FOREVER) && !patient(call, &end)) {
			ipc_end(call, -ETIMEDOUT);
			break;
		}
		ipc_hand_over(end, server);
		server = NULL;
	}
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
	call.late = false;
	list_add_tail(&call.link, &c->endpoint->queued);
	current->call = &call;
	server = c->endpoint->receiving ? c->endpoint->server : NULL;
	if (!server && deadlocks(&call))
		ipc_end(&call, -EDEADLK);
	wait_for_reply(&call, end, server);
	return call.result;
}

/* --- recv --------------------------------------------------------------------- */

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

/* The first call of whose signal the server has not been told; there is one. */
static struct ipc_call *first_unblocking(struct endpoint *ep)
{
	struct ipc_call *call;

	list_for_each_entry(call, &ep->taken, link)
		if (call->state == CALL_UNBLOCKING)
			return call;
	BUG();
}

/* Tells of a call that is to end soon. */
static void take_unblock(struct endpoint *ep, struct letter *letter)
{
	struct ipc_call *call = first_unblocking(ep);

	call->state = CALL_TOLD;
	ep->unblocking--;
	letter->m = (struct ipc_message){ .token = call->letter->m.token };
}

/* The first message that waits, or 0. */
static int take_message(struct endpoint *ep, struct letter *letter)
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
		connection_forget(c);
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

/* --- reply -------------------------------------------------------------------- */

struct ipc_call *ipc_taken_call(struct endpoint *ep, u64 token)
{
	struct ipc_call *call;

	assert_spin_held(&ipc_lock);
	list_for_each_entry(call, &ep->taken, link)
		if (call->letter->m.token == token)
			return call;
	return NULL;
}

/* Ends the call that the letter answers and returns its caller, which is to be woken; or NULL. */
static __always_inline struct thread *answer_call(struct endpoint *ep, struct letter *letter,
						  int error)
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
	caller = answer_call(ep, letter, error);
	if (!caller)
		return -ESRCH;
	wake_up_thread(caller);
	return 0;
}

/* The next message, or why there is none; the caller that was answered, or null, goes on first. */
static __always_inline int wait_for_message(struct endpoint *ep, struct letter *letter, u64 end,
					    struct thread *caller)
{
	bool slept = false;

	for (;;) {
		int type = take_message(ep, letter);

		if (!type && slept)
			type = wait_is_over(end);
		if (type) {
			if (caller)
				wake_up_thread(caller);
			return type;
		}
		ep->receiving = true;
		ipc_hand_over(end, caller);
		ep->receiving = false;
		slept = true;
		caller = NULL;
	}
}

int ipc_receive(struct endpoint *ep, struct letter *letter, u64 end, bool answer)
{
	struct thread *caller = NULL;

	SPIN_GUARD(&ipc_lock);
	if (ep->server != current)
		return -EPERM;
	if (answer) {
		caller = answer_call(ep, letter, 0);
		if (!caller)
			return -ESRCH;
	}
	return wait_for_message(ep, letter, end, caller);
}
