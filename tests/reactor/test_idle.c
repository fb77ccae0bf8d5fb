/* SPDX-License-Identifier: MIT */
/* Looking again and again before the loop sleeps. */
#include <errno.h>
#include <math.h>
#include <pthread.h>
#include <string.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "../../reactor/reactor_internal.h"
#include "../support/reactor.h"
#include "../support/system.h"

enum { LOOK = 1000 }; /* nanoseconds that go by when one asks for the time */

static struct test_system kernel;
static struct evert_system_ops ops;
static struct evert_reactor *reactor;
static size_t asked, comes_at; /* how often for the time; when `come` is called */
static void (*come)(void);
static char events[64]; /* what happened, a letter each */

static int64_t now(struct evert_system *system)
{
	(void)system;
	if (++asked == comes_at)
		come();
	kernel.now += LOOK;
	return kernel.now;
}

static void begin(void)
{
	test_system_init(&kernel);
	kernel.virtual_time = true;
	ops = *kernel.base.ops;
	ops.now = now;
	kernel.base.ops = &ops;
	reactor = make_reactor(&kernel.base);
}

static void finish(void)
{
	evert_reactor_destroy(reactor);
}

TestSuite(idle, .init = begin, .fini = finish);

static void spin_for(double seconds)
{
	cr_assert(zero(int, evert_reactor_set_spin(reactor, seconds)));
}

static void note(void *letter)
{
	cr_assert(strlen(events) + 1 < sizeof(events));
	events[strlen(events)] = *(const char *)letter;
}

static size_t looks_of_a_turn(double seconds)
{
	size_t before = test_system_waits(&kernel);

	cr_assert(zero(int, evert_reactor_turn(reactor, seconds)));
	return test_system_waits(&kernel) - before;
}

Test(idle, it_sleeps_at_once_unless_it_is_told_otherwise)
{
	evert_reactor_call_later(reactor, 1, note, "a");
	cr_assert(eq(sz, looks_of_a_turn(-1), 1));
	cr_assert(eq(int, kernel.last_wait, 1000));
	cr_assert(eq(str, events, "a"));
}

Test(idle, it_looks_until_the_time_for_that_is_over_and_sleeps_then)
{
	size_t looks;

	spin_for(50e-6);
	evert_reactor_call_later(reactor, 1, note, "a");
	looks = looks_of_a_turn(-1);
	cr_assert(ge(sz, looks, 45));
	cr_assert(le(sz, looks, 52));
	cr_assert(eq(int, kernel.last_wait, 1000));
	cr_assert(eq(str, events, "a"));
}

Test(idle, it_can_be_told_to_sleep_at_once_again)
{
	spin_for(50e-6);
	spin_for(0);
	evert_reactor_call_later(reactor, 1, note, "a");
	cr_assert(eq(sz, looks_of_a_turn(-1), 1));
}

Test(idle, what_is_due_already_is_not_waited_for)
{
	spin_for(1);
	evert_reactor_call_later(reactor, 0, note, "a");
	cr_assert(eq(sz, looks_of_a_turn(-1), 1));
	cr_assert(eq(str, events, "a"));
}

/* ---- What comes meanwhile ---- */

static void call(void)
{
	cr_assert(zero(int, evert_reactor_call_from_thread(reactor, note,
							    "c")));
}

Test(idle, p42_a_call_from_a_thread_ends_the_looking)
{
	spin_for(1);
	come = call;
	comes_at = asked + 20;
	cr_assert(le(sz, looks_of_a_turn(-1), 20));
	cr_assert(eq(str, events, "c"));
	cr_assert(eq(int, kernel.last_wait, 0));
}

static int64_t called_at;

static void note_time(void *arg)
{
	(void)arg;
	called_at = kernel.now;
}

Test(idle, p37_a_delayed_call_is_made_when_it_is_due_to_the_microsecond)
{
	int64_t begun = kernel.now;

	spin_for(1);
	evert_reactor_call_later(reactor, 20e-6, note_time, NULL);
	looks_of_a_turn(-1);
	cr_assert(ge(i64, called_at - begun, 20 * LOOK));
	cr_assert(le(i64, called_at - begun, 25 * LOOK));
	cr_assert(eq(int, kernel.last_wait, 0));
}

static void call_and_let_time_pass(void)
{
	call();
	kernel.now += 1000000;
}

/* As it is without: messages are descriptors' events, and those come before
   delayed calls. */
Test(idle, p38_what_comes_at_once_is_served_in_the_order_that_turns_have)
{
	spin_for(1);
	evert_reactor_call_later(reactor, 500e-6, note, "d");
	come = call_and_let_time_pass;
	comes_at = asked + 10;
	looks_of_a_turn(-1);
	cr_assert(eq(str, events, "cd"));
}

static void stop(void *arg)
{
	(void)arg;
	evert_reactor_stop(reactor);
}

static void call_stop(void)
{
	cr_assert(zero(int,
		       evert_reactor_call_from_thread(reactor, stop, NULL)));
}

Test(idle, p45_a_stop_from_a_thread_ends_the_run)
{
	spin_for(1e300);
	come = call_stop;
	comes_at = asked + 100;
	run_reactor(reactor);
}

enum { CALLS = 2000 };

static size_t in_order;

static void count_in_order(void *number)
{
	cr_assert(eq(sz, in_order, (size_t)(uintptr_t)number));
	if (++in_order == CALLS)
		evert_reactor_stop(reactor);
}

static void *make_calls(void *arg)
{
	uintptr_t i;

	for (i = 0; i < CALLS; i++)
		cr_assert(zero(int, evert_reactor_call_from_thread(
					    reactor, count_in_order,
					    (void *)i)));
	return arg;
}

Test(idle, p42_a_thread_that_calls_while_it_looks_loses_nothing)
{
	pthread_t thread;

	kernel.virtual_time = false;
	ops.now = evert_system_real()->ops->now;
	spin_for(20e-6);
	cr_assert(zero(int, pthread_create(&thread, NULL, make_calls, NULL)));
	run_reactor(reactor);
	pthread_join(thread, NULL);
	cr_assert(eq(sz, in_order, CALLS));
}

/* ---- No longer than told ---- */

Test(idle, a_turn_that_may_not_wait_looks_once)
{
	spin_for(1);
	cr_assert(eq(sz, looks_of_a_turn(0), 1));
}

static void check_turn_ends_in_time(double spin, double seconds)
{
	int64_t begun = kernel.now;

	spin_for(spin);
	looks_of_a_turn(seconds);
	cr_assert(le(i64, kernel.now - begun,
		     (int64_t)(seconds * 1e9) + 10 * LOOK));
}

Test(idle, a_turn_waits_no_longer_than_it_is_told_looking_included)
{
	check_turn_ends_in_time(10e-3, 2e-3);
	check_turn_ends_in_time(0.5e-3, 2e-3);
	cr_assert(eq(int, kernel.last_wait, 1));
}

static int64_t now_that_stands_still(struct evert_system *system)
{
	(void)system;
	return kernel.now;
}

Test(idle, time_that_moves_only_by_sleeping_is_slept)
{
	ops.now = now_that_stands_still;
	spin_for(1);
	evert_reactor_call_later(reactor, 3, note, "a");
	cr_assert(eq(sz, looks_of_a_turn(-1), 2));
	cr_assert(eq(int, kernel.last_wait, 3000));
	cr_assert(eq(str, events, "a"));
}

/* ---- What can go wrong ---- */

static enum test_call poller_call(void)
{
	return kernel.plans[CALL_POLL].calls ? CALL_POLL : CALL_EPOLL_WAIT;
}

Test(idle, a_signal_while_it_looks_is_no_failure)
{
	spin_for(50e-6);
	looks_of_a_turn(0);
	test_system_fail(&kernel, poller_call(), 10, EINTR, false);
	cr_assert(eq(sz, looks_of_a_turn(-1), 10));
}

Test(idle, looking_that_fails_ends_the_turn_with_the_error)
{
	spin_for(50e-6);
	looks_of_a_turn(0);
	test_system_fail(&kernel, poller_call(), 10, EBADF, false);
	cr_assert(eq(int, evert_reactor_turn(reactor, -1), -EBADF));
}

Test(idle, a_time_that_is_negative_or_not_finite_is_refused)
{
	cr_assert(eq(int, evert_reactor_set_spin(reactor, -1e-9), -EINVAL));
	cr_assert(eq(int, evert_reactor_set_spin(reactor, NAN), -EINVAL));
	cr_assert(eq(int, evert_reactor_set_spin(reactor, INFINITY), -EINVAL));
}
