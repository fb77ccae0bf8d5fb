/* SPDX-License-Identifier: MIT */
/* Over TLS: reading before writing, a lack of what a connection needs, a
   fork. */
#include <errno.h>
#include <string.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <criterion/parameterized.h>

#include "../../support/child.h"
#include "../../support/memory.h"
#include "../../support/tls/carriers.h"
#include "../../support/tls/certificates.h"
#include "../../support/tls/tls_pair.h"

static struct tls_pair pair;

static void finish(void)
{
	tls_pair_close(&pair);
}

static struct evert_transport *server(void)
{
	return pair.server->base.transport;
}

/* ---- 57: reading before writing ---- */

static struct evert_reactor *other; /* the client's */

static void turn_other(void)
{
	int i;

	for (i = 0; i < 20; i++)
		evert_reactor_turn(other, 0);
}

static void turn_both(const size_t *count, size_t least)
{
	int i;

	for (i = 0; i < 10000 && *count < least; i++) {
		evert_reactor_turn(pair.reactor, 0);
		evert_reactor_turn(other, 0);
	}
	cr_assert(lt(int, i, 10000));
}

static void connect_across(const struct recorder_hooks *hooks, void *arg)
{
	struct evert_port *port;

	tls_pair_begin(&pair);
	other = make_reactor(NULL);
	recorder_factory_init(&pair.clients, NULL, NULL);
	recorder_factory_init(&pair.servers, hooks, arg);
	port = tls_listen_here(&pair, &pair.servers);
	evert_deferred_release(evert_tls_connect(
		other, endpoint_of(port), &pair.clients.base,
		pair.client_context, "localhost"));
	pair.client = &pair.clients.recorders[0];
	pair.server = &pair.servers.recorders[0];
	turn_both(&pair.client->made, 1);
	turn_both(&pair.server->made, 1);
}

/* Data to read and room to write, both for the same turn. */
static void make_ready_for_both(void)
{
	evert_transport_pause_reading(pair.client->base.transport);
	recorder_fill(pair.server);
	evert_transport_pause_reading(server());
	turn_until_idle(pair.reactor);
	recorder_write(pair.client, "x");
	turn_other();
	evert_transport_resume_reading(server());
	evert_transport_resume_reading(pair.client->base.transport);
	turn_other();
}

static size_t sends(void)
{
	return atomic_load(&pair.system.plans[CALL_SEND].calls) +
	       atomic_load(&pair.system.plans[CALL_SENDMSG].calls) +
	       atomic_load(&pair.system.plans[CALL_WRITEV].calls);
}

static void note_sends(struct recorder *recorder, const char *data,
		       size_t length)
{
	(void)data, (void)length;
	*(size_t *)recorder->arg = sends();
}

static void finish_both(void)
{
	evert_reactor_destroy(other);
	finish();
}

Test(tls_borders, p57_reading_comes_before_writing, .fini = finish_both)
{
	static const struct recorder_hooks hooks = { .received = note_sends };
	size_t sends_when_read = 0, before;

	connect_across(&hooks, &sends_when_read);
	make_ready_for_both();
	before = sends();
	turn(pair.reactor);

	cr_assert(eq(sz, pair.server->received, 1));
	cr_assert(eq(sz, sends_when_read, before));
	cr_assert(gt(sz, sends(), before));
}

static void abort_at_once(struct recorder *recorder, const char *data,
			  size_t length)
{
	(void)data, (void)length;
	evert_transport_abort(recorder->base.transport);
}

Test(tls_borders, p57_the_write_is_skipped_when_the_read_has_ended_it,
     .fini = finish_both)
{
	static const struct recorder_hooks hooks = {
		.received = abort_at_once };
	size_t before;

	connect_across(&hooks, NULL);
	make_ready_for_both();
	before = sends();
	turn(pair.reactor);
	turn_until_count(pair.reactor, &pair.server->lost, 1);

	cr_assert(eq(sz, pair.server->received, 1));
	cr_assert(eq(sz, sends(), before));
}

/* ---- 59: accepting fails for a while ---- */

static struct evert_deferred *begin_to_connect(struct evert_port *port)
{
	return evert_tls_connect(pair.reactor, endpoint_of(port),
				 &pair.clients.base, pair.client_context,
				 "localhost");
}

static void begin(void)
{
	tls_pair_begin(&pair);
	recorder_factory_init(&pair.clients, NULL, NULL);
	recorder_factory_init(&pair.servers, NULL, NULL);
}

static int accept_errors[] = { EMFILE, ENFILE, ENOBUFS, ENOMEM, EXFULL };

ParameterizedTestParameters(tls_borders, p59_a_listener_survives)
{
	return cr_make_param_array(int, accept_errors, 5);
}

ParameterizedTest(int *error, tls_borders, p59_a_listener_survives,
		  .fini = finish)
{
	struct evert_port *port;
	struct evert_deferred *d;
	struct evert_result connected;

	begin();
	test_system_stop_time(&pair.system);
	port = tls_listen_here(&pair, &pair.servers);
	test_system_fail(&pair.system, CALL_ACCEPT, 1, *error, true);
	d = begin_to_connect(port);
	turn_for(pair.reactor, 1);
	cr_assert(zero(sz, pair.servers.built));
	cr_assert(le(sz, pair.system.plans[CALL_ACCEPT].failed, 11));
	test_system_fail(&pair.system, CALL_ACCEPT, 0, 0, false);
	connected = turn_until_fired(pair.reactor, d);
	cr_assert(not(evert_result_is_failure(&connected)));
	evert_result_release(connected);
	turn_until_count(pair.reactor, &pair.servers.recorders[0].made, 1);
}

Test(tls_borders, p59_one_that_was_aborted_holds_up_nobody, .fini = finish)
{
	struct evert_port *port;
	struct evert_result connected;

	begin();
	port = tls_listen_here(&pair, &pair.servers);
	test_system_fail(&pair.system, CALL_ACCEPT, 1, ECONNABORTED, false);
	connected = turn_until_fired(pair.reactor, begin_to_connect(port));
	cr_assert(not(evert_result_is_failure(&connected)));
	evert_result_release(connected);
}

/* ---- 81: a fork ---- */

/* Both ends in this process. */
static bool talk(void)
{
	recorder_write(pair.client, "to server");
	turn_until_count(pair.reactor, &pair.server->received, 9);
	recorder_write(pair.server, "to client");
	turn_until_count(pair.reactor, &pair.client->received, 9);
	return !strcmp(pair.client->data, "to client");
}

OVER_EACH_CARRIER(tls_borders, p81_a_connection_goes_on_in_a_child)
{
	tls_pair_open(&pair, carrier, NULL, NULL, NULL);
	cr_assert(child(talk));
}

static bool connect_and_talk(void)
{
	tls_pair_connect(&pair, OVER_TCP, NULL, NULL, NULL);
	return talk();
}

/* With the contexts, and the keys of their tickets. */
Test(tls_borders, p81_connections_are_made_in_a_child_and_here, .fini = finish)
{
	begin();
	cr_assert(child(connect_and_talk));
	cr_assert(connect_and_talk());
}

/* What it gives up sends nothing: the session is the parent's. */
static bool give_up(void)
{
	evert_reactor_destroy(pair.reactor);
	return true;
}

OVER_EACH_CARRIER(tls_borders, p81_given_up_in_a_child_it_goes_on_here)
{
	tls_pair_open(&pair, carrier, NULL, NULL, NULL);
	cr_assert(child(give_up));
	cr_assert(talk());
}

/* ---- 94: what is there no memory for ---- */

static struct evert_result forget(struct evert_result *in, void *arg)
{
	(void)in, (void)arg;
	return evert_result_none();
}

static void wait_until_gone(struct recorder_factory *factory, size_t number)
{
	if (factory->built > number)
		turn_until_count(pair.reactor,
				 &factory->recorders[number].destroyed, 1);
}

/* Whether it comes about or not, it ends. */
static void let_one_fail(struct evert_port *port, size_t n)
{
	struct evert_deferred *d;

	memset(&pair.servers.recorders[1], 0, sizeof(struct recorder));
	pair.servers.built = 1;
	recorder_factory_init(&pair.clients, NULL, NULL);
	failing_allocator_fail(n, false);
	d = begin_to_connect(port);
	if (d)
		turn_until_idle(pair.reactor);
	failing_allocator_fail(0, false);
	if (pair.clients.recorders[0].made)
		evert_transport_abort(pair.clients.recorders[0].base.transport);
	if (!d)
		return;
	evert_deferred_add_both(d, forget, NULL);
	evert_deferred_cancel(d);
	evert_deferred_release(d);
	wait_until_gone(&pair.clients, 0);
	wait_until_gone(&pair.servers, 1);
}

static struct recorder_factory firsts;

Test(tls_borders, p94_without_memory_for_one_the_others_go_on, .timeout = 60)
{
	struct evert_port *port;
	struct recorder *first;
	struct evert_result result;
	size_t n;

	failing_allocator_start(0, false);
	begin();
	recorder_factory_init(&firsts, NULL, NULL);
	port = tls_listen_here(&pair, &pair.servers);
	result = turn_until_fired(pair.reactor, evert_tls_connect(
		pair.reactor, endpoint_of(port), &firsts.base,
		pair.client_context, "localhost"));
	first = recorder_of(&result);
	turn_until_count(pair.reactor, &pair.servers.recorders[0].made, 1);
	for (n = 1; n < 60; n++) {
		let_one_fail(port, n);
		recorder_write(first, "x");
		turn_until_count(pair.reactor,
				 &pair.servers.recorders[0].received, n);
	}
	finish();
	cr_assert(zero(sz, failing_allocator_stop().live));
}
