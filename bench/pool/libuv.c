/* SPDX-License-Identifier: MIT */
/* libuv: uv_queue_work. Fair: a request is allocated for each job, as its
   manual's programs do; its pool has 4 threads by itself. */
#include <stdlib.h>
#include <uv.h>

#include "common/pool.h"

static uv_loop_t *loop;
static uv_async_t keeper; /* the loop goes on when it has nothing to do */

static void woken(uv_async_t *async)
{
	(void)async;
}

void loop_create(void)
{
	loop = uv_default_loop();
	uv_async_init(loop, &keeper, woken);
}

void loop_run(void)
{
	uv_run(loop, UV_RUN_DEFAULT);
}

void loop_stop(void)
{
	uv_stop(loop);
}

static void work(uv_work_t *request)
{
	pool_work(request->data);
}

static void done(uv_work_t *request, int status)
{
	struct pool_job *job = request->data;

	(void)status;
	free(request);
	pool_done(job);
}

void loop_defer(struct pool_job *job)
{
	uv_work_t *request = malloc(sizeof(*request));

	if (!request)
		abort();
	request->data = job;
	uv_queue_work(loop, request, work, done);
}

int main(void)
{
	return pool_main();
}
