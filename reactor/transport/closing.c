/* SPDX-License-Identifier: MIT */
#include "closing.h"

#include "../../deferred/base/memory.h"
#include "../reactor_internal.h"

enum { MOST_TIMES = 60 };

struct evert_closing {
	struct evert_reactor *reactor;
	void (*overdue)(void *arg);
	void *arg;
	struct evert_delayed_call look;
	int64_t time;		/* that it may take without progress */
	int64_t moved_at; /* the latest progress */
	int64_t last;	  /* the very end; 0: none */
	size_t queued;	  /* 0: not observed yet */
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

static bool plan(struct evert_closing *closing)
{
	int64_t until = closing->moved_at + closing->time;

	if (closing->last && until > closing->last)
		until = closing->last;
	closing->look = evert_reactor_call_later(
		closing->reactor,
		(double)(until - closing->reactor->clock.now) / 1e9, look,
		closing);
	return evert_delayed_call_active(closing->look);
}

static void look(void *arg)
{
	struct evert_closing *closing = arg;
	int64_t now = closing->reactor->clock.now;

	if ((closing->last && now >= closing->last) ||
	    now >= closing->moved_at + closing->time || !plan(closing))
		closing->overdue(closing->arg);
}

/* All that it may take. */
static int64_t most(const struct evert_closing *closing)
{
	return closing->time < EVERT_CLOCK_NEVER / MOST_TIMES ?
		       closing->time * MOST_TIMES :
		       EVERT_CLOCK_NEVER;
}

bool evert_closing_observe(struct evert_closing *closing, size_t queued,
			   bool closes)
{
	int64_t now = closing->reactor->clock.now;

	if (closes && !closing->last)
		closing->last = evert_clock_later(now, most(closing));
	if (queued != closing->queued)
		closing->moved_at = now;
	closing->queued = queued;
	return evert_delayed_call_active(closing->look) || plan(closing);
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
