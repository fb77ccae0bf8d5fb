/* SPDX-License-Identifier: MIT */
/* The floor: a queue, an eventfd, and no loop but reading it. */
#include <stdbool.h>
#include <stdint.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "common/queue.h"
#include "common/threads.h"

static int waker;
static bool stopped;

void loop_create(void)
{
	waker = eventfd(0, EFD_CLOEXEC);
}

void loop_run(void)
{
	uint64_t count;

	for (stopped = false; !stopped;)
		if (read(waker, &count, sizeof(count)) > 0)
			queue_run();
}

void loop_stop(void)
{
	stopped = true;
}

void loop_call_from_thread(void *call)
{
	const uint64_t one = 1;

	if (queue_put(call) && write(waker, &one, sizeof(one)) < 0)
		stopped = true;
}

int main(void)
{
	return threads_main(THREADS_CALLS);
}
