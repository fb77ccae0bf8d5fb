/* SPDX-License-Identifier: MIT */
#include <evert.h>

#include <stdlib.h>

#include "common/pool.h"

static struct evert_reactor *reactor;
static struct evert_thread_pool *pool;

void loop_create(void)
{
	const struct evert_thread_pool_options options = {
		.threads = POOL_THREADS,
	};

	reactor = evert_reactor_create(NULL);
	pool = evert_thread_pool_create(reactor, &options);
}

void loop_run(void)
{
	evert_reactor_run(reactor);
}

void loop_stop(void)
{
	evert_reactor_stop(reactor);
}

static struct evert_result work(void *job)
{
	pool_work(job);
	return evert_result_none();
}

static struct evert_result done(struct evert_result *in, void *job)
{
	(void)in;
	pool_done(job);
	return evert_result_none();
}

void loop_defer(struct pool_job *job)
{
	struct evert_deferred *d = evert_defer_to_pool(pool, work, job);

	if (!d)
		abort(); /* no memory: nothing to measure */
	evert_deferred_add_callback(d, done, job);
	evert_deferred_release(d);
}

int main(void)
{
	return pool_main();
}
