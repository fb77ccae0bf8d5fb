/* SPDX-License-Identifier: MIT */
/* Delayed calls on a reactor's clock. */
#include <evert.h>

#include "common/timers.h"

static struct evert_reactor *reactor;
static struct evert_delayed_call calls[TIMERS_MOST];
static size_t turns_left;

void timers_begin(void)
{
	evert_reactor_destroy(reactor);
	reactor = evert_reactor_create(NULL);
}

static void expire(void *arg)
{
	(void)arg;
	timer_fired();
}

void timer_add(size_t i, double seconds)
{
	calls[i] = evert_reactor_call_later(reactor, seconds, expire, NULL);
}

void timer_reset(size_t i, double seconds)
{
	evert_delayed_call_reset(calls[i], seconds);
}

void timer_cancel(size_t i)
{
	evert_delayed_call_cancel(calls[i]);
}

static void stop(void *arg)
{
	(void)arg;
	evert_reactor_stop(reactor);
}

void timers_run(void)
{
	/* Due behind all others, which are due by now. */
	evert_reactor_call_later(reactor, 0, stop, NULL);
	evert_reactor_run(reactor);
}

static void work_and_stop(void *work)
{
	(*(void (**)(void))work)();
	evert_reactor_stop(reactor);
}

void timers_turn(void (*work)(void))
{
	evert_reactor_call_later(reactor, 0, work_and_stop, &work);
	evert_reactor_run(reactor);
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

static void turn(void *arg)
{
	idle_reads();
	if (--turns_left)
		evert_reactor_call_later(reactor, 0, turn, arg);
	else
		evert_reactor_stop(reactor);
}

void idle_run(size_t turns)
{
	turns_left = turns;
	evert_reactor_call_later(reactor, 0, turn, NULL);
	evert_reactor_run(reactor);
}

int main(void)
{
	return timers_main();
}
