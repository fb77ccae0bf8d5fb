/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "../../reactor/reactor.h"
#include "../support/reactor.h"
#include "../support/unfired.h"

static struct evert_reactor *reactor;

static void begin(void)
{
	reactor = make_reactor(NULL);
}

static void finish(void)
{
	evert_reactor_destroy(reactor);
}

TestSuite(signals, .init = begin, .fini = finish);

static int handler_of(int number, struct sigaction *action)
{
	return sigaction(number, NULL, action);
}

static void raise_it(void *number)
{
	raise(*(int *)number);
}

static void run_with_signal(int number)
{
	evert_reactor_call_later(reactor, 0, raise_it, &number);
	run_reactor(reactor);
}

static struct evert_result set_true(void *flag)
{
	*(bool *)flag = true;
	return evert_result_none();
}

Test(signals, p46_sigint_stops_the_loop_in_order)
{
	bool shut_down = false;

	cr_assert(eq(int, evert_reactor_handle_signals(reactor), 0));
	evert_reactor_add_trigger(reactor, EVERT_AFTER_SHUTDOWN, set_true,
				  &shut_down);
	run_with_signal(SIGINT);
	cr_assert(shut_down);
}

Test(signals, p46_sigterm_stops_the_loop_in_order)
{
	bool shut_down = false;

	cr_assert(eq(int, evert_reactor_handle_signals(reactor), 0));
	evert_reactor_add_trigger(reactor, EVERT_AFTER_SHUTDOWN, set_true,
				  &shut_down);
	run_with_signal(SIGTERM);
	cr_assert(shut_down);
}

Test(signals, p46_a_signal_before_the_run_ends_it_after_its_first_turn)
{
	evert_reactor_handle_signals(reactor);
	raise(SIGINT);
	run_reactor(reactor);
}

static void *signal_the_process(void *unused)
{
	(void)unused;
	raise(SIGINT);
	return NULL;
}

Test(signals, p46_a_signal_caught_by_another_thread_wakes_the_loop)
{
	pthread_t thread;

	evert_reactor_handle_signals(reactor);
	pthread_create(&thread, NULL, signal_the_process, NULL);
	run_reactor(reactor);
	pthread_join(thread, NULL);
}

static size_t turns;

static void count_a_turn(void *arg)
{
	if (++turns == 3)
		evert_reactor_stop(reactor);
	else
		evert_reactor_call_from_thread(reactor, count_a_turn, arg);
}

Test(signals, p46_the_signal_that_ended_one_run_does_not_end_the_next)
{
	evert_reactor_handle_signals(reactor);
	run_with_signal(SIGINT);
	evert_reactor_call_from_thread(reactor, count_a_turn, NULL);
	run_reactor(reactor);
	cr_assert(eq(sz, turns, 3));
}

Test(signals, p46_a_signal_in_every_run_is_the_first_of_its_run)
{
	evert_reactor_handle_signals(reactor);
	run_with_signal(SIGINT);
	run_with_signal(SIGINT);
	run_with_signal(SIGTERM);
}

/* ---- The second one ---- */

static struct evert_result wait_for_ever(void *arg)
{
	(void)arg;
	return evert_result_wait(unfired());
}

/* Catches one signal after the other, the first shutdown going on. */
static void catch_two(int first, int second)
{
	evert_reactor_handle_signals(reactor);
	evert_reactor_add_trigger(reactor, EVERT_BEFORE_SHUTDOWN, wait_for_ever,
				  NULL);
	evert_reactor_call_later(reactor, 0, raise_it, &first);
	evert_reactor_call_later(reactor, 0.001, raise_it, &second);
	run_reactor(reactor);
}

Test(signals, p46_the_second_sigint_ends_the_process, .signal = SIGINT)
{
	catch_two(SIGINT, SIGINT);
}

Test(signals, p46_a_sigterm_after_a_sigint_ends_the_process, .signal = SIGTERM)
{
	catch_two(SIGINT, SIGTERM);
}

Test(signals, p46_the_second_sigint_ends_a_process_whose_loop_hangs,
     .signal = SIGINT)
{
	evert_reactor_handle_signals(reactor);
	raise(SIGINT);
	raise(SIGINT);
}

Test(signals, p46_a_reactor_that_did_not_ask_handles_none, .signal = SIGINT)
{
	run_with_signal(SIGINT);
}

/* ---- Handlers ---- */

static void own_handler(int number)
{
	(void)number;
}

Test(signals, puts_the_former_handlers_back)
{
	struct sigaction own = { .sa_handler = own_handler }, now;

	sigaction(SIGINT, &own, NULL);
	evert_reactor_handle_signals(reactor);
	handler_of(SIGINT, &now);
	cr_assert(now.sa_handler != own_handler);
	evert_reactor_destroy(reactor);
	reactor = NULL;
	handler_of(SIGINT, &now);
	cr_assert(now.sa_handler == own_handler);
	handler_of(SIGTERM, &now);
	cr_assert(now.sa_handler == SIG_DFL);
}

Test(signals, belong_to_one_reactor_at_a_time)
{
	struct evert_reactor *other = make_reactor(NULL);

	cr_assert(eq(int, evert_reactor_handle_signals(reactor), 0));
	cr_assert(eq(int, evert_reactor_handle_signals(other), -EBUSY));
	cr_assert(eq(int, evert_reactor_handle_signals(reactor), 0));
	evert_reactor_destroy(reactor);
	reactor = other;
	cr_assert(eq(int, evert_reactor_handle_signals(reactor), 0));
	run_with_signal(SIGINT);
}

Test(signals, a_reactor_without_them_leaves_them_alone_when_it_goes)
{
	struct evert_reactor *other = make_reactor(NULL);
	struct sigaction now;

	evert_reactor_handle_signals(reactor);
	evert_reactor_destroy(other);
	handler_of(SIGINT, &now);
	cr_assert(now.sa_handler != SIG_DFL);
}

/* ---- Ignored ---- */

static void ignore(int number)
{
	struct sigaction ignored = { .sa_handler = SIG_IGN };

	sigaction(number, &ignored, NULL);
}

static void (*now_handled_by(int number))(int)
{
	struct sigaction now;

	handler_of(number, &now);
	return now.sa_handler;
}

Test(signals, p95_one_that_was_inherited_as_ignored_stays_ignored)
{
	ignore(SIGINT);
	evert_reactor_handle_signals(reactor);
	cr_assert(now_handled_by(SIGINT) == SIG_IGN);
	cr_assert(now_handled_by(SIGTERM) != SIG_DFL);
	raise(SIGINT);
	run_with_signal(SIGTERM);
	evert_reactor_destroy(reactor);
	reactor = NULL;
	cr_assert(now_handled_by(SIGINT) == SIG_IGN);
	cr_assert(now_handled_by(SIGTERM) == SIG_DFL);
}

Test(signals, a_handler_that_the_program_sets_later_stays)
{
	struct sigaction own = { .sa_handler = own_handler };

	evert_reactor_handle_signals(reactor);
	sigaction(SIGTERM, &own, NULL);
	evert_reactor_destroy(reactor);
	reactor = NULL;
	cr_assert(now_handled_by(SIGTERM) == own_handler);
	cr_assert(now_handled_by(SIGINT) == SIG_DFL);
}

static int ends[2];

static void *signal_then_write(void *reader)
{
	pthread_kill(*(pthread_t *)reader, SIGINT);
	cr_assert(write(ends[1], "x", 1) == 1);
	return NULL;
}

Test(signals, do_not_interrupt_a_read_of_the_program)
{
	pthread_t self = pthread_self(), thread;
	char byte;

	cr_assert(pipe(ends) == 0);
	evert_reactor_handle_signals(reactor);
	pthread_create(&thread, NULL, signal_then_write, &self);
	cr_assert(eq(int, (int)read(ends[0], &byte, 1), 1));
	pthread_join(thread, NULL);
	close(ends[0]);
	close(ends[1]);
	evert_reactor_stop(reactor);
	run_reactor(reactor);
}
