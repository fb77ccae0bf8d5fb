/* SPDX-License-Identifier: MIT */
/* Sleeps and time-outs, in a list that is searched. */
#include <errno.h>
#include <stdlib.h>

#include "modelled.h"

enum {
	TIMERS = WAITING_MOST
};

static struct timer {
	long due;
	bool active;
	void (*over)(struct timer *timer);
	void (*dropped)(struct timer *timer);
	int deferred;
	int becomes; /* what a cancelling is told as; 0: as that */
} timers[TIMERS];
static int made;
static long now;

void modelled_time_begin(void)
{
	made = 0;
	now = 0;
}

static struct timer *new_timer(int units, void (*over)(struct timer *timer),
			       void (*dropped)(struct timer *timer))
{
	struct timer *timer = &timers[made];

	if (made++ == TIMERS)
		abort();
	*timer = (struct timer){ now + units, true, over, dropped, NOBODY, 0 };
	return timer;
}

/* The first by time; of those due at once, the one that was made first. */
static struct timer *first(void)
{
	struct timer *best = NULL;
	int i;

	for (i = 0; i < made; i++)
		if (timers[i].active && (!best || timers[i].due < best->due))
			best = &timers[i];
	return best;
}

void modelled_advance(int units)
{
	long end = now + units;
	struct timer *timer;

	while ((timer = first()) && timer->due <= end) {
		if (timer->due > now)
			now = timer->due;
		timer->active = false;
		timer->over(timer);
	}
	now = end;
}

void modelled_end_clock(void)
{
	struct timer *timer;

	while ((timer = first())) {
		timer->active = false;
		timer->dropped(timer);
	}
}

/* ---- Sleeping ---- */

static void slept(struct timer *timer)
{
	promised_fire(timer->deferred, (struct outcome){ MODEL_PASS, 0 });
}

static void never_slept(struct timer *timer)
{
	promised_fail(timer->deferred, CLOCK_DESTROYED);
}

static bool wake(int timer)
{
	timers[timer].active = false;
	return false;
}

int modelled_sleep(int units, enum waiting_memory memory)
{
	static const struct promised_work work = { .cancel = wake };
	struct timer *timer;

	if (memory == NOT_FOUND)
		return NOBODY;
	timer = new_timer(units, slept, never_slept);
	timer->deferred = promised_create(&work, (int)(timer - timers));
	if (memory == FAILED_FOR_IT) {
		timer->active = false;
		promised_fail(timer->deferred, NO_MEMORY);
	}
	return timer->deferred;
}

/* ---- Time-outs ---- */

static void expired(struct timer *timer)
{
	timer->becomes = TIMED_OUT;
	promised_cancel(timer->deferred);
}

static void never_expired(struct timer *timer)
{
	timer->becomes = CLOCK_DESTROYED;
	promised_cancel(timer->deferred);
}

static struct outcome in_time(const void *number, int in)
{
	struct timer *timer = &timers[(intptr_t)number];

	timer->active = false;
	if (in == CANCELLED && timer->becomes)
		return (struct outcome){ MODEL_FAIL, timer->becomes };
	return (struct outcome){ MODEL_PASS, 0 };
}

/* There was no memory for it. */
static struct outcome never(const void *arg, int in)
{
	(void)arg;
	return (struct outcome){ in == CANCELLED ? MODEL_FAIL : MODEL_PASS,
				NO_MEMORY };
}

int modelled_timeout(int deferred, int units)
{
	struct timer *timer;

	if (modelled_memory()) {
		promised_add(deferred, (struct promised_link){ MODEL_BOTH, never,
							      NULL, false });
		promised_cancel(deferred);
		return -ENOMEM;
	}
	timer = new_timer(units, expired, never_expired);
	timer->deferred = deferred;
	promised_add(deferred, (struct promised_link){
				       MODEL_BOTH, in_time,
				       (const void *)(timer - timers), false});
	return 0;
}
