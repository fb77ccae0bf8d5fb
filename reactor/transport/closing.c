/* SPDX-License-Identifier: MIT */
#include "closing_internal.h"

#include "../../deferred/base/memory.h"

enum { MOST_TIMES = 60 };

struct evert_closing {
	struct evert_reactor *reactor;
	void (*overdue)(void *arg);
	void *arg;
	struct evert_delayed_call look;
	int64_t time;		/* that it may take without progress */
	int64_t moved_at, last; /* the latest progress; the very end */
	size_t queued;
};

struct evert_closing *evert_closing_create(struct evert_reactor *reactor,
					   void (*overdue)(void *arg),
					   void *arg)
{
	struct evert_closing *closing = evert_allocate(sizeof(*closing));

	if (closing)
		*closing = (struct evert_closing){
			.reactor = reactor,
			.overdue = overdue,
			.arg = arg,
			.time = reactor->closing_time,
		};
	return closing;
}

static void look(void *arg);

static void plan(struct evert_closing *closing)
{
	int64_t until = closing->moved_at + closing->time;

	if (until > closing->last)
		until = closing->last;
	closing->look = evert_reactor_call_later(
		closing->reactor,
		(double)(until - closing->reactor->clock.now) / 1e9, look,
		closing);
}

static void look(void *arg)
{
	struct evert_closing *closing = arg;
	int64_t now = closing->reactor->clock.now;

	if (now >= closing->last || now >= closing->moved_at + closing->time)
		closing->overdue(closing->arg);
	else
		plan(closing);
}

void evert_closing_observe(struct evert_closing *closing, size_t queued)
{
	int64_t now = closing->reactor->clock.now;

	if (!closing->last)
		closing->last = now + MOST_TIMES * closing->time;
	else if (queued == closing->queued)
		return;
	closing->queued = queued;
	closing->moved_at = now;
	if (!evert_delayed_call_active(closing->look))
		plan(closing);
}

int evert_closing_set(struct evert_closing *closing, double seconds)
{
	return evert_closing_time_set(&closing->time, seconds);
}

void evert_closing_end(struct evert_closing *closing)
{
	if (closing)
		evert_delayed_call_cancel(closing->look);
}

void evert_closing_destroy(struct evert_closing *closing)
{
	evert_closing_end(closing);
	evert_free(closing);
}
