/* SPDX-License-Identifier: MIT */
#include "threads.h"

#include <pthread.h>
#include <stdint.h>

#include "measure.h"

enum { THREADS = 4 };

/* A call is its thread's number and its own. */
struct caller {
	pthread_t thread;
	size_t calls;
	size_t called;
};

static struct caller callers[THREADS];
static size_t calls_left;

static void *call_many(void *arg)
{
	struct caller *caller = arg;
	size_t i, number = (size_t)(caller - callers);

	for (i = 0; i < caller->calls; i++)
		loop_call_from_thread((void *)(i * THREADS + number));
	return NULL;
}

void loop_called(void *call)
{
	size_t number = (size_t)call % THREADS;

	measure_check("order", (size_t)call / THREADS,
		      callers[number].called++);
	if (!--calls_left)
		loop_stop();
}

static void run(size_t events, size_t threads)
{
	size_t i;

	calls_left = 0;
	for (i = 0; i < threads; i++) {
		callers[i].called = 0;
		callers[i].calls = events / threads + 1;
		calls_left += callers[i].calls;
	}
	for (i = 0; i < threads; i++)
		pthread_create(&callers[i].thread, NULL, call_many,
			       &callers[i]);
	loop_run();
	for (i = 0; i < threads; i++)
		pthread_join(callers[i].thread, NULL);
}

static void from_1(size_t events)
{
	run(events, 1);
}

static void from_4(size_t events)
{
	run(events, 4);
}

int threads_main(size_t calls)
{
	loop_create();
	measure("from_1", calls, from_1);
	measure("from_4", calls, from_4);
	return 0;
}
