/* SPDX-License-Identifier: MIT */
/* Coroutines, without stacks: between two waits, the user's code. And what
   shields from them. */
#include <stdlib.h>

#include "modelled.h"

static struct coroutine {
	enum {
		RUNNING,
		WAITS,
		WOKEN,
		ENDED
	} state;
	int deferred;
	int awaits; /* a Deferred, or NOBODY */
	int outcome;
	int awaited; /* the latest that the body has got */
	bool cancel_next, has_outcome, has_waited;
	int leaving; /* a scope, or NOBODY */
	struct outcome returns;
} all[WAITING_COROUTINES_MOST];

int modelled_flow = NOBODY;
static int ready[WAITING_COROUTINES_MOST]; /* in the order they were woken */
static int ready_count;
static int held; /* who is woken waits until it is 0 */

static void wake(int coroutine, int outcome);

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

/* Takes over the reading end. True: the outcome is there. */
static bool await(int n, int deferred)
{
	struct coroutine *c = &all[n];

	c->has_outcome = false;
	if (promised_wait(deferred,
			  (struct promised_waiter){ wake, n, c->deferred },
			  &c->outcome))
		return true;
	c->awaits = deferred;
	if (c->cancel_next) {
		c->cancel_next = false;
		promised_cancel(deferred);
	}
	if (c->has_outcome)
		return true;
	c->state = WAITS;
	c->has_waited = true;
	return false;
}

/* It goes on with what it has waited for. */
static void take_outcome(int n)
{
	struct coroutine *c = &all[n];
	int before = c->awaited, outcome = c->outcome;

	if (c->leaving != NOBODY) {
		modelled_drop(outcome);
		outcome = modelled_scope_left(c->leaving);
		c->leaving = NOBODY;
	}
	waiting_awaited(&waiting_model, n, modelled_seen(outcome));
	c->awaited = outcome;
	modelled_drop(before);
}

/* True: the outcome is there. */
static bool wait_for(int n, enum waiting_action action,
		     const struct waiting_step *step)
{
	struct coroutine *c = &all[n];
	int deferred = NOBODY;

	if (action == AWAITS) {
		deferred = modelled_slots[step->on];
	} else if (action == NAPS) {
		deferred = modelled_sleep(step->number, modelled_memory());
	} else {
		c->leaving = step->number % WAITING_SCOPES;
		if (modelled_scope_leave(c->leaving, &deferred)) {
			c->outcome = NOTHING;
			return true;
		}
	}
	return await(n, deferred);
}

static void end_body(int n, struct outcome outcome)
{
	struct coroutine *c = &all[n];
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

/* Until it waits, or ends. */
static void go_on(int n)
{
	const struct waiting_step *step;
	struct outcome outcome;
	enum waiting_action action;

	for (;;) {
		action = waiting_goes_on(&waiting_model, n, &step, &outcome);
		if (action == ENDS)
			break;
		if (!wait_for(n, action, step))
			return;
		take_outcome(n);
	}
	end_body(n, modelled_as(outcome));
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
		take_outcome(n);
		go_on(n);
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

static void wake(int n, int outcome)
{
	struct coroutine *c = &all[n];

	c->outcome = outcome;
	c->awaits = NOBODY;
	c->has_outcome = true;
	if (c->state != WAITS)
		return; /* it has not come to suspend itself */
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
		promised_cancel(c->awaits);
	else if (c->state != WOKEN || c->outcome != CANCELLED)
		c->cancel_next = true;
	return true;
}

static int awaited_by(int n, int k)
{
	return k ? NOBODY : all[n].awaits;
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
		.awaits = NOBODY,
		.leaving = NOBODY,
	};
	held++;
	modelled_flow = n;
	go_on(n);
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
