/* SPDX-License-Identifier: MIT */
/* What the loop does when there is nothing to do: it looks again for a while,
   if it is told to, and sleeps; or the kernel looks. */
#include "reactor_internal.h"

#include <errno.h>
#include <limits.h>
#include <math.h>

enum { NANOSECONDS_PER_MILLISECOND = 1000000 };

static const double MOST_SECONDS = 1e9;
static const double MOST_SECONDS_POLLED = 2000; /* the kernel's are int32_t,
						   in microseconds */

int evert_reactor_set_spin(struct evert_reactor *reactor, double seconds)
{
	evert_reactor_check_running(reactor, "evert_reactor_set_spin");
	if (!isfinite(seconds) || seconds < 0)
		return -EINVAL;
	if (seconds > MOST_SECONDS)
		seconds = MOST_SECONDS;
	reactor->spin_time = (int64_t)(seconds * 1e9);
	return 0;
}

/* ---- What the kernel does meanwhile ---- */

static bool is_busy_poll(const struct evert_busy_poll *how)
{
	return isfinite(how->seconds) && how->seconds >= 0 &&
	       how->seconds <= MOST_SECONDS_POLLED &&
	       how->budget <= UINT16_MAX;
}

int evert_reactor_set_busy_poll(struct evert_reactor *reactor,
				const struct evert_busy_poll *how)
{
	struct evert_poller *poller = reactor->poller;
	int error;

	evert_reactor_check_running(reactor, "evert_reactor_set_busy_poll");
	if (!is_busy_poll(how))
		return -EINVAL;
	if (reactor->given_up)
		return -ECHILD;
	if (!poller->ops->busy_poll)
		return -ENOTSUP;
	error = poller->ops->busy_poll(poller,
				       (uint32_t)(how->seconds * 1e6 + 0.999),
				       (uint16_t)how->budget, how->prefer);
	if (!error)
		reactor->busy_poll = *how;
	return error;
}

/* ---- How long it may sleep ---- */

int64_t evert_reactor_due(struct evert_reactor *reactor)
{
	if (!evert_list_is_empty(&reactor->tasks) ||
	    !evert_list_is_empty(&reactor->last_tasks) ||
	    reactor->mailbox.has_more ||
	    (reactor->stopping && !reactor->triggers_waited_for))
		return 0;
	return evert_clock_next(&reactor->clock);
}

/* Rounded up: waking too early would spin. */
static int time_to_sleep(struct evert_reactor *reactor)
{
	int64_t next = evert_reactor_due(reactor), left;

	/* Most often: tasks. */
	if (next == 0)
		return 0;
	/* What ran in this turn took its time. */
	reactor->clock.now = evert_reactor_now(reactor);
	if (next == EVERT_CLOCK_NEVER)
		return -1;
	if (next <= reactor->clock.now)
		return 0;
	left = (next - reactor->clock.now - 1) / NANOSECONDS_PER_MILLISECOND +
	       1;
	return left < INT_MAX ? (int)left : INT_MAX;
}

static int shorter(int milliseconds, int most)
{
	return most < 0 || (milliseconds >= 0 && milliseconds < most) ?
		       milliseconds :
		       most;
}

static int64_t earlier(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

/* Rounded down. */
static int whole_milliseconds(int64_t nanoseconds)
{
	return nanoseconds < 0 ?
		       0 :
		       (int)(nanoseconds / NANOSECONDS_PER_MILLISECOND);
}

/* ---- Waiting ---- */

static inline int poll_for(struct evert_reactor *reactor,
			   struct evert_event *events, int count,
			   int milliseconds)
{
	return reactor->poller->ops->wait(reactor->poller, events, count,
					  milliseconds);
}

/* Looks until something is there, or until `end`. A clock that stands still is
   moved by hand, or by sleeping. */
static int spin(struct evert_reactor *reactor, struct evert_event *events,
		int count, int64_t end)
{
	int64_t now = evert_reactor_now(reactor), before;
	int ready;

	do {
		ready = poll_for(reactor, events, count, 0);
		before = now;
		now = evert_reactor_now(reactor);
	} while (!ready && now > before && now < end);
	return ready;
}

static EVERT_APART int spin_and_sleep(struct evert_reactor *reactor,
				      struct evert_event *events, int count,
				      int most)
{
	int64_t begun = evert_reactor_now(reactor);
	int64_t end = earlier(begun + reactor->spin_time,
			      evert_clock_next(&reactor->clock));
	int64_t over = begun + (int64_t)most * NANOSECONDS_PER_MILLISECOND;
	int ready = spin(reactor, events, count,
			 most < 0 ? end : earlier(end, over));

	if (ready)
		return ready;
	if (most >= 0)
		most = whole_milliseconds(over - evert_reactor_now(reactor));
	return poll_for(reactor, events, count,
			shorter(time_to_sleep(reactor), most));
}

/* For a handler of signals. */
static inline void note_work(struct evert_reactor *reactor, int64_t since)
{
	atomic_store_explicit(&reactor->works_since, since,
			      memory_order_relaxed);
}

int evert_reactor_wait(struct evert_reactor *reactor,
		       struct evert_event *events, int count, int most)
{
	int milliseconds = shorter(time_to_sleep(reactor), most);
	int64_t begun = reactor->clock.now;
	int ready;

	note_work(reactor, 0);
	if (milliseconds && reactor->spin_time)
		ready = spin_and_sleep(reactor, events, count, most);
	else
		ready = poll_for(reactor, events, count, milliseconds);
	reactor->clock.now = evert_reactor_now(reactor);
	note_work(reactor, reactor->clock.now);
	if (milliseconds)
		reactor->time_waited += reactor->clock.now - begun;
	return ready;
}
