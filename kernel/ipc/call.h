/* SPDX-License-Identifier: MIT */
/*
 * Calls: the rendezvous of a client and a server.
 *
 * Legend: (c) constant; (e) ipc_lock.
 */
#pragma once

#include "kernel/core/time.h"
#include "kernel/ipc/message.h"

#define IPC_SLOW_NS (2 * NSEC_PER_SEC)	/* then the log names a pager that has not answered */
#define IPC_DEAD_NS (10 * NSEC_PER_SEC) /* then nobody waits for it any more */

/* UNBLOCKING: a signal came; TOLD: the server knows. */
enum call_state { CALL_QUEUED, CALL_TAKEN, CALL_UNBLOCKING, CALL_TOLD };

/* One call, on the stack of the caller, which sleeps. */
struct ipc_call {
	struct list_head link;	   /* (e) in endpoint->queued or taken */
	struct endpoint *endpoint; /* (e) null once it is over */
	struct thread *caller;	   /* (c) */
	struct letter *letter;	   /* (e) the request, in the end the reply */
	enum call_state state;	   /* (e) */
	bool late;		   /* (e) the caller's patience has ended once */
	int result;		   /* (e) of the call, 0 or -errno */
};

/*
 * Sends the letter and sleeps until the reply has taken its place.  -EPIPE the endpoint has gone;
 * -EDEADLK its server waits for the caller; -EINTR the caller is to die, or a signal came before
 * it was received (IPC_PAGE_IN: only the former); -ETIMEDOUT now_ns() was end (IPC_FOREVER:
 * without end), the log has named the server, and IPC_DEAD_NS - IPC_SLOW_NS later it had not
 * answered; or what ipc_answer() says.  With an error handles in the letter stay the caller's.
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
struct ipc_call *ipc_taken_call(struct endpoint *ep, u64 token);
/* Ends a call; what is left to do is to wake its caller.  ipc_lock held. */
void ipc_end(struct ipc_call *call, int result);
