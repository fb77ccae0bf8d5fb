/* SPDX-License-Identifier: MIT */
/* A job: from being asked for to being fired. */
#include "worker_internal.h"

#include <errno.h>
#include <limits.h>
#include <string.h>

#include "../../deferred/base/bug.h"
#include "../../deferred/base/memory.h"
#include "../../deferred/handle_internal.h"
#include "../../reactor/reason.h"

/* Takes it out, and frees it; its firing end is left. */
static struct evert_firing *take_out(struct evert_worker_job *job)
{
	struct evert_firing *slot = job->slot;

	if (job->waits) {
		evert_list_remove(&job->node);
		job->pool->waiting_count--;
	}
	if (job->worker)
		evert_worker_kill(job->worker);
	evert_free(job);
	return slot;
}

void evert_worker_job_end(struct evert_worker_job *job,
			  struct evert_result result)
{
	struct evert_firing *slot = take_out(job);

	evert_deferred_fire(&slot, result);
}

/* The place of the one that ends may be had at once. */
static bool cancelled(struct evert_deferred *deferred, void *arg)
{
	struct evert_worker_job *job = arg;
	struct evert_worker_pool *pool = job->pool;
	struct evert_firing *slot;

	(void)deferred;
	evert_worker_pool_hold(pool);
	slot = take_out(job);
	evert_deferred_abandon(&slot);
	evert_worker_pool_let_go(pool);
	return false;
}

static size_t number_of(evert_worker_function function)
{
	const evert_worker_function *functions = evert_worker_functions();
	size_t i;

	for (i = 0; functions[i] && functions[i] != function;)
		i++;
	if (!functions[i])
		evert_bug("evert_worker_call was given a function that is not "
			  "among those given to evert_worker_main");
	if (i > UCHAR_MAX)
		evert_bug("evert_worker_main was given more than 256 "
			  "functions");
	return i;
}

/* NULL, or why not. */
static struct evert_failure *why_not(const struct evert_worker_pool *pool,
				     size_t length, const char *place)
{
	if (!pool->reactor || pool->reactor->shutting_down)
		return evert_failure_at(place, EVERT_REACTOR_STOPPED);
	if (pool->ending)
		return evert_failure_at(place, EVERT_ABANDONED);
	if (pool->waiting_count >= pool->options.queue)
		return evert_failure_at(place, EVERT_QUEUE_OVERFLOW);
	if (length > pool->options.limit)
		return evert_failure_create_at(
			place, EVERT_SYSTEM, EMSGSIZE,
			"%zu bytes for a worker, of at most %zu", length,
			pool->options.limit);
	return NULL;
}

static struct evert_worker_job *make(struct evert_worker_pool *pool,
				     size_t number, const void *bytes,
				     size_t length)
{
	struct evert_worker_job *job =
		evert_allocate(sizeof(*job) + 1 + length);

	if (!job)
		return NULL;
	*job = (struct evert_worker_job){ .pool = pool, .length = 1 + length };
	job->frame[0] = (char)number;
	if (length)
		memcpy(job->frame + 1, bytes, length);
	return job;
}

struct evert_deferred *evert_worker_call_at(struct evert_worker_pool *pool,
					    evert_worker_function function,
					    const void *bytes, size_t length,
					    const char *place)
{
	size_t number = number_of(function);
	struct evert_failure *failure = why_not(pool, length, place);
	struct evert_deferred *deferred;
	struct evert_worker_job *job;

	if (failure)
		return evert_deferred_create_fired_at(
			place, evert_result_failure(failure));
	evert_reactor_check_running(pool->reactor, "evert_worker_call");
	job = make(pool, number, bytes, length);
	deferred = job ? evert_deferred_create_at(&job->slot, place, cancelled,
						  job)
		       : NULL;
	if (!deferred) {
		evert_free(job);
		return NULL;
	}
	job->waits = true;
	evert_list_append(&pool->waiting, &job->node);
	pool->waiting_count++;
	evert_worker_pool_hold(pool);
	evert_worker_pool_go_on(pool);
	evert_worker_pool_let_go(pool);
	return deferred;
}
