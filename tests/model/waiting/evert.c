/* SPDX-License-Identifier: MIT */
/* The sequence, done with evert. */
#include "evert.h"

#include <errno.h>
#include <stdlib.h>

#include "../../../deferred/coroutine/coroutine_internal.h"

static struct evert_firing *firings[WAITING_FIRINGS];
static struct evert_queue *queues[WAITING_QUEUES];
static struct evert_periodic *periodic;
static int tick_link;
static int numbers[WAITING_LINKS];

/* ---- Callbacks ---- */

static struct evert_result run_link(struct evert_result *in, void *number)
{
	struct outcome outcome = waiting_link_runs(
		&waiting_evert, *(int *)number, waiting_number_of(in));

	return waiting_result(outcome, *in);
}

/* With the lock. */
static struct evert_result run_call(void *number)
{
	struct outcome outcome =
		waiting_link_runs(&waiting_evert, *(int *)number, NOTHING);

	return waiting_result(outcome, evert_result_none());
}

static struct evert_result tick(void *number, size_t count)
{
	struct outcome outcome =
		waiting_link_runs(&waiting_evert, *(int *)number, (int)count);

	return waiting_result(outcome, evert_result_none());
}

static bool run_canceller(struct evert_deferred *deferred, void *slot)
{
	(void)deferred;
	return waiting_canceller_runs(
		&waiting_evert, (int)((struct evert_firing **)slot - firings));
}

static void report(const struct evert_unhandled *unhandled, void *arg)
{
	(void)arg;
	waiting_reports(&waiting_evert,
			waiting_number_of_failure(unhandled->failure));
}

/* ---- Making Deferreds ---- */

static int *number_of_link(int index)
{
	int *number = &numbers[index];

	*number = index;
	return number;
}

static struct evert_deferred *make_plain(const struct waiting_step *step)
{
	struct evert_firing **slot = &firings[step->firing];

	return evert_deferred_create_cancellable(
		slot, step->canceller == MODEL_NONE ? NULL : run_canceller,
		slot);
}

static struct evert_deferred *put_wait(const struct waiting_step *step, int id)
{
	struct outcome outcome = waiting_gives(&waiting_evert, step, id);

	return evert_queue_put_wait(
		queues[step->number % WAITING_QUEUES],
		waiting_result(outcome, evert_result_none()));
}

static struct evert_deferred *combine(const struct waiting_step *step)
{
	struct evert_deferred *inputs[WAITING_COMBINED];
	size_t count = (size_t)waiting_evert.input_count, i;
	unsigned options = (unsigned)step->number;

	for (i = 0; i < count; i++)
		inputs[i] = waiting_slots[waiting_evert.inputs[i]];
	if (step->half == MODEL_CALLBACK)
		return evert_race(inputs, count);
	if (step->half == MODEL_ERRBACK)
		return evert_gather(
			inputs, count,
			options & (EVERT_CANCEL_REST | EVERT_CONSUME_FAILURES));
	return evert_deferred_list(inputs, count, options & 15u);
}

static struct evert_deferred *make(const struct waiting_step *step, int index)
{
	struct evert_queue *queue = queues[step->number % WAITING_QUEUES];
	struct evert_semaphore *semaphore =
		waiting_semaphores[step->number % WAITING_SEMAPHORES];

	switch (step->verb) {
	case WAITING_MAKE:
		return make_plain(step);
	case WAITING_SLEEP:
		return evert_clock_sleep(waiting_clock,
					 waiting_seconds(step->number));
	case WAITING_SPAWN:
		return waiting_spawn(index);
	case WAITING_SHIELD:
		return evert_shield(waiting_slots[step->on]);
	case WAITING_COMBINE:
		return combine(step);
	case WAITING_PUT_WAIT:
		return put_wait(step, index);
	case WAITING_GET:
		return evert_queue_get(queue);
	case WAITING_ACQUIRE:
		return evert_semaphore_acquire(semaphore);
	case WAITING_RUN:
		return evert_semaphore_run(semaphore, run_call,
					   number_of_link(index));
	case WAITING_START:
		tick_link = index;
		return evert_periodic_start(periodic,
					    waiting_seconds(1 + step->number),
					    step->half == MODEL_CALLBACK);
	default:
		abort();
	}
}

static bool create(const struct waiting_step *step, int index)
{
	size_t k = waiting_asks();
	struct evert_deferred *deferred = make(step, index);

	waiting_slots[step->on] = deferred;
	waiting_made(k, deferred);
	return deferred;
}

/* ---- All else ---- */

static int add(const struct waiting_step *step, int index)
{
	size_t k = waiting_asks();
	int error = evert_deferred_add_callbacks(
		waiting_slots[step->on],
		step->half == MODEL_ERRBACK ? NULL : run_link,
		step->half == MODEL_CALLBACK ? NULL : run_link,
		number_of_link(index));

	waiting_says(k, error == -ENOMEM ? NOT_FOUND : FOUND);
	return error;
}

static int add_timeout(const struct waiting_step *step)
{
	size_t k = waiting_asks();
	int error = evert_deferred_add_timeout(waiting_slots[step->on],
					       waiting_seconds(step->number),
					       waiting_clock);

	waiting_says(k, error == -ENOMEM ? NOT_FOUND : FOUND);
	return error;
}

static int put(const struct waiting_step *step)
{
	struct outcome outcome = waiting_gives(&waiting_evert, step, -1);
	size_t k = waiting_asks();
	int error =
		evert_queue_put(queues[step->number % WAITING_QUEUES],
				waiting_result(outcome, evert_result_none()));

	waiting_says(k, error == -ENOMEM ? NOT_FOUND : FOUND);
	return error;
}

static int scope_spawn(const struct waiting_step *step, int index)
{
	size_t k = waiting_asks();
	int error =
		waiting_spawn_in_scope(step->number % WAITING_SCOPES, index);

	waiting_says(k, error == -ENOMEM ? NOT_FOUND : FOUND);
	return error;
}

static void fire(const struct waiting_step *step)
{
	struct outcome outcome = waiting_gives(
		&waiting_evert, step, waiting_evert.firings[step->firing].id);

	evert_deferred_fire(&firings[step->firing],
			    waiting_result(outcome, evert_result_none()));
}

static void close_things(const struct waiting_step *step)
{
	if (step->verb == WAITING_CLOSE_QUEUE)
		evert_queue_destroy(queues[step->number % WAITING_QUEUES]);
	else if (step->verb == WAITING_CLOSE_SEMAPHORE)
		evert_semaphore_destroy(
			waiting_semaphores[step->number % WAITING_SEMAPHORES]);
	else if (step->verb == WAITING_END_PERIODIC)
		evert_periodic_destroy(periodic);
	else
		evert_clock_destroy(waiting_clock);
}

static int perform(const struct waiting_step *step, int index)
{
	switch (step->verb) {
	case WAITING_FIRE:
		fire(step);
		return 0;
	case WAITING_ABANDON:
		evert_deferred_abandon(&firings[step->firing]);
		return 0;
	case WAITING_ADD:
		return add(step, index);
	case WAITING_CANCEL:
		evert_deferred_cancel(waiting_slots[step->on]);
		return 0;
	case WAITING_RELEASE:
		evert_deferred_release(waiting_slots[step->on]);
		return 0;
	case WAITING_TIMEOUT:
		return add_timeout(step);
	case WAITING_SCOPE_SPAWN:
		return scope_spawn(step, index);
	case WAITING_SCOPE_CANCEL:
		evert_scope_cancel(
			&waiting_scopes[step->number % WAITING_SCOPES]);
		return 0;
	case WAITING_OPEN:
		evert_scope_init(
			&waiting_scopes[step->number % WAITING_SCOPES]);
		return 0;
	case WAITING_PUT:
		return put(step);
	case WAITING_GIVE_BACK:
		evert_semaphore_release(
			waiting_semaphores[step->number % WAITING_SEMAPHORES]);
		return 0;
	case WAITING_DROP:
		evert_result_release(
			evert_result_take(&waiting_outcomes[index]));
		return 0;
	case WAITING_TAKE:
		evert_semaphore_take(&waiting_outcomes[index]);
		return 0;
	case WAITING_STOP:
		evert_periodic_stop(periodic);
		return 0;
	case WAITING_ADVANCE:
		evert_clock_advance(waiting_clock,
				    waiting_seconds(step->number));
		return 0;
	default:
		close_things(step);
		return 0;
	}
}

/* ---- Looking ---- */

static int result(int slot)
{
	return waiting_number_of(evert_deferred_result(waiting_slots[slot]));
}

static bool has_fired(int slot)
{
	return evert_deferred_has_fired(waiting_slots[slot]);
}

static size_t queue_count(int queue)
{
	return evert_queue_count(queues[queue]);
}

static size_t available(int semaphore)
{
	return evert_semaphore_available(waiting_semaphores[semaphore]);
}

static bool is_running(void)
{
	return evert_periodic_is_running(periodic);
}

static int live(void)
{
	return waiting_alive;
}

static void begin(const struct waiting_sequence *sequence)
{
	int i;

	evert_set_unhandled_hook(report, NULL);
	waiting_alive = 0;
	waiting_coroutines_begin();
	waiting_oracle.written = 0;
	waiting_clock = evert_clock_create();
	waiting_check(waiting_clock);
	periodic = evert_periodic_create(waiting_clock, tick, &tick_link);
	waiting_check(periodic);
	for (i = 0; i < WAITING_QUEUES; i++) {
		queues[i] = evert_queue_create(sequence->queues[i].size,
					       sequence->queues[i].backlog);
		waiting_check(queues[i]);
	}
	for (i = 0; i < WAITING_SEMAPHORES; i++) {
		waiting_semaphores[i] =
			evert_semaphore_create(sequence->limits[i]);
		waiting_check(waiting_semaphores[i]);
	}
}

static const struct waiting_class class = {
	.begin = begin,
	.create = create,
	.perform = perform,
	.flow = waiting_flow,
	.wait = waiting_wait_here,
	.result = result,
	.has_fired = has_fired,
	.queue_count = queue_count,
	.available = available,
	.is_running = is_running,
	.coroutines = evert_coroutine_count,
	.live = live,
};

struct waiting_world waiting_evert = { .does = &class };
