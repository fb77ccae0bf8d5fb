/* SPDX-License-Identifier: MIT */
#include "evert.h"

#include <stdlib.h>

#include "../../support/memory.h"

struct evert_deferred *waiting_slots[WAITING_SLOTS];
struct evert_semaphore *waiting_semaphores[WAITING_SEMAPHORES];
int waiting_alive;

/* ---- As numbers ---- */

int waiting_number_of_failure(const struct evert_failure *failure)
{
	static const struct {
		const struct evert_error *kind;
		int number;
	} kinds[] = {
		{ EVERT_CANCELLED, CANCELLED },
		{ EVERT_CLOCK_DESTROYED, CLOCK_DESTROYED },
		{ EVERT_ABANDONED, ABANDONED },
		{ EVERT_DEADLOCK, DEADLOCK },
		{ EVERT_NO_MEMORY, NO_MEMORY },
		{ EVERT_TIMED_OUT, TIMED_OUT },
		{ EVERT_QUEUE_OVERFLOW, OVERFLOW },
		{ EVERT_QUEUE_UNDERFLOW, UNDERFLOW },
		{ EVERT_FIRST_FAILURE, FIRST_FAILURE },
		{ EVERT_ALL_FAILED, ALL_FAILED },
	};
	size_t i;

	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (evert_failure_is(failure, kinds[i].kind))
			return kinds[i].number;
	return failure->code;
}

static void release_value(void *value)
{
	waiting_alive--;
	free(value);
}

static const struct evert_type value_type = { "value", release_value };

static int number_of_permit(const struct evert_result *permit)
{
	int i = 0;

	while (waiting_semaphores[i] != permit->value.pointer)
		i++;
	return PERMIT + i;
}

static int number_of_list(const struct evert_list *list)
{
	int number = COMBINED;
	size_t i;

	for (i = 0; i < list->count; i++)
		number = combined_number(number,
					 waiting_number_of(&list->items[i]));
	return number;
}

static int number_of_indexed(const struct evert_indexed *indexed)
{
	return combined_number(combined_number(COMBINED, (int)indexed->index),
			       waiting_number_of(&indexed->value));
}

int waiting_number_of(const struct evert_result *result)
{
	if (!result)
		return NO_RESULT;
	if (evert_result_is_none(result))
		return NOTHING;
	if (evert_result_is_failure(result))
		return waiting_number_of_failure(
			evert_result_as_failure(result));
	if (result->type == &evert_type_permit)
		return number_of_permit(result);
	if (result->type == &evert_type_list)
		return number_of_list(evert_result_as_list(result));
	if (result->type == &evert_type_indexed)
		return number_of_indexed(evert_result_as_indexed(result));
	return *(int *)evert_result_as(result, &value_type);
}

/* ---- As results ---- */

static struct evert_result make_value(int number)
{
	int *value = malloc(sizeof(*value));

	if (!value)
		abort();
	*value = number;
	waiting_alive++;
	return evert_result_of(&value_type, value);
}

/* What the user does finds memory. */
static struct evert_result make_failure(int number)
{
	bool fails = failing_allocator_suspend(true);
	struct evert_failure *failure =
		evert_failure_create(EVERT_ERROR, 0, "planned");

	evert_failure_set_code(failure, number);
	failing_allocator_suspend(fails);
	return evert_result_failure(failure);
}

struct evert_result waiting_result(struct outcome outcome,
				   struct evert_result passed)
{
	if (outcome.give == MODEL_VALUE)
		return make_value(outcome.number);
	if (outcome.give == MODEL_FAIL)
		return make_failure(outcome.number);
	if (outcome.give == MODEL_WAIT)
		return evert_result_wait(waiting_slots[outcome.number]);
	return passed;
}

/* ---- Memory ---- */

size_t waiting_asks(void)
{
	if (waiting_oracle.written == sizeof(waiting_oracle.said))
		abort();
	waiting_oracle.said[waiting_oracle.written] = FOUND;
	return waiting_oracle.written++;
}

void waiting_says(size_t k, enum waiting_memory memory)
{
	waiting_oracle.said[k] = (unsigned char)memory;
}

void waiting_made(size_t k, struct evert_deferred *deferred)
{
	const struct evert_result *result = NULL;

	if (deferred)
		result = evert_deferred_result(deferred);
	if (!deferred)
		waiting_says(k, NOT_FOUND);
	else if (result && evert_result_failed_with(result, EVERT_NO_MEMORY))
		waiting_says(k, FAILED_FOR_IT);
	else
		waiting_says(k, FOUND);
}
