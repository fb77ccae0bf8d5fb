/* SPDX-License-Identifier: MIT */
/* The sequence, done as the headers promise it. */
#include "modelled_line.h"

#include <errno.h>
#include <stdlib.h>

int modelled_slots[WAITING_SLOTS];
static int firings[WAITING_FIRINGS];
static int alive;

enum waiting_memory modelled_memory(void)
{
	if (waiting_oracle.read >= waiting_oracle.written)
		return FOUND; /* the records differ already */
	return waiting_oracle.said[waiting_oracle.read++];
}

/* ---- Results ---- */

enum {
	COMBINATIONS = WAITING_MOST,
	FIRST_COMBINATION = 50000
};

static struct {
	int parts[WAITING_COMBINED], count, seen;
} combinations[COMBINATIONS];
static int combined;

static int combination(int seen)
{
	if (combined == COMBINATIONS)
		abort();
	combinations[combined].seen = seen;
	combinations[combined].count = 0;
	return combined++;
}

int modelled_combined(const int *parts, int count)
{
	int i, n, seen = COMBINED;

	for (i = 0; i < count; i++)
		seen = combined_number(seen, modelled_seen(parts[i]));
	n = combination(seen);
	combinations[n].count = count;
	for (i = 0; i < count; i++)
		combinations[n].parts[i] = parts[i];
	return FIRST_COMBINATION + n;
}

int modelled_indexed(int index, int part)
{
	int n = combination(combined_number(combined_number(COMBINED, index),
					    modelled_seen(part)));

	combinations[n].count = 1;
	combinations[n].parts[0] = part;
	return FIRST_COMBINATION + n;
}

int modelled_seen(int result)
{
	if (result >= FIRST_COMBINATION && result < NO_RESULT)
		return combinations[result - FIRST_COMBINATION].seen;
	return result;
}

void modelled_drop(int result)
{
	int i;

	if (result >= FIRST_COMBINATION) {
		result -= FIRST_COMBINATION;
		for (i = 0; i < combinations[result].count; i++)
			modelled_drop(combinations[result].parts[i]);
	} else if (result >= PERMIT) {
		modelled_give_back(result - PERMIT);
	} else if (result > 0) {
		alive--;
	}
}

void modelled_drop_outcome(struct outcome outcome)
{
	if (outcome.give == MODEL_WAIT)
		promised_release(outcome.number);
	else
		modelled_drop(outcome.number);
}

struct outcome modelled_as(struct outcome outcome)
{
	if (outcome.give == MODEL_VALUE)
		alive++;
	if (outcome.give == MODEL_WAIT)
		outcome.number = modelled_slots[outcome.number];
	return outcome;
}

struct outcome modelled_gives(const struct waiting_step *step, int id)
{
	return modelled_as(waiting_gives(&waiting_model, step, id));
}

/* ---- The user's code ---- */

void modelled_report(int failure)
{
	waiting_reports(&waiting_model, failure);
}

static struct outcome run_link(const void *number, int in)
{
	return modelled_as(waiting_link_runs(
		&waiting_model, (int)(intptr_t)number, modelled_seen(in)));
}

static bool run_canceller(int firing)
{
	return waiting_canceller_runs(&waiting_model, firing);
}

/* ---- What is done ---- */

static const struct promised_work cancellable = { .cancel = run_canceller };

static int make_plain(const struct waiting_step *step)
{
	firings[step->firing] = promised_create(
		step->canceller == MODEL_NONE ? NULL : &cancellable,
		step->firing);
	return firings[step->firing];
}

static int combine(const struct waiting_step *step, bool starved)
{
	int inputs[WAITING_COMBINED], count = waiting_model.input_count, i;

	for (i = 0; i < count; i++)
		inputs[i] = modelled_slots[waiting_model.inputs[i]];
	return modelled_combine(step, inputs, count, starved);
}

/* Without memory. */
static void give_up(const struct waiting_step *step, int index)
{
	if (step->verb == WAITING_SHIELD)
		promised_release(modelled_slots[step->on]);
	else if (step->verb == WAITING_COMBINE)
		combine(step, true);
	else if (step->verb == WAITING_PUT_WAIT)
		modelled_drop_outcome(modelled_gives(step, index));
}

static int make(const struct waiting_step *step, int index,
		enum waiting_memory memory)
{
	int queue = step->number % WAITING_QUEUES;
	int semaphore = step->number % WAITING_SEMAPHORES;

	switch (step->verb) {
	case WAITING_MAKE:
		return make_plain(step);
	case WAITING_SLEEP:
		return modelled_sleep(step->number, memory);
	case WAITING_SPAWN:
		return modelled_spawn(index);
	case WAITING_SHIELD:
		return modelled_shield(modelled_slots[step->on]);
	case WAITING_COMBINE:
		return combine(step, false);
	case WAITING_PUT_WAIT:
		return modelled_put_wait(queue, modelled_gives(step, index),
					 memory == FAILED_FOR_IT);
	case WAITING_GET:
		return modelled_get(queue);
	case WAITING_ACQUIRE:
		return modelled_acquire(semaphore);
	case WAITING_RUN:
		return modelled_run(semaphore, index);
	case WAITING_START:
		return modelled_periodic_start(1 + step->number,
					       step->half == MODEL_CALLBACK,
					       index);
	default:
		abort();
	}
}

static bool create(const struct waiting_step *step, int index)
{
	enum waiting_memory memory = modelled_memory();
	int deferred = NOBODY;

	if (memory == NOT_FOUND)
		give_up(step, index);
	else
		deferred = make(step, index, memory);
	modelled_slots[step->on] = deferred;
	return memory != NOT_FOUND;
}

static int add(const struct waiting_step *step, int index)
{
	bool starves = modelled_memory();

	promised_add(modelled_slots[step->on],
		     (struct promised_link){ step->half, run_link,
					    (const void *)(intptr_t)index,
					    starves });
	return starves ? -ENOMEM : 0;
}

static int put(const struct waiting_step *step)
{
	struct outcome item = modelled_gives(step, -1);

	return modelled_put(step->number % WAITING_QUEUES, item,
			    modelled_memory());
}

static int scope_spawn(const struct waiting_step *step, int index)
{
	if (modelled_memory())
		return -ENOMEM;
	return modelled_scope_spawn(step->number % WAITING_SCOPES, index);
}

static void fire(const struct waiting_step *step)
{
	promised_fire(
		firings[step->firing],
		modelled_gives(step, waiting_model.firings[step->firing].id));
}

static int perform(const struct waiting_step *step, int index)
{
	int scope = step->number % WAITING_SCOPES;

	switch (step->verb) {
	case WAITING_FIRE:
		fire(step);
		return 0;
	case WAITING_ABANDON:
		promised_give_up(firings[step->firing]);
		return 0;
	case WAITING_ADD:
		return add(step, index);
	case WAITING_CANCEL:
		promised_cancel(modelled_slots[step->on]);
		return 0;
	case WAITING_RELEASE:
		promised_release(modelled_slots[step->on]);
		return 0;
	case WAITING_TIMEOUT:
		return modelled_timeout(modelled_slots[step->on], step->number);
	case WAITING_SCOPE_SPAWN:
		return scope_spawn(step, index);
	case WAITING_SCOPE_CANCEL:
		modelled_scope_cancel(scope);
		return 0;
	case WAITING_OPEN:
		modelled_scope_open(scope, index);
		return 0;
	case WAITING_PUT:
		return put(step);
	case WAITING_CLOSE_QUEUE:
		modelled_close_queue(step->number % WAITING_QUEUES);
		return 0;
	case WAITING_GIVE_BACK:
		modelled_give_back(step->number % WAITING_SEMAPHORES);
		return 0;
	case WAITING_CLOSE_SEMAPHORE:
		modelled_close_semaphore(step->number % WAITING_SEMAPHORES);
		return 0;
	case WAITING_DROP:
		modelled_drop_awaited(index);
		return 0;
	case WAITING_TAKE:
		modelled_take_awaited(index);
		return 0;
	case WAITING_STOP:
		modelled_periodic_stop();
		return 0;
	case WAITING_END_PERIODIC:
		modelled_periodic_end();
		return 0;
	case WAITING_ADVANCE:
		modelled_advance(step->number);
		return 0;
	default:
		modelled_end_clock();
		return 0;
	}
}

static int flow(void)
{
	return modelled_flow;
}

static int result(int slot)
{
	return modelled_seen(promised_result(modelled_slots[slot]));
}

static bool has_fired(int slot)
{
	return promised_has_fired(modelled_slots[slot]);
}

static int live(void)
{
	return alive;
}

static void begin(const struct waiting_sequence *sequence)
{
	alive = combined = 0;
	waiting_oracle.read = 0;
	promised_begin(modelled_report, modelled_drop);
	modelled_time_begin();
	modelled_periodic_begin();
	modelled_coroutines_begin();
	line_begin_all();
	modelled_queues_begin(sequence);
	modelled_semaphores_begin(sequence);
	modelled_combine_begin();
}

static const struct waiting_class class = {
	.begin = begin,
	.create = create,
	.perform = perform,
	.flow = flow,
	.wait = modelled_wait,
	.result = result,
	.has_fired = has_fired,
	.queue_count = modelled_queue_count,
	.available = modelled_available,
	.is_running = modelled_is_running,
	.coroutines = modelled_coroutines,
	.live = live,
};

struct waiting_world waiting_model = { .does = &class };
