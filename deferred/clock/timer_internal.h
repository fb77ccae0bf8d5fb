/* SPDX-License-Identifier: MIT */
/* A timer, and lists of timers in order: by time, then by making. */
#ifndef EVERT_DEFERRED_TIMER_INTERNAL_H
#define EVERT_DEFERRED_TIMER_INTERNAL_H

#include "../base/base.h"

enum {
	EVERT_TIMER_IS_WAIT = 1, /* `arg` is a struct evert_clock_wait */
	EVERT_TIMER_IS_TOLD = 2, /* a recording knows of it */
	EVERT_TIMER_IDS = 4,	 /* from one id to the next */
};

/* One cache line; the wheel uses the first half. */
struct evert_timer {
	struct evert_timer *next;
	/* Of the call, greater than those of all that were made before; 0: it
	   does not wait. Its lowest bits say what it is. */
	uint64_t id;
	int64_t when;
	struct evert_timer **link; /* what points to it; NULL: it is fresh */
	void (*call)(void *arg);
	void *arg;
	struct evert_clock *clock;
	const char *place;
};

static inline bool evert_timer_is_before(const struct evert_timer *timer,
					 const struct evert_timer *other)
{
	return timer->when != other->when ? timer->when < other->when :
					    timer->id < other->id;
}

/* Puts `count` timers in order. */
struct evert_timer *evert_timer_sort(struct evert_timer *list, size_t count);

#endif
