/* SPDX-License-Identifier: MIT */
#include "pool.h"

#include "measure.h"

enum { MOST_AT_ONCE = 1000 };

static struct pool_job jobs[MOST_AT_ONCE];
static size_t to_begin, to_end;

void pool_work(struct pool_job *job)
{
	job->done++;
}

static void begin(struct pool_job *job)
{
	to_begin--;
	loop_defer(job);
}

void pool_done(struct pool_job *job)
{
	if (!--to_end)
		loop_stop();
	else if (to_begin)
		begin(job);
}

static void run(size_t events, size_t at_once)
{
	size_t i, done = 0;

	if (at_once > events)
		at_once = events;
	to_begin = to_end = events;
	for (i = 0; i < at_once; i++) {
		jobs[i].done = 0;
		begin(&jobs[i]);
	}
	loop_run();
	for (i = 0; i < at_once; i++)
		done += jobs[i].done;
	measure_check("jobs", done, events);
}

static void one(size_t events)
{
	run(events, 1);
}

static void many(size_t events)
{
	run(events, MOST_AT_ONCE);
}

int pool_main(void)
{
	loop_create();
	measure("one", 50000, one);
	measure("many", 500000, many);
	return 0;
}
