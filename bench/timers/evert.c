/* SPDX-License-Identifier: MIT */
/* Delayed calls on a reactor's clock. */
#include "evert_calls.h"

static struct evert_reactor *reactor;
static size_t turns_left;

void timers_begin(void)
{
	evert_reactor_destroy(reactor);
	reactor = evert_reactor_create(NULL);
	timers_clock = evert_reactor_clock(reactor);
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
