/* SPDX-License-Identifier: MIT */
/* What a clock is: the manual one, and the reactor's. */
#ifndef EVERT_DEFERRED_CLOCK_INTERNAL_H
#define EVERT_DEFERRED_CLOCK_INTERNAL_H

#include "clock.h"
#include "timer_wheel_internal.h"

#define EVERT_CLOCK_NEVER EVERT_TIMER_NEVER

struct evert_timer_block;

struct evert_clock {
	int64_t now; /* nanoseconds */
	/* Where it is set: brings `now` up to date before a call from outside
	   the loop relies on it. */
	void (*refresh)(struct evert_clock *clock);
	struct evert_timer_wheel wheel;
	uint64_t made; /* calls made so far; the next call's id - 1 */
	struct evert_timer_block *blocks; /* of timers, the latest first */
	size_t timers;			  /* in all blocks */
	size_t fresh;			  /* in the latest: not used yet */
	struct evert_timer **unused; /* given back, the latest at the end */
	size_t unused_count;
	bool advancing;
	bool stopped; /* nothing more is run */
};

void evert_clock_init(struct evert_clock *clock);
void evert_clock_finish(struct evert_clock *clock);

/*
 * Runs what is due at `clock->now` and was made before this began, in order
 * of time, then of making. A call that an earlier one cancels does not run.
 */
void evert_clock_run_due(struct evert_clock *clock);

/* When the next call is due, in nanoseconds, or EVERT_CLOCK_NEVER. */
int64_t evert_clock_next(struct evert_clock *clock);

/* Prints "delayed call made at PLACE" for each that waits, with `prefix`. */
void evert_clock_print_pending(const struct evert_clock *clock,
			       const char *prefix);

#endif
