/* SPDX-License-Identifier: MIT */
/*
 * libevent's timers: events in the user's memory. Fair: they are assigned
 * once; idle timeouts share a common timeout, the queue that libevent has for
 * many events of the same duration; the loop's clock is the coarse one
 * (EVENT_BASE_FLAG_PRECISE_TIMER is not set).
 */
#include <event2/event.h>
#include <event2/event_struct.h>

#include "common/timers.h"

static struct event_base *base;
static struct event timers[TIMERS_MOST];
static const struct timeval *idle_span;

static struct timeval span(double seconds)
{
	return (struct timeval){
		.tv_sec = (time_t)seconds,
		.tv_usec = (suseconds_t)((seconds - (double)(time_t)seconds) *
					 1e6),
	};
}

static void expire(evutil_socket_t fd, short events, void *arg)
{
	(void)fd;
	(void)events;
	(void)arg;
	timer_fired();
}

void timers_begin(void)
{
	struct timeval idle = { .tv_sec = IDLE_SECONDS };
	size_t i;

	if (base)
		return;
	base = event_base_new();
	idle_span = event_base_init_common_timeout(base, &idle);
	for (i = 0; i < TIMERS_MOST; i++)
		evtimer_assign(&timers[i], base, expire, NULL);
}

void timer_add(size_t i, double seconds)
{
	struct timeval after = span(seconds);

	evtimer_add(&timers[i], &after);
}

void timer_reset(size_t i, double seconds)
{
	timer_add(i, seconds); /* it is moved */
}

void timer_cancel(size_t i)
{
	evtimer_del(&timers[i]);
}

void timers_run(void)
{
	event_base_dispatch(base);
}

static void work_in_turn(evutil_socket_t fd, short events, void *work)
{
	(void)fd;
	(void)events;
	(*(void (**)(void))work)();
}

void timers_turn(void (*work)(void))
{
	struct timeval now = { 0 };

	event_base_once(base, -1, EV_TIMEOUT, work_in_turn, &work, &now);
	event_base_loop(base, EVLOOP_ONCE);
}

void idle_create(size_t count)
{
	size_t i;

	for (i = 0; i < count; i++)
		evtimer_add(&timers[i], idle_span);
}

void idle_reset(size_t i)
{
	evtimer_add(&timers[i], idle_span);
}

void idle_run(size_t turns)
{
	while (turns--) {
		event_base_loop(base, EVLOOP_NONBLOCK);
		idle_reads();
	}
}

int main(void)
{
	return timers_main();
}
