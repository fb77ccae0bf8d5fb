/* SPDX-License-Identifier: MIT */
/* The threads of pools: what each does, and what becomes of them. */
#include "thread_pool_internal.h"

#include "../../deferred/base/bug.h"

static const double MOST_SECONDS = 1e9;

/* What is done under it is shorter than falling asleep. */
#ifdef PTHREAD_ADAPTIVE_MUTEX_INITIALIZER_NP
pthread_mutex_t evert_threads_mutex = PTHREAD_ADAPTIVE_MUTEX_INITIALIZER_NP;
#else
pthread_mutex_t evert_threads_mutex = PTHREAD_MUTEX_INITIALIZER;
#endif

static struct evert_list_node pools = {&pools, &pools};

/* What this thread of a pool does. */
static _Thread_local struct evert_pool_call *current;

static bool has_too_many(const struct evert_thread_pool *pool)
{
	return pool->ending || pool->threads > pool->most;
}

/* Until there is work. False: the thread ends. */
static bool wait_for_work(struct evert_thread_pool *pool)
{
	struct timespec end;
	int error = 0;

	if (pool->waiting_count)
		return true;
	evert_thread_deadline(&end, pool->idle_seconds);
	while (!pool->waiting_count) {
		if (has_too_many(pool) || error)
			return false;
		pool->idle++;
		error = pthread_cond_timedwait(&pool->work,
					       &evert_threads_mutex, &end);
		pool->idle--;
		pool->waking = false;
	}
	return true;
}

/* NULL: the thread ends. */
static struct evert_pool_call *take_call(struct evert_thread_pool *pool)
{
	struct evert_pool_call *call;

	if (!wait_for_work(pool))
		return NULL;
	call = evert_pool_call_at(pool->waiting.next);
	evert_list_remove(&call->node);
	evert_list_append(&pool->running, &call->node);
	pool->waiting_count--;
	call->waits = false;
	call->forks = evert_forks_now();
	return call;
}

static void run(struct evert_pool_call *call)
{
	current = call;
	call->result = call->call(call->arg);
	current = NULL;
	if (call->result.type == &evert_type_wait)
		evert_bug("a call in a thread returned a Deferred: that is for "
			  "the reactor's thread (evert_reactor_call_and_wait)");
}

/*
 * What it leaves behind, for its own destructors, is gone when the pool's end
 * returns: so whoever ends joins who has ended before it, and the pool's end the
 * last one. Unlocks; the pool may be gone then.
 */
static void end_thread(struct evert_thread_pool *pool)
{
	pthread_t former = pool->last_ended;
	bool has_former = pool->has_last_ended;

	pool->last_ended = pthread_self();
	pool->has_last_ended = true;
	pool->threads--;
	pthread_cond_broadcast(&pool->ended);
	evert_threads_unlock();
	if (has_former)
		pthread_join(former, NULL);
}

void evert_pool_wait_threads(struct evert_thread_pool *pool)
{
	bool has_last;

	while (pool->threads)
		pthread_cond_wait(&pool->ended, &evert_threads_mutex);
	has_last = pool->has_last_ended;
	pool->has_last_ended = false;
	evert_list_remove(&pool->sibling);
	evert_threads_unlock();
	if (has_last)
		pthread_join(pool->last_ended, NULL);
}

static void *work(void *arg)
{
	struct evert_thread_pool *pool = arg;
	struct evert_pool_call *call;
	bool must_wake;

	evert_threads_lock();
	while ((call = take_call(pool))) {
		must_wake = evert_pool_must_wake(pool);
		evert_threads_unlock();
		if (must_wake)
			evert_pool_wake(pool);
		run(call);
		evert_threads_lock();
		evert_list_remove(&call->node);
		evert_reactor_post(pool->reactor, &call->message);
	}
	end_thread(pool);
	return NULL;
}

bool evert_thread_is_let_go(void)
{
	bool let_go;

	if (!current)
		return false;
	evert_threads_lock();
	let_go = current->is_let_go || current->pool->ending;
	evert_threads_unlock();
	return let_go;
}

void evert_thread_set_wait(struct evert_thread_wait *wait)
{
	if (!current)
		return;
	current->wait = wait;
	if (wait &&
	    (current->is_let_go || (current->pool->ending &&
				    current->pool->reactor == wait->reactor)))
		wait->interrupted = true;
}

void evert_pool_call_interrupt(struct evert_pool_call *call)
{
	if (!call->wait)
		return;
	call->wait->interrupted = true;
	pthread_cond_signal(&call->wait->cond);
}

void evert_thread_deadline(struct timespec *end, double seconds)
{
	int64_t nanoseconds;

	if (seconds < 0)
		seconds = 0;
	if (seconds > MOST_SECONDS)
		seconds = MOST_SECONDS;
	clock_gettime(CLOCK_MONOTONIC, end);
	nanoseconds = (int64_t)(seconds * 1e9) + end->tv_nsec;
	end->tv_sec += (time_t)(nanoseconds / 1000000000);
	end->tv_nsec = (long)(nanoseconds % 1000000000);
}

void evert_thread_cond_init(pthread_cond_t *cond)
{
	pthread_condattr_t attributes;

	pthread_condattr_init(&attributes);
	pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
	pthread_cond_init(cond, &attributes);
	pthread_condattr_destroy(&attributes);
}

int evert_pool_have_thread(struct evert_thread_pool *pool)
{
	struct evert_system *system = pool->reactor->system;
	int error = 0;

	if (pool->waiting_count > pool->idle && pool->threads < pool->most) {
		error = system->ops->start_thread(system, work, pool);
		if (!error)
			pool->threads++;
	}
	return pool->threads ? 0 : error;
}

bool evert_pool_must_wake(struct evert_thread_pool *pool)
{
	if (pool->waking || !pool->idle || !pool->waiting_count)
		return false;
	pool->waking = true;
	return true;
}

int evert_pool_have_threads(struct evert_thread_pool *pool)
{
	size_t left = pool->waiting_count;
	unsigned before;
	int error = 0;

	while (left-- && !error) {
		before = pool->threads;
		error = evert_pool_have_thread(pool);
		if (pool->threads == before)
			break;
	}
	return error;
}

/* ---- Forking ---- */

void evert_pool_join(struct evert_thread_pool *pool)
{
	evert_list_append(&pools, &pool->sibling);
}

/* The child has none of the threads. */
static void in_child(void)
{
	struct evert_thread_pool *pool;
	struct evert_list_node *node;

	for (node = pools.next; node != &pools; node = node->next) {
		pool = evert_container_of(node, struct evert_thread_pool,
					  sibling);
		pool->threads = pool->idle = 0;
		pool->waking = pool->has_last_ended = false;
		evert_thread_cond_init(&pool->work);
		evert_thread_cond_init(&pool->ended);
	}
	current = NULL;
	evert_threads_unlock();
}

int evert_threads_survive_fork(void)
{
	static bool survives;
	int error = 0;

	evert_threads_lock();
	if (!survives)
		error = pthread_atfork(evert_threads_lock, evert_threads_unlock,
				       in_child);
	survives = !error;
	evert_threads_unlock();
	return -error;
}
