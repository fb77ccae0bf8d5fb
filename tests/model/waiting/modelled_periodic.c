/* SPDX-License-Identifier: MIT */
/* Something that is called again and again. */
#include <limits.h>

#include "modelled.h"

static struct round {
	int deferred, link;
	int awaits; /* what the call waits for, or NOBODY */
	long start, interval, done;
	struct modelled_timer *timer;
	bool calling, stopped, cancelled, destroyed, clock_ended;
} rounds[WAITING_LINKS];
static int made;
static struct round *current; /* NULL: it does not run */

static void go_on(struct round *round, int returned);

void modelled_periodic_begin(void)
{
	made = 0;
	current = NULL;
}

bool modelled_is_running(void)
{
	return current;
}

/* ---- The end ---- */

static void end(struct round *round, int outcome)
{
	if (current == round)
		current = NULL;
	round->timer->active = false;
	promised_fire(round->deferred, (struct outcome){ MODEL_VALUE, outcome });
}

static int outcome_of_stop(const struct round *round)
{
	if (round->clock_ended)
		return CLOCK_DESTROYED;
	return round->cancelled ? CANCELLED : NOTHING;
}

static void stop(struct round *round)
{
	if (current == round)
		current = NULL;
	round->stopped = true;
	round->timer->active = false;
	if (!round->calling && round->awaits == NOBODY)
		end(round, outcome_of_stop(round));
}

static void clock_ends(struct modelled_timer *timer)
{
	rounds[timer->arg].clock_ended = true;
	stop(&rounds[timer->arg]);
}

static bool cancel(int number)
{
	int awaits = rounds[number].awaits;

	rounds[number].cancelled = true;
	stop(&rounds[number]);
	promised_cancel(awaits);
	return true;
}

static int awaited_by(int number, int k)
{
	return k ? NOBODY : rounds[number].awaits;
}

/* ---- Calls ---- */

static void returned(int number, int result)
{
	rounds[number].awaits = NOBODY;
	go_on(&rounds[number], result);
}

static void call(struct round *round, long count)
{
	int number = (int)(round - rounds);
	struct promised_waiter waiter = { returned, number, round->deferred };
	struct outcome outcome;
	int result;

	round->calling = true;
	outcome = modelled_as(
		waiting_link_runs(&waiting_model, round->link, (int)count));
	round->calling = false;
	result = outcome.number;
	if (outcome.give != MODEL_WAIT ||
	    promised_wait(outcome.number, waiter, &result)) {
		go_on(round, result);
		return;
	}
	round->awaits = outcome.number;
	if (round->cancelled || round->destroyed)
		promised_cancel(round->awaits);
}

/* While it is called it hears of the clock's end. */
static void due(struct modelled_timer *timer)
{
	struct round *round = &rounds[timer->arg];
	long before = round->done;

	round->done = (modelled_now() - round->start) / round->interval;
	modelled_timer_start(timer, LONG_MAX, NULL);
	call(round, round->done - before);
}

static void plan(struct round *round)
{
	long passed = (modelled_now() - round->start) / round->interval;

	round->timer->active = false;
	if (modelled_clock_has_ended()) {
		end(round, CLOCK_DESTROYED);
		return;
	}
	modelled_timer_start(round->timer,
			     round->start + (passed + 1) * round->interval,
			     due);
}

static void go_on(struct round *round, int result)
{
	if (result < 0) {
		end(round, result);
		return;
	}
	round->calling = true;
	modelled_drop(result);
	round->calling = false;
	if (round->stopped)
		end(round, outcome_of_stop(round));
	else
		plan(round);
}

/* ---- What the user does ---- */

int modelled_periodic_start(int interval, bool at_once, int link)
{
	static const struct promised_work work = {
		.cancel = cancel,
		.waits_for = awaited_by,
		.is_joint = true,
	};
	struct round *before = current, *round = &rounds[made++];

	*round = (struct round){
		.deferred = promised_create(&work, made - 1),
		.link = link,
		.awaits = NOBODY,
		.start = modelled_now(),
		.interval = interval,
		.calling = true,
	};
	round->timer = modelled_timer(LONG_MAX, NULL, clock_ends);
	round->timer->arg = (int)(round - rounds);
	current = round;
	if (before)
		stop(before);
	round->calling = false;
	if (round->stopped)
		end(round, outcome_of_stop(round));
	else if (at_once)
		call(round, 0);
	else
		plan(round);
	return round->deferred;
}

void modelled_periodic_stop(void)
{
	if (current)
		stop(current);
}

void modelled_periodic_end(void)
{
	struct round *round = current;
	int awaits;

	if (!round)
		return;
	round->destroyed = true;
	awaits = round->awaits;
	stop(round);
	promised_cancel(awaits);
}
