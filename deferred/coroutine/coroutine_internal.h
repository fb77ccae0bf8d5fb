/* SPDX-License-Identifier: MIT */
/* The inside of a coroutine: for scopes, the overflow message and tests. */
#ifndef EVERT_DEFERRED_COROUTINE_INTERNAL_H
#define EVERT_DEFERRED_COROUTINE_INTERNAL_H

#include "coroutine.h"
#include "../base/flow_internal.h"
#include "../base/list_internal.h"
#include "../deferred_internal.h"
#include "fiber_internal.h"
#include "stack_internal.h"
#include "switch_internal.h"

struct evert_coroutine;

/* What a thread knows of its coroutines. */
struct evert_coroutine_thread {
	struct evert_coroutine *ready;	 /* the queue */
	struct evert_coroutine **ready_end;
	/* That have waited and not ended, the newest last. */
	struct evert_list_node all;
	struct evert_list_node *to_cancel; /* the next one, by cancel_all */
	/* While it is not 0, the queue only grows; else it is empty. */
	unsigned held;
	bool started;
};

extern _Thread_local struct evert_coroutine_thread evert_coroutine_thread;

/* roll.c: it has none. */
void evert_coroutine_thread_init(struct evert_coroutine_thread *thread);

enum evert_coroutine_state {
	EVERT_COROUTINE_RUNNING, /* or has let another one run */
	EVERT_COROUTINE_WAITING,
	EVERT_COROUTINE_READY, /* woken: in its thread's queue */
	EVERT_COROUTINE_ENDED,
};

/* Lives at the top of its stack, on cache lines of its own. */
struct evert_coroutine {
	_Alignas(64) struct evert_context context;
	struct evert_coroutine_thread *thread;
	struct evert_stack *stack;
	struct evert_coroutine *next; /* in the queue */
	struct evert_list_node node; /* among all of the thread's */
	enum evert_coroutine_state state;
	union {
		struct {
			bool cancel_next : 1; /* the next wait is to be */
			bool in_canceller : 1; /* of a wait that was not begun
						  yet */
		};
		unsigned flags; /* both, and nothing else */
	};
	unsigned open_scopes; /* it has to leave */
	struct evert_waiter waiter;
	struct evert_result outcome; /* of what it waited for, then its own */
	struct evert_deferred *deferred; /* the firing end */
	evert_body body;
	void *arg;
	const char *name;
	uint64_t waits_since; /* evert_turn, when it last began to wait */
	struct evert_fiber fiber;
};

/* Where it was spawned. */
static inline const char *
evert_coroutine_place(const struct evert_coroutine *c)
{
	return evert_deferred_place(c->deferred);
}

/* The coroutine that runs on this thread, or NULL. */
static inline struct evert_coroutine *evert_coroutine_current(void)
{
	return (struct evert_coroutine *)evert_flow;
}

EVERT_NORETURN void evert_coroutine_outside(const char *what);

/* The same; where there is none, `what` was called outside: a bug. */
static inline struct evert_coroutine *evert_coroutine_require(const char *what)
{
	if (!evert_coroutine_current())
		evert_coroutine_outside(what);
	return evert_coroutine_current();
}

/*
 * Between the two, coroutines that are woken from the thread's own stack do
 * not go on; after it, they do. For a loop over what they might change. May
 * be nested.
 */
void evert_coroutine_hold(void);
void evert_coroutine_let_run(void);

/* What it waited for is there: it goes on, at once or when others have had
   their turn. Returns NULL. */
struct evert_deferred *evert_coroutine_wake(struct evert_waiter *waiter,
					    struct evert_result result);

/* How it waits, and how a cancel comes through it. */
extern const struct evert_waiter_class evert_coroutine_waiter;
extern const struct evert_joint_class evert_coroutine_joint;

/*
 * Who ends without having waited is never listed. Who waits comes right after
 * the one that was last before it began, before those that it spawned itself:
 * no other could go on meanwhile, and end.
 */
static inline void evert_coroutine_enlist(struct evert_coroutine *c,
					  struct evert_list_node *after)
{
	evert_list_append(after->next, &c->node);
}

/* Who has ended is never on a list again: its node stays as it is. */
static inline void evert_coroutine_strike_off(struct evert_coroutine *c)
{
	struct evert_list_node *node = &c->node;

	if (c->thread->to_cancel == node)
		c->thread->to_cancel = node->previous;
	node->previous->next = node->next;
	node->next->previous = node->previous;
}

/* Has this thread one that has waited, and not ended? */
static inline bool evert_coroutine_is_any(void)
{
	const struct evert_coroutine_thread *thread = &evert_coroutine_thread;

	return thread->started && !evert_list_is_empty(&thread->all);
}

/* All coroutines of this thread that have waited and not ended: how many, and
   to cancel them, the newest first. */
size_t evert_coroutine_count(void);
void evert_coroutine_cancel_all(void);

/* From the first to the second, which comes before any of them goes on, this
   thread is as if it had none. May be nested a few times: false, it is too
   deep, and nothing has changed. */
bool evert_coroutine_leave_all(void);
void evert_coroutine_return_to_all(void);

#endif
