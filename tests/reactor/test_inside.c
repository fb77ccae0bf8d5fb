/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <math.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "../../deferred/coroutine/coroutine.h"
#include "../../deferred/coroutine/sleep.h"
#include "../../reactor/run.h"
#include "../../reactor/watch.h"
#include "../support/child.h"
#include "../support/reactor.h"
#include "../support/system.h"

static struct test_system system_for_test;
static struct evert_reactor *reactor;
static size_t called;
static int answer; /* of evert_reactor_turn, in a callback */

static void begin(void)
{
	test_system_init(&system_for_test);
	reactor = make_reactor(&system_for_test.base);
}

static void finish(void)
{
	evert_reactor_destroy(reactor);
}

TestSuite(inside, .init = begin, .fini = finish);

static void call(void *arg)
{
	cr_assert(eq(ptr, evert_reactor_current(), reactor));
	cr_assert(evert_reactor_is_running(reactor));
	called++;
	if (arg)
		evert_reactor_stop(arg);
}

static void later(double seconds)
{
	evert_reactor_call_later(reactor, seconds, call, NULL);
}

/* The descriptor, or -1 on a poller that has none. */
static int fd_of(struct evert_reactor *which)
{
	int fd = evert_reactor_fd(which);

	if (fd >= 0)
		return fd;
	cr_assert(eq(int, fd, -ENOTSUP));
	cr_assert(eq(str, getenv("EVERT_POLLER"), "poll"));
	return -1;
}

static bool is_readable(int fd, int milliseconds)
{
	struct pollfd pollfd = { .fd = fd, .events = POLLIN };

	return poll(&pollfd, 1, milliseconds) == 1;
}

/* ---- Turns ---- */

Test(inside, a_turn_does_not_wait_longer_than_it_is_told)
{
	test_system_stop_time(&system_for_test);
	later(10);
	cr_assert(eq(int, evert_reactor_turn(reactor, 0), 0));
	cr_assert(eq(int, system_for_test.last_wait, 0));
	cr_assert(eq(int, evert_reactor_turn(reactor, 2.0005), 0));
	cr_assert(eq(int, system_for_test.last_wait, 2001));
	cr_assert(eq(sz, called, 0));
	cr_assert(eq(int, evert_reactor_turn(reactor, 20), 0));
	cr_assert(eq(int, system_for_test.last_wait, 7999));
	cr_assert(eq(sz, called, 1));
}

Test(inside, a_negative_time_is_as_long_as_need_be)
{
	test_system_stop_time(&system_for_test);
	later(1e6);
	cr_assert(eq(int, evert_reactor_turn(reactor, -1), 0));
	cr_assert(eq(sz, called, 1));
}

Test(inside, a_time_that_is_not_finite_is_refused)
{
	cr_assert(eq(int, evert_reactor_turn(reactor, NAN), -EINVAL));
	cr_assert(eq(int, evert_reactor_turn(reactor, INFINITY), -EINVAL));
}

Test(inside, between_turns_it_does_not_run)
{
	later(0);
	cr_assert(eq(int, evert_reactor_turn(reactor, 0), 0));
	cr_assert(eq(sz, called, 1));
	cr_assert(eq(ptr, evert_reactor_current(), NULL));
	cr_assert(not(evert_reactor_is_running(reactor)));
}

Test(inside, the_turn_after_a_stop_is_the_last)
{
	evert_reactor_call_later(reactor, 0, call, reactor);
	cr_assert(eq(int, evert_reactor_turn(reactor, 0), -ESHUTDOWN));
	cr_assert(eq(int, evert_reactor_turn(reactor, 0), 0));
	evert_reactor_stop(reactor);
	cr_assert(eq(int, evert_reactor_turn(reactor, -1), -ESHUTDOWN));
}

static struct evert_result wait_a_second(void *arg)
{
	return evert_result_wait(
		evert_clock_sleep(evert_reactor_clock(arg), 1));
}

Test(inside, the_last_turn_waits_for_the_shutdown)
{
	test_system_stop_time(&system_for_test);
	cr_assert(eq(int,
		     evert_reactor_add_trigger(reactor, EVERT_BEFORE_SHUTDOWN,
					       wait_a_second, reactor),
		     0));
	later(0.5);
	evert_reactor_stop(reactor);
	cr_assert(eq(int, evert_reactor_turn(reactor, 0), -ESHUTDOWN));
	cr_assert(eq(sz, called, 1));
}

Test(inside, a_signal_ends_it_in_order)
{
	cr_assert(eq(int, evert_reactor_handle_signals(reactor), 0));
	cr_assert(eq(int, evert_reactor_turn(reactor, 0), 0));
	raise(SIGTERM);
	cr_assert(eq(int, evert_reactor_turn(reactor, -1), -ESHUTDOWN));
	raise(SIGTERM);
	cr_assert(eq(int, evert_reactor_turn(reactor, -1), -ESHUTDOWN));
}

static void turn_inside(void *arg)
{
	(void)arg;
	answer = evert_reactor_turn(reactor, 0);
}

Test(inside, a_turn_inside_a_callback_is_refused)
{
	evert_reactor_call_later(reactor, 0, turn_inside, NULL);
	turn(reactor);
	cr_assert(eq(int, answer, -EBUSY));
}

static struct evert_result turn_in_a_coroutine(void *arg)
{
	turn_inside(arg);
	return evert_result_none();
}

Test(inside, a_turn_in_a_coroutine_is_refused)
{
	evert_deferred_release(evert_spawn(turn_in_a_coroutine, NULL));
	cr_assert(eq(int, answer, -EBUSY));
}

static struct evert_result sleep_a_second(void *arg)
{
	(void)arg;
	evert_result_release(evert_await(evert_sleep(1)));
	called++;
	return evert_result_none();
}

static void spawn(void *arg)
{
	evert_deferred_release(evert_spawn(sleep_a_second, arg));
}

Test(inside, coroutines_run_in_turns)
{
	test_system_stop_time(&system_for_test);
	evert_reactor_call_later(reactor, 0, spawn, NULL);
	while (!called)
		cr_assert(eq(int, evert_reactor_turn(reactor, -1), 0));
}

/* ---- When to turn ---- */

Test(inside, it_says_when_a_turn_is_due)
{
	test_system_stop_time(&system_for_test);
	cr_assert(evert_reactor_prepare(reactor) < 0);
	later(3);
	cr_assert(epsilon_eq(dbl, evert_reactor_prepare(reactor), 3, 1e-6));
	later(0);
	cr_assert(eq(dbl, evert_reactor_prepare(reactor), 0));
	turn(reactor);
	cr_assert(epsilon_eq(dbl, evert_reactor_prepare(reactor), 3, 1e-6));
	evert_reactor_stop(reactor);
	cr_assert(eq(dbl, evert_reactor_prepare(reactor), 0));
}

static void post(void)
{
	cr_assert(eq(int, evert_reactor_call_from_thread(reactor, call, NULL),
		     0));
}

Test(inside, its_descriptor_is_readable_when_there_is_something_to_do)
{
	int fd = fd_of(reactor);

	if (fd < 0)
		return;
	cr_assert(not(is_readable(fd, 0)));
	post();
	cr_assert(is_readable(fd, 1000));
	cr_assert(eq(int, evert_reactor_turn(reactor, 0), 0));
	cr_assert(eq(sz, called, 1));
	cr_assert(not(is_readable(fd, 0)));
}

Test(inside, its_descriptor_knows_the_time)
{
	int fd;

	later(0.01);
	fd = fd_of(reactor);
	if (fd < 0)
		return;
	while (!called) {
		cr_assert(is_readable(fd, 10000));
		cr_assert(eq(int, evert_reactor_turn(reactor, 0), 0));
	}
	cr_assert(not(is_readable(fd, 0)));
	later(0);
	cr_assert(not(is_readable(fd, 0)));
	evert_reactor_prepare(reactor);
	cr_assert(is_readable(fd, 10000));
}

/* The alarm is not left ringing in the loop. */
Test(inside, it_may_run_by_itself_again)
{
	size_t before;

	later(0.001);
	if (fd_of(reactor) < 0)
		return;
	evert_reactor_call_later(reactor, 0.05, call, reactor);
	before = test_system_waits(&system_for_test);
	run_reactor(reactor);
	cr_assert(eq(sz, called, 2));
	cr_assert(test_system_waits(&system_for_test) - before < 20);
}

Test(inside, without_descriptors_there_is_none_for_it)
{
	test_system_fail(&system_for_test, CALL_TIMERFD_CREATE, 1, EMFILE,
			 false);
	if (!strcmp(getenv("EVERT_POLLER"), "poll"))
		return;
	cr_assert(eq(int, evert_reactor_fd(reactor), -EMFILE));
	cr_assert(evert_reactor_fd(reactor) >= 0);
	cr_assert(eq(int, evert_reactor_fd(reactor),
		     evert_reactor_fd(reactor)));
}

/* ---- Inside another one ---- */

static void turn_inner(struct evert_watcher *watcher, unsigned ready, void *arg)
{
	(void)ready;
	if (evert_reactor_turn(reactor, 0) == -ESHUTDOWN) {
		evert_watcher_destroy(watcher);
		evert_reactor_stop(arg);
	}
	cr_assert(eq(ptr, evert_reactor_current(), arg));
}

Test(inside, a_reactor_can_drive_another)
{
	struct evert_reactor *outer;
	int fd;

	evert_reactor_call_later(reactor, 0.02, call, reactor);
	later(0.01);
	fd = fd_of(reactor);
	if (fd < 0)
		return;
	outer = make_reactor(NULL);
	cr_assert(ne(ptr,
		     evert_watcher_create(outer, fd, EVERT_READ, turn_inner,
					  outer),
		     NULL));
	run_reactor(outer);
	cr_assert(eq(sz, called, 2));
	evert_reactor_destroy(outer);
}

static bool works_in_the_child(void)
{
	int fd = evert_reactor_fd(reactor);

	later(0.001);
	evert_reactor_prepare(reactor);
	return is_readable(fd, 10000) &&
	       evert_reactor_turn(reactor, -1) == 0;
}

/* Promise 81. */
Test(inside, a_child_has_a_descriptor_of_its_own)
{
	int fd = fd_of(reactor);

	if (fd < 0)
		return;
	later(3600);
	cr_assert(child(works_in_the_child));
	cr_assert(not(is_readable(fd, 0)));
	post();
	cr_assert(is_readable(fd, 1000));
}

/* As long as a poller can wait. */
Test(inside, a_turn_may_wait_for_years)
{
	later(0);
	cr_assert(zero(int, evert_reactor_turn(reactor, 1e12)));
	cr_assert(eq(sz, called, 1));
}

/* ---- In a fork's child ---- */

static bool turns_at_once(void)
{
	later(3);
	return evert_reactor_prepare(reactor) == 0 &&
	       evert_reactor_turn(reactor, 0) == 0 &&
	       evert_reactor_prepare(reactor) > 2;
}

Test(inside, the_first_turn_of_a_forks_child_is_due_at_once)
{
	cr_assert(child(turns_at_once));
}
