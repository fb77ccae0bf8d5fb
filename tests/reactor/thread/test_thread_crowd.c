/* SPDX-License-Identifier: MIT */
/*
 * Jobs in a pool, cancelled at any moment: while they wait, while they run,
 * when they are done and on their way back.
 */
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "../../../deferred/deferred.h"
#include "../../../reactor/thread/thread_pool.h"
#include "../../support/reactor.h"

enum { THREADS = 4, JOBS = 100000, AT_ONCE = 256 };

static struct evert_reactor *reactor;

static struct evert_thread_pool *create(void)
{
	const struct evert_thread_pool_options options = { .threads = THREADS };
	struct evert_thread_pool *pool =
		evert_thread_pool_create(reactor, &options);

	cr_assert(pool != NULL);
	return pool;
}

static void begin(void)
{
	reactor = make_reactor(NULL);
}

static void finish(void)
{
	evert_reactor_destroy(reactor);
}

TestSuite(thread_crowd, .init = begin, .fini = finish);

/* ---- Waking ---- */

static struct evert_result meet(void *all_are_there)
{
	pthread_barrier_wait(all_are_there);
	return evert_result_none();
}

/* Each waits until all are there: they fail to meet where a thread sleeps on.
   First the threads are new, then they wait for work. */
Test(thread_crowd, as_many_threads_as_there_are_calls_are_woken)
{
	struct evert_thread_pool *pool = create();
	struct evert_deferred *calls[THREADS];
	pthread_barrier_t all_are_there;
	int round, i;

	pthread_barrier_init(&all_are_there, NULL, THREADS);
	for (round = 0; round < 100; round++) {
		for (i = 0; i < THREADS; i++)
			calls[i] = evert_defer_to_pool(pool, meet,
						       &all_are_there);
		for (i = 0; i < THREADS; i++)
			evert_result_release(
				turn_until_fired(reactor, calls[i]));
	}
	evert_thread_pool_destroy(pool);
	pthread_barrier_destroy(&all_are_there);
}

/* ---- Cancelling ---- */

struct job {
	struct crowd *crowd;
	struct evert_deferred *outcome;
	unsigned ran;	   /* written in a thread */
	unsigned released; /* because it does not run */
	unsigned done, failed;
};

struct crowd {
	struct evert_thread_pool *pool;
	struct job *jobs;
	size_t count, begun, ended;
	unsigned random;
};

static unsigned draw(struct crowd *crowd, unsigned below)
{
	crowd->random = crowd->random * 1664525 + 1013904223;
	return (crowd->random >> 8) % below;
}

static struct evert_result work(void *arg)
{
	struct job *job = arg;

	job->ran++;
	if ((job - job->crowd->jobs) % 8 == 0)
		sched_yield(); /* some take longer than others */
	return evert_result_textf("done");
}

static void release(void *arg)
{
	struct job *job = arg;

	job->released++;
}

static struct evert_result ended(struct evert_result *in, void *arg)
{
	struct job *job = arg;

	if (evert_result_failed_with(in, EVERT_CANCELLED))
		job->failed++;
	else if (!evert_result_is_failure(in))
		job->done++;
	job->crowd->ended++;
	return evert_result_none();
}

static void begin_one(struct crowd *crowd)
{
	struct job *job = &crowd->jobs[crowd->begun++];

	job->crowd = crowd;
	job->outcome =
		evert_defer_to_pool_with(crowd->pool, work, job, release);
	cr_assert(job->outcome != NULL);
	evert_deferred_add_both(job->outcome, ended, job);
}

/* Any of the latest; it may have ended. */
static void cancel_one(struct crowd *crowd)
{
	size_t back = 1 + draw(crowd, AT_ONCE);

	if (back <= crowd->begun)
		evert_deferred_cancel(
			crowd->jobs[crowd->begun - back].outcome);
}

static void go_on(struct crowd *crowd)
{
	unsigned i;

	for (i = draw(crowd, AT_ONCE); i && crowd->begun < crowd->count; i--) {
		begin_one(crowd);
		if (draw(crowd, 4) == 0)
			cancel_one(crowd);
	}
	do {
		evert_reactor_turn(reactor, 0);
	} while (crowd->begun - crowd->ended > 4 * AT_ONCE);
	for (i = draw(crowd, AT_ONCE / 8); i; i--)
		cancel_one(crowd);
}

/* Of each job exactly one thing became. */
static void check(struct crowd *crowd)
{
	size_t i, never_ran = 0, done = 0;
	struct job *job;

	for (i = 0; i < crowd->count; i++) {
		job = &crowd->jobs[i];
		cr_assert(eq(uint, job->done + job->failed, 1));
		cr_assert(eq(uint, job->ran + job->released, 1));
		cr_assert(not(job->done && job->released));
		never_ran += job->released;
		done += job->done;
		evert_deferred_release(job->outcome);
	}
	/* How many were let go is a matter of the machine's mood. */
	cr_assert(gt(sz, never_ran, 0));
	cr_assert(gt(sz, done, 0));
}

Test(thread_crowd, p79_a_hundred_thousand_cancelled_at_random_each_end_once)
{
	struct crowd crowd = {
		.count = JOBS,
		.random = 1,
		.pool = create(),
	};

	crowd.jobs = calloc(crowd.count, sizeof(*crowd.jobs));
	while (crowd.begun < crowd.count)
		go_on(&crowd);
	turn_until_count(reactor, &crowd.ended, crowd.count);
	evert_thread_pool_destroy(crowd.pool); /* what was let go has returned */
	turn_until_idle(reactor);
	check(&crowd);
	free(crowd.jobs);
}
