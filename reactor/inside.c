/* SPDX-License-Identifier: MIT */
/* A reactor that another loop drives. */
#include "fork_internal.h"

#include <errno.h>
#include <limits.h>
#include <math.h>

static int milliseconds_of(double seconds)
{
	double milliseconds = seconds * 1000;

	if (seconds < 0)
		return -1;
	if (milliseconds > INT_MAX - 1)
		return INT_MAX;
	/* Up: to wake too early would spin. */
	return (int)milliseconds + ((int)milliseconds < milliseconds);
}

static int turn(struct evert_reactor *reactor, int milliseconds)
{
	int error = evert_reactor_take_turn(reactor, milliseconds);

	if (error || !reactor->stopping)
		return error;
	error = evert_reactor_end_run(reactor);
	return error ? error : -ESHUTDOWN;
}

int evert_reactor_turn(struct evert_reactor *reactor, double seconds)
{
	struct evert_reactor_visit visit;
	int error;

	if (!isfinite(seconds))
		return -EINVAL;
	error = evert_reactor_enter(reactor, &visit);
	if (error)
		return error;
	error = turn(reactor, milliseconds_of(seconds));
	evert_reactor_leave(reactor, &visit);
	if (reactor->has_outer_loop && !reactor->given_up)
		evert_reactor_prepare(reactor);
	return error;
}

/* In nanoseconds, or -1. */
static int64_t time_left(struct evert_reactor *reactor)
{
	int64_t due = evert_reactor_due(reactor), now;

	if (due == EVERT_CLOCK_NEVER)
		return -1;
	now = evert_reactor_now(reactor);
	return due <= now ? 0 : due - now;
}

double evert_reactor_prepare(struct evert_reactor *reactor)
{
	int64_t left;

	/* The turn adopts it. */
	if (evert_reactor_is_forked(reactor))
		return 0;
	evert_watches_tell_poller(reactor);
	left = time_left(reactor);
	if (reactor->has_outer_loop)
		reactor->poller->ops->alarm(reactor->poller, left);
	return left < 0 ? -1 : (double)left / 1e9;
}

int evert_reactor_fd(struct evert_reactor *reactor)
{
	int fd, error;

	if (reactor->given_up)
		return -ECHILD;
	error = evert_reactor_is_forked(reactor) ?
			evert_reactor_adopt(reactor) :
			0;
	if (error)
		return error;
	if (!reactor->poller->ops->descriptor)
		return -ENOTSUP;
	fd = reactor->poller->ops->descriptor(reactor->poller);
	if (fd < 0)
		return fd;
	reactor->has_outer_loop = true;
	evert_reactor_prepare(reactor);
	return fd;
}
