/* SPDX-License-Identifier: MIT */
/*
 * libuv: a queue, and uv_async_send, which may join several wakings in one.
 * Fair: it is what libuv's manual tells programs to do; only who puts into an
 * empty queue wakes.
 */
#include <uv.h>

#include "common/queue.h"
#include "common/threads.h"

static uv_loop_t *loop;
static uv_async_t waker;

static void woken(uv_async_t *async)
{
	(void)async;
	queue_run();
}

void loop_create(void)
{
	loop = uv_default_loop();
	uv_async_init(loop, &waker, woken);
}

void loop_run(void)
{
	uv_run(loop, UV_RUN_DEFAULT);
}

void loop_stop(void)
{
	uv_stop(loop);
}

void loop_call_from_thread(void *call)
{
	if (queue_put(call))
		uv_async_send(&waker);
}

int main(void)
{
	return threads_main(THREADS_CALLS);
}
