/* SPDX-License-Identifier: MIT */
/* Sleeps and time-outs, in a list that is searched. */
#include <errno.h>
#include <stdlib.h>

#include "modelled.h"

/* A canceller naps, besides. */
static struct modelled_timer timers[2 * WAITING_MOST];
static int made;
static long starts;
static long now;
static bool ended;

void modelled_time_begin(void)
{
	made = 0;
	starts = 0;
	now = 0;
	ended = false;
}

long modelled_now(void)
{
	return now;
}

bool modelled_clock_has_ended(void)
{
	return ended;
}

struct modelled_timer *
modelled_timer(long due, void (*over)(struct modelled_timer *timer),
	       void (*dropped)(struct modelled_timer *timer))
{
	struct modelled_timer *timer = &timers[made];

	if (made++ == 2 * WAITING_MOST)
		abort();
	*timer = (struct modelled_timer){ .dropped = dropped };
	modelled_timer_start(timer, due, over);
	return timer;
}

void modelled_timer_start(struct modelled_timer *timer, long due,
			  void (*over)(struct modelled_timer *timer))
{
	timer->due = due;
	timer->start = starts++;
	timer->active = true;
	timer->over = over;
}

static bool is_before(const struct modelled_timer *a,
		      const struct modelled_timer *b)
{
	return a->due == b->due ? a->start < b->start : a->due < b->due;
}

/* The first by time; of those due at once, the one that was started first. */
static struct modelled_timer *first(void)
{
	struct modelled_timer *best = NULL;
	int i;

	for (i = 0; i < made; i++)
		if (timers[i].active && (!best || is_before(&timers[i], best)))
			best = &timers[i];
	return best;
}

void modelled_advance(int units)
{
	long end = now + units;
	struct modelled_timer *timer;

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
	struct modelled_timer *timer;

	ended = true; /* nothing begins to wait any more */
	while ((timer = first())) {
		timer->active = false;
		timer->dropped(timer);
	}
}

/* ---- Sleeping ---- */

static void slept(struct modelled_timer *timer)
{
	promised_fire(timer->arg, (struct outcome){ MODEL_PASS, 0 });
}

static void never_slept(struct modelled_timer *timer)
{
	promised_fail(timer->arg, CLOCK_DESTROYED);
}

static bool wake(int timer)
{
	timers[timer].active = false;
	return false;
}

int modelled_sleep(int units, enum waiting_memory memory)
{
	static const struct promised_work work = { .cancel = wake };
	struct modelled_timer *timer;

	if (memory == NOT_FOUND)
		return NOBODY;
	timer = modelled_timer(now + units, slept, never_slept);
	timer->arg = promised_create(&work, (int)(timer - timers));
	if (memory == FAILED_FOR_IT) {
		timer->active = false;
		promised_fail(timer->arg, NO_MEMORY);
	}
	return timer->arg;
}

/* ---- Time-outs ---- */

static void expired(struct modelled_timer *timer)
{
	timer->becomes = TIMED_OUT;
	promised_cancel(timer->arg);
}

static void never_expired(struct modelled_timer *timer)
{
	timer->becomes = CLOCK_DESTROYED;
	promised_cancel(timer->arg);
}

static struct outcome in_time(const void *number, int in)
{
	struct modelled_timer *timer = &timers[(intptr_t)number];

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
	struct modelled_timer *timer;

	if (modelled_memory()) {
		promised_add(deferred, (struct promised_link){ MODEL_BOTH, never,
							      NULL, false });
		promised_cancel(deferred);
		return -ENOMEM;
	}
	timer = modelled_timer(now + units, expired, never_expired);
	timer->arg = deferred;
	promised_add(deferred, (struct promised_link){
				       MODEL_BOTH, in_time,
				       (const void *)(timer - timers), false});
	return 0;
}
