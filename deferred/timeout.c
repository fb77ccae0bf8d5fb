/* SPDX-License-Identifier: MIT */
/*
 * evert_deferred_add_timeout: a wait for the clock that cancels, and a link
 * behind the links it covers that tells what came of it. Everything is made
 * ready before anything is cancelled: what that calls may do anything, and
 * nothing of the caller's is touched afterwards.
 */
#include <errno.h>

#include "base/memory.h"
#include "links_internal.h"
#include "time_failure_internal.h"
#include "timeout_internal.h"

static struct evert_timeout *timeout_of(struct evert_clock_wait *wait)
{
	return evert_container_of(wait, struct evert_timeout, wait);
}

static void expire(void *wait)
{
	struct evert_timeout *timeout = timeout_of(wait);

	timeout->expired = true;
	evert_deferred_cancel_at(timeout->deferred, timeout->place);
}

/* What can't be ended in time any more must not go on waiting. */
static void clock_ended(struct evert_clock_wait *wait,
			const struct evert_error *why)
{
	struct evert_timeout *timeout = timeout_of(wait);

	timeout->ended = true;
	timeout->why = why;
	evert_deferred_cancel_at(timeout->deferred, timeout->place);
}

/* ---- What comes of it ---- */

/* The text says it better than the errno's, "Connection timed out". */
static struct evert_failure *timed_out(const struct evert_timeout *timeout)
{
	struct evert_failure *failure = evert_failure_create_at(
		timeout->place, EVERT_TIMED_OUT, 0,
		"timed out after %g seconds", timeout->seconds);

	evert_failure_set_error(failure, ETIMEDOUT);
	return failure;
}

static struct evert_result translate(struct evert_result *in,
				     const struct evert_timeout *timeout)
{
	if (timeout->expired && timeout->on_timeout)
		return timeout->on_timeout(in, timeout->arg);
	if (!evert_result_failed_with(in, EVERT_CANCELLED))
		return *in;
	if (timeout->expired)
		return evert_result_failure(timed_out(timeout));
	if (timeout->ended)
		return evert_result_failure(
			evert_time_ended(timeout->why, timeout->place));
	return *in;
}

/* Passes the covered links' outcome on, a time-out under its own name. */
static struct evert_result end_timeout(struct evert_result *in, void *arg)
{
	struct evert_timeout timeout = *(struct evert_timeout *)arg;

	evert_clock_wait_end(&((struct evert_timeout *)arg)->wait);
	evert_free(arg);
	return translate(in, &timeout);
}

/* ---- Refused ---- */

/* A value that was there in time, or in spite of the cancelling, passes,
   unless it was asked for what can't be meant. */
static struct evert_result tell(struct evert_result *in, void *failure)
{
	const struct evert_failure *refused = failure;

	if (refused->error == EINVAL ||
	    evert_result_failed_with(in, EVERT_CANCELLED))
		return evert_result_failure(failure);
	evert_failure_release(failure);
	return *in;
}

/* The link that tells goes first, behind those that the cancelling runs. */
static int refuse(struct evert_deferred *d, int error,
		  const struct evert_error *why, const char *what,
		  const char *place, const char *label)
{
	bool waits = d && (!evert_deferred_fired(d) || d->waits.on);
	struct evert_failure *failure =
		evert_time_refused(error, why, what, place);

	evert_deferred_add_at(d, tell, tell, failure, label);
	if (waits)
		evert_deferred_cancel_at(d, place);
	return error;
}

/* ---- Adding it ---- */

/* 0, and the time-out waits, and there is room for its link; or -errno. */
static int prepare(struct evert_deferred *d, double seconds,
		   struct evert_clock *clock, struct evert_timeout **timeout,
		   const char *place)
{
	int error;

	if (!d)
		return -ENOMEM;
	*timeout = evert_allocate(sizeof(**timeout));
	if (!*timeout)
		return -ENOMEM;
	**timeout = (struct evert_timeout){
		.wait = { .over = expire, .dropped = clock_ended },
		.deferred = d,
		.seconds = seconds > 0 ? seconds : 0,
		.place = place,
	};
	error = evert_clock_wait(clock, seconds, &(*timeout)->wait, place);
	if (!error) {
		error = evert_deferred_reserve(d, 1);
		if (error)
			evert_clock_wait_end(&(*timeout)->wait);
	}
	if (error)
		evert_free(*timeout);
	return error;
}

int evert_timeout_add(struct evert_deferred *deferred, double seconds,
		      struct evert_clock *clock, evert_callback on_timeout,
		      void *arg, const char *what, const char *place,
		      const char *label)
{
	struct evert_timeout *timeout;
	int64_t span;
	int error = evert_clock_to_span(seconds, &span);

	if (!error)
		error = prepare(deferred, seconds, clock, &timeout, place);
	if (error)
		return refuse(deferred, error, clock->why, what, place, label);
	timeout->on_timeout = on_timeout;
	timeout->arg = arg;
	return evert_deferred_add_at(deferred, end_timeout, end_timeout,
				     timeout, label);
}

int evert_deferred_add_timeout_with_at(struct evert_deferred *deferred,
				       double seconds,
				       struct evert_clock *clock,
				       evert_callback on_timeout, void *arg,
				       const char *place, const char *label)
{
	return evert_timeout_add(deferred, seconds, clock, on_timeout, arg,
				 "evert_deferred_add_timeout_with", place,
				 label);
}

int evert_deferred_add_timeout_at(struct evert_deferred *deferred,
				  double seconds, struct evert_clock *clock,
				  const char *place, const char *label)
{
	return evert_timeout_add(deferred, seconds, clock, NULL, NULL,
				 "evert_deferred_add_timeout", place, label);
}
