/* SPDX-License-Identifier: MIT */
#include "thread_pool_internal.h"

#include <errno.h>
#include <math.h>
#include <unistd.h>

#include "../../deferred/base/bug.h"
#include "../../deferred/base/memory.h"
#include "../reason.h"

enum {
	THREADS_BESIDE_PROCESSORS = 4,
	MOST_USUAL_THREADS = 32,
	USUAL_QUEUE = 65536,
};

static const double USUAL_IDLE_SECONDS = 10;

/* ---- Taking calls back ---- */

/* Nobody in this process sees to it. */
static bool is_left(const struct evert_pool_call *call)
{
	return call->waits || call->forks != evert_forks_now();
}

/* Takes one of those out of a list; NULL: there is none. */
static struct evert_pool_call *take_from(struct evert_thread_pool *pool,
					 struct evert_list_node *list)
{
	struct evert_list_node *node;
	struct evert_pool_call *call = NULL;

	evert_threads_lock();
	for (node = list->next;
	     node != list && !is_left(evert_pool_call_at(node));)
		node = node->next;
	if (node != list) {
		call = evert_pool_call_at(node);
		evert_list_remove(node);
		if (call->waits)
			pool->waiting_count--;
	}
	evert_threads_unlock();
	return call;
}

static void fail_all(struct evert_thread_pool *pool,
		     struct evert_list_node *list,
		     const struct evert_error *kind)
{
	struct evert_pool_call *call;

	while ((call = take_from(pool, list)))
		evert_pool_call_fail(call, kind);
}

/* Who is told may destroy the pool. */
static void hold(struct evert_thread_pool *pool)
{
	pool->holders++;
}

static void let_go(struct evert_thread_pool *pool)
{
	pool->holders--;
	evert_pool_free_if_unused(pool);
}

/* What ran in the parent's threads is lost; what waited goes on. */
static void begin_anew(struct evert_errand *errand)
{
	struct evert_thread_pool *pool =
		evert_container_of(errand, struct evert_thread_pool, errand);
	int error;

	hold(pool);
	fail_all(pool, &pool->running, EVERT_ABANDONED);
	evert_threads_lock();
	error = evert_pool_have_threads(pool);
	evert_threads_unlock();
	if (error)
		fail_all(pool, &pool->waiting, EVERT_ABANDONED);
	let_go(pool);
}

/* ---- The end ---- */

/* It would wait for this thread, which waits for it. */
static void interrupt(struct evert_thread_pool *pool,
		      struct evert_pool_call *call)
{
	if (!call->wait || call->wait->reactor != pool->reactor ||
	    is_left(call))
		return;
	if (call->wait->on_stack)
		evert_bug("evert_thread_pool_destroy was called from inside "
			  "what a call of that pool waits for "
			  "(evert_reactor_call_and_wait)");
	evert_pool_call_interrupt(call);
}

/* Blocks until what runs has returned. */
static void end_threads(struct evert_thread_pool *pool)
{
	struct evert_list_node *node;

	evert_threads_lock();
	for (node = pool->running.next; node != &pool->running;
	     node = node->next)
		interrupt(pool, evert_pool_call_at(node));
	pthread_cond_broadcast(&pool->work);
	evert_pool_wait_threads(pool);
}

static void begin_end(struct evert_thread_pool *pool)
{
	evert_threads_lock();
	pool->ending = true;
	evert_threads_unlock();
}

static void leave_reactor(struct evert_thread_pool *pool)
{
	evert_member_leave(&pool->member);
	evert_list_remove(&pool->errand.node);
	pool->reactor->thread_calls -= pool->calls;
	pool->reactor = NULL;
}

/* The pool is held. */
static void end(struct evert_thread_pool *pool, const struct evert_error *why)
{
	begin_end(pool);
	fail_all(pool, &pool->waiting, why);
	end_threads(pool);
	/* In a fork's child: nobody runs them. */
	fail_all(pool, &pool->running, why);
	if (pool->reactor) /* else it was destroyed meanwhile */
		leave_reactor(pool);
}

/* At the end of a run what waits is failed; at the reactor's own, all ends.
   What has run is still in its mailbox. */
static void shut_down(struct evert_member *member)
{
	struct evert_thread_pool *pool =
		evert_container_of(member, struct evert_thread_pool, member);
	struct evert_reactor *reactor = pool->reactor;

	hold(pool);
	if (reactor->running)
		fail_all(pool, &pool->waiting, EVERT_REACTOR_STOPPED);
	else
		end(pool, EVERT_REACTOR_STOPPED);
	if (!pool->reactor && reactor->thread_pool == pool) {
		reactor->thread_pool = NULL;
		pool->is_destroyed = true;
	}
	let_go(pool);
}

void evert_thread_pool_destroy(struct evert_thread_pool *pool)
{
	if (!pool)
		return;
	hold(pool);
	if (pool->reactor) {
		evert_reactor_check_running(pool->reactor,
					    "evert_thread_pool_destroy");
		if (pool->reactor->thread_pool == pool)
			evert_bug("evert_thread_pool_destroy was given the "
				  "reactor's own pool");
		end(pool, EVERT_ABANDONED);
	}
	pool->is_destroyed = true;
	let_go(pool);
}

/* ---- The beginning ---- */

static unsigned usual_threads(void)
{
	long processors = sysconf(_SC_NPROCESSORS_ONLN);
	long threads = processors > 0 ? processors + THREADS_BESIDE_PROCESSORS
				      : THREADS_BESIDE_PROCESSORS;

	return threads < MOST_USUAL_THREADS ? (unsigned)threads
					    : MOST_USUAL_THREADS;
}

static void init(struct evert_thread_pool *pool, struct evert_reactor *reactor,
		 const struct evert_thread_pool_options *options)
{
	*pool = (struct evert_thread_pool){
		.reactor = reactor,
		.most = options->threads ? options->threads : usual_threads(),
		.queue = options->queue ? options->queue : USUAL_QUEUE,
		.idle_seconds = options->idle_seconds > 0
					? options->idle_seconds
					: USUAL_IDLE_SECONDS,
		.errand = {.begin_anew = begin_anew},
	};
	evert_list_init(&pool->waiting);
	evert_list_init(&pool->running);
	evert_list_init(&pool->sibling);
	evert_thread_cond_init(&pool->work);
	evert_thread_cond_init(&pool->ended);
}

static bool is_valid(double seconds)
{
	return isfinite(seconds) && seconds >= 0;
}

struct evert_thread_pool *
evert_thread_pool_create(struct evert_reactor *reactor,
			 const struct evert_thread_pool_options *options)
{
	static const struct evert_thread_pool_options defaults;
	struct evert_thread_pool *pool;
	int error = evert_threads_survive_fork();

	evert_reactor_check_running(reactor, "evert_thread_pool_create");
	if (!options)
		options = &defaults;
	if (!is_valid(options->idle_seconds)) {
		errno = EINVAL;
		return NULL;
	}
	pool = error ? NULL : evert_allocate(sizeof(*pool));
	if (!pool) {
		errno = ENOMEM;
		return NULL;
	}
	init(pool, reactor, options);
	evert_threads_lock();
	evert_pool_join(pool);
	evert_threads_unlock();
	evert_member_join(reactor, &pool->member, shut_down);
	evert_errand_join(reactor, &pool->errand);
	return pool;
}

struct evert_thread_pool *
evert_reactor_thread_pool(struct evert_reactor *reactor)
{
	if (!reactor->thread_pool)
		reactor->thread_pool = evert_thread_pool_create(reactor, NULL);
	return reactor->thread_pool;
}

void evert_thread_pool_set_threads(struct evert_thread_pool *pool,
				   unsigned threads)
{
	evert_threads_lock();
	pool->most = threads ? threads : 1;
	evert_pool_have_threads(pool); /* what there is serves, if not */
	pthread_cond_broadcast(&pool->work);
	evert_threads_unlock();
}

unsigned evert_thread_pool_threads(struct evert_thread_pool *pool)
{
	unsigned threads;

	evert_threads_lock();
	threads = pool->threads;
	evert_threads_unlock();
	return threads;
}

size_t evert_thread_pool_waiting(struct evert_thread_pool *pool)
{
	size_t waiting;

	evert_threads_lock();
	waiting = pool->waiting_count;
	evert_threads_unlock();
	return waiting;
}
