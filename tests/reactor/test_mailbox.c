/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <pthread.h>
#include <string.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <criterion/redirect.h>

#include "../../reactor/reactor_internal.h"
#include "../support/memory.h"
#include "../support/reactor.h"
#include "../support/system.h"

static struct test_system kernel;
static struct evert_reactor *reactor;
static char events[64]; /* what happened, a letter each */
static size_t called;

static void begin(void)
{
	test_system_init(&kernel);
	reactor = make_reactor(&kernel.base);
}

static void finish(void)
{
	evert_reactor_destroy(reactor);
}

TestSuite(mailbox, .init = begin, .fini = finish);

static void note(void *letter)
{
	cr_assert(strlen(events) + 1 < sizeof(events));
	events[strlen(events)] = *(const char *)letter;
	called++;
}

static void stop(void *arg)
{
	(void)arg;
	evert_reactor_stop(reactor);
}

static int call(void (*function)(void *arg), void *arg)
{
	return evert_reactor_call_from_thread(reactor, function, arg);
}

Test(mailbox, p42_calls_from_its_own_thread_run_in_order)
{
	cr_assert(eq(int, call(note, "a"), 0));
	cr_assert(eq(int, call(note, "b"), 0));
	cr_assert(eq(int, call(note, "a"), 0));
	cr_assert(eq(int, call(stop, NULL), 0));
	cr_assert(eq(str, events, ""));
	run_reactor(reactor);
	cr_assert(eq(str, events, "aba"));
}

static void call_again(void *letter)
{
	note(letter);
	call(note, "b");
}

Test(mailbox, p42_a_call_made_inside_a_call_runs_in_the_next_turn)
{
	call(call_again, "a");
	turn(reactor);
	cr_assert(eq(str, events, "a"));
	turn(reactor);
	cr_assert(eq(str, events, "ab"));
}

Test(mailbox, while_calls_keep_coming_the_loop_is_woken_once)
{
	size_t i;

	for (i = 0; i < 3; i++) {
		call(call_again, "a");
		turn(reactor);
	}
	cr_assert(eq(sz, kernel.plans[CALL_WRITE].calls, 1));
	turn_until_idle(reactor);
	cr_assert(eq(str, events, "ababab"));
	call(note, "c");
	cr_assert(eq(sz, kernel.plans[CALL_WRITE].calls, 2));
	turn(reactor);
	cr_assert(eq(sz, called, 7));
}

/* ---- Threads ---- */

static atomic_bool asleep;

/* Notes that the loop begins to wait, which it does nowhere else. */
static int wait_noting(struct evert_poller *poller, struct evert_event *events_,
		       int count, int milliseconds)
{
	static const struct evert_poller_ops *const pollers[] = {
		&evert_poller_epoll,
		&evert_poller_poll,
	};
	bool epoll = !strcmp(poller->ops->name, "epoll");

	if (milliseconds)
		atomic_store(&asleep, true);
	return pollers[!epoll]->wait(poller, events_, count, milliseconds);
}

static void *stop_when_asleep(void *arg)
{
	while (!atomic_load(&asleep))
		sched_yield();
	call(stop, arg);
	return NULL;
}

Test(mailbox, p42_a_call_from_another_thread_wakes_the_loop)
{
	struct evert_poller_ops noting = *reactor->poller->ops;
	pthread_t thread;

	noting.wait = wait_noting;
	reactor->poller->ops = &noting;
	pthread_create(&thread, NULL, stop_when_asleep, NULL);
	run_reactor(reactor);
	pthread_join(thread, NULL);
	evert_reactor_destroy(reactor);
	reactor = NULL;
}

enum { THREADS = 8, CALLS = 1000000, CALLS_OF_ONE = CALLS / THREADS };

struct caller {
	pthread_t thread;
	size_t called; /* counted by the reactor */
	bool in_order;
};

struct numbered {
	struct caller *caller;
	size_t number;
};

static void count(void *arg)
{
	struct numbered *call_number = arg;
	struct caller *caller = call_number->caller;

	if (call_number->number != caller->called++)
		caller->in_order = false;
	if (++called == CALLS)
		evert_reactor_stop(reactor);
}

static struct numbered numbers[THREADS][CALLS_OF_ONE];

static void *make_calls(void *arg)
{
	struct numbered *number = arg;
	size_t i;

	for (i = 0; i < CALLS_OF_ONE; i++)
		while (call(count, &number[i])) {
		}
	return NULL;
}

static void number_calls(struct caller *caller, struct numbered *number)
{
	size_t i;

	caller->in_order = true;
	for (i = 0; i < CALLS_OF_ONE; i++) {
		number[i].caller = caller;
		number[i].number = i;
	}
}

Test(mailbox,
     p42_a_million_calls_from_eight_threads_all_run_each_threads_in_order)
{
	static struct caller callers[THREADS];
	int i;

	for (i = 0; i < THREADS; i++) {
		number_calls(&callers[i], numbers[i]);
		pthread_create(&callers[i].thread, NULL, make_calls,
			       numbers[i]);
	}
	cr_assert(eq(int, evert_reactor_run(reactor), 0));
	cr_assert(eq(sz, called, CALLS));
	for (i = 0; i < THREADS; i++) {
		pthread_join(callers[i].thread, NULL);
		cr_assert(callers[i].in_order);
		cr_assert(eq(sz, callers[i].called, CALLS_OF_ONE));
	}
}

/* ---- Waking ---- */

Test(mailbox, many_calls_wake_the_loop_once)
{
	int i;

	for (i = 0; i < 50; i++)
		call(note, "a");
	cr_assert(eq(sz, kernel.plans[CALL_WRITE].calls, 1));
	turn(reactor);
	cr_assert(eq(sz, called, 50));
	cr_assert(eq(sz, kernel.plans[CALL_READ].calls, 1));
}

Test(mailbox, a_wake_up_that_fails_is_made_up_for_by_the_next_call)
{
	test_system_fail(&kernel, CALL_WRITE, 1, EAGAIN, false);
	call(note, "a");
	call(note, "b");
	turn(reactor);
	cr_assert(eq(str, events, "ab"));
}

/* ---- The end ---- */

Test(mailbox, a_call_that_finds_no_memory_is_refused)
{
	evert_reactor_destroy(reactor);
	failing_allocator_start(0, false);
	reactor = make_reactor(NULL);
	failing_allocator_fail(1, false);
	cr_assert(eq(int, call(note, "a"), -ENOMEM));
	cr_assert(eq(int, call(note, "b"), 0));
	turn(reactor);
	cr_assert(eq(str, events, "b"));
	evert_reactor_destroy(reactor);
	reactor = NULL;
	cr_assert(eq(sz, failing_allocator_stop().live, 0));
}

Test(mailbox, calls_that_have_not_run_are_dropped_with_the_reactor)
{
	evert_reactor_destroy(reactor);
	failing_allocator_start(0, false);
	reactor = make_reactor(NULL);
	call(note, "a");
	call(note, "b");
	evert_reactor_destroy(reactor);
	reactor = NULL;
	cr_assert(eq(str, events, ""));
	cr_assert(eq(sz, failing_allocator_stop().live, 0));
}

/* ---- Given up ---- */

static void release(void *letter)
{
	note(letter);
	/* What is posted meanwhile goes the same way. */
	if (*(const char *)letter == 'a')
		evert_reactor_call_from_thread_with(reactor, stop, "c",
						    release);
}

static int call_with(void *arg)
{
	return evert_reactor_call_from_thread_with(reactor, note, arg,
						   release);
}

Test(mailbox, p82_a_call_that_is_given_up_is_released_and_reported)
{
	cr_redirect_stderr();
	evert_reactor_destroy(reactor);
	reactor = evert_reactor_create_at(NULL, "made.c:1");
	call_with("a");
	call_with("b");
	evert_reactor_destroy(reactor);
	reactor = NULL;
	cr_assert(eq(str, events, "abc"));
	cr_expect_stderr_eq_str(
		"evert: 3 calls from threads were given up: the reactor made "
		"at made.c:1 was destroyed\n");
}

Test(mailbox, p82_a_call_that_runs_is_not_released)
{
	call_with("b");
	call(stop, NULL);
	run_reactor(reactor);
	evert_reactor_destroy(reactor);
	reactor = NULL;
	cr_assert(eq(str, events, "b"));
}

static void stop_and_call(void *letter)
{
	evert_reactor_stop(reactor);
	call(note, letter);
}

Test(mailbox, p82_a_call_accepted_when_the_loop_was_stopped_runs)
{
	evert_reactor_call_later(reactor, 0, stop_and_call, "a");
	run_reactor(reactor);
	cr_assert(eq(str, events, "a"));
}

static struct evert_result call_at_the_end(void *letter)
{
	call(note, letter);
	return evert_result_none();
}

Test(mailbox, p82_a_call_accepted_during_the_shutdown_runs)
{
	evert_reactor_add_trigger(reactor, EVERT_AFTER_SHUTDOWN,
				  call_at_the_end, "a");
	evert_reactor_stop(reactor);
	run_reactor(reactor);
	cr_assert(eq(str, events, "a"));
}

Test(mailbox, calls_that_a_stopped_reactor_has_not_run_wait_for_the_next_run)
{
	evert_reactor_stop(reactor);
	run_reactor(reactor);
	call(note, "a");
	evert_reactor_stop(reactor);
	run_reactor(reactor);
	cr_assert(eq(str, events, "a"));
}
