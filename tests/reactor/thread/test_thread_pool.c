/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <math.h>
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <signal.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "../../../deferred/combine.h"
#include "../../../deferred/deferred.h"
#include "../../../reactor/reason.h"
#include "../../../reactor/thread/thread_pool.h"
#include "../../support/child.h"
#include "../../support/death.h"
#include "../../support/memory.h"
#include "../../support/reactor.h"
#include "../../support/system.h"

static struct test_system kernel;
static struct evert_reactor *reactor;
static sem_t begun, go_on;
static size_t released;

static void begin(void)
{
	test_system_init(&kernel);
	reactor = make_reactor(&kernel.base);
	sem_init(&begun, 0, 0);
	sem_init(&go_on, 0, 0);
}

static void finish(void)
{
	evert_reactor_destroy(reactor);
}

TestSuite(thread_pool, .init = begin, .fini = finish);

static struct evert_result twice(void *arg)
{
	return evert_result_integer(2 * *(int *)arg);
}

static struct evert_result where(void *arg)
{
	*(pthread_t *)arg = pthread_self();
	return evert_result_none();
}

/* Says that it runs, and waits until it may go on. */
static struct evert_result hold(void *arg)
{
	(void)arg;
	sem_post(&begun);
	sem_wait(&go_on);
	return evert_result_textf("held");
}

static void count_release(void *arg)
{
	(void)arg;
	released++;
}

/* For one that waits: when it is failed, what runs may go on. */
static void let_go_on(void *arg)
{
	(void)arg;
	sem_post(&go_on);
}

static struct evert_thread_pool *create(unsigned threads, size_t queue)
{
	struct evert_thread_pool_options options = { threads, queue, 0 };
	struct evert_thread_pool *pool =
		evert_thread_pool_create(reactor, &options);

	cr_assert(pool != NULL);
	return pool;
}

/* One that a thread has begun with. */
static struct evert_deferred *held(struct evert_thread_pool *pool)
{
	struct evert_deferred *d = evert_defer_to_pool(pool, hold, NULL);

	sem_wait(&begun);
	return d;
}

static int64_t integer(struct evert_deferred *d)
{
	struct evert_result result = turn_until_fired(reactor, d);

	return evert_result_as_integer(&result);
}

static void is_held(struct evert_deferred *d)
{
	struct evert_result result = turn_until_fired(reactor, d);

	cr_assert(eq(str, (char *)evert_result_as_text(&result), "held"));
	evert_result_release(result);
}

/* ---- Calls ---- */

Test(thread_pool, p79_gives_what_the_call_returned)
{
	int number = 21;

	cr_assert(eq(long, integer(evert_defer_to_thread(reactor, twice,
							 &number)),
		     42));
}

Test(thread_pool, p79_runs_it_in_another_thread)
{
	pthread_t thread = pthread_self();

	evert_result_release(turn_until_fired(
		reactor, evert_defer_to_thread(reactor, where, &thread)));
	cr_assert(not(pthread_equal(thread, pthread_self())));
}

static struct evert_result fails(void *arg)
{
	(void)arg;
	return evert_result_fail(EVERT_SYSTEM, EIO, "reading");
}

Test(thread_pool, p79_a_failure_comes_through)
{
	cr_assert(turn_until_failed(reactor, evert_defer_to_thread(
						     reactor, fails, NULL)) ==
		  EVERT_SYSTEM);
}

static struct evert_result next_number(void *arg)
{
	int *number = arg;

	return evert_result_integer((*number)++);
}

Test(thread_pool, one_thread_takes_calls_in_order)
{
	struct evert_thread_pool *pool = create(1, 0);
	struct evert_deferred *ds[100];
	int number = 0, i;

	for (i = 0; i < 100; i++)
		ds[i] = evert_defer_to_pool(pool, next_number, &number);
	for (i = 0; i < 100; i++)
		cr_assert(eq(long, integer(ds[i]), i));
	cr_assert(eq(uint, evert_thread_pool_threads(pool), 1));
	evert_thread_pool_destroy(pool);
}

Test(thread_pool, has_no_more_threads_than_it_may)
{
	struct evert_thread_pool *pool = create(2, 0);
	struct evert_deferred *a = held(pool), *b = held(pool), *c;

	c = evert_defer_to_pool(pool, hold, NULL);
	cr_assert(eq(sz, evert_thread_pool_waiting(pool), 1));
	cr_assert(eq(uint, evert_thread_pool_threads(pool), 2));
	sem_post(&go_on);
	sem_post(&go_on);
	sem_post(&go_on);
	is_held(a);
	is_held(b);
	is_held(c);
	evert_thread_pool_destroy(pool);
}

Test(thread_pool, may_have_more_or_fewer_threads_later)
{
	struct evert_thread_pool *pool = create(1, 0);
	struct evert_deferred *a = held(pool), *b;

	evert_thread_pool_set_threads(pool, 2);
	b = held(pool);
	evert_thread_pool_set_threads(pool, 0);
	sem_post(&go_on);
	sem_post(&go_on);
	is_held(a);
	is_held(b);
	while (evert_thread_pool_threads(pool) > 1)
		sched_yield();
	evert_thread_pool_destroy(pool);
}

Test(thread_pool, more_threads_take_what_waits_already)
{
	struct evert_thread_pool *pool = create(1, 0);
	struct evert_deferred *calls[4];
	size_t i;

	calls[0] = held(pool);
	for (i = 1; i < 4; i++)
		calls[i] = evert_defer_to_pool(pool, hold, NULL);
	evert_thread_pool_set_threads(pool, 3);
	cr_assert(eq(uint, evert_thread_pool_threads(pool), 3));
	sem_wait(&begun);
	sem_wait(&begun);
	for (i = 0; i < 4; i++)
		sem_post(&go_on);
	for (i = 0; i < 4; i++)
		is_held(calls[i]);
	evert_thread_pool_destroy(pool);
}

Test(thread_pool, an_idle_thread_ends_after_a_while)
{
	struct evert_thread_pool_options options = { 0, 0, 1e-9 };
	struct evert_thread_pool *pool =
		evert_thread_pool_create(reactor, &options);
	int number = 1;

	cr_assert(eq(long, integer(evert_defer_to_pool(pool, twice, &number)),
		     2));
	while (evert_thread_pool_threads(pool))
		sched_yield();
	cr_assert(eq(long, integer(evert_defer_to_pool(pool, twice, &number)),
		     2));
	evert_thread_pool_destroy(pool);
}

Test(thread_pool, an_idle_time_that_is_none_is_refused)
{
	struct evert_thread_pool_options options = { 0, 0, INFINITY };

	cr_assert(evert_thread_pool_create(reactor, &options) == NULL);
	cr_assert(eq(int, errno, EINVAL));
	options.idle_seconds = -1;
	cr_assert(evert_thread_pool_create(reactor, &options) == NULL);
}

Test(thread_pool, a_full_queue_refuses)
{
	struct evert_thread_pool *pool = create(1, 1);
	struct evert_deferred *a = held(pool), *b;

	b = evert_defer_to_pool(pool, hold, NULL);
	cr_assert(turn_until_failed(reactor, evert_defer_to_pool_with(
						     pool, hold, NULL,
						     count_release)) ==
		  EVERT_QUEUE_OVERFLOW);
	cr_assert(eq(sz, released, 1));
	sem_post(&go_on);
	sem_post(&go_on);
	is_held(a);
	is_held(b);
	evert_thread_pool_destroy(pool);
}

Test(thread_pool, without_a_thread_it_fails_with_why)
{
	test_system_fail(&kernel, CALL_START_THREAD, 1, EAGAIN, false);
	cr_assert(turn_until_failed(reactor, evert_defer_to_thread_with(
						     reactor, hold, NULL,
						     count_release)) ==
		  EVERT_SYSTEM);
	cr_assert(eq(sz, released, 1));
}

static struct evert_result returns_a_deferred(void *arg)
{
	struct evert_firing *slot;

	(void)arg;
	return evert_result_wait(evert_deferred_create(&slot));
}

static void wait_in_a_thread(void *arg)
{
	(void)arg;
	evert_deferred_release(
		evert_defer_to_thread(reactor, returns_a_deferred, NULL));
	evert_reactor_run(reactor);
}

Test(thread_pool, a_deferred_from_a_thread_stops_the_program)
{
	dies(wait_in_a_thread, NULL, SIGABRT,
	     "a call in a thread returned a Deferred");
}

/* ---- Cancelling ---- */

Test(thread_pool, p79_cancelled_while_it_waits_it_never_runs)
{
	struct evert_thread_pool *pool = create(1, 0);
	struct evert_deferred *a = held(pool), *b;

	b = evert_defer_to_pool_with(pool, hold, NULL, count_release);
	evert_deferred_cancel(b);
	cr_assert(eq(sz, evert_thread_pool_waiting(pool), 0));
	cr_assert(eq(sz, released, 1));
	cr_assert(turn_until_failed(reactor, b) == EVERT_CANCELLED);
	sem_post(&go_on);
	is_held(a);
	evert_thread_pool_destroy(pool);
	cr_assert(eq(int, sem_trywait(&begun), -1));
}

static struct evert_result until_let_go(void *arg)
{
	(void)arg;
	sem_post(&begun);
	while (!evert_thread_is_let_go())
		sched_yield();
	return evert_result_textf("nobody wants this");
}

Test(thread_pool, p79_cancelled_while_it_runs_it_is_let_go)
{
	struct evert_deferred *d =
		evert_defer_to_thread(reactor, until_let_go, NULL);

	sem_wait(&begun);
	evert_deferred_cancel(d);
	cr_assert(turn_until_failed(reactor, d) == EVERT_CANCELLED);
	cr_assert(not(evert_thread_is_let_go()));
}

/* ---- Ends ---- */

Test(thread_pool, p79_destroying_it_waits_for_what_runs_and_fails_what_waits)
{
	struct evert_thread_pool *pool = create(1, 0);
	struct evert_deferred *a = held(pool), *b;

	b = evert_defer_to_pool_with(pool, hold, NULL, let_go_on);
	evert_thread_pool_destroy(pool);
	cr_assert(turn_until_failed(reactor, b) == EVERT_ABANDONED);
	is_held(a);
}

static const struct evert_error *kind;

static struct evert_result note_kind(struct evert_result *in, void *arg)
{
	(void)arg;
	kind = evert_result_as_failure(in)->kind;
	return evert_result_none();
}

static struct evert_result note_place(struct evert_result *in, void *place)
{
	*(const char **)place = evert_result_as_failure(in)->place;
	return evert_result_none();
}

Test(thread_pool, p79_what_never_ran_says_where_it_was_asked)
{
	struct evert_thread_pool *pool = create(1, 0);
	struct evert_deferred *a = held(pool), *b;
	const char *place = NULL;

	b = evert_defer_to_pool_at(pool, hold, NULL, let_go_on, "here");
	evert_deferred_add_errback(b, note_place, &place);
	evert_deferred_release(b);
	evert_thread_pool_destroy(pool);
	cr_assert(eq(str, (char *)place, "here"));
	is_held(a);
}

static struct evert_result note_text(struct evert_result *in, void *arg)
{
	(void)arg;
	cr_assert(eq(str, (char *)evert_result_as_text(in), "held"));
	released++;
	return evert_result_none();
}

Test(thread_pool, p84_a_pool_may_outlive_its_reactor)
{
	struct evert_thread_pool *pool = create(1, 0);
	struct evert_deferred *a = held(pool), *b;

	b = evert_defer_to_pool_with(pool, hold, NULL, let_go_on);
	evert_deferred_add_callback(a, note_text, NULL);
	evert_deferred_add_errback(b, note_kind, NULL);
	evert_deferred_release(a);
	evert_deferred_release(b);
	evert_reactor_destroy(reactor);
	reactor = NULL;
	cr_assert(kind == EVERT_REACTOR_STOPPED);
	cr_assert(eq(sz, released, 1));
	a = evert_defer_to_pool(pool, hold, NULL);
	evert_deferred_add_errback(a, note_kind, NULL);
	evert_deferred_release(a);
	cr_assert(kind == EVERT_REACTOR_STOPPED);
	evert_thread_pool_destroy(pool);
}

static void stop(void *arg)
{
	(void)arg;
	evert_reactor_stop(reactor);
}

Test(thread_pool, p79_a_stop_waits_for_what_runs_and_fails_what_waits)
{
	struct evert_thread_pool *pool = create(1, 0);
	struct evert_deferred *a = held(pool), *b;

	b = evert_defer_to_pool_with(pool, hold, NULL, let_go_on);
	evert_deferred_add_callback(a, note_text, NULL);
	evert_deferred_add_errback(b, note_kind, NULL);
	evert_deferred_release(a);
	evert_deferred_release(b);
	evert_reactor_call_later(reactor, 0, stop, NULL);
	run_reactor(reactor);
	cr_assert(kind == EVERT_REACTOR_STOPPED);
	cr_assert(eq(sz, released, 1));
	/* The next run finds it in order. */
	sem_post(&go_on);
	is_held(held(pool));
	evert_thread_pool_destroy(pool);
}

static struct evert_result destroy_pool(struct evert_result *in, void *pool)
{
	evert_thread_pool_destroy(pool);
	return note_kind(in, NULL);
}

Test(thread_pool, p24_who_is_cancelled_may_destroy_it)
{
	struct evert_thread_pool *pool = create(1, 0);
	struct evert_deferred *a = held(pool), *b;

	b = evert_defer_to_pool_with(pool, hold, NULL, let_go_on);
	evert_deferred_add_errback(b, destroy_pool, pool);
	evert_deferred_cancel(b);
	cr_assert(kind == EVERT_CANCELLED);
	evert_deferred_release(b);
	is_held(a);
}

Test(thread_pool, p24_who_is_let_go_may_destroy_it)
{
	struct evert_thread_pool *pool = create(1, 0);
	struct evert_deferred *a = held(pool);

	evert_deferred_add_errback(a, destroy_pool, pool);
	sem_post(&go_on);
	evert_deferred_cancel(a);
	cr_assert(kind == EVERT_CANCELLED);
	evert_deferred_release(a);
}

/* One that runs, and one that waits, and when it fails destroys the pool. */
static void run_and_wait(struct evert_thread_pool *pool)
{
	struct evert_deferred *a = held(pool), *b;

	b = evert_defer_to_pool_with(pool, hold, NULL, let_go_on);
	evert_deferred_add_callback(a, note_text, NULL);
	evert_deferred_add_errback(b, destroy_pool, pool);
	evert_deferred_release(a);
	evert_deferred_release(b);
}

Test(thread_pool, p85_who_fails_at_a_stop_may_destroy_it)
{
	run_and_wait(create(1, 0));
	evert_reactor_call_later(reactor, 0, stop, NULL);
	run_reactor(reactor);
	cr_assert(kind == EVERT_REACTOR_STOPPED);
	cr_assert(eq(sz, released, 1));
}

static pthread_key_t left_behind;

static void take_away(void *gone)
{
	int i;

	for (i = 0; i < 10000; i++)
		sched_yield();
	*(bool *)gone = true;
}

static struct evert_result leave_behind(void *gone)
{
	pthread_setspecific(left_behind, gone);
	return evert_result_none();
}

Test(thread_pool, p79_what_its_threads_leave_behind_goes_with_it)
{
	struct evert_thread_pool_options options = { .threads = 2 };
	struct evert_thread_pool *pool =
		evert_thread_pool_create(reactor, &options);
	bool gone[2] = { false, false };
	struct evert_deferred *first, *second;

	pthread_key_create(&left_behind, take_away);
	first = evert_defer_to_pool(pool, leave_behind, &gone[0]);
	second = evert_defer_to_pool(pool, leave_behind, &gone[1]);
	evert_result_release(turn_until_fired(reactor, first));
	evert_result_release(turn_until_fired(reactor, second));
	evert_thread_pool_destroy(pool);
	cr_assert(gone[0] || gone[1]);
	pthread_key_delete(left_behind);
}

Test(thread_pool, p85_who_fails_when_the_reactor_goes_may_destroy_it)
{
	run_and_wait(create(1, 0));
	evert_reactor_destroy(reactor);
	reactor = NULL;
	cr_assert(kind == EVERT_REACTOR_STOPPED);
	cr_assert(eq(sz, released, 1));
}

static struct evert_result begin_in(struct evert_result *in, void *pool)
{
	struct evert_deferred *d;

	(void)in;
	d = evert_defer_to_pool_with(pool, hold, NULL, count_release);
	evert_deferred_add_errback(d, note_kind, NULL);
	evert_deferred_release(d);
	return evert_result_none();
}

Test(thread_pool, p79_what_begins_while_it_is_destroyed_fails)
{
	struct evert_thread_pool *pool = create(1, 0);
	struct evert_deferred *a = held(pool), *b;

	b = evert_defer_to_pool_with(pool, hold, NULL, let_go_on);
	evert_deferred_add_errback(b, begin_in, pool);
	evert_deferred_release(b);
	evert_thread_pool_destroy(pool);
	cr_assert(kind == EVERT_ABANDONED);
	cr_assert(eq(sz, released, 1));
	is_held(a);
}

static struct evert_result begin_another(struct evert_result *in, void *arg)
{
	struct evert_deferred *d;

	(void)in;
	d = evert_defer_to_thread_with(reactor, hold, NULL, count_release);
	evert_deferred_add_errback(d, note_kind, arg);
	evert_deferred_release(d);
	return evert_result_none();
}

Test(thread_pool, p84_what_begins_while_the_reactor_goes_fails)
{
	struct evert_thread_pool *pool = create(1, 0);
	struct evert_deferred *a = held(pool);

	evert_deferred_add_both(a, begin_another, NULL);
	evert_deferred_release(a);
	sem_post(&go_on);
	evert_reactor_destroy(reactor);
	reactor = NULL;
	cr_assert(kind == EVERT_REACTOR_STOPPED);
	cr_assert(eq(sz, released, 1));
	evert_thread_pool_destroy(pool);
}

static void destroy_its_own(void *arg)
{
	(void)arg;
	evert_thread_pool_destroy(evert_reactor_thread_pool(reactor));
}

Test(thread_pool, the_reactors_own_can_not_be_destroyed)
{
	dies(destroy_its_own, NULL, SIGABRT, "the reactor's own pool");
}

/* ---- Forking ---- */

static struct evert_thread_pool *shared;
static struct evert_deferred *running, *waiting;

static bool goes_on_in_a_child(void)
{
	bool lost, ran;

	sem_post(&go_on);
	lost = turn_until_failed(reactor, running) == EVERT_ABANDONED;
	is_held(waiting);
	evert_thread_pool_destroy(shared);
	ran = !sem_trywait(&begun);
	evert_reactor_destroy(reactor);
	reactor = NULL;
	return lost && ran;
}

Test(thread_pool, p81_in_a_child_what_waited_runs_and_what_ran_fails)
{
	shared = create(1, 0);
	running = held(shared);
	waiting = evert_defer_to_pool(shared, hold, NULL);
	cr_assert(child_exits(goes_on_in_a_child));
	sem_post(&go_on);
	sem_post(&go_on);
	is_held(running);
	is_held(waiting);
	evert_thread_pool_destroy(shared);
}

static struct evert_thread_pool *next_pool;

static bool destroys_the_next_in_a_child(void)
{
	evert_deferred_add_errback(running, destroy_pool, next_pool);
	evert_deferred_release(running);
	turn(reactor);
	evert_reactor_destroy(reactor);
	reactor = NULL;
	evert_thread_pool_destroy(shared);
	return kind == EVERT_ABANDONED;
}

Test(thread_pool, p81_who_fails_in_a_child_may_destroy_another)
{
	shared = create(1, 0);
	next_pool = create(1, 0);
	running = held(shared);
	cr_assert(child_exits(destroys_the_next_in_a_child));
	sem_post(&go_on);
	is_held(running);
	evert_thread_pool_destroy(shared);
	evert_thread_pool_destroy(next_pool);
}

static bool gives_up_in_a_child(void)
{
	evert_deferred_add_errback(running, note_kind, NULL);
	evert_deferred_release(running);
	evert_deferred_add_errback(waiting, note_kind, NULL);
	evert_deferred_release(waiting);
	evert_reactor_destroy(reactor);
	reactor = NULL;
	evert_thread_pool_destroy(shared);
	return kind == EVERT_REACTOR_STOPPED;
}

Test(thread_pool, p81_a_child_may_give_it_up)
{
	shared = create(1, 0);
	running = held(shared);
	waiting = evert_defer_to_pool(shared, hold, NULL);
	cr_assert(child_exits(gives_up_in_a_child));
	sem_post(&go_on);
	sem_post(&go_on);
	is_held(running);
	is_held(waiting);
	evert_thread_pool_destroy(shared);
}

/* ---- Memory ---- */

static struct evert_result end_run(struct evert_result *in, void *arg)
{
	evert_reactor_stop(arg);
	return evert_result_is_failure(in) ? evert_result_none() : *in;
}

static void in_a_run(void *arg)
{
	struct evert_reactor *own = evert_reactor_create(NULL);
	struct evert_deferred *d;
	int number = 4;

	released = 0;
	if (!own)
		return;
	d = evert_defer_to_thread_with(own, twice, &number, count_release);
	if (d) {
		evert_deferred_add_both(d, end_run, own);
		evert_deferred_release(d);
		cr_assert(eq(int, evert_reactor_run(own), 0));
	} else {
		cr_assert(eq(sz, released, 1));
	}
	evert_reactor_destroy(own);
	(void)arg;
}

Test(thread_pool_memory, p96_wherever_memory_runs_out_all_is_told_and_released)
{
	fail_every_allocation(in_a_run, NULL);
}
