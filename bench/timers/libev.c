/* SPDX-License-Identifier: MIT */
/*
 * libev's relative timers: watchers in the user's memory. Fair: the macros are
 * compiled in, nothing is allocated; an idle timeout is a repeating timer that
 * ev_timer_again moves, which libev's manual calls the easiest efficient way.
 */
#include <ev.h>

#include "common/timers.h"

#ifndef FROM_THE_CALL
#define FROM_THE_CALL 0
#endif

static struct ev_loop *loop;
static ev_timer timers[TIMERS_MOST];

static void expire(struct ev_loop *l, ev_timer *timer, int events)
{
	(void)l;
	(void)timer;
	(void)events;
	timer_fired();
}

void timers_begin(void)
{
	size_t i;

	if (loop)
		return;
	loop = ev_default_loop(0);
	for (i = 0; i < TIMERS_MOST; i++)
		ev_init(&timers[i], expire);
}

static inline void know_the_time(void)
{
	if (FROM_THE_CALL)
		ev_now_update(loop);
}

void timer_add(size_t i, double seconds)
{
	know_the_time();
	ev_timer_set(&timers[i], seconds, 0.);
	ev_timer_start(loop, &timers[i]);
}

/* Moves it in the heap; to stop and start it takes longer. */
void timer_reset(size_t i, double seconds)
{
	know_the_time();
	timers[i].repeat = seconds;
	ev_timer_again(loop, &timers[i]);
}

void timer_cancel(size_t i)
{
	ev_timer_stop(loop, &timers[i]);
}

void timers_run(void)
{
	ev_run(loop, 0);
}

static void work_in_turn(struct ev_loop *l, ev_timer *timer, int events)
{
	void (**work)(void) = timer->data;

	(void)l;
	(void)events;
	(*work)();
}

void timers_turn(void (*work)(void))
{
	ev_timer timer;

	ev_timer_init(&timer, work_in_turn, 0., 0.);
	timer.data = &work;
	ev_timer_start(loop, &timer);
	ev_run(loop, EVRUN_ONCE);
}

void idle_create(size_t count)
{
	size_t i;

	for (i = 0; i < count; i++)
		timer_reset(i, IDLE_SECONDS);
}

void idle_reset(size_t i)
{
	know_the_time();
	ev_timer_again(loop, &timers[i]);
}

void idle_run(size_t turns)
{
	while (turns--) {
		ev_run(loop, EVRUN_NOWAIT);
		idle_reads();
	}
}

int main(void)
{
	return timers_main();
}
