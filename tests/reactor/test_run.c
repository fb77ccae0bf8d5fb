/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <math.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <criterion/redirect.h>

#include "../../deferred/coroutine/coroutine_internal.h"
#include "../../deferred/queue.h"
#include "../../reactor/run_internal.h"
#include "../support/death.h"
#include "../support/diary.h"
#include "../support/memory.h"
#include "../support/reactor.h"
#include "../support/stalled.h"
#include "../support/stream.h"
#include "../support/system.h"

static struct test_system kernel; /* with a time of its own */

static void begin(void)
{
	test_system_init(&kernel);
	kernel.virtual_time = true;
	diary_unhandled();
}

TestSuite(run, .init = begin);

static int run(evert_body body)
{
	return evert_run_on(make_reactor(&kernel.base), body, NULL, "body",
			    EVERT_HERE);
}

/* Asserts that "PROGRAM: text" was printed and nothing else; or nothing. */
static void expect_printed(const char *text)
{
	char printed[256], expected[256] = "";
	size_t length;

	fflush(stderr);
	length = fread(printed, 1, sizeof(printed) - 1,
		       cr_get_redirected_stderr());
	printed[length] = '\0';
	if (text)
		snprintf(expected, sizeof(expected), "%s: %s\n",
			 program_invocation_short_name, text);
	cr_assert(eq(str, printed, expected));
}

static struct evert_result sleep_for(void *seconds)
{
	return evert_await(evert_sleep(*(double *)seconds));
}

/* ---- Statuses ---- */

static struct evert_result give_seven(void *arg)
{
	(void)arg;
	return evert_result_integer(7);
}

Test(run, a_value_is_status_0)
{
	cr_redirect_stderr();
	cr_assert(eq(int, evert_run(give_seven, NULL), 0));
	expect_printed(NULL);
}

static struct evert_result fail_with_errno(void *arg)
{
	(void)arg;
	return evert_result_error(ENOENT, "the cheese");
}

Test(run, a_failure_is_status_1_and_its_message_is_printed)
{
	cr_redirect_stderr();
	cr_assert(eq(int, evert_run(fail_with_errno, NULL), 1));
	expect_printed("the cheese: No such file or directory");
}

static struct evert_result pass_argument(void *arg)
{
	return evert_result_borrowed(arg);
}

Test(run, p92_it_ends_though_nobody_reads_the_message, .timeout = 10)
{
	stall_stderr();
	cr_assert(eq(int, evert_run(fail_with_errno, NULL), 1));
}

Test(run, a_body_that_never_waits_ends_at_once)
{
	cr_assert(eq(int, evert_run(pass_argument, &kernel), 0));
}

static struct evert_result wait_for_sleep(void *arg)
{
	(void)arg;
	return evert_result_wait(evert_sleep(1));
}

Test(run, it_lasts_until_what_the_body_returned_has_fired)
{
	int64_t before = kernel.now;

	cr_assert(eq(int, run(wait_for_sleep), 0));
	cr_assert(eq(i64, kernel.now - before, 1000000000));
}

static struct evert_result wait_to_fail(void *arg)
{
	(void)arg;
	return evert_result_wait(evert_timeout(1, evert_sleep(2)));
}

Test(run, a_failure_may_come_later)
{
	cr_redirect_stderr();
	cr_assert(eq(int, run(wait_to_fail), 1));
	expect_printed("timed out after 1 seconds");
}

Test(run, programs_may_run_one_after_the_other)
{
	cr_redirect_stderr();
	cr_assert(eq(int, evert_run(fail_with_errno, NULL), 1));
	cr_assert(eq(int, evert_run(give_seven, NULL), 0));
}

Test(run, a_loop_that_cannot_wait_is_status_1_and_the_body_never_runs)
{
	cr_redirect_stderr();
	test_system_fail(&kernel, CALL_EPOLL_WAIT, 1, EBADF, true);
	test_system_fail(&kernel, CALL_POLL, 1, EBADF, true);
	cr_assert(eq(int, run(wait_for_sleep), 1));
	expect_printed("the reactor can't run: Bad file descriptor");
	cr_assert(eq(i64, kernel.now, 1000000000));
}

/* ---- Without a loop ---- */

static struct evert_queue *foreign; /* not the reactor's */

static void loop_fails(void)
{
	test_system_fail(&kernel, CALL_EPOLL_WAIT, 1, EBADF, true);
	test_system_fail(&kernel, CALL_POLL, 1, EBADF, true);
}

static struct evert_result wait_and_clean_up(void *arg)
{
	struct evert_result r;

	(void)arg;
	loop_fails();
	r = evert_await(evert_queue_get(foreign));
	cr_assert(evert_result_failed_with(&r, EVERT_CANCELLED));
	evert_result_release(r);
	r = evert_await(evert_sleep(100)); /* nobody is left to wait */
	cr_assert(evert_result_is_failure(&r));
	return r;
}

/* Promise 86. */
Test(run, p86_the_body_cleans_up_when_waiting_for_events_fails)
{
	cr_redirect_stderr();
	foreign = evert_queue_create(1, 1);
	cr_assert(eq(int, run(wait_and_clean_up), 1));
	expect_printed("the reactor can't run: Bad file descriptor");
	cr_assert(eq(sz, evert_coroutine_count(), 0));
	evert_queue_destroy(foreign);
}

static size_t waits;

static struct evert_result never_end(void *arg)
{
	struct evert_result r;

	(void)arg;
	loop_fails();
	do {
		waits++;
		r = evert_await(evert_queue_get(foreign));
		evert_result_release(r);
	} while (evert_result_is_failure(&r));
	return evert_result_none();
}

/* Promise 86: bounded, and what is left touches no dead frame. */
Test(run, p86_a_body_that_does_not_end_is_left_alive_and_reported)
{
	cr_redirect_stderr();
	foreign = evert_queue_create(1, 1);
	cr_assert(eq(int, run(never_end), 1));
	cr_assert(waits > 1);
	cr_assert(eq(sz, evert_coroutine_count(), 1));
	evert_queue_put(foreign, evert_result_integer(1));
	cr_assert(eq(sz, evert_coroutine_count(), 0));
	evert_queue_destroy(foreign);
}

/* ---- Signals ---- */

/* Interrupts itself, and goes on when that has reached it. */
static struct evert_result interrupt(int number)
{
	raise(number);
	return evert_await(evert_sleep(5));
}

static struct evert_result be_interrupted(void *arg)
{
	(void)arg;
	return interrupt(SIGINT);
}

static struct evert_result be_terminated(void *arg)
{
	(void)arg;
	return interrupt(SIGTERM);
}

Test(run, p46_sigint_cancels_the_body_and_that_is_status_0)
{
	cr_redirect_stderr();
	cr_assert(eq(int, run(be_interrupted), 0));
	expect_printed(NULL);
	cr_assert(lt(i64, kernel.now, 2000000000));
}

Test(run, p46_sigterm_does_the_same)
{
	cr_assert(eq(int, run(be_terminated), 0));
}

Test(run, p46_a_program_after_an_interrupted_one_is_not_interrupted)
{
	cr_assert(eq(int, run(be_interrupted), 0));
	cr_assert(eq(int, run(wait_for_sleep), 0));
	cr_assert(eq(int, run(be_interrupted), 0));
}

static struct evert_result give_value_interrupted(void *arg)
{
	(void)arg;
	evert_result_release(interrupt(SIGINT));
	return evert_result_integer(1);
}

Test(run, a_value_in_spite_of_the_signal_is_status_0)
{
	cr_assert(eq(int, run(give_value_interrupted), 0));
}

static struct evert_result fail_interrupted(void *arg)
{
	(void)arg;
	evert_result_release(interrupt(SIGINT));
	return plain_failure();
}

Test(run, another_failure_after_the_signal_is_status_1)
{
	cr_redirect_stderr();
	cr_assert(eq(int, run(fail_interrupted), 1));
	expect_printed("planned");
}

static struct evert_result cancel_oneself(void *arg)
{
	struct evert_deferred *d = evert_sleep(1);

	(void)arg;
	evert_deferred_cancel(d);
	return evert_await(d);
}

Test(run, cancelled_without_a_signal_is_status_1)
{
	cr_redirect_stderr();
	cr_assert(eq(int, run(cancel_oneself), 1));
	expect_printed(EVERT_CANCELLED->bare.message);
}

static struct evert_result clean_up_slowly(void *arg)
{
	struct evert_result r = interrupt(SIGINT);

	(void)arg;
	diary_add("cancelled");
	expect_nothing(evert_await(evert_sleep(3)));
	diary_add("clean");
	return r;
}

Test(run, p33_an_interrupted_body_may_clean_up_and_wait_while_doing_so)
{
	int64_t before = kernel.now;

	cr_assert(eq(int, run(clean_up_slowly), 0));
	cr_assert(eq(str, diary, "cancelled clean"));
	cr_assert(ge(i64, kernel.now - before, 3000000000));
}

static struct evert_result be_interrupted_twice(void *arg)
{
	evert_result_release(interrupt(SIGINT));
	evert_result_release(interrupt(SIGINT));
	return pass_argument(arg);
}

Test(run, p46_a_second_signal_ends_the_process, .signal = SIGINT)
{
	evert_run(be_interrupted_twice, NULL);
}

static struct evert_result stop_reactor(void *arg)
{
	evert_reactor_stop(evert_reactor_current());
	return evert_await(evert_sleep(*(double *)arg));
}

static struct evert_result stop_and_sleep(void *arg)
{
	double seconds = 5;

	(void)arg;
	return stop_reactor(&seconds);
}

Test(run, a_stopped_reactor_cancels_the_body_too)
{
	cr_assert(eq(int, run(stop_and_sleep), 0));
	cr_assert(lt(i64, kernel.now, 2000000000));
}

/* ---- What is left ---- */

static struct evert_result sleep_and_clean_up(void *name)
{
	struct evert_result r = evert_await(evert_sleep(5));

	diary_add("%s", (char *)name);
	evert_result_release(evert_await(evert_sleep(1)));
	diary_add("%s-ended", (char *)name);
	return r;
}

static struct evert_result ignore(struct evert_result *in, void *arg)
{
	(void)in;
	(void)arg;
	return evert_result_none();
}

static void spawn_sleeper(const char *name)
{
	struct evert_deferred *d =
		evert_spawn(sleep_and_clean_up, (void *)name);

	evert_deferred_add_errback(d, ignore, NULL);
	evert_deferred_release(d);
}

static struct evert_result leave_two(void *arg)
{
	(void)arg;
	spawn_sleeper("a");
	spawn_sleeper("b");
	return evert_result_none();
}

Test(run, coroutines_that_are_left_are_cancelled_and_waited_for)
{
	int64_t before = kernel.now;

	cr_assert(eq(int, run(leave_two), 0));
	cr_assert(eq(str, diary, "b a b-ended a-ended"));
	cr_assert(eq(i64, kernel.now - before, 1000000000));
}

static struct evert_result wait_for_child_first(void *arg)
{
	double seconds = 2;
	struct evert_deferred *child = evert_spawn(sleep_for, &seconds);
	struct evert_result r;

	(void)arg;
	spawn_sleeper("left");
	r = interrupt(SIGINT);
	diary_add("body");
	expect_nothing(evert_await(child));
	diary_add("child");
	return r;
}

Test(run, an_interrupted_body_goes_before_the_others_are_cancelled)
{
	cr_assert(eq(int, run(wait_for_child_first), 0));
	cr_assert(eq(str, diary, "body child left left-ended"));
}

static struct evert_result give_text(void *arg)
{
	(void)arg;
	return evert_result_text("text", 4);
}

Test(run, what_the_body_returned_is_released)
{
	failing_allocator_start(0, false);
	cr_assert(eq(int, run(give_text), 0));
	cr_assert(eq(sz, failing_allocator_stop().live, 0));
}

/* ---- Where it may be called ---- */

static struct evert_result run_inside(void *arg)
{
	evert_run(give_seven, NULL);
	return pass_argument(arg);
}

static void run_in_coroutine(void *arg)
{
	evert_deferred_release(evert_spawn(run_inside, arg));
}

Test(run, inside_a_coroutine_is_a_bug)
{
	dies(run_in_coroutine, NULL, SIGABRT,
	     "await evert_spawn(give_seven, ...) instead");
}

static void run_in_callback(void *arg)
{
	struct evert_reactor *reactor = make_reactor(NULL);

	(void)arg;
	evert_reactor_call_later(reactor, 0, run_in_coroutine, NULL);
	evert_reactor_run(reactor);
}

Test(run, inside_a_callback_is_a_bug)
{
	dies(run_in_callback, NULL, SIGABRT, "a reactor runs on this thread");
}

static void *run_on_thread(void *status)
{
	*(int *)status = evert_run(give_seven, NULL);
	return NULL;
}

static struct evert_result run_on_other_thread(void *status)
{
	pthread_t thread;

	pthread_create(&thread, NULL, run_on_thread, status);
	pthread_join(thread, NULL);
	return evert_result_none();
}

Test(run, p45_other_threads_may_run_programs_meanwhile)
{
	int status = -1;

	cr_assert(eq(int, evert_run(run_on_other_thread, &status), 0));
	cr_assert(eq(int, status, 0));
}

/* ---- Time ---- */

static struct evert_result sleep_badly(void *arg)
{
	(void)arg;
	return evert_await(evert_sleep(NAN));
}

Test(run, p90_a_sleep_that_is_not_finite_fails)
{
	cr_redirect_stderr();
	cr_assert(eq(int, run(sleep_badly), 1));
	expect_printed("evert_clock_sleep: Invalid argument");
}

static struct evert_result outlast(void *arg)
{
	struct evert_result r = evert_await(
		evert_timeout(1, evert_spawn(sleep_for, arg)));

	expect_failure(r, EVERT_TIMED_OUT);
	*(double *)arg = 0.5;
	return evert_await(evert_timeout(1, evert_spawn(sleep_for, arg)));
}

static struct evert_result outlast_two_seconds(void *arg)
{
	double seconds = 2;

	(void)arg;
	return outlast(&seconds);
}

Test(run, p23_a_timeout_ends_a_coroutine_that_takes_longer)
{
	int64_t before = kernel.now;

	cr_assert(eq(int, run(outlast_two_seconds), 0));
	cr_assert(eq(i64, kernel.now - before, 1500000000));
}

static struct evert_result time_out_badly(void *arg)
{
	struct evert_firing *slot;
	struct evert_deferred *d =
		evert_timeout(NAN, evert_deferred_create(&slot));

	(void)arg;
	cr_assert(evert_deferred_has_fired(d));
	evert_deferred_abandon(&slot);
	return evert_await(d);
}

Test(run, a_timeout_that_cannot_be_had_does_not_leave_one_waiting)
{
	cr_redirect_stderr();
	cr_assert(eq(int, run(time_out_badly), 1));
	expect_printed("evert_timeout: Invalid argument");
}

static void sleep_outside(void *arg)
{
	(void)arg;
	evert_sleep(1);
}

Test(run, evert_sleep_outside_a_running_reactor_is_a_bug)
{
	dies(sleep_outside, NULL, SIGABRT,
	     "no reactor runs on this thread; call it from a callback, or "
	     "from a coroutine that runs under evert_run");
}

static void time_out_outside(void *arg)
{
	(void)arg;
	evert_timeout(1, unfired());
}

Test(run, evert_timeout_outside_a_running_reactor_is_a_bug)
{
	dies(time_out_outside, NULL, SIGABRT, "evert_timeout at ");
}

/* ---- Memory ---- */

static struct evert_result use_everything(void *arg)
{
	double seconds = 5;
	struct evert_deferred *d = evert_spawn(sleep_for, &seconds);

	(void)arg;
	spawn_sleeper("left");
	evert_result_release(evert_await(evert_timeout(1, d)));
	evert_result_release(interrupt(SIGINT));
	return evert_await(evert_timeout(1, evert_sleep(1)));
}

static void run_with_little_memory(void *arg)
{
	struct evert_reactor_options options = { .system = &kernel.base };
	struct evert_reactor *reactor = evert_reactor_create(&options);

	(void)arg;
	if (reactor)
		evert_run_on(reactor, use_everything, NULL, "body",
			     EVERT_HERE);
	diary_clear();
}

Test(run, p17_a_whole_program_survives_every_lack_of_memory)
{
	cr_redirect_stderr();
	fail_every_allocation(run_with_little_memory, NULL);
}

static void run_for_real(void *arg)
{
	(void)arg;
	evert_run(give_seven, NULL);
}

Test(run, without_memory_for_a_reactor_it_is_status_1)
{
	cr_redirect_stderr();
	failing_allocator_start(1, false);
	cr_assert(eq(int, evert_run(give_seven, NULL), 1));
	cr_assert(eq(sz, failing_allocator_stop().live, 0));
	expect_printed("cannot make a reactor: Cannot allocate memory");
	fail_every_allocation(run_for_real, NULL);
}
