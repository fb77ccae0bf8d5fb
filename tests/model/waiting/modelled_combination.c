/* SPDX-License-Identifier: MIT */
/* Combinators. */
#include <stdlib.h>

#include "../../../deferred/combine.h"
#include "modelled.h"

enum {
	COMBINATIONS = WAITING_MOST,
	ALL_MUST_NOT_FAIL = 1 << 4
};

static struct combination {
	unsigned options;
	int deferred, count, awaited;
	int decider;		       /* an input, or NOBODY */
	int inputs[WAITING_COMBINED];  /* Deferreds, while they are awaited */
	int results[WAITING_COMBINED]; /* of the others */
	int next_to_cancel, canceller; /* an input; a coroutine */
	bool ended;		       /* its outcome is certain */
	bool settled;		       /* and made */
	bool cancelled, walking;
	bool begun;
} all[COMBINATIONS];
static int made;

void modelled_combine_begin(void)
{
	made = 0;
}

/* Each that is still awaited, once; from the first on, when meanwhile another
   flow has cancelled it again. */
static void cancel_inputs(struct combination *c)
{
	while (c->next_to_cancel < c->count)
		promised_cancel(c->inputs[c->next_to_cancel++]);
}

static int take(struct combination *c, int input)
{
	int result = c->results[input];

	c->results[input] = NOTHING;
	return result;
}

static int outcome_of(struct combination *c)
{
	int decider = c->decider, count = c->count, i;

	if (decider != NOBODY && c->results[decider] >= 0)
		return modelled_indexed(decider, take(c, decider));
	if (decider == NOBODY && !(c->options & ALL_MUST_NOT_FAIL)) {
		c->count = 0;
		return modelled_combined(c->results, count);
	}
	for (i = 0; i < count; i++)
		if (decider == NOBODY)
			take(c, i);
	if (c->cancelled)
		return CANCELLED;
	return decider == NOBODY ? ALL_FAILED : FIRST_FAILURE;
}

static void proceed(struct combination *c)
{
	int outcome, i;

	if ((c->awaited && c->decider == NOBODY) || c->ended || c->walking ||
	    !c->begun)
		return;
	c->ended = true;
	if (c->options & EVERT_CANCEL_REST)
		cancel_inputs(c);
	outcome = outcome_of(c);
	c->settled = true;
	for (i = 0; i < c->count; i++)
		modelled_drop(take(c, i));
	promised_fire(c->deferred, (struct outcome){ MODEL_VALUE, outcome });
}

static bool decides(const struct combination *c, int result)
{
	return c->options & (result < 0 ? EVERT_FIRE_ON_FIRST_FAILURE
					: EVERT_FIRE_ON_FIRST_VALUE);
}

static bool is_reported(const struct combination *c, int result)
{
	bool decided = c->ended || c->decider != NOBODY;
	bool stopped = c->cancelled ||
		       (decided && c->options & EVERT_CANCEL_REST);

	if (result >= 0 || c->options & EVERT_CONSUME_FAILURES)
		return false;
	if (stopped && result == CANCELLED)
		return false;
	return c->cancelled || decided || !decides(c, result);
}

static void accept(struct combination *c, int input, int result)
{
	c->inputs[input] = NOBODY;
	if (is_reported(c, result))
		modelled_report(result);
	if (c->settled) {
		modelled_drop(result);
	} else {
		c->results[input] = result;
		if (c->decider == NOBODY && decides(c, result))
			c->decider = input;
	}
	c->awaited--;
}

static void deliver(int number, int result)
{
	struct combination *c = &all[number / WAITING_COMBINED];

	accept(c, number % WAITING_COMBINED, result);
	proceed(c);
}

static bool cancel(int number)
{
	struct combination *c = &all[number];

	if (c->ended)
		return true;
	if (c->walking) {
		if (c->canceller != modelled_flow)
			c->next_to_cancel = 0;
		return true;
	}
	c->walking = true;
	c->cancelled = true;
	c->canceller = modelled_flow;
	c->next_to_cancel = 0;
	cancel_inputs(c);
	c->walking = false;
	proceed(c);
	return true;
}

static int input_of(int number, int k)
{
	const struct combination *c = &all[number];
	int i;

	for (i = 0; i < c->count; i++)
		if (c->inputs[i] != NOBODY && !k--)
			return c->inputs[i];
	return NOBODY;
}

static unsigned options_of(const struct waiting_step *step)
{
	unsigned options = (unsigned)step->number;

	if (step->half == MODEL_CALLBACK)
		return EVERT_FIRE_ON_FIRST_VALUE | EVERT_CANCEL_REST |
		       EVERT_CONSUME_FAILURES | ALL_MUST_NOT_FAIL;
	if (step->half == MODEL_ERRBACK)
		return EVERT_FIRE_ON_FIRST_FAILURE |
		       (options & (EVERT_CANCEL_REST | EVERT_CONSUME_FAILURES));
	return options & 15u;
}

/* A failure for having been cancelled here is not reported. */
static struct outcome ignore_cancelled(const void *arg, int in)
{
	(void)arg;
	return (struct outcome){ in == CANCELLED ? MODEL_FAIL : MODEL_PASS,
				NOTHING };
}

/* As after the failure of another one. */
static void give_up(const int *inputs, int count, unsigned options)
{
	static const struct promised_link ignore = {
		.half = MODEL_ERRBACK,
		.run = ignore_cancelled,
	};
	int i;

	for (i = 0; i < count; i++) {
		if (options & EVERT_CANCEL_REST && inputs[i] != NOBODY) {
			promised_add(inputs[i], ignore);
			promised_cancel(inputs[i]);
		}
		promised_release(inputs[i]);
	}
}

int modelled_combine(const struct waiting_step *step, const int *inputs,
		     int count, bool starved)
{
	static const struct promised_work work = {
		.cancel = cancel,
		.waits_for = input_of,
		.is_joint = true,
		.walks = true,
	};
	struct promised_waiter waiter = { .deliver = deliver };
	struct combination *c = &all[made];
	int number = made, i, result;

	if (starved) {
		give_up(inputs, count, options_of(step));
		return NOBODY;
	}
	if (made++ == COMBINATIONS)
		abort();
	*c = (struct combination){
		.options = options_of(step),
		.deferred = promised_create(&work, number),
		.count = count,
		.awaited = count,
		.decider = NOBODY,
	};
	for (i = 0; i < count; i++)
		c->inputs[i] = NOBODY;
	for (i = 0; i < count; i++) {
		waiter.arg = number * WAITING_COMBINED + i;
		waiter.outer = c->deferred;
		if (promised_wait(inputs[i], waiter, &result))
			accept(c, i, result);
		else
			c->inputs[i] = inputs[i];
	}
	c->begun = true;
	proceed(c);
	return c->deferred;
}
