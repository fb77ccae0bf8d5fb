/* SPDX-License-Identifier: MIT */
/* Coroutines, done with evert; and what must hold in each. */
#include "evert.h"

#include <fenv.h>
#include <stdlib.h>
#include <string.h>

#include "../../../deferred/coroutine/coroutine_internal.h"

struct evert_clock *waiting_clock;
struct evert_scope waiting_scopes[WAITING_SCOPES];
struct evert_result waiting_outcomes[WAITING_COROUTINES_MOST];

/* Who runs, as evert says it. */
static const void *flows[WAITING_COROUTINES_MOST];
static int numbers[WAITING_COROUTINES_MOST];

double waiting_seconds(int units)
{
	return units / 512.0;
}

void waiting_coroutines_begin(void)
{
	memset(flows, 0, sizeof(flows));
}

static const char *const names[] = { "zero", "one", "two", "three", "four" };

static const char *name_of(int coroutine)
{
	return names[waiting_evert.coroutines[coroutine].program -
		     waiting_evert.sequence->programs];
}

void waiting_check(bool holds)
{
	if (!holds)
		abort();
}

static int rounding_of(int coroutine)
{
	return coroutine % 2 ? FE_DOWNWARD : FE_TONEAREST;
}

static struct evert_result wait_for(enum waiting_action action,
				    const struct waiting_step *step)
{
	size_t k;
	struct evert_deferred *sleep;

	if (action == AWAITS)
		return evert_await(waiting_slots[step->on]);
	if (action == LEAVES)
		return evert_scope_leave(
			&waiting_scopes[step->number % WAITING_SCOPES]);
	k = waiting_asks();
	sleep = evert_clock_sleep(waiting_clock, waiting_seconds(step->number));
	waiting_made(k, sleep);
	return evert_await(sleep);
}

int waiting_flow(void)
{
	const void *current = evert_coroutine_current();
	int i = WAITING_COROUTINES_MOST;

	/* The latest of those that had its stack. */
	while (current && i-- > 0)
		if (flows[i] == current)
			return i;
	return -1;
}

int waiting_wait_here(enum waiting_action action,
		      const struct waiting_step *step)
{
	int coroutine = waiting_flow(), number;
	struct evert_result result = wait_for(action, step);

	waiting_check(waiting_flow() == coroutine);
	waiting_check(fegetround() == rounding_of(coroutine));
	number = waiting_number_of(&result);
	evert_result_release(result);
	return number;
}

static void take_awaited(int coroutine, struct evert_result result)
{
	struct evert_result before = waiting_outcomes[coroutine];

	waiting_check(!strcmp(evert_coroutine_name(), name_of(coroutine)));
	waiting_check(fegetround() == rounding_of(coroutine));
	waiting_outcomes[coroutine] = result;
	evert_result_release(before);
}

static struct evert_result body(void *number)
{
	int coroutine = *(int *)number;
	const struct waiting_step *step;
	enum waiting_action action;
	struct outcome outcome;
	struct evert_result result;

	flows[coroutine] = evert_coroutine_current();
	fesetround(rounding_of(coroutine));
	while ((action = waiting_goes_on(&waiting_evert, coroutine, &step,
					 &outcome)) != ENDS) {
		result = wait_for(action, step);
		waiting_awaited(&waiting_evert, coroutine,
				waiting_number_of(&result));
		take_awaited(coroutine, result);
	}
	if (outcome.give == MODEL_PASS)
		return evert_result_take(&waiting_outcomes[coroutine]);
	result = waiting_result(outcome, evert_result_none());
	take_awaited(coroutine, evert_result_none());
	return result;
}

static struct evert_spawn_options options_for(int coroutine)
{
	return (struct evert_spawn_options){
		.stack_size = coroutine % 3 ? 64 * 1024 : 100 * 1024,
		.name = name_of(coroutine),
	};
}

struct evert_deferred *waiting_spawn(int coroutine)
{
	struct evert_spawn_options options = options_for(coroutine);

	numbers[coroutine] = coroutine;
	waiting_outcomes[coroutine] = evert_result_none();
	return evert_spawn_with(body, &numbers[coroutine], &options);
}

int waiting_spawn_in_scope(int scope, int coroutine)
{
	struct evert_spawn_options options = options_for(coroutine);

	numbers[coroutine] = coroutine;
	waiting_outcomes[coroutine] = evert_result_none();
	return evert_scope_spawn_with(&waiting_scopes[scope], body,
				      &numbers[coroutine], &options);
}
