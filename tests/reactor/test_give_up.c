/* SPDX-License-Identifier: MIT */
/* A fork's child that gives its copy of a reactor up from inside it. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "../../reactor/run.h"
#include "../support/reactor.h"
#include "../support/system.h"

static struct evert_reactor *reactor;
static struct recorder_factory clients, servers;
static struct connected pair;
static pid_t process; /* 0 in the child */

static void begin(void)
{
	reactor = make_reactor(NULL);
	recorder_factory_init(&clients, NULL, NULL);
	recorder_factory_init(&servers, NULL, NULL);
	pair = connect_pair(reactor, &clients, &servers);
}

static void finish(void)
{
	evert_reactor_destroy(reactor);
}

TestSuite(give_up, .init = begin, .fini = finish);

static bool fork_and_give_up(void)
{
	process = fork();
	cr_assert(process >= 0);
	if (!process)
		evert_reactor_destroy(reactor);
	return !process;
}

static void child_ends_well(void)
{
	int status;

	cr_assert(waitpid(process, &status, 0) == process);
	cr_assert(eq(int, status, 0));
}

static void still_connected(void)
{
	recorder_write(pair.client, "hello");
	turn_until_count(reactor, &pair.server->received, 5);
}

/* ---- The reactor ---- */

static void in_a_callback(void *check)
{
	bool (*is_right)(void) = *(bool (**)(void))check;

	if (fork_and_give_up())
		_exit(is_right() ? 0 : 1);
	child_ends_well();
	evert_reactor_stop(reactor);
}


static bool none_is_current(void)
{
	return !evert_reactor_current();
}

Test(give_up, p81_no_reactor_runs_then)
{
	bool (*is_right)(void) = none_is_current;

	evert_reactor_call_later(reactor, 0, in_a_callback, &is_right);
	run_reactor(reactor);
}

static bool is_refused(void)
{
	const struct evert_busy_poll poll = { .seconds = 1e-6, .budget = 1 };

	return evert_reactor_fd(reactor) == -ECHILD &&
	       evert_reactor_turn(reactor, 0) == -ECHILD &&
	       evert_reactor_run(reactor) == -ECHILD &&
	       evert_reactor_set_busy_poll(reactor, &poll) == -ECHILD;
}

Test(give_up, p81_it_turns_no_more)
{
	bool (*is_right)(void) = is_refused;

	evert_reactor_call_later(reactor, 0, in_a_callback, &is_right);
	run_reactor(reactor);
}

static bool runs_another(void)
{
	struct evert_reactor *own = make_reactor(NULL);

	evert_reactor_stop(own);
	return evert_reactor_run(own) == 0 && !evert_reactor_current();
}

Test(give_up, p81_another_reactor_may_run_inside_the_callback)
{
	bool (*is_right)(void) = runs_another;

	evert_reactor_call_later(reactor, 0, in_a_callback, &is_right);
	run_reactor(reactor);
}

static struct evert_result sleeps(void *arg)
{
	(void)arg;
	evert_result_release(evert_await(evert_sleep(0.001)));
	return evert_result_none();
}

static bool runs_a_program(void)
{
	return evert_run(sleeps, NULL) == 0;
}

Test(give_up, p81_a_program_may_run_inside_the_callback)
{
	bool (*is_right)(void) = runs_a_program;

	evert_reactor_call_later(reactor, 0, in_a_callback, &is_right);
	run_reactor(reactor);
}

static bool runs_the_copy(void)
{
	return evert_reactor_run(reactor) == -ECHILD;
}

Test(give_up, p81_the_copy_does_not_run_again)
{
	bool (*is_right)(void) = runs_the_copy;

	evert_reactor_call_later(reactor, 0, in_a_callback, &is_right);
	run_reactor(reactor);
}

/* ---- Descriptors ---- */

static int hold[2]; /* the child lives until its other end is closed */

static void give_up_and_live_on(void *unused)
{
	char byte;

	(void)unused;
	cr_assert(pipe(hold) == 0);
	if (fork_and_give_up()) {
		close(hold[1]);
		_exit(read(hold[0], &byte, 1) == 0 ? 0 : 1);
	}
	close(hold[0]);
}

static void let_it_end(void)
{
	close(hold[1]);
	child_ends_well();
}

Test(give_up, p81_the_peer_hears_of_the_parents_close)
{
	evert_reactor_call_later(reactor, 0, give_up_and_live_on, NULL);
	while (!process)
		turn(reactor);
	evert_transport_lose_connection(pair.client->base.transport);
	turn_until_count(reactor, &pair.server->lost, 1);
	let_it_end();
}

Test(give_up, p81_the_parents_connections_live_on)
{
	evert_reactor_call_later(reactor, 0, give_up_and_live_on, NULL);
	while (!process)
		turn(reactor);
	still_connected();
	let_it_end();
	still_connected();
}

static void use_all_descriptors(void)
{
	while (dup(hold[0]) >= 0) {
	}
}

static void allow_none(void)
{
	struct rlimit none = { .rlim_cur = 0 };

	cr_assert(setrlimit(RLIMIT_NOFILE, &none) == 0);
}

static void give_up_without_room(void *take_room)
{
	char byte;

	cr_assert(pipe(hold) == 0);
	process = fork();
	if (process) {
		close(hold[0]);
		return;
	}
	close(hold[1]);
	(*(void (**)(void))take_room)();
	evert_reactor_destroy(reactor);
	_exit(read(hold[0], &byte, 1) == 0 ? 0 : 1);
}

static void peer_hears_without_room(void (*take_room)(void))
{
	evert_reactor_call_later(reactor, 0, give_up_without_room, &take_room);
	while (!process)
		turn(reactor);
	evert_transport_lose_connection(pair.client->base.transport);
	turn_until_count(reactor, &pair.server->lost, 1);
	let_it_end();
}

Test(give_up, p94_the_peer_hears_of_it_when_no_descriptor_is_free)
{
	peer_hears_without_room(use_all_descriptors);
}

Test(give_up, p94_the_peer_hears_of_it_when_the_limit_was_lowered)
{
	peer_hears_without_room(allow_none);
}

/* ---- Going back to the loop ---- */

static size_t later;

static void count_later(void *unused)
{
	(void)unused;
	later++;
}

static void give_up_and_return(void *unused)
{
	(void)unused;
	if (!fork_and_give_up())
		evert_reactor_stop(reactor);
	/* Of the same turn: */
	evert_reactor_call_from_thread(reactor, count_later, NULL);
}

/* Runs what a callback of the child goes back to. */
static void runs_no_more(void)
{
	int error = evert_reactor_run(reactor);

	if (process) {
		child_ends_well();
		return;
	}
	if (error != -ECHILD || later || !none_is_current() ||
	    evert_reactor_is_running(reactor))
		exit(1);
	evert_reactor_destroy(reactor);
	exit(pair.client->lost_kind == EVERT_REACTOR_STOPPED ? 0 : 2);
}

Test(give_up, p81_the_run_ends_and_the_rest_is_released)
{
	evert_reactor_call_later(reactor, 0, give_up_and_return, NULL);
	evert_reactor_call_later(reactor, 0, count_later, NULL);
	runs_no_more();
	cr_assert(eq(sz, later, 2));
}

static void give_up_in(struct recorder *recorder, const char *data,
		       size_t length)
{
	(void)recorder;
	(void)data;
	(void)length;
	give_up_and_return(NULL);
}

static const struct recorder_hooks gives_up = { .received = give_up_in };

Test(give_up, p81_a_protocol_may_do_it)
{
	pair.server->hooks = &gives_up;
	recorder_write(pair.client, "now");
	runs_no_more();
}

/* ---- While it shuts down ---- */

static struct evert_result give_up_first(void *unused)
{
	(void)unused;
	fork_and_give_up();
	return evert_result_none();
}

static struct evert_result count_trigger(void *unused)
{
	count_later(unused);
	return evert_result_none();
}

/* The first trigger of a phase does it; there are two more. */
static void give_up_during(enum evert_phase phase)
{
	evert_reactor_add_trigger(reactor, phase, give_up_first, NULL);
	evert_reactor_add_trigger(reactor, phase, count_trigger, NULL);
	evert_reactor_add_trigger(reactor, EVERT_AFTER_SHUTDOWN, count_trigger,
				  NULL);
	evert_reactor_stop(reactor);
	runs_no_more();
	cr_assert(eq(sz, later, 2));
}

Test(give_up, p81_a_trigger_before_shutdown_may_do_it)
{
	give_up_during(EVERT_BEFORE_SHUTDOWN);
}

Test(give_up, p81_a_trigger_during_shutdown_may_do_it)
{
	give_up_during(EVERT_DURING_SHUTDOWN);
}

Test(give_up, p81_a_trigger_after_shutdown_may_do_it)
{
	give_up_during(EVERT_AFTER_SHUTDOWN);
}

/* Of two that are told in one turn, the first does it. */
static void give_up_once(struct recorder *unused)
{
	(void)unused;
	if (!process && !later++)
		fork_and_give_up();
}

static const struct recorder_hooks gives_up_when_lost = {
	.lost = give_up_once,
};

Test(give_up, p81_a_connection_that_the_shutdown_closes_may_do_it)
{
	pair.client->hooks = &gives_up_when_lost;
	pair.server->hooks = &gives_up_when_lost;
	evert_reactor_stop(reactor);
	cr_assert(eq(int, evert_reactor_run(reactor), process ? 0 : -ECHILD));
	if (!process) {
		evert_reactor_destroy(reactor);
		exit(pair.client->lost + pair.server->lost == 2 ? 0 : 2);
	}
	child_ends_well();
}

static void stop_and_call(void *unused)
{
	evert_reactor_stop(reactor);
	evert_reactor_call_from_thread(reactor, give_up_and_return, unused);
}

Test(give_up, p81_a_call_from_a_thread_that_the_shutdown_runs_may_do_it)
{
	evert_reactor_add_trigger(reactor, EVERT_AFTER_SHUTDOWN, count_trigger,
				  NULL);
	evert_reactor_call_later(reactor, 0, stop_and_call, NULL);
	runs_no_more();
	cr_assert(eq(sz, later, 2));
}

/* ---- In a coroutine ---- */

static struct evert_result give_up_then_run(void *arg)
{
	(void)arg;
	reactor = evert_reactor_current();
	evert_result_release(evert_await(evert_sleep(0)));
	/* Not exit: LeakSanitizer sees one stack, and what stands on the
	   thread's own would count as leaked. */
	if (fork_and_give_up())
		_exit(evert_run(sleeps, NULL));
	child_ends_well();
	reactor = NULL;
	return evert_result_none();
}

static struct evert_result waits_for_ever(void *arg)
{
	(void)arg;
	return evert_await(evert_sleep(1000));
}

static struct evert_result among_others(void *arg)
{
	struct evert_deferred *other = evert_spawn(waits_for_ever, NULL);
	struct evert_result result = give_up_then_run(arg);

	evert_deferred_cancel(other);
	evert_result_release(evert_await(other));
	return result;
}

TestSuite(give_up_program);

Test(give_up_program, p81_a_coroutine_may_and_then_run_a_program)
{
	cr_assert(eq(int, evert_run(give_up_then_run, NULL), 0));
}

Test(give_up_program, p81_other_coroutines_of_the_parent_stay_where_they_are)
{
	cr_assert(eq(int, evert_run(among_others, NULL), 0));
}

static struct evert_result give_up_and_end(void *arg)
{
	(void)arg;
	reactor = evert_reactor_current();
	if (!fork_and_give_up())
		child_ends_well();
	return evert_result_none();
}

Test(give_up_program, p81_a_coroutine_of_the_child_may_go_back_to_the_loop)
{
	int status = evert_run(give_up_and_end, NULL);

	if (!process)
		exit(status == 1 ? 0 : 1);
	cr_assert(eq(int, status, 0));
}
