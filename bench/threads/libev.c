/* SPDX-License-Identifier: MIT */
/* libev: a queue, and ev_async_send. Fair: as for libuv. */
#include <ev.h>

#include "common/queue.h"
#include "common/threads.h"

static struct ev_loop *loop;
static ev_async waker;

static void woken(struct ev_loop *l, ev_async *async, int events)
{
	(void)l;
	(void)async;
	(void)events;
	queue_run();
}

void loop_create(void)
{
	loop = ev_default_loop(0);
	ev_async_init(&waker, woken);
	ev_async_start(loop, &waker);
}

void loop_run(void)
{
	ev_run(loop, 0);
}

void loop_stop(void)
{
	ev_break(loop, EVBREAK_ALL);
}

void loop_call_from_thread(void *call)
{
	if (queue_put(call))
		ev_async_send(loop, &waker);
}

int main(void)
{
	return threads_main(THREADS_CALLS);
}
