/* SPDX-License-Identifier: MIT */
/* Calls in threads, as the reactor's thread sees them. */
#include "thread_pool_internal.h"

#include "../../deferred/base/memory.h"
#include "../../deferred/deferred_internal.h"
#include "../../deferred/handle_internal.h"
#include "../reason.h"

/* ---- The end ---- */

void evert_pool_free_if_unused(struct evert_thread_pool *pool)
{
	if (pool->calls || pool->holders || !pool->is_destroyed)
		return;
	pthread_cond_destroy(&pool->work);
	pthread_cond_destroy(&pool->ended);
	evert_free(pool);
}

static void release(struct evert_pool_call *call)
{
	struct evert_thread_pool *pool = call->pool;

	evert_free(call);
	pool->calls--;
	if (pool->reactor)
		pool->reactor->thread_calls--;
	evert_pool_free_if_unused(pool);
}

/* It never runs, or nobody in this process runs it. */
void evert_pool_call_fail(struct evert_pool_call *call,
			  const struct evert_error *kind)
{
	struct evert_firing *slot = call->slot;
	void (*release_arg)(void *arg) = call->release;
	void *arg = call->arg;
	const char *place;

	release(call);
	if (release_arg)
		release_arg(arg);
	if (!slot)
		return;
	place = evert_deferred_place(evert_firing_deferred(slot));
	evert_deferred_fire(&slot, evert_result_failure(
					   evert_failure_at(place, kind)));
}

static void deliver(struct evert_message *message)
{
	struct evert_pool_call *call =
		evert_container_of(message, struct evert_pool_call, message);
	struct evert_firing *slot = call->slot;
	struct evert_result result = call->result;

	release(call);
	if (slot)
		evert_deferred_fire(&slot, result);
	else
		evert_result_drop(result);
}

/* ---- The beginning ---- */

/* One that waits never runs; one that runs is let go. Under the mutex. Does it
   wait? */
static bool take_back(struct evert_pool_call *call)
{
	if (!call->waits) {
		call->is_let_go = true;
		evert_pool_call_interrupt(call);
		return false;
	}
	evert_list_remove(&call->node);
	call->pool->waiting_count--;
	return true;
}

/* Who is told may destroy the pool: that comes last. */
static bool cancelled(struct evert_deferred *deferred, void *arg)
{
	struct evert_pool_call *call = arg;
	struct evert_firing *slot = call->slot;
	bool waits;

	(void)deferred;
	call->slot = NULL;
	evert_threads_lock();
	waits = take_back(call);
	evert_threads_unlock();
	if (waits)
		evert_pool_call_fail(call, EVERT_CANCELLED);
	evert_deferred_abandon(&slot);
	return false;
}

/* NULL, or why not. */
static struct evert_failure *begin(struct evert_pool_call *call,
				   const char *place)
{
	struct evert_thread_pool *pool = call->pool;
	struct evert_failure *failure = NULL;
	bool must_wake;
	int error = 0;

	evert_threads_lock();
	if (pool->waiting_count == pool->queue) {
		failure = evert_failure_at(place, EVERT_QUEUE_OVERFLOW);
	} else {
		evert_list_append(&pool->waiting, &call->node);
		pool->waiting_count++;
		error = evert_pool_have_thread(pool);
	}
	if (error) {
		evert_list_remove(&call->node);
		pool->waiting_count--;
	}
	must_wake = evert_pool_must_wake(pool);
	evert_threads_unlock();
	if (must_wake)
		evert_pool_wake(pool);
	return error ? evert_failure_create_at(place, EVERT_SYSTEM, error,
					       "cannot start a thread")
		     : failure;
}

static struct evert_failure *why_not(const struct evert_thread_pool *pool,
				     const char *place)
{
	if (!pool->reactor || pool->reactor->shutting_down)
		return evert_failure_at(place, EVERT_REACTOR_STOPPED);
	return pool->ending ? evert_failure_at(place, EVERT_ABANDONED) : NULL;
}

struct evert_deferred *evert_defer_to_pool_at(struct evert_thread_pool *pool,
					      evert_thread_call function,
					      void *arg,
					      void (*release_arg)(void *arg),
					      const char *place)
{
	struct evert_pool_call *call = evert_allocate(sizeof(*call));
	struct evert_deferred *deferred;
	struct evert_failure *failure;
	struct evert_firing *slot;

	if (pool->reactor)
		evert_reactor_check_running(pool->reactor,
					    "evert_defer_to_pool");
	deferred =
		call ? evert_deferred_create_at(&slot, place, cancelled, call)
		     : NULL;
	if (!deferred) {
		evert_free(call);
		if (release_arg)
			release_arg(arg);
		return NULL;
	}
	*call = (struct evert_pool_call){
		.message = {.deliver = deliver, .drop = deliver},
		.pool = pool,
		.call = function,
		.arg = arg,
		.release = release_arg,
		.slot = slot,
		.waits = true,
	};
	evert_list_init(&call->node);
	pool->calls++;
	if (pool->reactor)
		pool->reactor->thread_calls++;
	failure = why_not(pool, place);
	if (!failure)
		failure = begin(call, place);
	if (failure) {
		call->slot = NULL;
		evert_pool_call_fail(call, EVERT_ABANDONED);
		evert_deferred_fire(&slot, evert_result_failure(failure));
	}
	return deferred;
}

struct evert_deferred *evert_defer_to_thread_at(struct evert_reactor *reactor,
						evert_thread_call call,
						void *arg,
						void (*release_arg)(void *arg),
						const char *place)
{
	struct evert_thread_pool *pool = reactor->thread_pool;

	if (!pool && !reactor->shutting_down)
		pool = evert_reactor_thread_pool(reactor);
	if (pool)
		return evert_defer_to_pool_at(pool, call, arg, release_arg,
					      place);
	if (release_arg)
		release_arg(arg);
	return reactor->shutting_down
		       ? evert_deferred_create_fired_at(
				 place, evert_result_failure(evert_failure_at(
						place, EVERT_REACTOR_STOPPED)))
		       : NULL;
}
