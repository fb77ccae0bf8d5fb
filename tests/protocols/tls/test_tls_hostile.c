/* SPDX-License-Identifier: MIT */
/* What goes away while a connection over TLS begins or ends, and what is slow. */
#include <errno.h>
#include <signal.h>
#include <string.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <openssl/ssl.h>

#include "../../../reactor/endpoint/listen.h"
#include "../../../reactor/flow/relay.h"
#include "../../../reactor/transport/memory_transport.h"
#include "../../support/child.h"
#include "../../support/death.h"
#include "../../support/tls/certificates.h"
#include "../../support/tls/tls_pair.h"

static struct tls_pair pair;
static struct evert_port *port;
static size_t outcomes, failures_told;
static const struct evert_error *failed_kind;

static void finish(void)
{
	if (pair.reactor)
		tls_pair_close(&pair);
}

TestSuite(tls_hostile, .fini = finish);

static struct evert_transport *of(struct recorder *recorder)
{
	return recorder->base.transport;
}

static struct evert_result note(struct evert_result *in, void *arg)
{
	(void)arg;
	outcomes++;
	if (evert_result_is_failure(in))
		failed_kind = evert_result_as_failure(in)->kind;
	return evert_result_none();
}

static void ignore(struct evert_deferred *deferred)
{
	evert_deferred_add_both(deferred, note, NULL);
	evert_deferred_release(deferred);
}

static void begin_with(const struct evert_tls_options *server,
		       const struct evert_tls_options *client)
{
	static const struct evert_tls_options none;

	pair.server_context = server_context_with("server.pem",
						  server ? server : &none);
	pair.client_context = client_context_with("root.crt",
						  client ? client : &none);
	tls_pair_begin(&pair);
}

/* Connects, without waiting for anything. */
static void connect_with(const struct recorder_hooks *client,
			 const struct recorder_hooks *server)
{
	recorder_factory_init(&pair.clients, client, NULL);
	recorder_factory_init(&pair.servers, server, NULL);
	pair.client = &pair.clients.recorders[0];
	pair.server = &pair.servers.recorders[0];
	port = tls_listen_here(&pair, &pair.servers);
	ignore(evert_tls_connect(pair.reactor, endpoint_of(port),
				 &pair.clients.base, pair.client_context,
				 "localhost"));
}

static void open_with(const struct recorder_hooks *client,
		      const struct recorder_hooks *server)
{
	connect_with(client, server);
	turn_until_count(pair.reactor, &pair.client->made, 1);
	turn_until_count(pair.reactor, &pair.server->made, 1);
}

/* ---- Threads ---- */

static const struct evert_tls_options threads = {
	.handshake_in_threads = true,
};

/* Each turn up to the last one of a handshake. */
Test(tls_hostile, the_reactor_is_destroyed_while_threads_work_on_handshakes)
{
	int turns, i;

	for (turns = 0; turns < 12; turns++) {
		begin_with(&threads, &threads);
		outcomes = 0;
		connect_with(NULL, NULL);
		for (i = 0; i < turns; i++)
			evert_reactor_turn(pair.reactor, 0.002);
		tls_pair_close(&pair);
		pair.reactor = NULL;
		cr_assert(eq(sz, outcomes, 1));
	}
}

Test(tls_hostile, the_peer_is_gone_when_a_thread_is_back)
{
	int turns, i;

	begin_with(&threads, &threads);
	for (turns = 0; turns < 12; turns++) {
		connect_with(NULL, NULL);
		for (i = 0; i < turns; i++)
			evert_reactor_turn(pair.reactor, 0.002);
		if (pair.servers.built)
			evert_transport_abort(of(pair.server));
		if (pair.clients.built)
			evert_transport_abort(of(pair.client));
		if (pair.clients.built)
			turn_until_count(pair.reactor, &pair.client->destroyed,
					 1);
		if (pair.servers.built)
			turn_until_count(pair.reactor, &pair.server->destroyed,
					 1);
		evert_result_release(turn_until_fired(
			pair.reactor, evert_port_stop_listening(port)));
		turn_until_idle(pair.reactor);
	}
}

/* ---- What goes first ---- */

Test(tls_hostile, contexts_may_be_released_when_it_has_begun)
{
	begin_with(NULL, NULL);
	connect_with(NULL, NULL);
	evert_tls_context_release(pair.client_context);
	evert_tls_context_release(pair.server_context);
	pair.client_context = pair.server_context = NULL;
	turn_until_count(pair.reactor, &pair.client->made, 1);
	turn_until_count(pair.reactor, &pair.server->made, 1);
}

Test(tls_hostile, a_handshake_goes_on_when_its_port_is_gone)
{
	begin_with(NULL, NULL);
	connect_with(NULL, NULL);
	turn_until_count(pair.reactor, &pair.servers.built, 1);
	evert_result_release(turn_until_fired(pair.reactor,
					      evert_port_stop_listening(port)));
	turn_until_count(pair.reactor, &pair.client->made, 1);
	turn_until_count(pair.reactor, &pair.server->made, 1);
}

static void stop_all(void *arg, const struct evert_failure *failure,
		     const struct evert_address *peer)
{
	(void)arg;
	(void)failure;
	(void)peer;
	failures_told++;
	ignore(evert_port_stop_listening(port));
	evert_tls_context_release(pair.server_context);
	pair.server_context = NULL;
}

static const struct evert_tls_options stops = { .handshake_failed = stop_all };

Test(tls_hostile, who_is_told_of_a_failure_stops_and_lets_go_of_all)
{
	begin_with(&stops, NULL);
	evert_tls_context_release(pair.client_context);
	pair.client_context = client_context("other-root.crt");
	connect_with(NULL, NULL);
	turn_until_count(pair.reactor, &failures_told, 1);
	turn_until_count(pair.reactor, &pair.client->destroyed, 1);
	turn_until_count(pair.reactor, &pair.server->destroyed, 1);
	cr_expect(failed_kind == EVERT_TLS_UNVERIFIED);
}

/* As when a program has ended it by OpenSSL's own functions. */
Test(tls_hostile, what_can_not_be_encrypted_ends_the_connection)
{
	begin_with(NULL, NULL);
	open_with(NULL, NULL);
	SSL_set_shutdown(evert_tls_ssl(of(pair.client)), SSL_SENT_SHUTDOWN);
	recorder_write(pair.client, "in vain");
	turn_until_count(pair.reactor, &pair.client->lost, 1);
	cr_expect(pair.client->lost_kind == EVERT_TLS_FAILED);
}

/* ---- In memory ---- */

Test(tls_hostile, a_transport_in_memory_is_destroyed_in_the_handshake)
{
	begin_with(NULL, NULL);
	connect_with(NULL, NULL);
	turn_until_count(pair.reactor, &pair.client->made, 1);
	recorder_factory_init(&pair.clients, NULL, NULL);
	pair.client = recorder_from(pair.clients.base.build_protocol(
		&pair.clients.base, &(struct evert_address){ 0 }));
	pair.server = recorder_from(pair.clients.base.build_protocol(
		&pair.clients.base, &(struct evert_address){ 0 }));
	pair.link = memory_link_create(pair.reactor, &pair.client->base,
				       &pair.server->base);
	outcomes = 0;
	ignore(evert_tls_start(of(pair.client), pair.client_context,
			       "localhost"));
	ignore(evert_tls_start(of(pair.server), pair.server_context, NULL));
	turn(pair.reactor);
	memory_link_destroy(pair.link);
	pair.link = NULL;
	cr_expect(eq(sz, outcomes, 2));
	cr_expect(eq(str, pair.client->events, "ML"));
	turn_until_idle(pair.reactor);
}

/* ---- Paused, with data that was kept ---- */

static void pause_here(struct recorder *recorder, const char *data,
		       size_t length)
{
	(void)data;
	(void)length;
	evert_transport_pause_reading(of(recorder));
}

static const struct recorder_hooks pausing = { .received = pause_here };

Test(tls_hostile, p50_closes_although_data_was_kept_for_who_is_paused)
{
	int i;

	begin_with(NULL, NULL);
	open_with(NULL, &pausing);
	for (i = 0; i < 3; i++) {
		recorder_write(pair.client, "text");
		turn(pair.reactor);
	}
	turn_until_idle(pair.reactor);
	cr_expect(eq(sz, pair.server->received, 4));
	evert_transport_lose_connection(of(pair.server));
	turn_until_count(pair.reactor, &pair.server->destroyed, 1);
	turn_until_count(pair.reactor, &pair.client->destroyed, 1);
	cr_expect(pair.server->lost_kind == EVERT_CONNECTION_DONE);
}

static void resume(void *arg)
{
	struct recorder *recorder = arg;

	if (!recorder->lost)
		evert_transport_resume_reading(of(recorder));
}

/* It pauses on each piece that it gets, and goes on a little later. */
static void be_slow(struct recorder *recorder, const char *data, size_t length)
{
	evert_transport_pause_reading(of(recorder));
	evert_transport_write(of(recorder), data, length);
	evert_reactor_call_later(pair.reactor, 0, resume, recorder);
}

static const struct recorder_hooks slow = { .received = be_slow };
static size_t to_write = 16 << 20;

static void write_on(struct recorder *recorder)
{
	static const char much[100000];

	while (to_write && !recorder->base.transport->full) {
		size_t length = to_write < sizeof(much) ? to_write :
							  sizeof(much);

		evert_transport_write(of(recorder), much, length);
		to_write -= length;
	}
	if (!to_write && !recorder->base.transport->write_ended)
		evert_transport_lose_write(of(recorder));
}

static const struct recorder_hooks writing = {
	.made = write_on,
	.resumed = write_on,
};

Test(tls_hostile, p55_much_is_written_to_who_is_slow_and_repeats_it)
{
	begin_with(NULL, NULL);
	open_with(&writing, &slow);
	turn_until_count(pair.reactor, &pair.client->received, 16 << 20);
	turn_until_count(pair.reactor, &pair.client->destroyed, 1);
	turn_until_count(pair.reactor, &pair.server->destroyed, 1);
	cr_expect(pair.client->lost_kind == EVERT_CONNECTION_DONE);
	cr_expect(pair.server->lost_kind == EVERT_CONNECTION_DONE);
}

/* ---- Who takes nothing ---- */

Test(tls_hostile, p82_a_peer_that_takes_nothing_is_not_waited_for)
{
	static const char much[8 << 20];

	begin_with(NULL, NULL);
	test_system_stop_time(&pair.system);
	open_with(NULL, NULL);
	evert_transport_pause_reading(of(pair.server));
	turn_until_idle(pair.reactor);
	evert_transport_set_closing_time(of(pair.client), 2);
	evert_transport_write(of(pair.client), much, sizeof(much));
	evert_transport_lose_connection(of(pair.client));
	turn_until_count(pair.reactor, &pair.client->destroyed, 1);
	cr_expect(pair.client->lost_kind != EVERT_CONNECTION_DONE);
}

/* ---- Another protocol ---- */

static void be_followed(struct recorder *recorder, const char *data,
			size_t length)
{
	struct recorder *next = &pair.servers.recorders[1];
	struct evert_owned_protocol former;

	(void)data;
	(void)length;
	*next = *recorder;
	next->hooks = &slow;
	next->received = 0;
	cr_assert(eq(int, evert_transport_set_protocol(
				  of(recorder), &next->base, &former), 0));
	evert_owned_protocol_release(&former);
}

static const struct recorder_hooks followed = { .received = be_followed };

Test(tls_hostile, a_protocol_is_followed_by_another_inside_data_received)
{
	begin_with(NULL, NULL);
	open_with(NULL, &followed);
	recorder_write(pair.client, "first");
	turn_until_count(pair.reactor, &pair.server->destroyed, 1);
	recorder_write(pair.client, "second");
	turn_until_count(pair.reactor, &pair.client->received, 6);
	cr_expect(eq(str, pair.client->data, "second"));
	evert_transport_lose_connection(of(pair.client));
	turn_until_count(pair.reactor, &pair.client->destroyed, 1);
	turn_until_count(pair.reactor, &pair.servers.recorders[1].destroyed, 1);
}

/* ---- Forks ---- */

static bool destroy_copy(void)
{
	evert_reactor_destroy(pair.reactor);
	return true;
}

static void expect_to_talk(void)
{
	recorder_write(pair.client, "question");
	turn_until_count(pair.reactor, &pair.server->received, 8);
	evert_transport_lose_connection(of(pair.server));
	turn_until_count(pair.reactor, &pair.client->destroyed, 1);
	cr_expect(pair.client->lost_kind == EVERT_CONNECTION_DONE);
}

Test(tls_hostile, p48_a_child_destroys_its_copy_and_nothing_ends)
{
	begin_with(NULL, NULL);
	open_with(NULL, NULL);
	cr_assert(child(destroy_copy));
	expect_to_talk();
}

Test(tls_hostile, p48_nor_does_a_handshake)
{
	begin_with(&threads, &threads);
	connect_with(NULL, NULL);
	turn_until_count(pair.reactor, &pair.servers.built, 1);
	cr_assert(child(destroy_copy));
	turn_until_count(pair.reactor, &pair.client->made, 1);
	turn_until_count(pair.reactor, &pair.server->made, 1);
	expect_to_talk();
}

Test(tls_hostile, p48_what_was_not_encrypted_yet_is_sent_once)
{
	begin_with(NULL, NULL);
	open_with(NULL, NULL);
	recorder_write(pair.client, "once");
	cr_assert(child(destroy_copy));
	turn_until_idle(pair.reactor);
	cr_expect(eq(str, pair.server->data, "once"));
}

/* ---- The wrong context ---- */

static void connect_as_server(void *arg)
{
	(void)arg;
	ignore(evert_tls_connect(pair.reactor, "tcp:127.0.0.1:9",
				 &pair.clients.base, pair.server_context,
				 "localhost"));
}

static void listen_as_client(void *arg)
{
	(void)arg;
	ignore(evert_tls_listen(pair.reactor, "tcp:127.0.0.1:0",
				&pair.servers.base, pair.client_context));
}

static void start_as_server_with_name(void *arg)
{
	(void)arg;
	ignore(evert_tls_start(of(pair.client), pair.server_context,
			       "localhost"));
}

static void connect_without(void *arg)
{
	(void)arg;
	ignore(evert_tls_connect(pair.reactor, "tcp:127.0.0.1:1",
				 &pair.clients.base, NULL, "localhost"));
}

static void listen_without(void *arg)
{
	(void)arg;
	ignore(evert_tls_listen(pair.reactor, "tcp:127.0.0.1:0",
				&pair.servers.base, NULL));
}

static void start_without(void *arg)
{
	(void)arg;
	ignore(evert_tls_start(of(pair.client), NULL, "localhost"));
}

Test(tls_hostile, no_context_stops_the_program_with_a_message)
{
	begin_with(NULL, NULL);
	open_with(NULL, NULL);
	dies(connect_without, NULL, SIGABRT, "without a context");
	dies(listen_without, NULL, SIGABRT, "without a context");
	dies(start_without, NULL, SIGABRT, "without a context");
}

static void start_without_reactor(void *arg)
{
	(void)arg;
	evert_memory_transport_create(&pair.client->base);
	ignore(evert_tls_start(of(pair.client), pair.client_context,
			       "localhost"));
}

Test(tls_hostile, no_reactor_stops_the_program_with_a_message)
{
	begin_with(NULL, NULL);
	recorder_factory_init(&pair.clients, NULL, NULL);
	pair.client = recorder_from(pair.clients.base.build_protocol(
		&pair.clients.base, &(struct evert_address){ 0 }));
	dies(start_without_reactor, NULL, SIGABRT, "has no reactor");
}

/* A name that nobody checks is no slip to go on after. */
Test(tls_hostile, a_context_of_the_other_side_stops_the_program)
{
	begin_with(NULL, NULL);
	open_with(NULL, NULL);
	dies(connect_as_server, NULL, SIGABRT, "by a server's context");
	dies(listen_as_client, NULL, SIGABRT, "by a client's context");
	dies(start_as_server_with_name, NULL, SIGABRT,
	     "the name \"localhost\"");
}

/* ---- A relay ---- */

static void echo(struct recorder *recorder, const char *data, size_t length)
{
	evert_transport_write(of(recorder), data, length);
}

static const struct recorder_hooks echoing = { .received = echo };

static void wait_for_relay(struct recorder *recorder)
{
	evert_transport_pause_reading(of(recorder));
}

static const struct recorder_hooks waiting = { .made = wait_for_relay };

static struct evert_transport *connect_back(struct recorder_factory *backs)
{
	struct evert_result result;
	struct evert_protocol *protocol;

	recorder_factory_init(backs, &echoing, NULL);
	result = turn_until_fired(
		pair.reactor,
		evert_tls_connect(pair.reactor,
				  endpoint_of(tls_listen_here(&pair, backs)),
				  &evert_relay_factory, pair.client_context,
				  "localhost"));
	protocol = evert_result_as_protocol(&result);
	return protocol->transport;
}

Test(tls_hostile, relays_between_two_of_tls)
{
	static struct recorder_factory backs;
	struct evert_transport *back;
	struct evert_result result;

	begin_with(NULL, NULL);
	open_with(&writing, &waiting);
	back = connect_back(&backs);
	result = turn_until_fired(pair.reactor,
				  evert_relay(of(pair.server), back));
	cr_assert(evert_result_as_relayed(&result) != NULL);
	cr_expect(eq(sz, evert_result_as_relayed(&result)->back, 16 << 20));
	evert_result_release(result);
	turn_until_count(pair.reactor, &pair.client->destroyed, 1);
	cr_expect(pair.client->lost_kind == EVERT_CONNECTION_DONE);
}
