/* SPDX-License-Identifier: MIT */
/* The inside of a coroutine: for scopes, the overflow message and tests. */
#ifndef EVERT_DEFERRED_COROUTINE_INTERNAL_H
#define EVERT_DEFERRED_COROUTINE_INTERNAL_H

#include "coroutine.h"
#include "../deferred_internal.h"
#include "fiber_internal.h"
#include "stack_internal.h"
#include "switch_internal.h"

struct evert_coroutine_thread;

enum evert_coroutine_state {
	EVERT_COROUTINE_RUNNING, /* or has let another one run */
	EVERT_COROUTINE_WAITING,
	EVERT_COROUTINE_READY, /* woken: in its thread's queue */
	EVERT_COROUTINE_ENDED,
};

/* Lives at the top of its stack. */
struct evert_coroutine {
	struct evert_context context;
	struct evert_fiber fiber;
	struct evert_coroutine_thread *thread;
	struct evert_stack *stack;
	struct evert_coroutine *next; /* in the queue */
	struct evert_coroutine *newer, *older; /* among all of the thread's */
	enum evert_coroutine_state state;
	bool cancel_next;     /* the next wait is to be cancelled */
	unsigned open_scopes; /* it has to leave */
	struct evert_waiter waiter;
	struct evert_result outcome; /* of what it waited for, then its own */
	struct evert_deferred *deferred; /* the firing end */
	evert_body body;
	void *arg;
	const char *name;
	const char *place;
};

/* The coroutine that runs on this thread, or NULL. */
struct evert_coroutine *evert_coroutine_current(void);

/* The same; where there is none, `what` was called outside: a bug. */
struct evert_coroutine *evert_coroutine_require(const char *what);

/*
 * Between the two, coroutines that are woken from the thread's own stack do
 * not go on; after it, they do. For a loop over what they might change. May
 * be nested.
 */
void evert_coroutine_hold(void);
void evert_coroutine_let_run(void);

/* All coroutines of this thread that have not ended: how many, and to cancel
   them, the newest first. */
size_t evert_coroutine_count(void);
void evert_coroutine_cancel_all(void);

/* From the first to the second, which comes before any of them goes on, this
   thread is as if it had none. May be nested a few times: false, it is too
   deep, and nothing has changed. */
bool evert_coroutine_leave_all(void);
void evert_coroutine_return_to_all(void);

#endif
