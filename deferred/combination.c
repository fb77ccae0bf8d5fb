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
#include "combination_internal.h"
#include "combine_internal.h"

#include <string.h>

#include "handle_internal.h"
#include "base/flow_internal.h"
#include "base/memory.h"

#define NO_INPUT SIZE_MAX

/* ---- Life and death ---- */

/* Lets go of what the outcome did not need. */
static void drop_leftovers(struct evert_combination *c)
{
	struct evert_list *list = c->list;

	c->list = NULL;
	if (list)
		evert_result_drop(evert_result_of(&evert_type_list, list));
	evert_free(c->first);
	c->first = NULL;
}

static void let_go(struct evert_combination *c)
{
	if (!--c->busy && !c->awaited)
		evert_free(c);
}

/* ---- The outcome ---- */

static struct evert_result first_value(struct evert_combination *c)
{
	struct evert_indexed *first = c->first;

	c->first = NULL;
	first->index = c->decider;
	first->value = evert_result_take(&c->list->items[c->decider]);
	return evert_result_of(&evert_type_indexed, first);
}

/* Takes the failure of an input out of the list. */
static struct evert_failure *take_failure(struct evert_combination *c,
					  size_t index)
{
	return evert_result_take(&c->list->items[index]).value.pointer;
}

/* Of one that failed because an input did: what that said, so that messages
   do not grow with how deep combinators are nested. */
static const char *root_message(const struct evert_failure *cause)
{
	static const char before[] = " failed: ";
	const char *at = NULL;

	if (cause->kind == EVERT_FIRST_FAILURE)
		at = strstr(cause->message, before);
	return at ? at + sizeof(before) - 1 : cause->message;
}

static struct evert_result first_failure(struct evert_combination *c)
{
	struct evert_failure *cause = take_failure(c, c->decider);
	struct evert_failure *failure = evert_failure_create_at(
		c->place, EVERT_FIRST_FAILURE, 0, "input %zu of %zu failed: %s",
		c->decider, c->count, root_message(cause));

	evert_failure_set_error(failure, cause->error);
	evert_failure_set_index(failure, c->decider);
	evert_failure_add_cause(failure, cause);
	return evert_result_failure(failure);
}

static struct evert_result all_failed(struct evert_combination *c)
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

static struct evert_result whole_list(struct evert_combination *c)
{
	struct evert_list *list = c->list;

	c->list = NULL;
	return evert_result_of(&evert_type_list, list);
}

static struct evert_result make_outcome(struct evert_combination *c)
{
	bool decided = c->decider != NO_INPUT;

	if (decided && !evert_result_is_failure(&c->list->items[c->decider]))
		return first_value(c);
	if (!decided && !(c->options & EVERT_FAIL_IF_ALL_FAIL))
		return whole_list(c);
	if (c->cancelled)
		return evert_cancelled();
	return decided ? first_failure(c) : all_failed(c);
}

/* The next input to be cancelled, or NULL. */
static struct evert_deferred *next_to_cancel(struct evert_combination *c)
{
	while (c->uncancelled < c->count)
		if (c->inputs[c->uncancelled++].waiter.on)
			return c->inputs[c->uncancelled - 1].waiter.on;
	return NULL;
}

/* Each input once, also when cancelling one leads here again. */
static void cancel_rest(struct evert_combination *c)
{
	struct evert_deferred *input;

	while ((input = next_to_cancel(c)))
		evert_deferred_cancel_at(input, c->cancelled ? NULL : c->place);
}

static EVERT_APART struct evert_deferred *end(struct evert_combination *c)
{
	struct evert_result outcome;

	c->open = false;
	if (c->options & EVERT_CANCEL_REST)
		cancel_rest(c);
	outcome = make_outcome(c);
	drop_leftovers(c);
	return evert_deferred_set(&c->outcome, outcome);
}

/* Sets the outcome once it is certain, and all inputs were cancelled that are
   to be. Returns its Deferred, to go on with, or NULL. */
static inline struct evert_deferred *proceed(struct evert_combination *c)
{
	if ((c->awaited && c->decider == NO_INPUT) || !c->open || c->walking)
		return NULL;
	return end(c);
}

/* ---- Cancelling ---- */

static void begin_cancel(void *joint)
{
	struct evert_combination *c = joint;

	if (!c->open)
		return; /* the inputs will fire it, or are just doing so */
	c->busy++;
	c->walking = true;
	c->walker = evert_flow;
	c->cancelled = true;
	c->uncancelled = 0;
}

static struct evert_deferred *cancel_next(void *joint)
{
	struct evert_combination *c = joint;
	struct evert_deferred *input = NULL;

	if (!c->walking)
		return NULL;
	input = next_to_cancel(c);
	if (input)
		return input;
	c->walking = false;
	evert_deferred_go_on(proceed(c));
	let_go(c);
	return NULL;
}

/* Inside a canceller of an input this is nothing new. But while one waits, in
   another flow, inputs may have begun something else. */
static void cancel_again(void *joint)
{
	struct evert_combination *c = joint;

	if (c->walking && c->walker != evert_flow)
		c->uncancelled = 0;
}

static struct evert_deferred *next_awaited(const struct evert_combination *c,
					   size_t i)
{
	while (i < c->count && !c->inputs[i].waiter.on)
		i++;
	return i < c->count ? c->inputs[i].waiter.on : NULL;
}

static struct evert_deferred *first_awaited(const void *joint)
{
	return next_awaited(joint, 0);
}

static const struct evert_joint_class joint_class = {
	.kind = "combination",
	.begin = begin_cancel,
	.next = cancel_next,
	.again = cancel_again,
	.first = first_awaited,
};

/* ---- The inputs ---- */

static bool decides(const struct evert_combination *c,
		    const struct evert_result *result)
{
	if (evert_result_is_failure(result))
		return c->options & EVERT_FIRE_ON_FIRST_FAILURE;
	return c->options & EVERT_FIRE_ON_FIRST_VALUE;
}

/* Is the result a failure that nobody needs to look at? */
static bool is_lost(const struct evert_combination *c,
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

static void report(const struct evert_combined *input,
		   const struct evert_result *lost)
{
	struct evert_unhandled unhandled = {
		.failure = evert_result_as_failure(lost),
		.deferred_place = input->place,
	};

	evert_unhandled_report(&unhandled);
}

/* Until its end the input counts as awaited, so that a report can't make the
   list complete without it. */
static void accept_result(struct evert_combined *input,
			  struct evert_result result)
{
	struct evert_combination *c = input->combination;
	size_t index = (size_t)(input - c->inputs);

	if (is_lost(c, &result))
		report(input, &result);
	if (!c->list) {
		evert_result_drop(result);
	} else {
		c->list->items[index] = result;
		if (c->decider == NO_INPUT && decides(c, &result))
			c->decider = index;
	}
	c->awaited--;
}

static struct evert_deferred *deliver(struct evert_waiter *waiter,
				      struct evert_result result)
{
	struct evert_combined *input =
		evert_container_of(waiter, struct evert_combined, waiter);
	struct evert_combination *c = input->combination;
	struct evert_deferred *outcome;

	c->busy++;
	accept_result(input, result);
	outcome = proceed(c);
	let_go(c);
	return outcome;
}

static struct evert_deferred *outer(const struct evert_waiter *waiter)
{
	return evert_firing_deferred(
		evert_container_of(waiter, struct evert_combined, waiter)
			->combination->outcome);
}

static struct evert_deferred *next(const struct evert_waiter *waiter)
{
	const struct evert_combined *input =
		evert_container_of(waiter, struct evert_combined, waiter);
	const struct evert_combination *c = input->combination;

	return next_awaited(c, (size_t)(input - c->inputs) + 1);
}

static const struct evert_waiter_class input_class = { deliver, outer, next };

static void wait_for(struct evert_combination *c, struct evert_combined *input,
		     struct evert_deferred *deferred)
{
	struct evert_result result;

	input->waiter = (struct evert_waiter){ .class = &input_class };
	input->combination = c;
	input->place = deferred ? evert_deferred_place(deferred) : c->place;
	if (evert_deferred_wait(deferred, &input->waiter, &result))
		accept_result(input, result);
}

/* ---- Beginning ---- */

static struct evert_combination *allocate(size_t count)
{
	struct evert_combination *c = NULL;

	if (count <= (SIZE_MAX - sizeof(*c)) / sizeof(c->inputs[0]))
		c = evert_allocate(sizeof(*c) + count * sizeof(c->inputs[0]));
	return c;
}

/* Everything the outcome will need, save for the text of failures. */
static struct evert_combination *create(size_t count, unsigned options,
					const char *place,
					struct evert_deferred **outcome)
{
	bool may_be_first = options & EVERT_FIRE_ON_FIRST_VALUE;
	struct evert_combination *c = allocate(count);

	*outcome = NULL;
	if (!c)
		return NULL;
	*c = (struct evert_combination){
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
		*outcome = evert_deferred_create_joint_at(
			&c->outcome, place, &joint_class, c);
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
	struct evert_combination *c = create(count, options, place, &outcome);
	size_t i;

	if (!c)
		return NULL;
	c->busy++;
	for (i = 0; i < count; i++)
		wait_for(c, &c->inputs[i], inputs[i]);
	c->open = true;
	evert_deferred_go_on(proceed(c));
	let_go(c);
	return outcome;
}
