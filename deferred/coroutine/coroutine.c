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
#include "coroutine.h"

#include <errno.h>

#include "../base/bug_internal.h"
#include "../base/flow_internal.h"
#include "coroutine_internal.h"
#include "overflow_internal.h"
#include "../base/thread_end_internal.h"
#include "../base/trace_internal.h"

struct evert_coroutine_thread {
	struct evert_coroutine *ready;	 /* the queue */
	struct evert_coroutine **ready_end;
	struct evert_coroutine *newest; /* of all that have not ended */
	struct evert_coroutine *to_cancel; /* the next one, by cancel_all */
	size_t count;
	unsigned held; /* while it is not 0, the queue only grows */
	bool started;
};

/* Its address may be kept over a switch: a coroutine stays on its thread. */
static _Thread_local struct evert_coroutine_thread this_thread;

/* A fork's child may leave its parent's coroutines where they are, perhaps on
   top of one of them, and have its own: here is what it left. */
enum { MOST_LEFT = 3 };
static _Thread_local struct left {
	struct evert_coroutine_thread thread;
	const void *flow;
} left[MOST_LEFT];
static _Thread_local unsigned left_count;

static struct evert_coroutine *current(void)
{
	return (struct evert_coroutine *)evert_flow;
}

/* ---- Threads ---- */

static void end_thread(void)
{
	this_thread.started = false;
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

struct evert_coroutine *evert_coroutine_current(void)
{
	return current();
}

struct evert_coroutine *evert_coroutine_require(const char *what)
{
	if (!current())
		evert_bug("%s was called outside a coroutine; call it from a "
			  "body that evert_spawn runs, or add a callback to "
			  "the Deferred instead",
			  what);
	return current();
}

const char *evert_coroutine_name(void)
{
	return current() ? current()->name : NULL;
}

/* ---- All of a thread's ---- */

static void enlist(struct evert_coroutine *c)
{
	struct evert_coroutine_thread *thread = c->thread;

	c->newer = NULL;
	c->older = thread->newest;
	if (c->older)
		c->older->newer = c;
	thread->newest = c;
	thread->count++;
}

static void strike_off(struct evert_coroutine *c)
{
	if (c->thread->to_cancel == c)
		c->thread->to_cancel = c->older;
	*(c->newer ? &c->newer->older : &c->thread->newest) = c->older;
	if (c->older)
		c->older->newer = c->newer;
	c->thread->count--;
}

size_t evert_coroutine_count(void)
{
	return this_thread.count;
}

void evert_coroutine_cancel_all(void)
{
	struct evert_coroutine_thread *thread = &this_thread;
	struct evert_coroutine *c;

	/* Some may end meanwhile: strike_off looks after the place. */
	evert_coroutine_hold();
	thread->to_cancel = thread->newest;
	while ((c = thread->to_cancel)) {
		thread->to_cancel = c->older;
		evert_deferred_cancel_at(c->deferred, c->place);
	}
	evert_coroutine_let_run();
}

bool evert_coroutine_leave_all(void)
{
	struct left *world = &left[left_count];

	if (left_count == MOST_LEFT)
		return false;
	left_count++;
	world->thread = this_thread;
	world->flow = evert_flow;
	this_thread = (struct evert_coroutine_thread){ .started = true };
	this_thread.ready_end = &this_thread.ready;
	evert_flow = NULL;
	return true;
}

void evert_coroutine_return_to_all(void)
{
	const struct left *world = &left[--left_count];

	this_thread = world->thread;
	evert_flow = world->flow;
}

/* ---- Running ---- */

static void end(struct evert_coroutine *c)
{
	struct evert_firing *slot = evert_deferred_firing(c->deferred);
	struct evert_result outcome = c->outcome;

	strike_off(c);
	evert_fiber_finish(&c->fiber);
	evert_stack_release(c->stack);
	evert_deferred_fire(&slot, outcome);
}

static void run_body(void *arg)
{
	struct evert_coroutine *c = arg;

	evert_fiber_entered(&c->fiber);
	c->outcome = c->body(c->arg);
	if (c->open_scopes)
		evert_bug("the body of the coroutine %s (spawned at %s) "
			  "returned with a scope that it did not leave",
			  c->name, c->place);
	c->state = EVERT_COROUTINE_ENDED;
	evert_fiber_end(&c->fiber);
}

static inline void switch_to(struct evert_coroutine *c, bool is_new)
{
	char *low = c->stack->low;

	evert_fiber_enter(&c->fiber);
	if (is_new)
		evert_context_start(&c->context, low, (size_t)((char *)c - low),
				    run_body, c);
	else
		evert_context_switch(&c->context);
	evert_fiber_back(&c->fiber);
}

/* Lets `c` run until it waits or ends. Inline: its two callers need one half
   of the switch each. */
static inline void take_turn(struct evert_coroutine *c, bool is_new)
{
	const void *outer = evert_flow;

	c->state = EVERT_COROUTINE_RUNNING;
	evert_flow = c;
	evert_trace_begin("coroutine", c->name);
	switch_to(c, is_new);
	evert_trace_end("coroutine", c->name);
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

static EVERT_APART void run_all_ready(struct evert_coroutine_thread *thread)
{
	struct evert_coroutine *c;

	thread->held++;
	while ((c = take_ready(thread)))
		take_turn(c, false);
	thread->held--;
}

static inline void run_ready(struct evert_coroutine_thread *thread)
{
	if (thread->ready && !evert_flow && !thread->held)
		run_all_ready(thread);
}

/* On a coroutine's stack nobody goes on anyway, and what is done there may be
   interrupted by a wait. */
void evert_coroutine_hold(void)
{
	if (!evert_flow)
		this_thread.held++;
}

void evert_coroutine_let_run(void)
{
	if (evert_flow)
		return;
	this_thread.held--;
	run_ready(&this_thread);
}

/* ---- Waiting ---- */

static void suspend(struct evert_coroutine *c)
{
	c->state = EVERT_COROUTINE_WAITING;
	evert_fiber_leave(&c->fiber);
	evert_context_switch(&c->context);
	evert_fiber_entered(&c->fiber);
}

static struct evert_deferred *wake(struct evert_waiter *waiter,
				   struct evert_result result)
{
	struct evert_coroutine *c =
		evert_container_of(waiter, struct evert_coroutine, waiter);

	if (c->thread != &this_thread)
		evert_bug("what the coroutine %s (spawned at %s) awaits was "
			  "fired on another thread; a Deferred belongs to one "
			  "thread",
			  c->name, c->place);
	c->outcome = result;
	if (c->state != EVERT_COROUTINE_WAITING)
		return NULL; /* it was cancelled before it came to suspend */
	queue(c);
	run_ready(c->thread);
	return NULL;
}

static struct evert_deferred *outer(const struct evert_waiter *waiter)
{
	return evert_container_of(waiter, struct evert_coroutine, waiter)
		->deferred;
}

static const struct evert_waiter_class waiter_class = {
	.deliver = wake,
	.outer = outer,
};

/* A wait that was not begun yet when a canceller of it waits itself. */
struct outer_wait {
	struct evert_waiter waiter;
	struct evert_coroutine *coroutine;
	struct evert_result outcome;
};

static struct evert_deferred *keep_outcome(struct evert_waiter *waiter,
					   struct evert_result outcome)
{
	evert_container_of(waiter, struct outer_wait, waiter)->outcome =
		outcome;
	return NULL;
}

static struct evert_deferred *outer_of_kept(const struct evert_waiter *waiter)
{
	return evert_container_of(waiter, struct outer_wait, waiter)
		->coroutine->deferred;
}

static const struct evert_waiter_class outer_class = {
	.deliver = keep_outcome,
	.outer = outer_of_kept,
};

static EVERT_APART struct evert_result
await_in_canceller(struct evert_coroutine *c, struct evert_deferred *deferred)
{
	struct outer_wait kept = {
		.waiter = { .class = &outer_class },
		.coroutine = c,
	};
	struct evert_result outcome;

	evert_waiter_move(&c->waiter, &kept.waiter);
	outcome = evert_await(deferred);
	if (kept.waiter.on)
		evert_waiter_move(&kept.waiter, &c->waiter);
	else
		c->outcome = kept.outcome;
	return outcome;
}

struct evert_result evert_await(struct evert_deferred *deferred)
{
	struct evert_coroutine *c = evert_coroutine_require("evert_await");
	struct evert_result outcome;

	if (c->waiter.on)
		return await_in_canceller(c, deferred);
	if (evert_deferred_wait(deferred, &c->waiter, &outcome))
		return outcome;
	if (c->cancel_next) {
		c->cancel_next = false;
		evert_deferred_cancel_at(c->waiter.on, c->place);
	}
	if (c->waiter.on)
		suspend(c);
	return c->outcome;
}

/* ---- Cancelling ---- */

/* Has it been woken by a cancel that it has not seen yet? */
static bool cancel_is_on_its_way(const struct evert_coroutine *c)
{
	return c->state == EVERT_COROUTINE_READY &&
	       evert_result_failed_with(&c->outcome, EVERT_CANCELLED);
}

/* What it waits for is cancelled instead. It may be woken by that, and end. */
static struct evert_deferred *cancel(void *joint)
{
	struct evert_coroutine *c = joint;

	if (c->state == EVERT_COROUTINE_WAITING)
		return c->waiter.on;
	if (!cancel_is_on_its_way(c))
		c->cancel_next = true;
	return NULL; /* it fires when the body returns */
}

static struct evert_deferred *awaited(const void *joint)
{
	const struct evert_coroutine *c = joint;

	return c->waiter.on;
}

static const struct evert_joint_class joint_class = {
	.pass = cancel,
	.first = awaited,
};

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
	struct evert_stack *stack = evert_stack_acquire(stack_size);
	struct evert_coroutine *c;
	struct evert_deferred *deferred;
	struct evert_firing *slot;

	if (!stack)
		return NULL;
	c = place_on(stack);
	deferred = evert_deferred_create_joint_at(&slot, place, &joint_class,
						  c);
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
	c->open_scopes = 0;
	c->waiter.on = NULL;
	c->waiter.class = &waiter_class;
	evert_fiber_init(&c->fiber, stack->low, stack->size);
	return c;
}

struct evert_deferred *
evert_spawn_at(evert_body body, void *arg,
	       const struct evert_spawn_options *options, const char *name,
	       const char *place)
{
	struct evert_coroutine_thread *thread = &this_thread;
	size_t stack_size = options ? options->stack_size : 0;
	struct evert_coroutine *c;
	struct evert_deferred *deferred;

	if (!thread->started)
		start_thread(thread);
	c = create(thread, stack_size ? stack_size : EVERT_STACK_SIZE, place);
	if (!c)
		return NULL;
	c->name = options && options->name ? options->name : name;
	c->body = body;
	c->arg = arg;
	deferred = c->deferred;
	enlist(c);
	take_turn(c, true);
	run_ready(thread);
	return deferred;
}
