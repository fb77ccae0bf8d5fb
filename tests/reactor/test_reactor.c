/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <math.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <criterion/redirect.h>

#include "../../deferred/coroutine/coroutine.h"
#include "../../reactor/reactor_internal.h"
#include "../support/death.h"
#include "../support/memory.h"
#include "../support/reactor.h"
#include "../support/system.h"

/* ThreadSanitizer cannot follow a thread that a forked child starts. */
#ifdef __SANITIZE_THREAD__
#define dies(call, arg, signal, text) ((void)(call), (void)(arg), (void)(text))
#endif

static struct test_system kernel; /* with a time of its own */
static struct evert_reactor *reactor;
static char events[64]; /* what happened, a letter each */

static void begin(void)
{
	test_system_init(&kernel);
	kernel.virtual_time = true;
	reactor = make_reactor(&kernel.base);
}

static void finish(void)
{
	evert_reactor_destroy(reactor);
}

TestSuite(reactor, .init = begin, .fini = finish);
TestSuite(reactors);

static void note(void *letter)
{
	size_t length = strlen(events);

	cr_assert(length + 1 < sizeof(events));
	events[length] = *(const char *)letter;
}

static void stop(void *arg)
{
	(void)arg;
	evert_reactor_stop(reactor);
}

static void later(double seconds, void (*call)(void *arg), const char *letter)
{
	evert_reactor_call_later(reactor, seconds, call, (void *)letter);
}

/* ---- Turns ---- */

Test(reactor, p37_calls_due_at_the_same_instant_run_in_the_order_they_were_made)
{
	later(0.5, note, "b");
	later(0.2, note, "a");
	later(0.5, note, "c");
	later(0.5, note, "d");
	later(0.5, stop, NULL);
	run_reactor(reactor);
	cr_assert(eq(str, events, "abcd"));
}

static void plan_b_and_send_m(void *letter)
{
	note(letter);
	later(0, note, "b");
	evert_reactor_call_from_thread(reactor, note, "m");
}

Test(reactor, p38_a_call_made_for_now_inside_a_call_runs_next_turn_after_io)
{
	later(0, plan_b_and_send_m, "a");
	later(0, note, "c");
	turn(reactor);
	cr_assert(eq(str, events, "ac"));
	turn(reactor);
	cr_assert(eq(str, events, "acmb"));
}

static void cancel(void *call)
{
	evert_delayed_call_cancel(*(struct evert_delayed_call *)call);
}

Test(reactor, p39_a_call_cancelled_by_an_earlier_one_of_its_turn_does_not_run)
{
	struct evert_delayed_call second;

	evert_reactor_call_later(reactor, 0, cancel, &second);
	second = evert_reactor_call_later(reactor, 0, note, "b");
	later(0, note, "c");
	turn(reactor);
	cr_assert(eq(str, events, "c"));
}

static double told_at_once[3];

static void move(void *arg)
{
	struct evert_delayed_call call =
		evert_reactor_call_later(reactor, 1, note, "x");
	double now = evert_clock_seconds(evert_reactor_clock(reactor));

	(void)arg;
	evert_delayed_call_reset(call, 5);
	told_at_once[0] = evert_delayed_call_time(call) - now;
	evert_delayed_call_delay(call, 2);
	told_at_once[1] = evert_delayed_call_time(call) - now;
	evert_delayed_call_reset(call, 0.5);
	told_at_once[2] = evert_delayed_call_time(call) - now;
	later(0.4, stop, NULL);
}

Test(reactor, p40_the_time_of_a_call_that_was_moved_is_exact_at_once)
{
	later(0, move, NULL);
	run_reactor(reactor);
	cr_assert(epsilon_eq(dbl, told_at_once[0], 5, 1e-9));
	cr_assert(epsilon_eq(dbl, told_at_once[1], 7, 1e-9));
	cr_assert(epsilon_eq(dbl, told_at_once[2], 0.5, 1e-9));
	cr_assert(eq(str, events, ""));
}

Test(reactor, p90_refuses_delays_that_are_not_finite)
{
	const double refused[] = { INFINITY, -INFINITY, NAN };
	size_t i;

	for (i = 0; i < sizeof(refused) / sizeof(refused[0]); i++)
		cr_assert(
			not(evert_delayed_call_active(evert_reactor_call_later(
				reactor, refused[i], note, "x"))));
	cr_assert(eq(sz, evert_clock_pending(evert_reactor_clock(reactor)), 0));
}

Test(reactor, p41_a_delay_of_a_thousand_years_is_fine)
{
	double years = 1000 * 365.25 * 86400;

	later(years, note, "x");
	later(1, stop, NULL);
	run_reactor(reactor);
	cr_assert(eq(str, events, ""));
	cr_assert(eq(sz, evert_clock_pending(evert_reactor_clock(reactor)), 1));
}

Test(reactor, p41_sleeps_through_a_delay_longer_than_poll_can_wait)
{
	later(60.0 * 86400, stop, NULL);
	cr_assert(eq(int, evert_reactor_run(reactor), 0));
	cr_assert(ge(sz, test_system_waits(&kernel), 2));
	cr_assert(le(sz, test_system_waits(&kernel), 4));
}

/* ---- Sleeping ---- */

/* How many milliseconds a run takes. */
static double run_for(void)
{
	int64_t begun = kernel.now;

	cr_assert(eq(int, evert_reactor_run(reactor), 0));
	return (double)(kernel.now - begun) / 1e6;
}

Test(reactor, sleeps_until_the_next_call_is_due_and_no_longer)
{
	later(0.25, stop, NULL);
	cr_assert(epsilon_eq(dbl, run_for(), 250, 1e-6));
	cr_assert(eq(sz, test_system_waits(&kernel), 1));
}

Test(reactor, does_not_wake_before_a_call_that_is_due_within_a_millisecond)
{
	later(0.0003, stop, NULL);
	cr_assert(epsilon_eq(dbl, run_for(), 1, 1e-6));
	cr_assert(eq(sz, test_system_waits(&kernel), 1));
}

static void take_long(void *arg)
{
	(void)arg;
	kernel.now += 50000000; /* 50 ms */
}

Test(reactor, sleeps_the_less_the_longer_the_calls_before_took)
{
	later(0, take_long, NULL);
	later(0.1, stop, NULL);
	cr_assert(epsilon_eq(dbl, run_for(), 100, 1e-6));
}

Test(reactor, does_not_sleep_when_calls_took_until_the_next_is_due)
{
	later(0, take_long, NULL);
	later(0.05, stop, NULL);
	cr_assert(epsilon_eq(dbl, run_for(), 50, 1e-6));
	cr_assert(eq(int, kernel.last_wait, 0));
}

Test(reactor, sleeps_for_ever_when_nothing_is_planned)
{
	/* A message ends the sleep, without which it would not end. */
	evert_reactor_call_from_thread(reactor, stop, NULL);
	cr_assert(eq(int, evert_reactor_run(reactor), 0));
	cr_assert(eq(int, kernel.last_wait, -1));
}

static size_t ran;
static bool in_order = true;

static void count_in_order(void *number)
{
	in_order = in_order && (size_t)(uintptr_t)number == ran;
	ran++;
}

Test(reactor, a_hundred_thousand_calls_at_once_run_in_one_turn_in_order)
{
	uintptr_t i;

	for (i = 0; i < 100000; i++)
		evert_reactor_call_later(reactor, 0.5, count_in_order,
					 (void *)i);
	turn(reactor);
	cr_assert(eq(sz, ran, 100000));
	cr_assert(in_order);
}

static void again(void *arg)
{
	(void)arg;
	ran++;
	later(0, again, NULL);
}

Test(reactor, calls_that_plan_themselves_anew_do_not_starve_the_others)
{
	later(0, again, NULL);
	evert_reactor_call_from_thread(reactor, stop, NULL);
	run_reactor(reactor);
	cr_assert(le(sz, ran, 2));
}

Test(reactor, goes_on_when_a_signal_interrupts_its_sleep)
{
	test_system_fail(&kernel, CALL_EPOLL_WAIT, 1, EINTR, false);
	test_system_fail(&kernel, CALL_POLL, 1, EINTR, false);
	later(0.1, stop, NULL);
	run_reactor(reactor);
	cr_assert(eq(sz, test_system_waits(&kernel), 2));
}

Test(reactor, a_failure_to_wait_ends_the_run_with_its_errno)
{
	test_system_fail(&kernel, CALL_EPOLL_WAIT, 1, EBADF, false);
	test_system_fail(&kernel, CALL_POLL, 1, EBADF, false);
	cr_assert(eq(int, evert_reactor_run(reactor), -EBADF));
	later(0, stop, NULL);
	run_reactor(reactor);
}

/* ---- Descriptors ---- */

/* A readable pipe that is watched. */
struct source {
	struct evert_watch watch;
	int fds[2];
	struct source *rival;
	size_t told;
};

static struct source sources[2], newcomer;

static void count_ready(struct evert_watch *watch, unsigned ready)
{
	(void)ready;
	evert_container_of(watch, struct source, watch)->told++;
}

static void end_rival(struct evert_watch *watch, unsigned ready)
{
	struct source *rival;

	count_ready(watch, ready);
	rival = evert_container_of(watch, struct source, watch)->rival;
	evert_watch_remove(&rival->watch);
}

static const struct evert_watch_ops ending = { .ready = end_rival };
static const struct evert_watch_ops counting = { .ready = count_ready };

static void watch_pipe(struct source *source, const struct evert_watch_ops *how)
{
	cr_assert(pipe(source->fds) == 0);
	cr_assert(write(source->fds[1], "x", 1) == 1);
	cr_assert(eq(
		int,
		evert_watch_add(&source->watch, reactor, source->fds[0], how),
		0));
	evert_watch_set(&source->watch, EVERT_ATTACHED | EVERT_READ);
}

static void watch_rivals(const struct evert_watch_ops *how)
{
	int i;

	for (i = 0; i < 2; i++) {
		sources[i].rival = &sources[!i];
		watch_pipe(&sources[i], how);
	}
}

static void forget_pipe(struct source *source)
{
	evert_watch_remove(&source->watch);
	close(source->fds[0]);
	close(source->fds[1]);
}

Test(reactor, p47_a_descriptor_removed_by_an_earlier_event_is_not_told)
{
	watch_rivals(&ending);
	turn(reactor);
	cr_assert(eq(sz, sources[0].told + sources[1].told, 1));
	forget_pipe(&sources[0]);
	forget_pipe(&sources[1]);
}

/* More than a few: the memory of who is next is fetched while one is told. */
enum { MANY = 200 };

static struct source many[MANY];

Test(reactor, p47_of_many_each_is_told_or_gone_by_an_earlier_event)
{
	size_t i, told = 0, alone = 0;

	for (i = 0; i < MANY; i++) {
		/* Pairs of which one ends the other; and every tenth pair no
		   more than counts. */
		many[i].rival = &many[i ^ 1];
		watch_pipe(&many[i], i / 2 % 10 ? &ending : &counting);
	}
	turn(reactor);
	for (i = 0; i < MANY; i++) {
		told += many[i].told;
		alone += i / 2 % 10 ? 0 : many[i].told;
		forget_pipe(&many[i]);
	}
	cr_assert(eq(sz, alone, MANY / 10));
	cr_assert(eq(sz, told, MANY / 10 + (MANY - MANY / 10) / 2));
}

/* The rival's number now belongs to a newcomer. */
static void replace_rival(struct evert_watch *watch, unsigned ready)
{
	struct source *rival;
	int number;

	end_rival(watch, ready);
	rival = evert_container_of(watch, struct source, watch)->rival;
	number = rival->fds[0];
	close(number);
	watch_pipe(&newcomer, &counting);
	cr_assert(eq(int, newcomer.fds[0], number));
	rival->fds[0] = dup(rival->fds[1]);
}

static const struct evert_watch_ops replacing = { .ready = replace_rival };

Test(reactor, p47_a_descriptor_reused_in_its_turn_gets_no_stale_event)
{
	watch_rivals(&replacing);
	turn(reactor);
	cr_assert(eq(sz, sources[0].told + sources[1].told, 1));
	cr_assert(eq(sz, newcomer.told, 0));
	evert_watch_remove(&sources[0].watch);
	evert_watch_remove(&sources[1].watch);
	turn(reactor);
	cr_assert(eq(sz, newcomer.told, 1));
	forget_pipe(&sources[0]);
	forget_pipe(&sources[1]);
	forget_pipe(&newcomer);
}

/* ---- Run and stop ---- */

Test(reactor, p45_stopped_before_it_runs_it_runs_one_turn)
{
	later(0, note, "a");
	later(0.1, note, "b");
	evert_reactor_stop(reactor);
	run_reactor(reactor);
	cr_assert(eq(str, events, "a"));
	cr_assert(eq(sz, test_system_waits(&kernel), 1));
}

Test(reactor, p43_stop_lets_the_turn_end)
{
	later(0, stop, NULL);
	later(0, note, "a");
	later(0.1, note, "b");
	run_reactor(reactor);
	cr_assert(eq(str, events, "a"));
}

static void run_inside(void *arg)
{
	cr_assert(eq(int, evert_reactor_run(reactor), -EBUSY));
	*(bool *)arg = true;
}

static struct evert_result run_in_coroutine(void *arg)
{
	run_inside(arg);
	return evert_result_none();
}

Test(reactor, p45_running_it_in_a_coroutine_is_an_error)
{
	bool tried = false;

	evert_deferred_release(evert_spawn(run_in_coroutine, &tried));
	cr_assert(tried);
}

Test(reactor, p45_running_it_inside_its_own_callback_is_an_error)
{
	bool tried = false;

	later(0, run_inside, (const char *)&tried);
	later(0.1, stop, NULL);
	run_reactor(reactor);
	cr_assert(tried);
}

Test(reactor, p45_runs_again_after_it_stopped)
{
	later(0, stop, NULL);
	later(0.2, note, "a");
	later(0.3, stop, NULL);
	run_reactor(reactor);
	cr_assert(eq(str, events, ""));
	run_reactor(reactor);
	cr_assert(eq(str, events, "a"));
}

static void look_around(void *arg)
{
	struct evert_reactor **seen = arg;

	*seen = evert_reactor_current();
	cr_assert(evert_reactor_is_running(reactor));
}

Test(reactor, is_the_current_one_while_it_runs)
{
	struct evert_reactor *seen = NULL;

	cr_assert(eq(ptr, evert_reactor_current(), NULL));
	cr_assert(not(evert_reactor_is_running(reactor)));
	later(0, look_around, (const char *)&seen);
	later(0, stop, NULL);
	run_reactor(reactor);
	cr_assert(eq(ptr, seen, reactor));
	cr_assert(eq(ptr, evert_reactor_current(), NULL));
	cr_assert(not(evert_reactor_is_running(reactor)));
}

static void stop_current(void *arg)
{
	(void)arg;
	evert_reactor_stop(evert_reactor_current());
}

static void run_another(void *letter)
{
	struct evert_reactor *another = make_reactor(NULL);

	evert_reactor_call_later(another, 0, note, letter);
	evert_reactor_call_later(another, 0, stop_current, NULL);
	run_reactor(another);
	evert_reactor_destroy(another);
	cr_assert(eq(ptr, evert_reactor_current(), reactor));
}

Test(reactor, p45_another_one_may_run_inside_its_callback)
{
	later(0, run_another, "i");
	later(0, note, "o");
	later(0, stop, NULL);
	run_reactor(reactor);
	cr_assert(eq(str, events, "io"));
}

static struct evert_result seen_after_stop;

static struct evert_result keep(struct evert_result *in, void *arg)
{
	(void)arg;
	seen_after_stop = evert_result_take(in);
	return evert_result_none();
}

Test(reactor, stop_when_done_stops_it_and_passes_the_result_on)
{
	struct evert_deferred *d =
		evert_deferred_create_fired(evert_result_integer(42));

	evert_deferred_add_both(d, evert_reactor_stop_when_done, reactor);
	evert_deferred_add_both(d, keep, NULL);
	evert_deferred_release(d);
	run_reactor(reactor);
	cr_assert(eq(i64, evert_result_as_integer(&seen_after_stop), 42));
}

/* ---- Threads ---- */

enum { ROUNDS = 1000 };

struct runner {
	struct evert_reactor *reactor;
	size_t rounds;
};

static void next_round(void *arg)
{
	struct runner *runner = arg;

	cr_assert(eq(ptr, evert_reactor_current(), runner->reactor));
	if (++runner->rounds == ROUNDS)
		evert_reactor_stop(runner->reactor);
	else if (runner->rounds % 2)
		evert_reactor_call_later(runner->reactor, 0, next_round,
					 runner);
	else
		evert_reactor_call_from_thread(runner->reactor, next_round,
					       runner);
}

static void *run_rounds(void *arg)
{
	struct runner *runner = arg;

	runner->reactor = make_reactor(NULL);
	evert_reactor_call_later(runner->reactor, 0, next_round, runner);
	run_reactor(runner->reactor);
	evert_reactor_destroy(runner->reactor);
	return NULL;
}

Test(reactors, p45_two_in_two_threads_do_not_disturb_each_other)
{
	struct runner runners[2] = { { NULL, 0 }, { NULL, 0 } };
	pthread_t threads[2];
	int i;

	for (i = 0; i < 2; i++)
		pthread_create(&threads[i], NULL, run_rounds, &runners[i]);
	for (i = 0; i < 2; i++)
		pthread_join(threads[i], NULL);
	cr_assert(eq(sz, runners[0].rounds, ROUNDS));
	cr_assert(eq(sz, runners[1].rounds, ROUNDS));
}

static void *run_it(void *arg)
{
	(void)arg;
	run_reactor(reactor);
	return NULL;
}

Test(reactor, is_its_makers_again_when_another_thread_has_run_it)
{
	pthread_t thread;

	later(0, note, "a");
	later(0, stop, NULL);
	pthread_create(&thread, NULL, run_it, NULL);
	pthread_join(thread, NULL);
	evert_reactor_stop(reactor);
	run_reactor(reactor);
	cr_assert(eq(str, events, "a"));
}

static void *make_it(void *arg)
{
	(void)arg;
	begin();
	return NULL;
}

/* Makes the reactor in a thread of its own. */
static void begin_elsewhere(void)
{
	pthread_t thread;

	pthread_create(&thread, NULL, make_it, NULL);
	pthread_join(thread, NULL);
}

TestSuite(reactor_of_another_thread, .init = begin_elsewhere, .fini = finish);

/* In the child: a fork makes the thread that forks the owner of all. */
static void stop_it(void *arg)
{
	begin_elsewhere();
	stop(arg);
}

Test(reactor_of_another_thread, stopping_it_is_a_bug)
{
	dies(stop_it, NULL, SIGABRT,
	     "evert_reactor_stop was called from a thread that is not the "
	     "reactor's; use evert_reactor_call_from_thread");
}

static struct recorder_factory factory;

static void connect_it(void *arg)
{
	(void)arg;
	begin_elsewhere();
	evert_connect(reactor, "tcp:127.0.0.1:1", &factory.base);
}

Test(reactor_of_another_thread, connecting_is_a_bug)
{
	dies(connect_it, NULL, SIGABRT,
	     "evert_connect was called from a thread that is not the "
	     "reactor's");
}

static void listen_on_it(void *arg)
{
	(void)arg;
	begin_elsewhere();
	evert_listen(reactor, "tcp:127.0.0.1:0", &factory.base);
}

Test(reactor_of_another_thread, listening_is_a_bug)
{
	dies(listen_on_it, NULL, SIGABRT,
	     "evert_listen was called from a thread that is not the "
	     "reactor's");
}

static void connect_nowhere(void *arg)
{
	(void)arg;
	evert_connect(evert_reactor_current(), "tcp:127.0.0.1:1",
		      &factory.base);
}

static void listen_nowhere(void *arg)
{
	(void)arg;
	evert_listen(evert_reactor_current(), "tcp:127.0.0.1:0",
		     &factory.base);
}

Test(reactor_of_another_thread, none_at_all_is_a_bug)
{
	dies(connect_nowhere, NULL, SIGABRT,
	     "evert_connect was given no reactor; evert_reactor_current is "
	     "NULL while none runs");
	dies(listen_nowhere, NULL, SIGABRT, "evert_listen was given no ");
}

/* ---- Another thread, while it runs ---- */

static void *call_now(void *call)
{
	(*(void (**)(void *))call)(NULL);
	return NULL;
}

static void call_in_a_thread(void *call)
{
	pthread_t thread;

	pthread_create(&thread, NULL, call_now, call);
	pthread_join(thread, NULL);
	evert_reactor_stop(reactor);
}

static void run_and_call(void *call)
{
	evert_reactor_call_later(reactor, 0, call_in_a_thread, call);
	evert_reactor_run(reactor);
}

static void call_later_here(void *unused)
{
	(void)unused;
	evert_reactor_call_later(reactor, 1, stop, NULL);
}

static struct evert_delayed_call moved;

static void move_it(void *unused)
{
	(void)unused;
	evert_delayed_call_reset(moved, 1);
}

static struct recorder_factory clients, servers;
static struct connected pair;

static void write_here(void *unused)
{
	(void)unused;
	evert_transport_write(pair.client->base.transport, "x", 1);
}

static void pause_here(void *unused)
{
	(void)unused;
	evert_transport_pause_reading(pair.client->base.transport);
}

static void dies_in_a_thread(void (*call)(void *), const char *what)
{
	dies(run_and_call, &call, SIGABRT, what);
}

Test(reactor, while_it_runs_another_thread_may_not_delay_a_call)
{
	dies_in_a_thread(call_later_here,
			 "was called from a thread that is not the reactor's; "
			 "use evert_reactor_call_from_thread");
}

Test(reactor, while_it_runs_another_thread_may_not_move_a_call)
{
	moved = evert_reactor_call_later(reactor, 10, stop, NULL);
	dies_in_a_thread(move_it, "what asks for time");
}

Test(reactor, while_it_runs_another_thread_may_not_write)
{
	recorder_factory_init(&clients, NULL, NULL);
	recorder_factory_init(&servers, NULL, NULL);
	pair = connect_pair(reactor, &clients, &servers);
	dies_in_a_thread(write_here, "an operation of a transport or port");
	dies_in_a_thread(pause_here, "what watches a descriptor");
}

Test(reactor_of_another_thread, may_be_run_and_destroyed)
{
	later(0, stop, NULL);
	run_reactor(reactor);
}

/* ---- Making and destroying ---- */

Test(reactors, can_be_made_on_each_poller_by_name)
{
	struct evert_reactor_options options = { .poller = "epoll" };

	reactor = evert_reactor_create(&options);
	cr_assert(eq(str, (char *)reactor->poller->ops->name, "epoll"));
	evert_reactor_destroy(reactor);
	options.poller = "poll";
	reactor = evert_reactor_create(&options);
	cr_assert(eq(str, (char *)reactor->poller->ops->name, "poll"));
	evert_reactor_destroy(reactor);
}

Test(reactors, can_be_made_on_the_poller_the_environment_names)
{
	setenv("EVERT_POLLER", "poll", 1);
	reactor = evert_reactor_create(NULL);
	cr_assert(eq(str, (char *)reactor->poller->ops->name, "poll"));
	evert_reactor_destroy(reactor);
}

Test(reactors, prefer_epoll)
{
	unsetenv("EVERT_POLLER");
	reactor = evert_reactor_create(NULL);
	cr_assert(eq(str, (char *)reactor->poller->ops->name, "epoll"));
	evert_reactor_destroy(reactor);
}

Test(reactors, are_not_made_on_a_poller_there_is_not)
{
	struct evert_reactor_options options = { .poller = "abacus" };

	cr_assert(eq(ptr, evert_reactor_create(&options), NULL));
	cr_assert(eq(int, errno, EINVAL));
}

static int expected_error;

static void make_and_destroy(struct test_system *system)
{
	struct evert_reactor_options options = { .system = &system->base };
	struct evert_reactor *made = evert_reactor_create(&options);

	cr_assert(made || errno == expected_error);
	evert_reactor_destroy(made);
}

Test(reactors, are_not_made_when_descriptors_run_out_and_leave_none_open)
{
	expected_error = EMFILE;
	fail_every_call(CALL_PIPE, EMFILE, NULL, make_and_destroy);
	fail_every_call(CALL_EPOLL_CREATE, EMFILE, NULL, make_and_destroy);
}

static void make_and_destroy_one(void *arg)
{
	struct evert_reactor *made = evert_reactor_create(arg);

	cr_assert(made || errno == ENOMEM);
	evert_reactor_destroy(made);
}

Test(reactors, are_not_made_when_memory_runs_out_and_leave_nothing_behind)
{
	size_t before = count_descriptors();

	fail_every_allocation(make_and_destroy_one, NULL);
	cr_assert(eq(sz, count_descriptors(), before));
}

Test(reactors, destroying_none_does_nothing)
{
	evert_reactor_destroy(NULL);
}

static void destroy_inside(void *arg)
{
	evert_reactor_destroy(arg);
}

static void destroy_while_it_runs(void *arg)
{
	struct evert_reactor *own = make_reactor(NULL);

	(void)arg;
	evert_reactor_call_later(own, 0, destroy_inside, own);
	evert_reactor_run(own);
}

Test(reactors, destroying_one_inside_its_callback_is_a_bug)
{
	dies(destroy_while_it_runs, NULL, SIGABRT,
	     "evert_reactor_destroy was called while the reactor runs");
}

static char *said(FILE *from)
{
	static char text[1024];
	size_t length = fread(text, 1, sizeof(text) - 1, from);

	text[length] = '\0';
	return text;
}

Test(reactors, tell_of_forgotten_calls_when_asked_to_debug,
     .init = cr_redirect_stderr)
{
	char *text;

	setenv("EVERT_DEBUG", "1", 1);
	reactor = make_reactor(NULL);
	later(1, stop, NULL);
	evert_delayed_call_cancel(
		evert_reactor_call_later(reactor, 1, stop, NULL));
	evert_reactor_destroy(reactor);
	fflush(stderr);
	text = said(cr_get_redirected_stderr());
	cr_assert(strstr(text, "evert: reactor destroyed with a delayed call "
			       "made at tests/reactor/test_reactor.c:") == text);
	cr_assert(eq(ptr, strchr(text, '\n')[1] ? text : NULL, NULL));
}

Test(reactors, keep_quiet_of_forgotten_calls_otherwise,
     .init = cr_redirect_stderr)
{
	unsetenv("EVERT_DEBUG");
	reactor = make_reactor(NULL);
	later(1, stop, NULL);
	evert_reactor_destroy(reactor);
	fflush(stderr);
	cr_assert(eq(str, said(cr_get_redirected_stderr()), ""));
}

static void ping(void *arg)
{
	(void)arg;
}

static void call_from_threads_and_timers(void *arg)
{
	struct evert_reactor *own = evert_reactor_create(arg);

	if (!own)
		return;
	evert_reactor_call_later(own, 0, ping, NULL);
	evert_reactor_call_from_thread(own, ping, NULL);
	evert_reactor_stop(own);
	evert_reactor_run(own);
	evert_reactor_call_later(own, 0, ping, NULL);
	evert_reactor_call_from_thread(own, ping, NULL);
	evert_reactor_destroy(own);
}

Test(reactors, lose_nothing_when_memory_runs_out_while_they_run)
{
	fail_every_allocation(call_from_threads_and_timers, NULL);
}
