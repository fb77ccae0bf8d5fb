/* SPDX-License-Identifier: MIT */
/* Delayed calls on a clock, whichever moves it. */
#ifndef BENCH_TIMERS_EVERT_CALLS_H
#define BENCH_TIMERS_EVERT_CALLS_H

#include <evert.h>

#include "common/timers.h"

static struct evert_clock *timers_clock;
static struct evert_delayed_call calls[TIMERS_MOST];

static void expire(void *arg)
{
	(void)arg;
	timer_fired();
}

void timer_add(size_t i, double seconds)
{
	calls[i] = evert_clock_call_later(timers_clock, seconds, expire, NULL);
}

void timer_reset(size_t i, double seconds)
{
	evert_delayed_call_reset(calls[i], seconds);
}

void timer_cancel(size_t i)
{
	evert_delayed_call_cancel(calls[i]);
}

void idle_create(size_t count)
{
	size_t i;

	for (i = 0; i < count; i++)
		timer_add(i, IDLE_SECONDS);
}

void idle_reset(size_t i)
{
	timer_reset(i, IDLE_SECONDS);
}

#endif
