/* SPDX-License-Identifier: MIT */
/* The sequence, done with evert. */
#include <stdlib.h>

#include "../../deferred/deferred_internal.h"
#include "world.h"

static struct evert_deferred *deferreds[MODEL_DEFERREDS];
static struct evert_firing *slots[MODEL_DEFERREDS];
static struct evert_link tables[MODEL_LINKS + 1];
static int tables_used;
static int alive;

static void release_value(void *value)
{
	alive--;
	free(value);
}

static const struct evert_type value_type = { "value", release_value };

static struct evert_result make_value(int number)
{
	int *value = malloc(sizeof(*value));

	if (!value)
		abort();
	*value = number;
	alive++;
	return evert_result_of(&value_type, value);
}

static struct evert_result make_failure(int number)
{
	struct evert_failure *failure =
		evert_failure_create(EVERT_ERROR, 0, "planned");

	evert_failure_set_code(failure, number);
	return evert_result_failure(failure);
}

static int number_of_failure(const struct evert_failure *failure)
{
	if (evert_failure_is(failure, EVERT_CANCELLED))
		return CANCELLED;
	if (evert_failure_is(failure, EVERT_ABANDONED))
		return ABANDONED;
	if (evert_failure_is(failure, EVERT_DEADLOCK))
		return DEADLOCK;
	return failure->code;
}

static int number_of(const struct evert_result *result)
{
	if (!result)
		return NO_RESULT;
	if (evert_result_is_none(result))
		return NOTHING;
	if (evert_result_is_failure(result))
		return number_of_failure(evert_result_as_failure(result));
	return *(int *)evert_result_as(result, &value_type);
}

static struct evert_result result_of(struct outcome outcome,
				     struct evert_result passed)
{
	if (outcome.give == MODEL_VALUE)
		return make_value(outcome.number);
	if (outcome.give == MODEL_FAIL)
		return make_failure(outcome.number);
	if (outcome.give == MODEL_WAIT)
		return evert_result_wait(deferreds[outcome.number]);
	return passed;
}

static struct evert_result run_link(struct evert_result *in, void *arg)
{
	struct outcome outcome =
		user_link(&world_of_evert, arg, number_of(in));

	return result_of(outcome, *in);
}

static bool run_canceller(struct evert_deferred *deferred, void *slot)
{
	(void)deferred;
	return user_canceller(&world_of_evert,
			      (int)((struct evert_firing **)slot - slots));
}

static void report(const struct evert_unhandled *unhandled, void *arg)
{
	(void)arg;
	user_report(&world_of_evert, number_of_failure(unhandled->failure));
}

static struct evert_deferred *create(const struct model_deferreds *those, int i)
{
	evert_canceller canceller =
		those->cancellers[i] == MODEL_NONE ? NULL : run_canceller;

	if (those->is_short[i])
		return evert_deferred_create_short_at(&slots[i], EVERT_HERE,
						      canceller, &slots[i]);
	return evert_deferred_create_cancellable(&slots[i], canceller,
						 &slots[i]);
}

static void begin(const struct model_deferreds *those)
{
	int i;

	evert_set_unhandled_hook(report, NULL);
	alive = 0;
	tables_used = 0;
	for (i = 0; i < those->count; i++) {
		deferreds[i] = create(those, i);
		if (!deferreds[i])
			abort();
	}
}

static void add(const struct model_step *link)
{
	evert_deferred_add_callbacks(
		deferreds[link->on],
		link->half == MODEL_ERRBACK ? NULL : run_link,
		link->half == MODEL_CALLBACK ? NULL : run_link, (void *)link);
}

/* The links of a table have one argument: the first of ours. */
#define TABLE_LINK(n)                                                  \
	static struct evert_result table_link_##n(                     \
		struct evert_result *in, void *first)                  \
	{                                                              \
		return run_link(in, (struct model_step *)first + (n)); \
	}
TABLE_LINK(0)
TABLE_LINK(1)
TABLE_LINK(2)
TABLE_LINK(3)

/* It must live until its links have run: each sequence has tables enough. */
static void add_table(const struct model_step *step)
{
	static const evert_callback calls[MODEL_TABLE_LINKS] = {
		table_link_0, table_link_1, table_link_2, table_link_3
	};
	struct evert_link *table = &tables[tables_used];
	int i;

	tables_used += step->count;
	for (i = 0; i < step->count; i++) {
		table[i].callback = step->inside[i].half == MODEL_ERRBACK ?
					    NULL :
					    calls[i];
		table[i].errback = step->inside[i].half == MODEL_CALLBACK ?
					   NULL :
					   calls[i];
		table[i].label = "a link of a table";
	}
	evert_deferred_add_chain_at(deferreds[step->on], table,
				    (size_t)step->count,
				    (void *)step->inside, "a table");
}

static void reserve(int on, int count)
{
	if (evert_deferred_reserve(deferreds[on], (size_t)count))
		abort();
}

static void fire(int on, struct outcome outcome)
{
	evert_deferred_fire(&slots[on],
			    result_of(outcome, evert_result_none()));
}

static void give_up(int on)
{
	evert_deferred_abandon(&slots[on]);
}

static void cancel(int on)
{
	evert_deferred_cancel(deferreds[on]);
}

static void pause_it(int on)
{
	evert_deferred_pause(deferreds[on]);
}

static void unpause(int on)
{
	evert_deferred_unpause(deferreds[on]);
}

static void release(int on)
{
	evert_deferred_release(deferreds[on]);
}

static void chain(int on, int other)
{
	evert_deferred_chain(deferreds[on], &slots[other]);
}

static bool has_fired(int on)
{
	return evert_deferred_has_fired(deferreds[on]);
}

static int result(int on)
{
	return number_of(evert_deferred_result(deferreds[on]));
}

static int live(void)
{
	return alive;
}

static const struct world_class class = {
	.begin = begin,
	.add = add,
	.add_table = add_table,
	.reserve = reserve,
	.fire = fire,
	.abandon = give_up,
	.cancel = cancel,
	.pause = pause_it,
	.unpause = unpause,
	.release = release,
	.chain = chain,
	.has_fired = has_fired,
	.result = result,
	.live = live,
};

struct world world_of_evert = { .does = &class };
