/* SPDX-License-Identifier: MIT */
/*
 * What is queued when the reactor stops, or is destroyed, is sent, for as long
 * as the closing time lasts; the rest is given up, and that is reported.
 */
#include "reactor_internal.h"

#include <errno.h>
#include <limits.h>
#include <math.h>

#include "../deferred/base/say_internal.h"

enum {
	EVENTS = 64,
	MOST_LINGERED = 64 << 20,
	LOOK_EVERY = 50, /* milliseconds: no event tells of what is
			    acknowledged */
};

static const double DEFAULT_SECONDS = 3;
static const double LINGER_SECONDS = 30;
static const double LINGER_IDLE_SECONDS = 2;
static const double MOST_SECONDS = 1e9;

/* Negative: nothing is waited for; 0: `otherwise`. 0, or -EINVAL. */
static int set_time(int64_t *nanoseconds, double seconds, double otherwise)
{
	if (!isfinite(seconds))
		return -EINVAL;
	if (seconds == 0)
		seconds = otherwise;
	if (seconds < 0)
		seconds = 0;
	if (seconds > MOST_SECONDS)
		seconds = MOST_SECONDS;
	*nanoseconds = (int64_t)(seconds * 1e9);
	return 0;
}

int evert_closing_time_set(int64_t *nanoseconds, double seconds)
{
	return set_time(nanoseconds, seconds, DEFAULT_SECONDS);
}

int evert_closing_init(struct evert_reactor *reactor,
		       const struct evert_reactor_options *options)
{
	int error = evert_closing_time_set(&reactor->closing_time,
					   options->closing_seconds);

	if (!error)
		error = set_time(&reactor->linger_time,
				 options->linger_seconds, LINGER_SECONDS);
	if (!error)
		error = set_time(&reactor->linger_idle_time,
				 options->linger_idle_seconds,
				 LINGER_IDLE_SECONDS);
	reactor->linger_bytes = options->linger_bytes ? options->linger_bytes :
							MOST_LINGERED;
	return error;
}

int evert_reactor_set_closing_time(struct evert_reactor *reactor,
				   double seconds)
{
	return evert_closing_time_set(&reactor->closing_time, seconds);
}

/* Of the closing time, as a poller takes it; 0: none. */
static int time_left(const struct evert_reactor *reactor, int64_t end)
{
	int64_t left = end - reactor->system->ops->now(reactor->system);

	if (left <= 0)
		return 0;
	left = (left - 1) / 1000000 + 1;
	return left < INT_MAX ? (int)left : INT_MAX;
}

/* When the reactor is destroyed it does not run: only descriptors have a
   turn. */
static int turn_to_send(struct evert_reactor *reactor, int milliseconds)
{
	struct evert_event events[EVENTS];
	int count;

	evert_watches_tell_poller(reactor);
	count = reactor->poller->ops->wait(reactor->poller, events, EVENTS,
					   milliseconds);
	if (count < 0)
		return count == -EINTR ? 0 : count;
	evert_watches_dispatch(reactor, events, count);
	evert_reactor_run_tasks(reactor);
	return 0;
}

static void wait_until_sent(struct evert_reactor *reactor)
{
	int64_t end = reactor->system->ops->now(reactor->system) +
		      reactor->closing_time;
	int error = 0, left;

	reactor->triggers_waited_for++; /* the loop may sleep */
	while (!error && !reactor->given_up && reactor->unsent) {
		left = time_left(reactor, end);
		if (!left)
			break;
		if (reactor->lingering && left > LOOK_EVERY)
			left = LOOK_EVERY;
		error = reactor->running ?
				evert_reactor_take_turn(reactor, left) :
				turn_to_send(reactor, left);
		if (reactor->lingering)
			evert_watches_shut_down(reactor);
	}
	reactor->triggers_waited_for--;
}

static void report(const struct evert_reactor *reactor)
{
	evert_say("evert: %zu bytes on %zu connections were given up: the "
		  "reactor stopped, and their peers did not take them in "
		  "time\n",
		  reactor->lost_bytes, reactor->lost_connections);
}

void evert_reactor_send_queued(struct evert_reactor *reactor)
{
	reactor->lost_bytes = reactor->lost_connections = 0;
	if (reactor->unsent)
		wait_until_sent(reactor);
	if (reactor->given_up)
		return;
	reactor->closing_is_over = true;
	evert_watches_shut_down(reactor);
	evert_reactor_run_all_tasks(reactor);
	reactor->closing_is_over = false;
	if (reactor->lost_connections)
		report(reactor);
}
