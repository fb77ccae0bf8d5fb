/* SPDX-License-Identifier: MIT */
/* Moving a clock by hand. */
#include "clock_internal.h"

#include "../base/bug.h"

/* Where the clock is to be. */
static int64_t begin_moving(struct evert_clock *clock, double seconds,
			    const char *what)
{
	int64_t span;

	if (clock->read)
		evert_bug("%s was called for a reactor's clock, which nobody "
			  "moves",
			  what);
	if (clock->advancing || clock->ending)
		evert_bug("%s was called from inside a delayed call of the "
			  "same clock",
			  what);
	if (evert_clock_to_span(seconds, &span) || span < 0)
		evert_bug("%s(%g): a clock moves forward by a finite time",
			  what, seconds);
	clock->advancing = true;
	return evert_clock_later(clock->now, span);
}

static void run_until(struct evert_clock *clock, int64_t end)
{
	int64_t next;

	while ((next = evert_clock_next(clock)) <= end) {
		if (next > clock->now)
			clock->now = next;
		evert_clock_run_due(clock);
	}
	clock->now = end;
	clock->advancing = false;
}

void evert_clock_advance(struct evert_clock *clock, double seconds)
{
	run_until(clock, begin_moving(clock, seconds, "evert_clock_advance"));
}

void evert_clock_jump(struct evert_clock *clock, double seconds)
{
	clock->now = begin_moving(clock, seconds, "evert_clock_jump");
	run_until(clock, clock->now);
}
