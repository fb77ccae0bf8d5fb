/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "../../reactor/endpoint/connect.h"
#include "../../reactor/name/lookup_failure.h"
#include "../../reactor/endpoint/listen.h"
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
	pair = connect_pair(reactor, &clients, &servers);
}

static void finish(void)
{
	evert_reactor_destroy(reactor);
}

TestSuite(fork, .init = begin, .fini = finish);

static bool destroy_copy(void)
{
	evert_reactor_destroy(reactor);
	return true;
}

static bool protocols_are_told(void)
{
	evert_reactor_destroy(reactor);
	return pair.client->lost_kind == EVERT_REACTOR_STOPPED &&
	       pair.server->lost_kind == EVERT_REACTOR_STOPPED &&
	       pair.client->destroyed == 1 && pair.server->destroyed == 1;
}

/* Both can still talk to each other. */
static bool are_connected(void)
{
	size_t before = pair.server->received;

	recorder_write(pair.client, "to server");
	recorder_write(pair.server, "to client");
	turn_until_count(reactor, &pair.server->received, before + 9);
	turn_until_count(reactor, &pair.client->received, before + 9);
	return !pair.client->lost && !pair.server->lost;
}

Test(fork, p48_the_child_may_destroy_its_copy_and_its_protocols_are_told)
{
	cr_assert(child(protocols_are_told));
}

Test(fork, p48_the_parents_connections_live_on)
{
	cr_assert(child(destroy_copy));
	cr_assert(are_connected());
}

Test(fork, p48_what_the_parent_has_queued_is_sent_once)
{
	recorder_write(pair.client, "once");
	cr_assert(child(destroy_copy));
	turn_until_idle(reactor);
	cr_assert(eq(str, pair.server->data, "once"));
}

static bool abort_and_destroy_copy(void)
{
	evert_transport_abort(pair.client->base.transport);
	evert_transport_lose_connection(pair.server->base.transport);
	return destroy_copy();
}

Test(fork, p48_an_abort_in_the_child_resets_nothing)
{
	cr_assert(child(abort_and_destroy_copy));
	cr_assert(are_connected());
}

Test(fork, p48_a_paused_connection_is_resumed_in_the_parent)
{
	evert_transport_pause_reading(pair.server->base.transport);
	recorder_write(pair.client, "later");
	turn_until_idle(reactor);
	cr_assert(child(destroy_copy));
	evert_transport_resume_reading(pair.server->base.transport);
	turn_until_count(reactor, &pair.server->received, 5);
	cr_assert(eq(str, pair.server->data, "later"));
}

Test(fork, p48_the_end_of_a_connection_reaches_the_parent)
{
	cr_assert(child(destroy_copy));
	evert_transport_lose_connection(pair.client->base.transport);
	turn_until_count(reactor, &pair.server->lost, 1);
	cr_assert(eq(ptr, (void *)pair.server->lost_kind,
		     (void *)EVERT_CONNECTION_DONE));
}

Test(fork, p48_the_parents_port_goes_on_accepting)
{
	struct evert_port *port = listen_here(reactor, &servers);
	struct evert_result result;

	cr_assert(child(destroy_copy));
	result = turn_until_fired(
		reactor,
		evert_connect(reactor, endpoint_of(port), &clients.base));
	recorder_of(&result);
	turn_until_count(reactor, &servers.built, 2);
}

Test(fork, p48_the_parents_connect_goes_on)
{
	struct evert_port *port = listen_here(reactor, &servers);
	struct evert_deferred *d =
		evert_connect(reactor, endpoint_of(port), &clients.base);
	struct evert_result result;

	cr_assert(child(destroy_copy));
	result = turn_until_fired(reactor, d);
	recorder_of(&result);
}

Test(fork, p48_calls_from_threads_reach_the_parent_only)
{
	bool called = false;

	evert_reactor_call_from_thread(reactor, set_flag, &called);
	cr_assert(child(destroy_copy));
	turn_until(reactor, &called);
	called = false;
	evert_reactor_call_from_thread(reactor, set_flag, &called);
	turn_until(reactor, &called);
}

static void fork_and_destroy(void *arg)
{
	pid_t process = fork();
	int status;

	cr_assert(process >= 0);
	if (!process)
		_exit(0);
	waitpid(process, &status, 0);
	set_flag(arg);
}

Test(fork, p48_a_child_made_inside_a_callback_may_just_end)
{
	bool called = false;

	evert_reactor_call_later(reactor, 0, fork_and_destroy, &called);
	turn_until(reactor, &called);
	cr_assert(are_connected());
}

/* ---- Reactors of the child ---- */

static bool connect_on_its_own(void)
{
	struct evert_reactor *own = make_reactor(NULL);

	recorder_factory_init(&clients, NULL, NULL);
	recorder_factory_init(&servers, NULL, NULL);
	pair = connect_pair(own, &clients, &servers);
	evert_reactor_destroy(own);
	return pair.client->lost && pair.server->lost;
}

Test(fork, p48_the_child_may_use_a_reactor_of_its_own)
{
	cr_assert(child(connect_on_its_own));
	cr_assert(are_connected());
}

/* ---- Lookups ---- */

static const char *const nowhere[] = { NULL };

static bool look_up_on_its_own(void)
{
	static struct test_system names;
	struct evert_reactor *own;
	const struct evert_error *kind;

	test_system_init(&names);
	names.addresses = nowhere;
	own = make_reactor(&names.base);
	kind = turn_until_failed(
		own, evert_connect(own, "tcp:a.example:1", &clients.base));
	evert_reactor_destroy(own);
	return kind == EVERT_NO_NAME;
}

static void end_lookups(void)
{
	size_t i;

	atomic_store(&kernel.lookups_blocked, false);
	for (i = 0; i < LOOKUPS; i++)
		cr_assert(eq(ptr,
			     (void *)turn_until_failed(reactor, lookups[i]),
			     (void *)EVERT_NO_NAME));
}

static bool destroy_copy_and_look_up(void)
{
	evert_reactor_destroy(reactor);
	return look_up_on_its_own();
}

Test(fork, p48_the_parents_lookups_go_on)
{
	begin_lookups(reactor, &kernel, &clients.base);
	cr_assert(child(destroy_copy));
	end_lookups();
}

Test(fork, p48_the_child_may_look_names_up_while_the_parent_does)
{
	begin_lookups(reactor, &kernel, &clients.base);
	cr_assert(child(look_up_on_its_own));
	cr_assert(child(destroy_copy_and_look_up));
	end_lookups();
}

static bool cancel_lookups(void)
{
	size_t i;

	for (i = 0; i < LOOKUPS; i++)
		evert_deferred_cancel(lookups[i]);
	return look_up_on_its_own();
}

Test(fork, p48_the_child_may_cancel_its_copies_of_lookups)
{
	begin_lookups(reactor, &kernel, &clients.base);
	cr_assert(child(cancel_lookups));
	end_lookups();
}

/* ---- Signals ---- */

static bool has_handler(void)
{
	struct sigaction now;

	sigaction(SIGINT, NULL, &now);
	return now.sa_handler != SIG_DFL;
}

static bool destroy_and_have_no_handler(void)
{
	evert_reactor_destroy(reactor);
	return !has_handler();
}

Test(fork, p48_the_parent_keeps_its_signals)
{
	evert_reactor_handle_signals(reactor);
	cr_assert(child(destroy_and_have_no_handler));
	cr_assert(has_handler());
	raise(SIGINT);
	run_reactor(reactor);
}
