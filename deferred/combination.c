/* SPDX-License-Identifier: MIT */
/*
 * All combinators are one: inputs deliver into a list, until one of them
 * decides the outcome, or none is awaited any more. They differ in what
 * decides.
 *
 * Whatever runs the caller's code (firing, cancelling, releasing a value,
 * reporting) may come back here through another input. So a combination is
 * settled first and fired later, and freed when no input is awaited and none
 * of our functions is on the stack.
 */
#include "combine_internal.h"

#include "deferred_internal.h"
#include "base/memory.h"

#define NO_INPUT SIZE_MAX

struct input {
	struct evert_waiter waiter;
	struct combination *combination;
	const char *place; /* of its Deferred, for reports */
};

struct combination {
	struct evert_firing *outcome; /* our firing end */
	struct evert_list *list;	/* what came in; NULL once it fired */
	struct evert_indexed *first;	/* kept ready for a first value */
	const char *place;
	unsigned options;
	bool open;	/* not settled, and all inputs are waited for */
	bool cancelled; /* by the caller */
	size_t count;
	size_t awaited;	    /* inputs that have not delivered */
	size_t decider;	    /* the input that fired it early */
	size_t uncancelled; /* the first input that cancel_rest has to see */
	size_t busy;	    /* functions on the stack that use it */
	struct input inputs[];
};

/* ---- Life and death ---- */

/* Lets go of what the outcome did not need. */
static void drop_leftovers(struct combination *c)
{
	struct evert_list *list = c->list;

	c->list = NULL;
	if (list)
		evert_result_release(evert_result_of(&evert_type_list, list));
	evert_free(c->first);
	c->first = NULL;
}

static void let_go(struct combination *c)
{
	if (!--c->busy && !c->awaited)
		evert_free(c);
}

/* ---- The outcome ---- */

static struct evert_result first_value(struct combination *c)
{
	struct evert_indexed *first = c->first;

	c->first = NULL;
	first->index = c->decider;
	first->value = evert_result_take(&c->list->items[c->decider]);
	return evert_result_of(&evert_type_indexed, first);
}

/* Takes the failure of an input out of the list. */
static struct evert_failure *take_failure(struct combination *c, size_t index)
{
	return evert_result_take(&c->list->items[index]).value.pointer;
}

static struct evert_result first_failure(struct combination *c)
{
	struct evert_failure *cause = take_failure(c, c->decider);
	struct evert_failure *failure = evert_failure_create_at(
		c->place, EVERT_FIRST_FAILURE, 0, "input %zu of %zu failed: %s",
		c->decider, c->count, cause->message);

	evert_failure_set_error(failure, cause->error);
	evert_failure_set_index(failure, c->decider);
	evert_failure_add_cause(failure, cause);
	return evert_result_failure(failure);
}

static struct evert_result all_failed(struct combination *c)
{
	struct evert_failure *failure = evert_failure_create_at(
		c->place, EVERT_ALL_FAILED, 0,
		"none of %zu inputs gave a value", c->count);
	struct evert_failure *cause;
	size_t i;

	for (i = 0; i < c->count; i++) {
		cause = take_failure(c, i);
		/* A bare failure is shared: only a copy can be marked. */
		if (cause == evert_failure_bare(cause->kind))
			cause = evert_failure_copy(cause);
		evert_failure_set_index(cause, i);
		evert_failure_add_cause(failure, cause);
	}
	return evert_result_failure(failure);
}

static struct evert_result whole_list(struct combination *c)
{
	struct evert_list *list = c->list;

	c->list = NULL;
	return evert_result_of(&evert_type_list, list);
}

static struct evert_result make_outcome(struct combination *c)
{
	bool decided = c->decider != NO_INPUT;

	if (decided && !evert_result_is_failure(&c->list->items[c->decider]))
		return first_value(c);
	if (!decided && !(c->options & EVERT_FAIL_IF_ALL_FAIL))
		return whole_list(c);
	if (c->cancelled)
		return evert_result_failure(
			evert_failure_bare(EVERT_CANCELLED));
	return decided ? first_failure(c) : all_failed(c);
}

/* Each input once, also when cancelling one leads here again. */
static void cancel_rest(struct combination *c)
{
	while (c->uncancelled < c->count)
		evert_deferred_cancel(c->inputs[c->uncancelled++].waiter.on);
}

/* Fires once the outcome is certain. */
static void proceed(struct combination *c)
{
	struct evert_result outcome;

	if (!c->open || (c->awaited && c->decider == NO_INPUT))
		return;
	c->open = false;
	if (c->options & EVERT_CANCEL_REST)
		cancel_rest(c);
	outcome = make_outcome(c);
	drop_leftovers(c);
	evert_deferred_fire(&c->outcome, outcome);
}

static bool cancel_all(struct evert_deferred *outcome, void *arg)
{
	struct combination *c = arg;

	(void)outcome;
	if (c->open) {
		c->busy++;
		c->cancelled = true;
		c->uncancelled = 0;
		cancel_rest(c);
		let_go(c);
	}
	return true; /* the inputs will fire it, if they have not done so */
}

/* ---- The inputs ---- */

static bool decides(const struct combination *c,
		    const struct evert_result *result)
{
	if (evert_result_is_failure(result))
		return c->options & EVERT_FIRE_ON_FIRST_FAILURE;
	return c->options & EVERT_FIRE_ON_FIRST_VALUE;
}

/* Is the result a failure that nobody needs to look at? */
static bool is_lost(const struct combination *c,
		    const struct evert_result *result)
{
	bool undecided = c->list && c->decider == NO_INPUT;
	bool stopped = c->cancelled ||
		       (!undecided && c->options & EVERT_CANCEL_REST);

	if (!evert_result_is_failure(result) ||
	    c->options & EVERT_CONSUME_FAILURES)
		return false;
	if (stopped && evert_result_failed_with(result, EVERT_CANCELLED))
		return false;
	return c->cancelled || !undecided || !decides(c, result);
}

static void report(const struct input *input, const struct evert_result *lost)
{
	struct evert_unhandled unhandled = {
		.failure = evert_result_as_failure(lost),
		.deferred_place = input->place,
	};

	evert_unhandled_report(&unhandled);
}

/* Until its end the input counts as awaited, so that a report can't make the
   list complete without it. */
static void accept_result(struct input *input, struct evert_result result)
{
	struct combination *c = input->combination;
	size_t index = (size_t)(input - c->inputs);

	if (is_lost(c, &result))
		report(input, &result);
	if (!c->list) {
		evert_result_release(result);
	} else {
		c->list->items[index] = result;
		if (c->decider == NO_INPUT && decides(c, &result))
			c->decider = index;
	}
	c->awaited--;
}

static void deliver(struct evert_waiter *waiter, struct evert_result result)
{
	struct input *input = evert_container_of(waiter, struct input, waiter);
	struct combination *c = input->combination;

	c->busy++;
	accept_result(input, result);
	proceed(c);
	let_go(c);
}

static void wait_for(struct combination *c, struct input *input,
		     struct evert_deferred *deferred)
{
	struct evert_result result;

	input->waiter = (struct evert_waiter){ .deliver = deliver };
	input->combination = c;
	input->place = deferred ? evert_deferred_place(deferred) : c->place;
	if (evert_deferred_wait(deferred, &input->waiter, &result))
		accept_result(input, result);
}

/* ---- Beginning ---- */

static struct combination *allocate(size_t count)
{
	struct combination *c = NULL;

	if (count <= (SIZE_MAX - sizeof(*c)) / sizeof(c->inputs[0]))
		c = evert_allocate(sizeof(*c) + count * sizeof(c->inputs[0]));
	return c;
}

/* Everything the outcome will need, save for the text of failures. */
static struct combination *create(size_t count, unsigned options,
				  const char *place,
				  struct evert_deferred **outcome)
{
	bool may_be_first = options & EVERT_FIRE_ON_FIRST_VALUE;
	struct combination *c = allocate(count);

	*outcome = NULL;
	if (!c)
		return NULL;
	*c = (struct combination){
		.list = evert_list_create(count),
		.place = place,
		.options = options,
		.count = count,
		.awaited = count,
		.decider = NO_INPUT,
	};
	if (may_be_first)
		c->first = evert_allocate(sizeof(*c->first));
	if (c->list && (c->first || !may_be_first))
		*outcome = evert_deferred_create_at(&c->outcome, place,
						    cancel_all, c);
	if (c->outcome)
		return c;
	drop_leftovers(c);
	evert_free(c);
	return NULL;
}

struct evert_deferred *evert_combine(struct evert_deferred *const *inputs,
				     size_t count, unsigned options,
				     const char *place)
{
	struct evert_deferred *outcome;
	struct combination *c = create(count, options, place, &outcome);
	size_t i;

	if (!c)
		return NULL;
	c->busy++;
	for (i = 0; i < count; i++)
		wait_for(c, &c->inputs[i], inputs[i]);
	c->open = true;
	proceed(c);
	let_go(c);
	return outcome;
}
