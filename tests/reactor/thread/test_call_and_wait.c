/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <math.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "../../../deferred/deferred.h"
#include "../../../reactor/reason.h"
#include "../../../reactor/thread/call_and_wait.h"
#include "../../../reactor/thread/thread_pool.h"
#include "../../support/death.h"
#include "../../support/reactor.h"

static struct evert_reactor *reactor;
static struct evert_firing *slot;
static pthread_t loop;
static size_t calls;

static void begin(void)
{
	reactor = make_reactor(NULL);
	loop = pthread_self();
}

static void finish(void)
{
	evert_reactor_destroy(reactor);
}

TestSuite(call_and_wait, .init = begin, .fini = finish);

/* ---- What is asked ---- */

static struct evert_result here(void *arg)
{
	calls++;
	cr_assert(pthread_equal(loop, pthread_self()));
	return evert_result_textf("%s and back", (const char *)arg);
}

static struct evert_result later(void *arg)
{
	struct evert_deferred *d = evert_deferred_create(&slot);

	calls++;
	*(bool *)arg = true;
	return evert_result_wait(d);
}

static struct evert_result at_once(void *arg)
{
	(void)arg;
	return evert_result_wait(
		evert_deferred_create_fired(evert_result_integer(7)));
}

/* ---- Who asks, in a thread ---- */

static struct evert_result asks_here(void *arg)
{
	return evert_reactor_call_and_wait(reactor, here, arg);
}

static struct evert_result asks_later(void *arg)
{
	return evert_reactor_call_and_wait(reactor, later, arg);
}

static struct evert_result asks_at_once(void *arg)
{
	return evert_reactor_call_and_wait(reactor, at_once, arg);
}

static struct evert_result asks_for_ever(void *arg)
{
	return evert_reactor_call_and_wait_for(reactor, later, arg, INFINITY);
}

static struct evert_result ask(evert_thread_call who, void *arg)
{
	return turn_until_fired(reactor,
				evert_defer_to_thread(reactor, who, arg));
}

Test(call_and_wait, gives_what_the_call_returned_on_the_reactors_thread)
{
	char text[] = "there";
	struct evert_result result = ask(asks_here, text);

	cr_assert(eq(str, (char *)evert_result_as_text(&result),
		     "there and back"));
	evert_result_release(result);
}

Test(call_and_wait, gives_the_outcome_of_a_deferred_that_has_fired)
{
	struct evert_result result = ask(asks_at_once, NULL);

	cr_assert(eq(long, evert_result_as_integer(&result), 7));
}

Test(call_and_wait, waits_for_a_deferred)
{
	bool asked = false;
	struct evert_deferred *d =
		evert_defer_to_thread(reactor, asks_later, &asked);
	struct evert_result result;

	turn_until(reactor, &asked);
	evert_deferred_fire(&slot, evert_result_integer(8));
	result = turn_until_fired(reactor, d);
	cr_assert(eq(long, evert_result_as_integer(&result), 8));
}

static void ask_itself(void *arg)
{
	*(struct evert_result *)arg =
		evert_reactor_call_and_wait(reactor, here, NULL);
	evert_reactor_stop(reactor);
}

Test(call_and_wait, is_refused_on_the_reactors_own_thread)
{
	struct evert_result result;

	evert_reactor_call_later(reactor, 0, ask_itself, &result);
	run_reactor(reactor);
	cr_assert(evert_result_failed_with(&result, EVERT_DEADLOCK));
	evert_result_release(result);
	cr_assert(eq(sz, calls, 0));
}

Test(call_and_wait, seconds_that_are_none_are_refused)
{
	struct evert_result result = ask(asks_for_ever, NULL);

	cr_assert(evert_result_failed_with(&result, EVERT_SYSTEM));
	cr_assert(eq(int, evert_result_as_failure(&result)->error, EINVAL));
	evert_result_release(result);
	cr_assert(eq(sz, calls, 0));
}

Test(call_and_wait, what_was_not_called_in_time_is_never_called)
{
	bool asked = false;
	struct evert_result result =
		evert_reactor_call_and_wait_for(reactor, later, &asked, -1);

	cr_assert(evert_result_failed_with(&result, EVERT_TIMED_OUT));
	evert_result_release(result);
	turn_until_idle(reactor);
	cr_assert(eq(sz, calls, 0));
}

static struct evert_result note_cancel(struct evert_result *in, void *arg)
{
	*(bool *)arg = evert_result_failed_with(in, EVERT_CANCELLED);
	return *in;
}

static bool was_cancelled;

static struct evert_result later_to_be_cancelled(void *arg)
{
	struct evert_deferred *d = evert_deferred_create(&slot);

	evert_deferred_add_both(d, note_cancel, &was_cancelled);
	*(bool *)arg = true;
	return evert_result_wait(d);
}

static struct evert_result asks_until_time_is_over(void *arg)
{
	return evert_reactor_call_and_wait_for(reactor, later_to_be_cancelled,
					       arg, 0.001);
}

Test(call_and_wait, a_deferred_that_takes_too_long_is_cancelled)
{
	bool asked = false;
	struct evert_result result;
	int tries = 0;

	/* On a slow machine the time is over before it was called. */
	do {
		result = ask(asks_until_time_is_over, &asked);
		cr_assert(evert_result_failed_with(&result, EVERT_TIMED_OUT));
		evert_result_release(result);
	} while (!asked && tries++ < 1000);
	cr_assert(asked);
	turn_until(reactor, &was_cancelled);
	evert_deferred_abandon(&slot);
}

Test(call_and_wait, p79_a_thread_that_is_let_go_waits_no_longer)
{
	bool asked = false;
	struct evert_deferred *d = evert_defer_to_thread(
		reactor, asks_later, &asked);

	turn_until(reactor, &asked);
	evert_deferred_cancel(d);
	cr_assert(turn_until_failed(reactor, d) == EVERT_CANCELLED);
	evert_deferred_abandon(&slot);
	turn_until_idle(reactor);
}

static struct evert_deferred *asking;
static bool waits_no_longer;

static struct evert_result lets_go_of_who_asks(void *arg)
{
	struct evert_deferred *d = evert_deferred_create(&slot);
	int i;

	(void)arg;
	evert_deferred_cancel(asking);
	/* Whoever asks looks, and has to wait until this returns. */
	for (i = 0; i < 10000; i++)
		sched_yield();
	return evert_result_wait(d);
}

static void note_end(void *arg)
{
	*(bool *)arg = true;
}

static struct evert_result asks_who_lets_go(void *arg)
{
	struct evert_result result =
		evert_reactor_call_and_wait(reactor, lets_go_of_who_asks, arg);

	evert_reactor_call_from_thread(reactor, note_end, &waits_no_longer);
	return result;
}

Test(call_and_wait, p79_who_is_let_go_by_what_it_asks_waits_no_longer)
{
	asking = evert_defer_to_thread(reactor, asks_who_lets_go, NULL);
	turn_until(reactor, &waits_no_longer);
	cr_assert(turn_until_failed(reactor, asking) == EVERT_CANCELLED);
	turn_until_idle(reactor);
	evert_deferred_abandon(&slot);
}

Test(call_and_wait, p79_destroying_a_pool_does_not_wait_for_who_waits_for_it)
{
	struct evert_thread_pool *pool =
		evert_thread_pool_create(reactor, NULL);
	bool asked = false;
	struct evert_deferred *d =
		evert_defer_to_pool(pool, asks_later, &asked);

	turn_until(reactor, &asked);
	evert_thread_pool_destroy(pool);
	cr_assert(turn_until_failed(reactor, d) == EVERT_CANCELLED);
	evert_deferred_abandon(&slot);
	turn_until_idle(reactor);
}

static struct evert_result destroy_it(void *pool)
{
	evert_thread_pool_destroy(pool);
	return evert_result_none();
}

static struct evert_result asks_to_destroy(void *pool)
{
	return evert_reactor_call_and_wait(reactor, destroy_it, pool);
}

static void destroy_in_an_answer(void *arg)
{
	struct evert_thread_pool *pool =
		evert_thread_pool_create(reactor, NULL);

	(void)arg;
	evert_result_release(turn_until_fired(
		reactor, evert_defer_to_pool(pool, asks_to_destroy, pool)));
}

Test(call_and_wait, what_a_pool_waits_for_can_not_destroy_it)
{
	dies(destroy_in_an_answer, NULL, SIGABRT,
	     "from inside what a call of that pool waits for");
}

/* ---- A thread of one's own, and the reactor's end ---- */

static void *asks_for_long(void *arg)
{
	struct evert_result *result = arg;
	bool asked;

	*result = evert_reactor_call_and_wait(reactor, later, &asked);
	return NULL;
}

Test(call_and_wait, p84_who_waits_when_the_reactor_goes_is_told)
{
	struct evert_result result;
	pthread_t thread;

	pthread_create(&thread, NULL, asks_for_long, &result);
	turn_until_count(reactor, &calls, 1);
	evert_reactor_destroy(reactor);
	reactor = NULL;
	pthread_join(thread, NULL);
	cr_assert(evert_result_failed_with(&result, EVERT_REACTOR_STOPPED));
	evert_result_release(result);
	evert_deferred_abandon(&slot);
}

static void stop(void *arg)
{
	(void)arg;
	evert_reactor_stop(reactor);
}

Test(call_and_wait, p84_who_waits_when_the_reactor_stops_is_told)
{
	struct evert_result result;
	pthread_t thread;

	pthread_create(&thread, NULL, asks_for_long, &result);
	turn_until_count(reactor, &calls, 1);
	evert_reactor_call_later(reactor, 0, stop, NULL);
	run_reactor(reactor);
	pthread_join(thread, NULL);
	cr_assert(evert_result_failed_with(&result, EVERT_REACTOR_STOPPED));
	evert_result_release(result);
	evert_deferred_abandon(&slot);
}

enum { THREADS = 4, QUESTIONS = 500 };

static size_t ended;

static void count_end(void *arg)
{
	(void)arg;
	ended++;
}

static void *asks_often(void *arg)
{
	struct evert_result result;
	char text[] = "there";
	int i;

	for (i = 0; i < QUESTIONS; i++) {
		result = evert_reactor_call_and_wait_for(
			reactor, here, text, i % 3 ? 60 : 1e-5);
		if (evert_result_failed_with(&result, EVERT_TIMED_OUT))
			++*(int *)arg;
		else
			cr_assert(eq(str, (char *)evert_result_as_text(&result),
				     "there and back"));
		evert_result_release(result);
	}
	cr_assert(evert_reactor_call_from_thread(reactor, count_end, NULL) ==
		  0);
	return NULL;
}

Test(call_and_wait, many_threads_may_ask)
{
	pthread_t threads[THREADS];
	int late[THREADS] = { 0 }, i;

	for (i = 0; i < THREADS; i++)
		pthread_create(&threads[i], NULL, asks_often, &late[i]);
	turn_until_count(reactor, &ended, THREADS);
	for (i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
}
