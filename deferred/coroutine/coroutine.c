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
#include "../base/trace_internal.h"
#include "coroutine_internal.h"
#include "overflow_internal.h"

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
	thread->ready_end = &thread->ready;
	thread->started = true;
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

static void end(struct evert_coroutine *c)
{
	struct evert_firing *slot = evert_deferred_firing(c->deferred);
	struct evert_result outcome = c->outcome;

	evert_coroutine_strike_off(c);
	evert_fiber_finish(&c->fiber);
	evert_stack_release(c->stack);
	evert_deferred_fire(&slot, outcome);
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
			  c->name, c->place);
	c->state = EVERT_COROUTINE_ENDED;
	evert_fiber_end(&c->fiber);
	evert_context_end(&c->context);
}

static inline void switch_to(struct evert_coroutine *c, bool is_new)
{
	evert_fiber_enter(&c->fiber);
	if (is_new)
		evert_context_start(&c->context, c->stack->low, (char *)c,
				    run_body);
	else
		evert_context_enter(&c->context);
	evert_fiber_back(&c->fiber);
}

static EVERT_APART void switch_traced(struct evert_coroutine *c, bool is_new)
{
	evert_trace_begin("coroutine", c->name);
	switch_to(c, is_new);
	evert_trace_end("coroutine", c->name);
}

/* Lets `c` run until it waits or ends, on top of `outer`. Inline: its two
   callers need one half of the switch each. */
static inline void take_turn(struct evert_coroutine *c, const void *outer,
			     bool is_new)
{
	c->state = EVERT_COROUTINE_RUNNING;
	evert_flow = c;
	if (evert_trace_is_recording())
		switch_traced(c, is_new);
	else
		switch_to(c, is_new);
	evert_flow = outer;
	if (c->stack->guard == EVERT_GUARD_WATCHED &&
	    evert_guard_was_hurt(c->stack->low))
		evert_overflow_stop(c);
	if (c->state == EVERT_COROUTINE_ENDED)
		end(c);
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
	thread->held = 1;
	do
		take_turn(c, NULL, false);
	while ((c = take_ready(thread)));
	thread->held = 0;
	return NULL;
}

/* No more held by who was the last to do so. */
static inline void let_go(struct evert_coroutine_thread *thread)
{
	if (!--thread->held && thread->ready)
		run_all(thread, take_ready(thread));
}

static EVERT_APART void stop_on_wrong_thread(const struct evert_coroutine *c)
{
	evert_bug("what the coroutine %s (spawned at %s) awaits was fired on "
		  "another thread; a Deferred belongs to one thread",
		  c->name, c->place);
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

/* At the top of the stack, on a cache line of its own. */
static struct evert_coroutine *place_on(struct evert_stack *stack)
{
	uintptr_t top = (uintptr_t)(stack->low + stack->size);
	uintptr_t at = (top - sizeof(struct evert_coroutine)) & ~(uintptr_t)63;

	return (struct evert_coroutine *)at;
}

/* Without memory NULL. */
static struct evert_coroutine *create(struct evert_coroutine_thread *thread,
				      size_t stack_size, const char *place)
{
	struct evert_stack *stack = stack_size ?
					    evert_stack_acquire(stack_size) :
					    evert_stack_acquire(EVERT_STACK_SIZE);
	struct evert_coroutine *c;
	struct evert_deferred *deferred;
	struct evert_firing *slot;

	if (!stack)
		return NULL;
	c = place_on(stack);
	deferred = evert_deferred_create_joint_at(&slot, place,
						  &evert_coroutine_joint, c);
	if (!deferred) {
		evert_stack_release(stack);
		errno = ENOMEM;
		return NULL;
	}
	c->thread = thread;
	c->stack = stack;
	c->deferred = deferred;
	c->place = place;
	c->cancel_next = false;
	c->in_canceller = false;
	c->open_scopes = 0;
	c->waiter.on = NULL;
	c->waiter.class = &evert_coroutine_waiter;
	evert_fiber_init(&c->fiber, stack->low, stack->size);
	return c;
}

struct evert_deferred *
evert_spawn_at(evert_body body, void *arg,
	       const struct evert_spawn_options *options, const char *name,
	       const char *place)
{
	struct evert_coroutine_thread *thread = &evert_coroutine_thread;
	size_t stack_size = options ? options->stack_size : 0;
	struct evert_coroutine *c;
	struct evert_deferred *deferred;

	if (!thread->started)
		start_thread(thread);
	c = create(thread, stack_size, place);
	if (!c)
		return NULL;
	c->name = options && options->name ? options->name : name;
	c->body = body;
	c->arg = arg;
	deferred = c->deferred;
	evert_coroutine_enlist(c);
	thread->held++;
	take_turn(c, evert_flow, true);
	let_go(thread);
	return deferred;
}
