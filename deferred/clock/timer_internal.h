/* SPDX-License-Identifier: MIT */
/* A timer, and lists of timers in order: by time, then by making. */
#ifndef EVERT_DEFERRED_TIMER_INTERNAL_H
#define EVERT_DEFERRED_TIMER_INTERNAL_H

#include "../base/base.h"

/* One cache line; the wheel uses the first half. */
struct evert_timer {
	struct evert_timer *next;
	/* Of the call, greater than those of all that were made before; 0: it
	   does not wait. Odd: `arg` is a struct evert_clock_wait. */
	uint64_t id;
	int64_t when;
	struct evert_timer **link; /* what points to it; NULL: see the wheel */
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

/* ---- Putting in order ---- */

enum {
	EVERT_TIMER_RUN = 16,
	EVERT_TIMER_PILES = 32, /* each of twice as many runs as the last */
};

/* What was added, in order: a few by insertion, runs of them by merging. */
struct evert_timer_sorter {
	struct evert_timer *run;
	unsigned left; /* that the run has room for */
	unsigned used; /* of the piles; each is empty, or in order */
	struct evert_timer *piles[EVERT_TIMER_PILES];
};

static inline void evert_timer_sorter_init(struct evert_timer_sorter *sorter)
{
	sorter->run = NULL;
	sorter->left = EVERT_TIMER_RUN;
	sorter->used = 0;
}

void evert_timer_sorter_end_run(struct evert_timer_sorter *sorter);

static inline void evert_timer_sorter_add(struct evert_timer_sorter *sorter,
					  struct evert_timer *timer)
{
	struct evert_timer **link = &sorter->run, *next;

	while ((next = *link) && evert_timer_is_before(next, timer))
		link = &next->next;
	timer->next = next;
	*link = timer;
	if (!--sorter->left)
		evert_timer_sorter_end_run(sorter);
}

/* Puts all that were added into another list that is in order. */
void evert_timer_sorter_merge(struct evert_timer_sorter *sorter,
			      struct evert_timer **list);

#endif
