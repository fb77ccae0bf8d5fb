/* SPDX-License-Identifier: MIT */
/*
 * libuv's timers: handles in the user's memory, made once and started again.
 * Fair: nothing is allocated; an idle timeout is a repeating timer that
 * uv_timer_again moves, as libuv's manual says.
 */
#include <uv.h>

#include "common/timers.h"

static uv_loop_t *loop;
static uv_timer_t timers[TIMERS_MOST];

static uint64_t milliseconds(double seconds)
{
	return (uint64_t)(seconds * 1e3);
}

void timers_begin(void)
{
	size_t i;

	if (loop)
		return;
	loop = uv_default_loop();
	for (i = 0; i < TIMERS_MOST; i++)
		uv_timer_init(loop, &timers[i]);
}

static void expire(uv_timer_t *timer)
{
	(void)timer;
	timer_fired();
}

void timer_add(size_t i, double seconds)
{
	uv_timer_start(&timers[i], expire, milliseconds(seconds), 0);
}

void timer_reset(size_t i, double seconds)
{
	timer_add(i, seconds); /* it stops itself first */
}

void timer_cancel(size_t i)
{
	uv_timer_stop(&timers[i]);
}

void timers_run(void)
{
	uv_run(loop, UV_RUN_DEFAULT);
}

static void work_in_turn(uv_timer_t *timer)
{
	void (**work)(void) = timer->data;

	(*work)();
}

void timers_turn(void (*work)(void))
{
	uv_timer_t timer;

	uv_timer_init(loop, &timer);
	timer.data = &work;
	uv_timer_start(&timer, work_in_turn, 0, 0);
	/* UV_RUN_ONCE would then wait for the next timer. */
	uv_run(loop, UV_RUN_NOWAIT);
	uv_close((uv_handle_t *)&timer, NULL);
	uv_run(loop, UV_RUN_NOWAIT);
}

void idle_create(size_t count)
{
	uint64_t span = milliseconds(IDLE_SECONDS);
	size_t i;

	for (i = 0; i < count; i++)
		uv_timer_start(&timers[i], expire, span, span);
}

void idle_reset(size_t i)
{
	uv_timer_again(&timers[i]);
}

void idle_run(size_t turns)
{
	while (turns--) {
		uv_run(loop, UV_RUN_NOWAIT);
		idle_reads();
	}
}

int main(void)
{
	return timers_main();
}
