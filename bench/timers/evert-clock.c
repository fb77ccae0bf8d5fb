/* SPDX-License-Identifier: MIT */
/*
 * Delayed calls on a clock that is moved by hand: what they cost but for
 * reading the system's clock, which the reactor's does for each, since a delay
 * counts from the call.
 */
#include "evert_calls.h"

void timers_begin(void)
{
	evert_clock_destroy(timers_clock);
	timers_clock = evert_clock_create();
}

static void run(void *work)
{
	(*(void (**)(void))work)();
}

void timers_turn(void (*work)(void))
{
	evert_clock_call_later(timers_clock, 0, run, &work);
	evert_clock_advance(timers_clock, 0);
}

void timers_run(void)
{
	evert_clock_jump(timers_clock, 1);
}

void idle_run(size_t turns)
{
	while (turns--) {
		timers_turn(idle_reads);
		evert_clock_advance(timers_clock, 5e-6);
	}
}

int main(void)
{
	return timers_main();
}
