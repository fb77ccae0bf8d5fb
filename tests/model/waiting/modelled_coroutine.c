/* SPDX-License-Identifier: MIT */
/* Coroutines: between two waits, the user's code, and callbacks, which may wait
   as well. */
#include <stdlib.h>

#include "modelled.h"
#include "stacks.h"

enum {
	DEEPEST = 50
};

/* While a canceller waits, the wait that it was called in has not begun. */
struct wait {
	int deferred, outcome;
	bool done;
};

static struct coroutine {
	enum {
		RUNNING,
		WAITS,
		WOKEN,
		ENDED
	} state;
	int deferred;
	struct wait waits[DEEPEST];
	int depth;   /* of these */
	int awaited; /* the latest outcome that the body has got */
	bool cancel_next, has_waited;
	struct outcome returns;
} all[WAITING_COROUTINES_MOST];

int modelled_flow = NOBODY;
static int ready[WAITING_COROUTINES_MOST]; /* in the order they were woken */
static int ready_count;
static int held; /* who is woken waits until it is 0 */

static void deliver(int wait, int outcome);

void modelled_coroutines_begin(void)
{
	int i;

	for (i = 0; i < WAITING_COROUTINES_MOST; i++)
		all[i].state = ENDED;
	modelled_flow = NOBODY;
	ready_count = held = 0;
	modelled_scope_begin();
}

size_t modelled_coroutines(void)
{
	size_t count = 0;
	int i;

	for (i = 0; i < WAITING_COROUTINES_MOST; i++)
		count += all[i].state != ENDED && all[i].has_waited;
	return count;
}

/* ---- Waiting ---- */

/* What it waits for now, or NOBODY. */
static int awaited_now(const struct coroutine *c)
{
	if (!c->depth || c->waits[c->depth - 1].done)
		return NOBODY;
	return c->waits[c->depth - 1].deferred;
}

/* Takes over the reading end; returns the outcome. */
static int await(int n, int deferred)
{
	struct coroutine *c = &all[n];
	struct wait *wait = &c->waits[c->depth];
	int outcome;

	if (promised_wait(deferred,
			  (struct promised_waiter){
				  deliver, n * DEEPEST + c->depth, c->deferred},
			  &outcome))
		return outcome;
	if (++c->depth == DEEPEST)
		abort();
	*wait = (struct wait){ deferred, NOTHING, false };
	if (c->cancel_next) {
		c->cancel_next = false;
		promised_cancel(deferred);
	}
	if (!wait->done) {
		c->state = WAITS;
		c->has_waited = true;
		stack_leave(n);
	}
	c->depth--;
	return wait->outcome;
}

static int wait_for(int n, enum waiting_action action,
		    const struct waiting_step *step)
{
	int deferred = NOBODY;

	if (action == AWAITS)
		return await(n, modelled_slots[step->on]);
	if (action == NAPS)
		return await(n,
			     modelled_sleep(step->number, modelled_memory()));
	if (!modelled_scope_leave(step->number, &deferred))
		modelled_drop(await(n, deferred));
	return modelled_scope_left(step->number);
}

int modelled_wait(enum waiting_action action, const struct waiting_step *step)
{
	int outcome = wait_for(modelled_flow, action, step);
	int seen = modelled_seen(outcome);

	modelled_drop(outcome);
	return seen;
}

static void end_body(struct coroutine *c, struct outcome outcome)
{
	int last = c->awaited;

	c->awaited = NOTHING;
	if (outcome.give == MODEL_PASS) {
		c->returns = (struct outcome){ MODEL_VALUE, last };
	} else {
		c->returns = outcome;
		modelled_drop(last);
	}
	c->state = ENDED;
}

static void run_body(int n)
{
	const struct waiting_step *step;
	struct outcome outcome;
	enum waiting_action action;
	int result, before;

	while ((action = waiting_goes_on(&waiting_model, n, &step, &outcome)) !=
	       ENDS) {
		result = wait_for(n, action, step);
		waiting_awaited(&waiting_model, n, modelled_seen(result));
		before = all[n].awaited;
		all[n].awaited = result;
		modelled_drop(before);
	}
	end_body(&all[n], modelled_as(outcome));
}

/* ---- Who runs when ---- */

/* Its Deferred fires when its stack is gone. */
static void end_if_ended(int n)
{
	if (all[n].state == ENDED)
		promised_fire(all[n].deferred, all[n].returns);
}

static int take_ready(void)
{
	int n = ready[0], i;

	if (!ready_count)
		return NOBODY;
	ready_count--;
	for (i = 0; i < ready_count; i++)
		ready[i] = ready[i + 1];
	return n;
}

static void run_all(int n)
{
	held++;
	while (n != NOBODY) {
		all[n].state = RUNNING;
		modelled_flow = n;
		stack_enter(n);
		modelled_flow = NOBODY;
		end_if_ended(n);
		n = take_ready();
	}
	held--;
}

static void let_go(void)
{
	if (!--held)
		run_all(take_ready());
}

static void deliver(int number, int outcome)
{
	int n = number / DEEPEST, depth = number % DEEPEST;
	struct coroutine *c = &all[n];

	c->waits[depth].outcome = outcome;
	c->waits[depth].done = true;
	if (c->state != WAITS || depth + 1 != c->depth)
		return; /* it has not come to suspend itself there */
	if (!held) {
		run_all(n);
		return;
	}
	c->state = WOKEN;
	ready[ready_count++] = n;
}

void modelled_hold(void)
{
	held += modelled_flow == NOBODY;
}

void modelled_let_run(void)
{
	if (modelled_flow == NOBODY)
		let_go();
}

/* ---- Spawning and cancelling ---- */

static bool cancel(int n)
{
	struct coroutine *c = &all[n];

	if (c->state == WAITS)
		promised_cancel(awaited_now(c));
	else if (c->state != WOKEN ||
		 c->waits[c->depth - 1].outcome != CANCELLED)
		c->cancel_next = true;
	return true;
}

static int awaited_by(int n, int k)
{
	return k ? NOBODY : awaited_now(&all[n]);
}

int modelled_spawn(int n)
{
	static const struct promised_work work = {
		.cancel = cancel,
		.waits_for = awaited_by,
		.is_joint = true,
	};
	int outer = modelled_flow;

	all[n] = (struct coroutine){
		.deferred = promised_create(&work, n),
	};
	held++;
	modelled_flow = n;
	stack_start(n, run_body);
	modelled_flow = outer;
	end_if_ended(n);
	let_go();
	return all[n].deferred;
}

/* ---- What it holds ---- */

void modelled_drop_awaited(int n)
{
	int before = all[n].awaited;

	all[n].awaited = NOTHING;
	modelled_drop(before);
}

void modelled_take_awaited(int n)
{
	all[n].awaited = NOTHING;
}

int modelled_deferred_of(int n)
{
	return all[n].deferred;
}
