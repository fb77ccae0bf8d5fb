/* SPDX-License-Identifier: MIT */
#include "worker_internal.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <unistd.h>

#include "../../deferred/base/bug.h"
#include "../../deferred/base/memory.h"
#include "../../reactor/reason.h"

static const double USUAL_IDLE_SECONDS = 10;
static const size_t USUAL_LIMIT = (size_t)64 << 20;
static const size_t MOST_LIMIT = (size_t)1 << 30;

enum { USUAL_QUEUE = 65536, LOWEST_PRIORITY = 19 };

const struct evert_error evert_error_worker_failed = EVERT_ERROR_INIT(
	evert_error_worker_failed, EVERT_ERROR, "WORKER_FAILED",
	"a function failed in a worker");
const struct evert_error evert_error_worker_died =
	EVERT_ERROR_INIT(evert_error_worker_died, EVERT_ERROR, "WORKER_DIED",
			 "a worker ended before it had answered");

static struct evert_worker *worker_at(struct evert_list_node *node)
{
	return evert_container_of(node, struct evert_worker, node);
}

/* ---- Going on ---- */

static struct evert_worker *find_worker(struct evert_worker_pool *pool,
					struct evert_failure **failure)
{
	*failure = NULL;
	if (!evert_list_is_empty(&pool->idle))
		return worker_at(pool->idle.next);
	if (pool->workers >= pool->options.workers)
		return NULL;
	return evert_worker_start(pool, failure);
}

/* Without a worker at all nobody would ever come to those that wait. */
static void fail_first(struct evert_worker_pool *pool,
		       struct evert_failure *failure)
{
	if (pool->workers)
		evert_failure_release(failure);
	else
		evert_worker_job_end(evert_worker_pool_first(pool),
				     evert_result_failure(failure));
}

/* One that is not reached any more is over. If it was there before, the next
   may be better; a new one will not. */
static void give_first(struct evert_worker_pool *pool,
		       struct evert_worker *worker)
{
	struct evert_worker_job *job = evert_worker_pool_first(pool);
	int error = evert_worker_give(worker, job);

	if (error && error != -ENOMEM)
		evert_worker_kill(worker);
	if (error == -ENOMEM || (error && worker->is_new))
		evert_worker_job_end(
			job, evert_result_fail(EVERT_SYSTEM, error,
					       "cannot ask a worker"));
}

void evert_worker_pool_go_on(struct evert_worker_pool *pool)
{
	struct evert_failure *failure;
	struct evert_worker *worker;
	bool is_alone;

	while (pool->waiting_count && !pool->ending) {
		worker = find_worker(pool, &failure);
		is_alone = !pool->workers;
		if (worker)
			give_first(pool, worker);
		else if (failure)
			fail_first(pool, failure);
		if (!worker && !is_alone)
			return;
	}
}

/* ---- The end ---- */

void evert_worker_pool_let_go(struct evert_worker_pool *pool)
{
	if (--pool->holders)
		return;
	evert_free(pool);
}

static struct evert_worker_job *any_job(struct evert_worker_pool *pool)
{
	if (pool->waiting_count)
		return evert_worker_pool_first(pool);
	if (!evert_list_is_empty(&pool->busy))
		return worker_at(pool->busy.next)->job;
	return NULL;
}

void evert_worker_pool_fail_all(struct evert_worker_pool *pool,
				const struct evert_error *kind)
{
	struct evert_worker_job *job;

	while ((job = any_job(pool)))
		evert_worker_job_end(
			job, evert_result_failure(evert_failure_bare(kind)));
}

static void end(struct evert_worker_pool *pool, const struct evert_error *kind)
{
	bool was_ending = pool->ending;

	pool->ending = true;
	evert_worker_pool_fail_all(pool, kind);
	while (!evert_list_is_empty(&pool->idle))
		evert_worker_leave(worker_at(pool->idle.next));
	pool->ending = was_ending;
}

/* Before the connections are closed, and before processes are ended one by one:
   then it would seem that the workers died. */
static struct evert_result end_before_stop(void *arg)
{
	struct evert_worker_pool *pool = arg;

	evert_worker_pool_hold(pool);
	end(pool, EVERT_REACTOR_STOPPED);
	evert_worker_pool_let_go(pool);
	return evert_result_none();
}

static void leave_reactor(struct evert_worker_pool *pool)
{
	if (!pool->reactor)
		return;
	evert_reactor_remove_trigger(pool->reactor, EVERT_BEFORE_SHUTDOWN,
				     end_before_stop, pool);
	evert_member_leave(&pool->member);
	evert_list_remove(&pool->errand.node);
	pool->reactor = NULL;
	pool->ending = true;
}

/* What was asked for during the stop; the reactor's own end comes last. */
static void shut_down(struct evert_member *member)
{
	struct evert_worker_pool *pool =
		evert_container_of(member, struct evert_worker_pool, member);
	bool is_last = !pool->reactor->running;

	evert_worker_pool_hold(pool);
	end(pool, EVERT_REACTOR_STOPPED);
	if (is_last)
		leave_reactor(pool);
	evert_worker_pool_let_go(pool);
}

void evert_worker_pool_destroy(struct evert_worker_pool *pool)
{
	if (!pool)
		return;
	if (pool->reactor) {
		evert_reactor_check_running(pool->reactor,
					    "evert_worker_pool_destroy");
		pool->ending = true;
		end(pool, EVERT_ABANDONED);
		leave_reactor(pool);
	}
	evert_worker_pool_let_go(pool);
}

/* ---- Forking ---- */

static struct evert_worker *any_worker(struct evert_worker_pool *pool)
{
	if (!evert_list_is_empty(&pool->idle))
		return worker_at(pool->idle.next);
	if (!evert_list_is_empty(&pool->busy))
		return worker_at(pool->busy.next);
	if (!evert_list_is_empty(&pool->over))
		return worker_at(pool->over.next);
	return NULL;
}

/* What ran is the parent's; what waited goes on. */
static void begin_anew(struct evert_errand *errand)
{
	struct evert_worker_pool *pool =
		evert_container_of(errand, struct evert_worker_pool, errand);
	struct evert_worker_job *job;
	struct evert_worker *worker;

	evert_worker_pool_hold(pool);
	while ((worker = any_worker(pool))) {
		job = worker->job;
		evert_worker_forget(worker);
		if (job)
			evert_worker_job_end(
				job, evert_result_failure(evert_failure_bare(
					     EVERT_ABANDONED)));
	}
	evert_worker_pool_go_on(pool);
	evert_worker_pool_let_go(pool);
}

/* ---- The beginning ---- */

static void check_main(void)
{
	if (!evert_worker_functions())
		evert_bug("evert_worker_pool_create was called, but main did "
			  "not begin with evert_worker_main: every worker "
			  "would be this program once more");
	if (getenv(EVERT_WORKER_VARIABLE))
		evert_bug("this process is a worker, but its main did not "
			  "begin with evert_worker_main");
}

static bool is_valid(const struct evert_worker_pool_options *options)
{
	return isfinite(options->idle_seconds) && options->idle_seconds >= 0 &&
	       options->nice >= 0 && options->nice <= LOWEST_PRIORITY &&
	       options->limit <= MOST_LIMIT;
}

static unsigned processors(void)
{
	long count = sysconf(_SC_NPROCESSORS_ONLN);

	return count > 0 ? (unsigned)count : 1;
}

static void fill_in(struct evert_worker_pool_options *options)
{
	if (!options->workers)
		options->workers = processors();
	if (!options->queue)
		options->queue = USUAL_QUEUE;
	if (!options->limit)
		options->limit = USUAL_LIMIT;
	if (options->idle_seconds == 0)
		options->idle_seconds = USUAL_IDLE_SECONDS;
}

static void init(struct evert_worker_pool *pool, struct evert_reactor *reactor,
		 const struct evert_worker_pool_options *options)
{
	*pool = (struct evert_worker_pool){
		.reactor = reactor,
		.errand.begin_anew = begin_anew,
		.holders = 1,
	};
	if (options)
		pool->options = *options;
	fill_in(&pool->options);
	evert_list_init(&pool->waiting);
	evert_list_init(&pool->idle);
	evert_list_init(&pool->busy);
	evert_list_init(&pool->over);
	evert_member_join(reactor, &pool->member, shut_down);
	evert_errand_join(reactor, &pool->errand);
}

struct evert_worker_pool *
evert_worker_pool_create(struct evert_reactor *reactor,
			 const struct evert_worker_pool_options *options)
{
	struct evert_worker_pool *pool;

	evert_reactor_check_running(reactor, "evert_worker_pool_create");
	check_main();
	if (options && !is_valid(options)) {
		errno = EINVAL;
		return NULL;
	}
	pool = evert_allocate(sizeof(*pool));
	if (!pool || evert_reactor_add_trigger(reactor, EVERT_BEFORE_SHUTDOWN,
					       end_before_stop, pool)) {
		evert_free(pool);
		errno = ENOMEM;
		return NULL;
	}
	init(pool, reactor, options);
	return pool;
}

unsigned evert_worker_pool_workers(const struct evert_worker_pool *pool)
{
	return pool->workers;
}

size_t evert_worker_pool_waiting(const struct evert_worker_pool *pool)
{
	return pool->waiting_count;
}
