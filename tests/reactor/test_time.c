/* SPDX-License-Identifier: MIT */
/* Relative time under a reactor, and what waits for time when it ends. */
#include <errno.h>
#include <math.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "../../deferred/clock/clock_internal.h"
#include "../../deferred/coroutine/coroutine_internal.h"
#include "../../deferred/coroutine/sleep.h"
#include "../../deferred/queue.h"
#include "../../reactor/reason.h"
#include "../../reactor/run.h"
#include "../support/diary.h"
#include "../support/reactor.h"
#include "../support/system.h"

static struct test_system kernel; /* with a time of its own */
static struct evert_reactor *reactor;

static void begin(void)
{
	test_system_init(&kernel);
	kernel.virtual_time = true;
	reactor = make_reactor(&kernel.base);
	diary_unhandled();
}

static void finish(void)
{
	evert_reactor_destroy(reactor);
	reactor = NULL;
}

TestSuite(time, .init = begin, .fini = finish);

static double now(void)
{
	return evert_clock_seconds(evert_reactor_clock(reactor));
}

static void stop(void *arg)
{
	(void)arg;
	evert_reactor_stop(reactor);
}

static void work(double seconds)
{
	kernel.now += (int64_t)(seconds * 1e9);
}

/* ---- Relative time counts from the call ---- */

static double asked_at, over_at;

static void note_and_stop(void *arg)
{
	(void)arg;
	over_at = now();
	evert_reactor_stop(reactor);
}

static void work_then_call_later(void *arg)
{
	(void)arg;
	work(0.3);
	asked_at = now();
	evert_reactor_call_later(reactor, 0.2, note_and_stop, NULL);
	work(0.1);
}

Test(time, p90_a_delayed_call_counts_from_the_call)
{
	evert_reactor_call_later(reactor, 0, work_then_call_later, NULL);
	run_reactor(reactor);
	cr_assert(epsilon_eq(dbl, over_at - asked_at, 0.2, 1e-9));
}

static int64_t kernel_now(void)
{
	struct evert_system *system = evert_system_real();

	return system->ops->now(system);
}

static void work_then_call_later_by_the_kernel(void *arg)
{
	struct evert_reactor *r = arg;
	int64_t began = kernel_now(), asked;
	struct evert_delayed_call call;

	evert_reactor_call_later(r, 1, stop, NULL);
	while (kernel_now() < began + 100000)
		;
	asked = kernel_now();
	call = evert_reactor_call_later(r, 1, stop, NULL);
	cr_assert(ge(dbl, evert_delayed_call_time(call),
		     (double)(asked - 1000) / 1e9 + 1));
	evert_reactor_stop(r);
}

Test(time, p90_and_by_the_kernels_clock_to_a_microsecond)
{
	struct evert_reactor *r = evert_reactor_create(NULL);

	evert_reactor_call_later(r, 0, work_then_call_later_by_the_kernel, r);
	run_reactor(r);
	evert_reactor_destroy(r);
}

Test(time, only_the_kernels_time_is_held)
{
	struct evert_reactor *r = evert_reactor_create(NULL);

	cr_assert(zero(u64, evert_reactor_clock(reactor)->holds));
	cr_assert(eq(u64, evert_reactor_clock(r)->holds,
		     evert_ticks_of_a_microsecond()));
	evert_reactor_destroy(r);
}

static struct evert_result work_then_sleep(void *arg)
{
	double began;

	(void)arg;
	work(0.3);
	began = now();
	evert_result_release(evert_await(evert_sleep(0.2)));
	cr_assert(epsilon_eq(dbl, now() - began, 0.2, 1e-9));
	work(0.3);
	began = now();
	evert_result_release(
		evert_await(evert_timeout(0.2, evert_sleep(100))));
	cr_assert(epsilon_eq(dbl, now() - began, 0.2, 1e-9));
	evert_reactor_stop(reactor);
	return evert_result_none();
}

static void spawn_worker(void *arg)
{
	evert_deferred_release(evert_spawn(work_then_sleep, arg));
}

Test(time, p90_sleeps_and_timeouts_count_from_the_call)
{
	evert_reactor_call_later(reactor, 0, spawn_worker, NULL);
	run_reactor(reactor);
	cr_assert(zero(sz, evert_coroutine_count()));
}

/* ---- What outlives the run ---- */

static struct evert_result sleep_and_clean_up(void *arg)
{
	struct evert_result slept = evert_await(evert_sleep(10));

	diary_end(&slept, arg);
	evert_result_release(slept);
	slept = evert_await(evert_deferred_create_fired(evert_result_none()));
	evert_result_release(slept);
	diary_add("clean");
	return evert_result_none();
}

static void spawn_sleeper(void *arg)
{
	evert_deferred_release(evert_spawn(sleep_and_clean_up, arg));
	evert_reactor_call_later(reactor, 1, stop, NULL);
}

Test(time, p85_a_coroutine_that_sleeps_cleans_up_when_the_run_ends)
{
	evert_reactor_call_later(reactor, 0, spawn_sleeper, "sleeper");
	run_reactor(reactor);
	cr_assert(eq(str, diary, "sleeper:REACTOR_STOPPED clean"));
	cr_assert(zero(sz, evert_coroutine_count()));
}

static struct evert_result trigger_that_sleeps(void *arg)
{
	(void)arg;
	return evert_result_wait(evert_sleep(1));
}

Test(time, a_trigger_of_any_phase_may_sleep)
{
	double began = now();

	evert_reactor_add_trigger(reactor, EVERT_BEFORE_SHUTDOWN,
				  trigger_that_sleeps, NULL);
	evert_reactor_add_trigger(reactor, EVERT_DURING_SHUTDOWN,
				  trigger_that_sleeps, NULL);
	evert_reactor_add_trigger(reactor, EVERT_AFTER_SHUTDOWN,
				  trigger_that_sleeps, NULL);
	evert_reactor_call_later(reactor, 0, stop, NULL);
	run_reactor(reactor);
	cr_assert(epsilon_eq(dbl, now() - began, 3, 1e-6));
	cr_assert(eq(str, diary, ""));
}

static struct evert_queue *queue;
static struct evert_deferred *bounded;

static void get_with_a_bound(void *arg)
{
	bounded = evert_timeout(5, evert_queue_get(queue));
	evert_deferred_add_both(bounded, diary_end, arg);
	evert_reactor_stop(reactor);
}

Test(time, p85_what_has_a_bound_does_not_outlive_the_run)
{
	queue = evert_queue_create(1, 1);
	evert_reactor_call_later(reactor, 0, get_with_a_bound, "get");
	run_reactor(reactor);
	cr_assert(eq(str, diary, "get:REACTOR_STOPPED"));
	evert_deferred_release(bounded);
	evert_queue_destroy(queue);
}

static void note(void *name)
{
	diary_add("%s", (char *)name);
}

Test(time, p45_delayed_calls_stay_for_the_next_run)
{
	evert_reactor_call_later(reactor, 2, note, "plain");
	evert_reactor_call_later_with(reactor, 2, note, "owning", note);
	evert_reactor_call_later(reactor, 1, stop, NULL);
	run_reactor(reactor);
	cr_assert(eq(str, diary, ""));
	evert_reactor_call_later(reactor, 3, stop, NULL);
	run_reactor(reactor);
	cr_assert(eq(str, diary, "plain owning"));
}

Test(time, p85_destroyed_a_reactor_releases_what_its_calls_own)
{
	struct evert_deferred *d;

	evert_reactor_call_later(reactor, 2, note, "run");
	evert_reactor_call_later_with(reactor, 2, note, "released", note);
	d = evert_clock_sleep(evert_reactor_clock(reactor), 1);
	evert_deferred_add_both(d, diary_end, "sleep");
	evert_deferred_release(d);
	finish();
	cr_assert(eq(str, diary, "sleep:REACTOR_STOPPED released"));
}

static void use_reactor(void *arg)
{
	static struct recorder_factory factory;
	struct evert_delayed_call call;

	(void)arg;
	recorder_factory_init(&factory, NULL, NULL);
	call = evert_reactor_call_later(reactor, 0, note, "never");
	cr_assert(not(evert_delayed_call_active(call)));
	cr_assert(zero(int, evert_reactor_call_from_thread(reactor, note,
							   "never")));
	evert_deferred_release(evert_connect(reactor, "tcp:127.0.0.1:9",
					     &factory.base));
}

Test(time, p85_a_release_may_use_the_reactor_that_goes)
{
	evert_reactor_call_later_with(reactor, 2, note, NULL, use_reactor);
	finish();
	cr_assert(eq(str, diary, "unhandled:REACTOR_STOPPED"));
}
