/* SPDX-License-Identifier: MIT */
/*
 * A bound for a connection that is closing and whose peer takes nothing: after
 * the closing time without progress it is reset, and after MOST_TIMES that in
 * any case, so that nobody holds a connection by taking a byte now and then.
 * Made only where something is left to be sent.
 */
#include "connection_internal.h"

#include <errno.h>

#include "../../deferred/base/memory.h"

enum { MOST_TIMES = 60 };

struct evert_closing {
	struct evert_connection *connection;
	struct evert_delayed_call look;
	int64_t time;		/* that it may take without progress */
	int64_t moved_at, last; /* the latest progress; the very end */
	size_t queued;
};

static struct evert_closing *closing_of(struct evert_connection *c)
{
	struct evert_closing *closing = c->closing;

	if (closing)
		return closing;
	closing = evert_allocate(sizeof(*closing));
	if (!closing)
		return NULL;
	*closing = (struct evert_closing){
		.connection = c,
		.time = c->watch.reactor->closing_time,
	};
	c->closing = closing;
	return closing;
}

static void give_up(struct evert_connection *c)
{
	size_t queued = c->output.queued;

	c->resets = true;
	evert_connection_end_here(
		c, evert_failure_create(
			   EVERT_CONNECTION_LOST, ETIMEDOUT,
			   "%zu bytes were given up when the connection was "
			   "closing", queued));
}

static void look(void *arg);

static void plan(struct evert_closing *closing)
{
	struct evert_reactor *reactor = closing->connection->watch.reactor;
	int64_t until = closing->moved_at + closing->time;

	if (until > closing->last)
		until = closing->last;
	closing->look = evert_reactor_call_later(
		reactor, (double)(until - reactor->clock.now) / 1e9, look,
		closing);
}

static void look(void *arg)
{
	struct evert_closing *closing = arg;
	struct evert_connection *c = closing->connection;
	int64_t now = c->watch.reactor->clock.now;

	if (now >= closing->last || now >= closing->moved_at + closing->time)
		give_up(c);
	else
		plan(closing);
}

/* Without memory for it the connection closes without a bound, until the
   reactor stops. */
void evert_closing_observe(struct evert_connection *c)
{
	struct evert_closing *closing = closing_of(c);
	size_t queued = c->output.queued;
	int64_t now = c->watch.reactor->clock.now;

	if (!closing)
		return;
	if (!closing->last) {
		closing->last = now + MOST_TIMES * closing->time;
	} else if (queued == closing->queued) {
		return;
	}
	closing->queued = queued;
	closing->moved_at = now;
	if (!evert_delayed_call_active(closing->look))
		plan(closing);
}

int evert_closing_set_time(struct evert_transport *base, double seconds)
{
	struct evert_connection *c = evert_connection_from(base);
	struct evert_closing *closing = closing_of(c);

	if (!closing)
		return -ENOMEM;
	return evert_closing_time_set(&closing->time, seconds);
}

void evert_closing_end(struct evert_connection *c)
{
	if (c->closing)
		evert_delayed_call_cancel(c->closing->look);
}
