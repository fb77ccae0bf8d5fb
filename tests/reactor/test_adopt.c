/* SPDX-License-Identifier: MIT */
/* A reactor that was made before a fork, and runs in the child. */
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "../../reactor/run.h"
#include "../support/child.h"
#include "../support/lookups.h"
#include "../support/reactor.h"
#include "../support/system.h"

static struct test_system kernel;
static struct evert_reactor *reactor;
static struct recorder_factory clients, servers;
static struct connected pair;

static void begin(void)
{
	test_system_init(&kernel);
	reactor = make_reactor(&kernel.base);
	recorder_factory_init(&clients, NULL, NULL);
	recorder_factory_init(&servers, NULL, NULL);
}

static void finish(void)
{
	evert_reactor_destroy(reactor);
}

TestSuite(adopt, .init = begin, .fini = finish);

/* Both ends in this process. */
static bool can_connect(void)
{
	pair = connect_pair(reactor, &clients, &servers);
	recorder_write(pair.client, "hello");
	turn_until_count(reactor, &pair.server->received, 5);
	return true;
}

static bool connect_and_destroy(void)
{
	bool connected = can_connect();

	evert_reactor_destroy(reactor);
	return connected;
}

Test(adopt, p81_a_reactor_made_before_the_fork_works_in_the_child)
{
	cr_assert(child(connect_and_destroy));
	cr_assert(can_connect());
}

static bool adopted_in_a_grandchild(void)
{
	return child(connect_and_destroy) && connect_and_destroy();
}

Test(adopt, p81_and_in_a_grandchild)
{
	cr_assert(child(adopted_in_a_grandchild));
	cr_assert(can_connect());
}

static bool talk(void)
{
	recorder_write(pair.client, "to server");
	turn_until_count(reactor, &pair.server->received, 9);
	return true;
}

Test(adopt, p81_connections_made_before_the_fork_work_in_the_child)
{
	pair = connect_pair(reactor, &clients, &servers);
	cr_assert(child(talk));
}

/* Closing what is watched in a poller of one's own leaves the parent's. */
static bool adopt_and_destroy(void)
{
	turn_until_idle(reactor);
	evert_transport_pause_reading(pair.client->base.transport);
	turn_until_idle(reactor);
	_exit(0);
}

Test(adopt, p81_the_parents_poller_is_left_alone)
{
	pair = connect_pair(reactor, &clients, &servers);
	cr_assert(child(adopt_and_destroy));
	recorder_write(pair.server, "still");
	turn_until_count(reactor, &pair.client->received, 5);
}

/* ---- Workers that share a port ---- */

static void accept_one(struct recorder *recorder)
{
	evert_transport_write(recorder->base.transport, "x", 1);
	evert_transport_lose_connection(recorder->base.transport);
}

static void has_lost(struct recorder *recorder)
{
	(void)recorder;
	evert_reactor_stop(reactor);
}

static const struct recorder_hooks serve_one = {
	.made = accept_one,
	.lost = has_lost,
};

static pid_t start_worker(void)
{
	pid_t worker = fork();

	cr_assert(worker >= 0);
	if (!worker)
		_exit(evert_reactor_run(reactor) ? 1 : 0);
	return worker;
}

Test(adopt, p81_workers_share_a_port_that_was_opened_before)
{
	struct evert_port *port;
	struct evert_reactor *own;
	pid_t workers[2];
	int status, i;

	servers.hooks = &serve_one;
	port = listen_here(reactor, &servers);
	for (i = 0; i < 2; i++)
		workers[i] = start_worker();
	own = make_reactor(NULL);
	/* Each ends when it has served one. */
	for (i = 0; i < 2; i++) {
		struct evert_result made = turn_until_fired(
			own,
			evert_connect(own, endpoint_of(port), &clients.base));

		turn_until_count(own, &recorder_of(&made)->lost, 1);
		cr_assert(eq(sz, recorder_of(&made)->received, 1));
	}
	for (i = 0; i < 2; i++) {
		cr_assert(waitpid(workers[i], &status, 0) == workers[i]);
		cr_assert(eq(int, status, 0));
	}
	evert_reactor_destroy(own);
}

/* ---- Forking inside a callback ---- */

static pid_t forked;

static void fork_here(void *arg)
{
	forked = fork();
	cr_assert(forked >= 0);
	*(bool *)arg = true;
}

Test(adopt, p81_after_a_fork_inside_a_callback_both_go_on)
{
	bool done = false;
	int status;

	evert_reactor_call_later(reactor, 0, fork_here, &done);
	turn_until(reactor, &done);
	cr_assert(can_connect());
	if (!forked)
		_exit(0);
	cr_assert(waitpid(forked, &status, 0) == forked);
	cr_assert(eq(int, status, 0));
}

/* ---- Failing ---- */

static void stop(void *unused)
{
	(void)unused;
	evert_reactor_stop(reactor);
}

static bool fails_then_runs(enum test_call call, int error)
{
	test_system_fail(&kernel, call, 1, error, true);
	if (evert_reactor_run(reactor) != -error)
		return false;
	test_system_fail(&kernel, call, 0, 0, false);
	evert_reactor_call_later(reactor, 0, stop, NULL);
	return evert_reactor_run(reactor) == 0 && connect_and_destroy();
}

static bool has_no_pipe(void)
{
	return fails_then_runs(CALL_PIPE, EMFILE);
}

static bool has_no_poller(void)
{
	test_system_fail(&kernel, CALL_EPOLL_CREATE, 1, EMFILE, true);
	/* poll needs no descriptor */
	return evert_reactor_run(reactor) == -EMFILE ||
	       !strcmp(getenv("EVERT_POLLER"), "poll");
}

static bool cannot_watch_the_pipe(void)
{
	if (!strcmp(getenv("EVERT_POLLER"), "poll"))
		return true;
	return fails_then_runs(CALL_EPOLL_CTL, ENOMEM);
}

Test(adopt, p81_what_it_needs_may_be_missing_and_had_later)
{
	evert_reactor_stop(reactor);
	cr_assert(child(has_no_pipe));
	cr_assert(child(has_no_poller));
	cr_assert(child(cannot_watch_the_pipe));
}

static void use_up_descriptors(void)
{
	int last = dup(STDERR_FILENO), next = last;

	while (next >= 0) {
		last = next;
		next = dup(STDERR_FILENO);
	}
	cr_assert(eq(int, errno, EMFILE));
}

static pid_t forked;

static void fork_without_descriptors(void *unused)
{
	struct rlimit few = { 100, 100 };

	(void)unused;
	forked = fork();
	if (!forked) {
		setrlimit(RLIMIT_NOFILE, &few);
		use_up_descriptors();
	}
	evert_reactor_call_later(reactor, 0, stop, NULL);
}

Test(adopt, p81_a_loop_goes_on_in_a_child_that_has_no_descriptor_left)
{
	int error, status;

	evert_reactor_call_later(reactor, 0, fork_without_descriptors, NULL);
	error = evert_reactor_run(reactor);
	if (!forked)
		_exit(-error);
	cr_assert(zero(int, error));
	waitpid(forked, &status, 0);
	cr_assert(zero(int, status));
}

static bool fails_then_is_destroyed(void)
{
	test_system_fail(&kernel, CALL_PIPE, 1, EMFILE, true);
	evert_reactor_run(reactor);
	evert_reactor_destroy(reactor);
	reactor = NULL;
	return true;
}

Test(adopt, p81_one_that_could_not_be_adopted_may_be_destroyed)
{
	pair = connect_pair(reactor, &clients, &servers);
	cr_assert(child_exits(fails_then_is_destroyed));
	cr_assert(talk());
}

/* ---- Calls from threads ---- */

static bool called;

static bool is_called(void)
{
	turn_until(reactor, &called);
	return true;
}

Test(adopt, p82_a_call_accepted_before_the_fork_runs_in_both)
{
	evert_reactor_call_from_thread(reactor, set_flag, &called);
	cr_assert(child(is_called));
	turn_until(reactor, &called);
}

static void *call_from_a_thread(void *unused)
{
	(void)unused;
	evert_reactor_call_from_thread(reactor, set_flag, &called);
	return NULL;
}

static bool is_woken(void)
{
	pthread_t thread;

	pthread_create(&thread, NULL, call_from_a_thread, NULL);
	turn_until(reactor, &called);
	pthread_join(thread, NULL);
	return true;
}

static bool is_woken_after_a_turn(void)
{
	turn_until_idle(reactor);
	return is_woken();
}

Test(adopt, p81_a_thread_of_the_child_wakes_the_childs_loop)
{
	cr_assert(child(is_woken));
	cr_assert(child(is_woken_after_a_turn));
	cr_assert(is_woken());
}

/* ---- Lookups ---- */

static const char *const nowhere[] = { NULL };
static bool is_lookup_failure(const struct evert_error *kind)
{
	return kind == EVERT_LOOKUP_FAILED ||
	       kind->parent == EVERT_LOOKUP_FAILED;
}

static bool all_fail(void)
{
	bool all = true;
	size_t i;

	atomic_store(&kernel.lookups_blocked, false);
	for (i = 0; i < LOOKUPS; i++)
		all = is_lookup_failure(
			      turn_until_failed(reactor, lookups[i])) &&
		      all;
	return all;
}

Test(adopt, p81_lookups_under_way_are_begun_anew_in_the_child)
{
	begin_lookups(reactor, &kernel, &clients.base);
	cr_assert(child(all_fail));
	cr_assert(all_fail());
}

static bool all_fail_for_want_of_threads(void)
{
	test_system_fail(&kernel, CALL_START_THREAD, 1, EAGAIN, true);
	return all_fail();
}

Test(adopt, p81_lookups_fail_where_the_child_can_have_no_thread)
{
	begin_lookups(reactor, &kernel, &clients.base);
	cr_assert(child(all_fail_for_want_of_threads));
	cr_assert(all_fail());
}

static bool cancel_some(void)
{
	size_t i;

	for (i = 0; i < LOOKUPS; i += 2)
		evert_deferred_cancel(lookups[i]);
	atomic_store(&kernel.lookups_blocked, false);
	for (i = 1; i < LOOKUPS; i += 2)
		turn_until_failed(reactor, lookups[i]);
	for (i = 0; i < LOOKUPS; i += 2)
		turn_until_failed(reactor, lookups[i]);
	evert_reactor_destroy(reactor);
	reactor = NULL;
	return true;
}

Test(adopt, p81_the_child_may_cancel_some_and_have_the_others)
{
	begin_lookups(reactor, &kernel, &clients.base);
	cr_assert(child_exits(cancel_some));
	cr_assert(all_fail());
}

static bool times_out(void)
{
	struct evert_deferred *d;

	kernel.addresses = nowhere;
	atomic_store(&kernel.lookups_blocked, true);
	d = evert_connect(reactor, "tcp:a.example:1", &clients.base);
	while (kernel.plans[CALL_GETADDRINFO].calls < 1)
		sched_yield();
	evert_deferred_cancel(d);
	turn_until_failed(reactor, d);
	atomic_store(&kernel.lookups_blocked, false);
	evert_reactor_destroy(reactor);
	reactor = NULL;
	return true;
}

Test(adopt, p81_a_lookup_that_the_child_begins_is_its_threads_to_release)
{
	cr_assert(child_exits(times_out));
}

/* ---- Signals ---- */

static void terminate(void *unused)
{
	(void)unused;
	kill(getpid(), SIGTERM);
}

static bool stops_on_sigterm(void)
{
	evert_reactor_call_later(reactor, 0, terminate, NULL);
	return evert_reactor_run(reactor) == 0;
}

Test(adopt, p81_signals_that_the_reactor_handled_are_handled_in_the_child)
{
	evert_reactor_handle_signals(reactor);
	cr_assert(child(stops_on_sigterm));
	cr_assert(stops_on_sigterm());
}

/* A process of its own, ended by SIGTERM? */
static bool is_ended_by_sigterm(void)
{
	pid_t process = fork();
	int status;

	if (!process) {
		terminate(NULL);
		_exit(0);
	}
	waitpid(process, &status, 0);
	return WIFSIGNALED(status) && WTERMSIG(status) == SIGTERM;
}

Test(adopt, p81_without_a_loop_a_child_is_ended_by_sigterm)
{
	evert_reactor_handle_signals(reactor);
	cr_assert(is_ended_by_sigterm());
	cr_assert(stops_on_sigterm());
}

static struct evert_result cleans_up(void *arg)
{
	struct evert_result result;

	terminate(NULL);
	result = evert_await(evert_sleep(60));
	*(bool *)arg = evert_result_failed_with(&result, EVERT_CANCELLED);
	return result;
}

static bool has_signals_of_its_own(void)
{
	bool cancelled = false;

	return evert_run(cleans_up, &cancelled) == 0 && cancelled;
}

Test(adopt, p81_a_program_run_in_the_child_has_signals_of_its_own)
{
	evert_reactor_handle_signals(reactor);
	cr_assert(child(has_signals_of_its_own));
	cr_assert(stops_on_sigterm());
}

static bool run_after_another_has_the_signals(void)
{
	return has_signals_of_its_own() && stops_on_sigterm();
}

Test(adopt, p81_signals_come_back_when_the_other_reactor_has_gone)
{
	evert_reactor_handle_signals(reactor);
	cr_assert(child(run_after_another_has_the_signals));
}
