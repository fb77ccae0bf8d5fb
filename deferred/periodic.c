/* SPDX-License-Identifier: MIT */
/*
 * Each start is a round of its own, in memory of its own: so a call may stop
 * it, start it again or destroy it, while what an earlier round waits for has
 * not ended.
 */
#include "periodic.h"

#include <errno.h>

#include "base/memory.h"
#include "periodic_internal.h"
#include "time_failure_internal.h"

struct evert_periodic {
	struct evert_clock *clock;
	evert_tick tick;
	void *arg;
	struct evert_round *round; /* NULL: it does not run */
};

struct evert_periodic *evert_periodic_create(struct evert_clock *clock,
					     evert_tick tick, void *arg)
{
	struct evert_periodic *periodic = evert_allocate(sizeof(*periodic));

	if (periodic)
		*periodic = (struct evert_periodic){
			.clock = clock,
			.tick = tick,
			.arg = arg,
		};
	return periodic;
}

/* ---- The end of a round ---- */

static void leave_periodic(struct evert_round *round)
{
	if (round->periodic)
		round->periodic->round = NULL;
	round->periodic = NULL;
}

/* Nothing of it is on the stack, or waits. Returns the Deferred to go on
   with. */
static struct evert_deferred *set_outcome(struct evert_round *round,
					  struct evert_result outcome)
{
	struct evert_firing *slot = round->slot;

	leave_periodic(round);
	evert_clock_unwatch(&round->wait);
	evert_free(round);
	return evert_deferred_set(&slot, outcome);
}

static void end_round(struct evert_round *round, struct evert_result outcome)
{
	evert_deferred_go_on(set_outcome(round, outcome));
}

static struct evert_result outcome_of_stop(const struct evert_round *round)
{
	if (round->clock_ended)
		return evert_result_failure(
			evert_time_ended(round->why, round->place));
	if (round->cancelled)
		return evert_result_failure(
			evert_failure_at(round->place, EVERT_CANCELLED));
	return evert_result_none();
}

static bool is_busy(const struct evert_round *round)
{
	return round->calling || round->called.on;
}

static void stop(struct evert_round *round)
{
	leave_periodic(round);
	evert_clock_unwatch(&round->wait);
	if (!is_busy(round))
		end_round(round, outcome_of_stop(round));
}

/* The clock is not touched any more. */
static void dropped(struct evert_clock_wait *wait,
		    const struct evert_error *why)
{
	struct evert_round *round =
		evert_container_of(wait, struct evert_round, wait);

	round->clock_ended = true;
	round->why = why;
	stop(round);
}

static void watch_clock(struct evert_round *round)
{
	if (!evert_clock_watch(round->clock, &round->wait))
		dropped(&round->wait, round->clock->why);
}

/* It fires when the call has ended, if that is not now. */
static struct evert_deferred *cancel(void *joint)
{
	struct evert_round *round = joint;
	struct evert_deferred *waits_for = round->called.on;

	round->cancelled = true;
	stop(round);
	return waits_for;
}

static struct evert_deferred *first(const void *joint)
{
	const struct evert_round *round = joint;

	return round->called.on;
}

static const struct evert_joint_class joint_class = {
	.kind = "periodic calls",
	.pass = cancel,
	.first = first,
};

/* ---- Calls ---- */

/* The first multiple that is not over yet. */
static int64_t next_due(struct evert_round *round)
{
	int64_t passed;

	evert_clock_refresh(round->clock);
	if (!round->interval)
		return round->clock->now;
	passed = (round->clock->now - round->start) / round->interval;
	if (passed >= (EVERT_CLOCK_NEVER - 1 - round->start) / round->interval)
		return EVERT_CLOCK_NEVER - 1;
	return round->start + (passed + 1) * round->interval;
}

/* Returns the Deferred to go on with, if the round ends, or NULL. */
static struct evert_deferred *plan(struct evert_round *round)
{
	int error;

	evert_clock_unwatch(&round->wait);
	error = evert_clock_wait_until(round->clock, next_due(round),
				       &round->wait, round->place);
	if (!error)
		return NULL;
	return set_outcome(round, evert_result_failure(evert_time_refused(
					  error, round->clock->why,
					  "evert_periodic_start",
					  round->place)));
}

/* The call has ended. Returns as plan does. */
static struct evert_deferred *go_on(struct evert_round *round,
				    struct evert_result returned)
{
	if (evert_result_is_failure(&returned))
		return set_outcome(round, returned);
	/* Releasing it may stop the round, which then counts as busy. */
	round->calling = true;
	evert_result_release(returned);
	round->calling = false;
	if (round->periodic)
		return plan(round);
	return set_outcome(round, outcome_of_stop(round));
}

static struct evert_deferred *returned_later(struct evert_waiter *waiter,
					     struct evert_result result)
{
	return go_on(evert_container_of(waiter, struct evert_round, called),
		     result);
}

static struct evert_deferred *outer(const struct evert_waiter *waiter)
{
	return evert_firing_deferred(
		evert_container_of(waiter, struct evert_round, called)->slot);
}

static const struct evert_waiter_class called_class = {
	.deliver = returned_later,
	.outer = outer,
};

static void call(struct evert_round *round, size_t count)
{
	struct evert_result returned;

	round->calling = true;
	returned = round->tick(round->arg, count);
	round->calling = false;
	if (returned.type != &evert_type_wait ||
	    evert_deferred_wait(returned.value.pointer, &round->called,
				&returned))
		evert_deferred_go_on(go_on(round, returned));
	else if (round->cancelled || round->destroyed) /* inside the call */
		evert_deferred_cancel_at(round->called.on, round->place);
}

/* Late by more than an interval, it stands for all that were missed. */
static void due(void *wait)
{
	struct evert_round *round = evert_container_of(
		(struct evert_clock_wait *)wait, struct evert_round, wait);
	int64_t before = round->done;

	evert_clock_refresh(round->clock);
	round->done = round->interval ? (round->clock->now - round->start) /
						round->interval :
					before + 1;
	round->calling = true;
	watch_clock(round);
	call(round, (size_t)(round->done - before));
}

/* ---- Beginning and ending ---- */

static struct evert_round *begin_round(struct evert_periodic *periodic,
				       int64_t interval, const char *place,
				       struct evert_deferred **deferred)
{
	struct evert_round *round = evert_allocate(sizeof(*round));

	if (!round)
		return NULL;
	evert_clock_refresh(periodic->clock);
	*round = (struct evert_round){
		.periodic = periodic,
		.wait = { .over = due, .dropped = dropped },
		.called = { .class = &called_class },
		.clock = periodic->clock,
		.tick = periodic->tick,
		.arg = periodic->arg,
		.start = periodic->clock->now,
		.interval = interval,
		.place = place,
	};
	*deferred = evert_deferred_create_joint_at(&round->slot, place,
					       &joint_class, round);
	if (*deferred)
		return round;
	evert_free(round);
	return NULL;
}

struct evert_deferred *evert_periodic_start_at(struct evert_periodic *periodic,
					       double interval, bool now,
					       const char *place)
{
	struct evert_round *before = periodic->round, *round;
	struct evert_deferred *deferred;
	int64_t span;

	if (evert_clock_to_delay(interval, &span))
		return evert_deferred_create_fired_at(
			place, evert_result_failure(evert_time_refused(
				       -EINVAL, NULL, "evert_periodic_start",
				       place)));
	round = begin_round(periodic, span, place, &deferred);
	if (!round)
		return NULL;
	/* In its place first: what the end of the one before sets going finds
	   the new one. */
	periodic->round = round;
	round->calling = true;
	watch_clock(round);
	if (before) {
		before->periodic = NULL;
		stop(before);
	}
	round->calling = false;
	if (!round->periodic)
		end_round(round, outcome_of_stop(round));
	else if (now)
		call(round, 0);
	else
		evert_deferred_go_on(plan(round));
	return deferred;
}

void evert_periodic_stop(struct evert_periodic *periodic)
{
	if (periodic->round)
		stop(periodic->round);
}

bool evert_periodic_is_running(const struct evert_periodic *periodic)
{
	return periodic->round;
}

void evert_periodic_destroy(struct evert_periodic *periodic)
{
	struct evert_round *round;
	struct evert_deferred *waits_for;

	if (!periodic)
		return;
	round = periodic->round;
	evert_free(periodic);
	if (!round)
		return;
	round->periodic = NULL;
	round->destroyed = true;
	waits_for = round->called.on;
	stop(round);
	if (waits_for)
		evert_deferred_cancel_at(waits_for, NULL);
}
