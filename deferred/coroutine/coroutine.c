/* SPDX-License-Identifier: MIT */
/*
 * Coroutines are let run from the thread's own stack, one after the other, by
 * run_ready; only a new one runs its first stretch on top of who spawned it.
 * What wakes a coroutine puts it in the queue.
 *
 * A coroutine's structure stands at the top of its stack: it costs no
 * allocation, and it is gone when the stack is given back. Its Deferred is
 * fired after that, by who let it run, so that what it sets going may use the
 * stack again.
 */
#include <errno.h>

#include "../base/bug.h"
#include "../base/thread_end_internal.h"
#include "../base/probe_internal.h"
#include "../base/running_internal.h"
#include "../base/trace_internal.h"
#include "../make_internal.h"
#include "coroutine_internal.h"
#include "overflow_internal.h"
#include "tell_coroutine_internal.h"

/* Its address may be kept over a switch: a coroutine stays on its thread. */
_Thread_local struct evert_coroutine_thread evert_coroutine_thread;

/* ---- Threads ---- */

static void end_thread(void)
{
	evert_coroutine_thread.started = false;
	evert_overflow_end_thread();
	evert_stack_pool_drain();
}

static void start_thread(struct evert_coroutine_thread *thread)
{
	static _Thread_local struct evert_thread_end thread_end;

	evert_thread_end_add(&thread_end, end_thread);
	evert_overflow_start_thread();
	evert_coroutine_thread_init(thread);
}

EVERT_APART void evert_coroutine_outside(const char *what)
{
	evert_bug("%s was called outside a coroutine; call it from a body "
		  "that evert_spawn runs, or add a callback to the Deferred "
		  "instead",
		  what);
}

const char *evert_coroutine_name(void)
{
	const struct evert_coroutine *c = evert_coroutine_current();

	return c ? c->name : NULL;
}

/* ---- Running ---- */

static EVERT_APART void fire(struct evert_deferred *d,
			     struct evert_result outcome)
{
	struct evert_firing *slot = evert_deferred_firing(d);

	evert_deferred_fire(&slot, outcome);
}

EVERT_INLINE void end(struct evert_coroutine *c)
{
	struct evert_deferred *d = c->deferred;
	struct evert_result outcome = c->outcome;

	evert_fiber_finish(&c->fiber);
	evert_stack_release(c->stack);
	if (!evert_deferred_fire_unheard(d, outcome))
		fire(d, outcome);
}

static void run_body(struct evert_context *context)
{
	struct evert_coroutine *c =
		evert_container_of(context, struct evert_coroutine, context);

	evert_fiber_entered(&c->fiber);
	c->outcome = c->body(c->arg);
	if (c->open_scopes)
		evert_bug("the body of the coroutine %s (spawned at %s) "
			  "returned with a scope that it did not leave",
			  c->name, evert_coroutine_place(c));
	c->state = EVERT_COROUTINE_ENDED;
	evert_fiber_end(&c->fiber);
	evert_context_end(&c->context);
}

/* Returns `c`, which the switch has in a register. */
EVERT_INLINE struct evert_coroutine *switch_to(struct evert_coroutine *c,
					       bool is_new)
{
	struct evert_context *context = &c->context;

	evert_fiber_enter(&c->fiber);
	if (is_new)
		context = evert_context_start(context, c->stack->low, run_body);
	else
		context = evert_context_enter(context);
	c = evert_container_of(context, struct evert_coroutine, context);
	evert_fiber_back(&c->fiber);
	return c;
}

/* NULL: nothing, it has ended. */
static const char *awaited_at(const struct evert_coroutine *c)
{
	return c->waiter.on ? evert_deferred_place(c->waiter.on) : NULL;
}

static EVERT_APART struct evert_coroutine *
switch_traced(struct evert_coroutine *c, bool is_new)
{
	struct evert_running_mark mark;

	evert_running_begin(&mark, "coroutine", c->name, " spawned at ",
			    evert_coroutine_place(c));
	evert_tell_switch_to(c, is_new);
	EVERT_PROBE3(coroutine__resume, c, c->name, evert_coroutine_place(c));
	c = switch_to(c, is_new);
	EVERT_PROBE3(coroutine__suspend, c, c->name, awaited_at(c));
	evert_tell_switch_back(c);
	evert_running_end(&mark);
	return c;
}

/* Lets `c` run until it waits or ends, on top of `outer`; returns it. Inline:
   its two callers need one half of the switch each. */
EVERT_INLINE struct evert_coroutine *take_turn(struct evert_coroutine *c,
					       const void *outer, bool is_new)
{
	evert_flow = c;
	if (evert_is_observed())
		c = switch_traced(c, is_new);
	else
		c = switch_to(c, is_new);
	evert_flow = outer;
	if (c->stack->guard == EVERT_GUARD_WATCHED &&
	    evert_guard_was_hurt(c->stack->low))
		evert_overflow_stop(c);
	return c;
}

static void queue(struct evert_coroutine *c)
{
	struct evert_coroutine_thread *thread = c->thread;

	c->state = EVERT_COROUTINE_READY;
	c->next = NULL;
	*thread->ready_end = c;
	thread->ready_end = &c->next;
}

static struct evert_coroutine *take_ready(struct evert_coroutine_thread *thread)
{
	struct evert_coroutine *c = thread->ready;

	if (!c)
		return NULL;
	thread->ready = c->next;
	if (!thread->ready)
		thread->ready_end = &thread->ready;
	return c;
}

/* `c`, then all that are ready by then. Returns NULL, as a delivery does. */
static EVERT_APART struct evert_deferred *
run_all(struct evert_coroutine_thread *thread, struct evert_coroutine *c)
{
	thread->held++;
	do {
		c->state = EVERT_COROUTINE_RUNNING;
		c = take_turn(c, NULL, false);
		if (c->state == EVERT_COROUTINE_ENDED) {
			evert_coroutine_strike_off(c);
			end(c);
		}
	} while ((c = take_ready(thread)));
	thread->held--;
	return NULL;
}

static EVERT_APART void let_ready_go(struct evert_coroutine_thread *thread)
{
	if (!--thread->held)
		run_all(thread, take_ready(thread));
}

/* No more held by who was the last to do so. */
static inline void let_go(struct evert_coroutine_thread *thread)
{
	if (thread->ready)
		let_ready_go(thread);
	else
		thread->held--;
}

static EVERT_APART void stop_on_wrong_thread(const struct evert_coroutine *c)
{
	evert_bug("what the coroutine %s (spawned at %s) awaits was fired on "
		  "another thread; a Deferred belongs to one thread",
		  c->name, evert_coroutine_place(c));
}

struct evert_deferred *evert_coroutine_wake(struct evert_waiter *waiter,
					    struct evert_result result)
{
	struct evert_coroutine *c =
		evert_container_of(waiter, struct evert_coroutine, waiter);
	struct evert_coroutine_thread *thread = &evert_coroutine_thread;

	if (c->thread != thread)
		stop_on_wrong_thread(c);
	c->outcome = result;
	if (c->state != EVERT_COROUTINE_WAITING)
		return NULL; /* it was cancelled before it came to suspend */
	if (!thread->held)
		return run_all(thread, c);
	queue(c);
	return NULL;
}

/* On a coroutine's stack nobody goes on anyway, and what is done there may be
   interrupted by a wait. */
void evert_coroutine_hold(void)
{
	if (!evert_flow)
		evert_coroutine_thread.held++;
}

void evert_coroutine_let_run(void)
{
	if (!evert_flow)
		let_go(&evert_coroutine_thread);
}

/* ---- Spawning ---- */

/* Without memory it goes no further: the body never runs. */
static EVERT_APART struct evert_deferred *give_up(struct evert_stack *stack)
{
	evert_stack_release(stack);
	errno = ENOMEM;
	return NULL;
}

static inline struct evert_coroutine *coroutine_on(struct evert_stack *stack)
{
	return (struct evert_coroutine *)(void *)stack->top - 1;
}

/*
 * On a stack that is warm everything is left as the one before left it; new is
 * only what belongs to a body. Inline: a switch keeps no register, so what is
 * kept in one has to be saved.
 */
EVERT_INLINE struct evert_deferred *spawn_on(struct evert_stack *stack,
					     evert_body body, void *arg,
					     const char *name,
					     const char *place)
{
	struct evert_coroutine_thread *thread = &evert_coroutine_thread;
	struct evert_coroutine *c = coroutine_on(stack);
	struct evert_list_node *last = thread->all.previous;
	struct evert_deferred *deferred;

	c->state = EVERT_COROUTINE_RUNNING;
	c->flags = 0;
	c->body = body;
	c->arg = arg;
	c->name = name;
	deferred = evert_deferred_make_joint(place, &evert_coroutine_joint, c);
	c->deferred = deferred;
	if (!EVERT_LIKELY(deferred != NULL))
		return give_up(stack);
	evert_fiber_init(&c->fiber, stack->low, evert_stack_size(stack));
	thread->held++;
	c = take_turn(c, evert_flow, true);
	if (c->state == EVERT_COROUTINE_ENDED)
		end(c);
	else
		evert_coroutine_enlist(c, last);
	let_go(thread);
	return deferred;
}

static EVERT_APART struct evert_deferred *
spawn_apart(evert_body body, void *arg,
	    const struct evert_spawn_options *options, const char *name,
	    const char *place)
{
	size_t size = options && options->stack_size ? options->stack_size :
						       EVERT_STACK_SIZE;
	struct evert_stack *stack;
	struct evert_coroutine *c;

	if (!evert_coroutine_thread.started)
		start_thread(&evert_coroutine_thread);
	stack = evert_stack_acquire(size);
	if (!stack)
		return NULL;
	c = coroutine_on(stack);
	c->thread = &evert_coroutine_thread;
	c->stack = stack;
	c->open_scopes = 0;
	c->waiter.on = NULL;
	c->waiter.class = &evert_coroutine_waiter;
	return spawn_on(stack, body, arg,
			options && options->name ? options->name : name, place);
}

struct evert_deferred *
evert_spawn_at(evert_body body, void *arg,
	       const struct evert_spawn_options *options, const char *name,
	       const char *place)
{
	struct evert_stack *stack = NULL;

	if (!options)
		stack = evert_stack_take_warm(
			evert_stack_class(EVERT_STACK_SIZE));
	if (!stack)
		return spawn_apart(body, arg, options, name, place);
	return spawn_on(stack, body, arg, name, place);
}
