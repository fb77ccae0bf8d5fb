/* SPDX-License-Identifier: MIT */
/* evert_deferred_add_timeout: a delayed call that cancels, and a link behind
   the links it covers that tells what came of it. */
#include "deferred_internal.h"

#include <errno.h>
#include <math.h>

#include "clock/clock.h"
#include "base/memory.h"

struct timeout {
	struct evert_deferred *deferred;
	struct evert_delayed_call call;
	double seconds;
	const char *place;
	bool expired;
};

static void expire(void *arg)
{
	struct timeout *timeout = arg;

	timeout->expired = true;
	evert_deferred_cancel(timeout->deferred);
}

/* The text says it better than the errno's, "Connection timed out". */
static struct evert_failure *timed_out(const struct timeout *timeout)
{
	struct evert_failure *failure = evert_failure_create_at(
		timeout->place, EVERT_TIMED_OUT, 0,
		"timed out after %g seconds", timeout->seconds);

	evert_failure_set_error(failure, ETIMEDOUT);
	return failure;
}

/* Passes the covered links' outcome on, a time-out under its own name. */
static struct evert_result end_timeout(struct evert_result *in, void *arg)
{
	struct timeout *timeout = arg;
	struct evert_result out = *in;

	evert_delayed_call_cancel(timeout->call);
	if (timeout->expired && evert_result_failed_with(in, EVERT_CANCELLED))
		out = evert_result_failure(timed_out(timeout));
	evert_free(timeout);
	return out;
}

static struct evert_result fail_invalid(struct evert_result *in, void *place)
{
	(void)in;
	return evert_result_failure(
		evert_failure_create_at(place, EVERT_SYSTEM, EINVAL,
					"evert_deferred_add_timeout"));
}

/* A value that was there in time, or in spite of the cancelling, passes. */
static struct evert_result tell_no_memory(struct evert_result *in, void *arg)
{
	(void)arg;
	return evert_result_failed_with(in, EVERT_CANCELLED) ?
		       evert_result_no_memory() :
		       *in;
}

int evert_deferred_add_timeout_at(struct evert_deferred *deferred,
				  double seconds, struct evert_clock *clock,
				  const char *place, const char *label)
{
	struct timeout *timeout;
	int error;

	if (!(seconds >= 0) || isinf(seconds)) {
		evert_deferred_add_at(deferred, fail_invalid, fail_invalid,
				      (void *)place, label);
		return -EINVAL;
	}
	timeout = evert_allocate(sizeof(*timeout));
	if (!timeout)
		goto no_memory;
	*timeout = (struct timeout){
		.deferred = deferred,
		.seconds = seconds,
		.place = place,
	};
	timeout->call = evert_clock_call_later_at(clock, seconds, expire,
						  timeout, place);
	if (!evert_delayed_call_active(timeout->call))
		goto free_timeout;
	error = evert_deferred_add_at(deferred, end_timeout, end_timeout,
				      timeout, label);
	if (error)
		evert_deferred_cancel(deferred);
	return error;

free_timeout:
	evert_free(timeout);
no_memory:
	/* What can't be ended in time must not begin to wait. */
	evert_deferred_cancel(deferred);
	evert_deferred_add_at(deferred, tell_no_memory, tell_no_memory, NULL,
			      label);
	return -ENOMEM;
}
