/* SPDX-License-Identifier: MIT */
/* One worker: its process, and the connection to it. */
#include "worker_internal.h"

#include <signal.h>

#include "../../deferred/base/memory.h"

enum { SECONDS_TO_LEAVE = 2 };

static struct evert_worker *
worker_of_connection(struct evert_length_prefixed *base)
{
	return evert_container_of(base, struct evert_worker, base);
}

static struct evert_worker *
worker_of_process(struct evert_process_protocol *base)
{
	return evert_container_of(base, struct evert_worker, protocol);
}

static void let_go(struct evert_worker *worker)
{
	struct evert_worker_pool *pool = worker->pool;

	if (--worker->holders)
		return;
	evert_free(worker);
	evert_worker_pool_let_go(pool);
}

/* ---- Work ---- */

static void leave_now(void *arg)
{
	evert_worker_leave(arg);
}

static void be_idle(struct evert_worker *worker)
{
	struct evert_worker_pool *pool = worker->pool;

	evert_list_remove(&worker->node);
	evert_list_append(pool->idle.next, &worker->node);
	worker->leaving = evert_reactor_call_later(
		pool->reactor, pool->options.idle_seconds, leave_now, worker);
}

int evert_worker_give(struct evert_worker *worker, struct evert_worker_job *job)
{
	struct evert_worker_pool *pool = worker->pool;
	int error = evert_length_prefixed_send_string(&worker->base, job->frame,
						      job->length);

	if (error)
		return error;
	evert_delayed_call_cancel(worker->leaving);
	evert_list_remove(&worker->node);
	evert_list_append(&pool->busy, &worker->node);
	evert_list_remove(&job->node);
	pool->waiting_count--;
	worker->is_new = false;
	job->waits = false;
	job->worker = worker;
	worker->job = job;
	return 0;
}

/* ---- The end ---- */

/* Gets no work any more. */
static void give_up(struct evert_worker *worker)
{
	worker->is_over = true;
	worker->job = NULL;
	evert_delayed_call_cancel(worker->leaving);
	evert_list_remove(&worker->node);
	if (worker->process)
		evert_list_append(&worker->pool->over, &worker->node);
}

/* In a fork's child it is the parent's, that goes on. */
static void kill_process(struct evert_worker *worker)
{
	if (worker->process && worker->forks == evert_forks_now())
		evert_process_signal(worker->process, SIGKILL);
}

void evert_worker_kill(struct evert_worker *worker)
{
	give_up(worker);
	kill_process(worker);
}

static void kill_late(void *arg)
{
	kill_process(arg);
}

/* It exits when it has read the end. What hangs while doing so is killed: it
   has a place that others may need. */
void evert_worker_leave(struct evert_worker *worker)
{
	give_up(worker);
	if (worker->is_connected)
		evert_transport_lose_connection(worker->base.base.transport);
	worker->leaving = evert_reactor_call_later(worker->pool->reactor,
						   SECONDS_TO_LEAVE, kill_late,
						   worker);
	if (!evert_delayed_call_active(worker->leaving))
		kill_process(worker);
}

static struct evert_result died(const struct evert_worker *worker,
				const struct evert_exit *exit)
{
	char words[EVERT_EXIT_WORDS];

	return evert_result_fail(EVERT_WORKER_DIED, 0,
				 "worker process %ld %s before it had answered",
				 (long)evert_process_pid(worker->process),
				 evert_exit_words(exit, words));
}

static void disconnect(struct evert_worker *worker)
{
	if (worker->is_connected)
		evert_transport_abort(worker->base.base.transport);
}

/* Its process has ended: its job has failed, its place is free. */
static void end(struct evert_worker *worker, const struct evert_exit *exit)
{
	struct evert_worker_pool *pool = worker->pool;
	struct evert_worker_job *job = worker->job;
	struct evert_result result;

	if (!worker->process)
		return;
	result = job ? died(worker, exit) : evert_result_none();
	worker->process = NULL;
	pool->workers--;
	give_up(worker);
	disconnect(worker);
	evert_worker_pool_hold(pool);
	if (job) {
		job->worker = NULL;
		evert_worker_job_end(job, result);
	}
	evert_worker_pool_go_on(pool);
	evert_worker_pool_let_go(pool);
}

void evert_worker_forget(struct evert_worker *worker)
{
	if (worker->job)
		worker->job->worker = NULL;
	worker->process = NULL;
	worker->pool->workers--;
	give_up(worker);
	disconnect(worker);
}

static void process_exited(struct evert_process_protocol *base,
			   const struct evert_exit *exit)
{
	end(worker_of_process(base), exit);
}

static void process_released(struct evert_process_protocol *base)
{
	let_go(worker_of_process(base));
}

static const struct evert_process_protocol_ops process_ops = {
	.exited = process_exited,
	.ended = process_exited,
	.destroy = process_released,
};

/* ---- The connection ---- */

static struct evert_result read_answer(const char *frame, size_t length)
{
	if (!length)
		return evert_result_fail(EVERT_WORKER_FAILED, 0,
					 "a worker answered nothing");
	if (*frame == EVERT_WORKER_DONE)
		return evert_result_text(frame + 1, length - 1);
	return evert_result_fail(EVERT_WORKER_FAILED, 0, "%.*s",
				 (int)(length - 1), frame + 1);
}

/* The worker has its next job before this one is told. */
static void answered(struct evert_length_prefixed *base, const char *frame,
		     size_t length)
{
	struct evert_worker *worker = worker_of_connection(base);
	struct evert_worker_pool *pool = worker->pool;
	struct evert_worker_job *job = worker->job;

	if (!job)
		return;
	worker->job = NULL;
	job->worker = NULL;
	if (!pool->waiting_count ||
	    evert_worker_give(worker, evert_worker_pool_first(pool)))
		be_idle(worker);
	evert_worker_pool_hold(pool);
	evert_worker_job_end(job, read_answer(frame, length));
	evert_worker_pool_go_on(pool);
	evert_worker_pool_let_go(pool);
}

static void connected(struct evert_length_prefixed *base)
{
	worker_of_connection(base)->is_connected = true;
}

/* What a worker without a connection is at will never be known. How its
   process ended is told when it has. */
static void lost(struct evert_length_prefixed *base,
		 const struct evert_failure *reason)
{
	struct evert_worker *worker = worker_of_connection(base);
	struct evert_worker_job *job = worker->job;

	worker->is_connected = false;
	if (job && evert_failure_is(reason, EVERT_FRAME_REFUSED))
		evert_worker_job_end(job, evert_result_failure_copy(reason));
	else if (job)
		kill_process(worker);
	else if (!worker->is_over)
		evert_worker_kill(worker);
}

static void connection_released(struct evert_length_prefixed *base)
{
	let_go(worker_of_connection(base));
}

static const struct evert_length_prefixed_ops connection_ops = {
	.string_received = answered,
	.connection_made = connected,
	.connection_lost = lost,
	.destroy = connection_released,
};

static struct evert_protocol *build(struct evert_factory *factory,
				    const struct evert_address *peer)
{
	struct evert_worker *worker =
		evert_container_of(factory, struct evert_worker, factory);

	(void)peer;
	worker->holders++;
	return &worker->base.base;
}

/* ---- The beginning ---- */

static struct evert_worker *make(struct evert_worker_pool *pool)
{
	struct evert_worker *worker = evert_allocate(sizeof(*worker));

	if (!worker)
		return NULL;
	*worker = (struct evert_worker){
		.factory.build_protocol = build,
		.protocol.ops = &process_ops,
		.pool = pool,
		.forks = evert_forks_now(),
		.is_new = true,
		.holders = 1,
	};
	evert_length_prefixed_init(&worker->base, &connection_ops,
				   EVERT_WORKER_PREFIX);
	evert_length_prefixed_set_limit(&worker->base, pool->options.limit + 1);
	evert_list_init(&worker->node);
	evert_worker_pool_hold(pool);
	return worker;
}

struct evert_worker *evert_worker_start(struct evert_worker_pool *pool,
					struct evert_failure **failure)
{
	struct evert_worker *worker = make(pool);

	if (worker)
		worker->process = evert_worker_spawn(worker, failure);
	if (worker && worker->process) {
		pool->workers++;
		be_idle(worker);
		return worker;
	}
	if (!*failure)
		*failure = evert_failure_bare(EVERT_NO_MEMORY);
	if (worker)
		let_go(worker);
	return NULL;
}
