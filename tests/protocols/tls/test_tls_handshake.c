/* SPDX-License-Identifier: MIT */
/* Handshakes that take their time: in threads, waiting for a choice. */
#include <errno.h>
#include <string.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "../../../reactor/endpoint/listen.h"
#include "../../../protocols/tls/context_internal.h"
#include "../../support/tls/certificates.h"
#include "../../support/tls/tls_pair.h"

static struct tls_pair pair;

/* ---- What a server's context calls ---- */

static struct {
	size_t failures;
	const struct evert_error *kind;
	bool knows_peer;
	size_t choices; /* how often it is asked for one */
	struct evert_firing *choice;
	struct evert_deferred *chosen;
	char name[64];
} seen;

static void note_failed(void *arg, const struct evert_failure *failure,
			const struct evert_address *peer)
{
	cr_assert(arg == &seen);
	seen.failures++;
	seen.kind = failure->kind;
	seen.knows_peer = peer != NULL;
}

static struct evert_deferred *choose(void *arg, const char *server_name)
{
	(void)arg;
	seen.choices++;
	strcpy(seen.name, server_name ? server_name : "none");
	return evert_deferred_create(&seen.choice);
}

static void begin_with(const struct evert_tls_options *server,
		       const struct evert_tls_options *client)
{
	pair.server_context = server_context_with("server-rsa.pem", server);
	pair.client_context = client_context_with("root.crt", client);
	tls_pair_begin(&pair);
	recorder_factory_init(&pair.clients, NULL, NULL);
	recorder_factory_init(&pair.servers, NULL, NULL);
}

static void finish(void)
{
	tls_pair_close(&pair);
}

TestSuite(tls_handshake, .fini = finish);

static struct evert_deferred *connect_as(const char *name)
{
	struct evert_port *port = tls_listen_here(&pair, &pair.servers);

	return evert_tls_connect(pair.reactor, endpoint_of(port),
				 &pair.clients.base, pair.client_context,
				 name);
}

static struct recorder *server(void)
{
	return &pair.servers.recorders[0];
}

/* ---- In threads ---- */

static const struct evert_tls_options none, threads = {
	.handshake_in_threads = true,
	.handshake_failed = note_failed,
	.arg = &seen,
};

static const struct evert_tls_options client_threads = {
	.handshake_in_threads = true,
};

static void talk(void)
{
	struct evert_result result =
		turn_until_fired(pair.reactor, connect_as("localhost"));
	struct recorder *client = recorder_of(&result);

	recorder_write(client, "question");
	turn_until_count(pair.reactor, &server()->received, 8);
	recorder_write(server(), "answer");
	turn_until_count(pair.reactor, &client->received, 6);
	evert_transport_lose_connection(client->base.transport);
	turn_until_count(pair.reactor, &server()->destroyed, 1);
	cr_expect(eq(str, client->events, "MDLX"));
	cr_expect(eq(str, server()->events, "MDLX"));
}

Test(tls_handshake, is_done_by_threads_of_the_server)
{
	begin_with(&threads, &none);
	talk();
	cr_expect(eq(sz, seen.failures, 0));
}

Test(tls_handshake, is_done_by_threads_of_both)
{
	begin_with(&threads, &client_threads);
	talk();
}

Test(tls_handshake, p61_cancelled_while_a_thread_works_on_it)
{
	struct evert_deferred *deferred;

	begin_with(&threads, &client_threads);
	deferred = connect_as("localhost");
	turn_until_count(pair.reactor, &pair.clients.built, 1);
	evert_deferred_cancel(deferred);
	cr_expect(turn_until_failed(pair.reactor, deferred) == EVERT_CANCELLED);
	turn_until_count(pair.reactor, &pair.clients.recorders[0].destroyed, 1);
}

static struct evert_result ignore(struct evert_result *in, void *arg)
{
	(void)in;
	(void)arg;
	return evert_result_none();
}

Test(tls_handshake, the_reactor_is_destroyed_while_a_thread_works_on_it)
{
	struct evert_deferred *deferred;

	begin_with(&threads, &client_threads);
	deferred = connect_as("localhost");
	turn_until_count(pair.reactor, &pair.clients.built, 1);
	evert_deferred_add_both(deferred, ignore, NULL);
	evert_deferred_release(deferred);
}

Test(tls_handshake, without_threads_it_fails)
{
	begin_with(&threads, &none);
	test_system_fail(&pair.system, CALL_START_THREAD, 1, EAGAIN, true);
	cr_expect(turn_until_failed(pair.reactor, connect_as("localhost")) !=
		  NULL);
	turn_until_count(pair.reactor, &seen.failures, 1);
	cr_expect(seen.kind == EVERT_TLS_FAILED);
	cr_expect(seen.knows_peer);
}

/* ---- Who is told ---- */

Test(tls_handshake, a_server_is_told_that_a_client_refused_it)
{
	begin_with(&threads, &none);
	cr_expect(turn_until_failed(pair.reactor, connect_as("example.org")) ==
		  EVERT_TLS_UNVERIFIED);
	turn_until_count(pair.reactor, &seen.failures, 1);
	cr_expect(seen.kind == EVERT_TLS_REFUSED);
	cr_expect(eq(str, server()->events, "X"));
}

Test(tls_handshake, a_server_gives_up_a_client_that_says_nothing)
{
	const struct evert_tls_options hasty = {
		.handshake_seconds = 2,
		.handshake_failed = note_failed,
		.arg = &seen,
	};
	struct evert_port *port;
	struct evert_result result;

	begin_with(&hasty, &none);
	test_system_stop_time(&pair.system);
	port = tls_listen_here(&pair, &pair.servers);
	result = turn_until_fired(pair.reactor,
				  evert_connect(pair.reactor, endpoint_of(port),
						&pair.clients.base));
	turn_until_count(pair.reactor, &recorder_of(&result)->lost, 1);
	cr_expect(eq(sz, seen.failures, 1));
	cr_expect(seen.kind == EVERT_TLS_TIMED_OUT);
}

/* ---- A choice that waits ---- */

static const struct evert_tls_options choosing = {
	.choose = choose,
	.handshake_failed = note_failed,
	.arg = &seen,
};

/* Or the handshake was given up. */
static void turn_until_asked(void)
{
	while (!seen.choice) {
		cr_assert(eq(sz, seen.failures, 0));
		turn(pair.reactor);
	}
}

Test(tls_handshake, waits_for_the_context_of_a_name)
{
	struct evert_deferred *deferred;

	begin_with(&choosing, &none);
	deferred = connect_as("localhost");
	turn_until_asked();
	turn_until_idle(pair.reactor);
	cr_expect(eq(str, seen.name, "localhost"));
	cr_expect(eq(sz, server()->made, 0));

	evert_deferred_fire(&seen.choice,
			    evert_tls_context_result(
				    server_context("server.pem")));
	evert_result_release(turn_until_fired(pair.reactor, deferred));
	turn_until_count(pair.reactor, &server()->made, 1);
}

Test(tls_handshake, waits_for_a_choice_and_then_for_a_thread)
{
	struct evert_tls_options both = choosing;
	struct evert_deferred *deferred;

	both.handshake_in_threads = true;
	begin_with(&both, &none);
	deferred = connect_as("localhost");
	turn_until_asked();
	evert_deferred_fire(&seen.choice, evert_result_none());
	evert_result_release(turn_until_fired(pair.reactor, deferred));
	turn_until_count(pair.reactor, &server()->made, 1);
}

Test(tls_handshake, p61_a_client_that_goes_ends_the_choice)
{
	struct evert_deferred *deferred;

	begin_with(&choosing, &none);
	deferred = connect_as("localhost");
	turn_until_asked();
	evert_deferred_cancel(deferred);
	cr_expect(turn_until_failed(pair.reactor, deferred) == EVERT_CANCELLED);
	turn_until_count(pair.reactor, &server()->destroyed, 1);
	cr_expect(eq(sz, seen.failures, 1));
	evert_deferred_fire(&seen.choice, evert_result_none());
}

/* What a client says first, and then nothing more. */
static void say_hello(struct recorder *recorder)
{
	BIO *sent = BIO_new(BIO_s_mem());
	struct evert_failure *failure;
	char *hello;
	long length;
	SSL *ssl;

	failure = evert_tls_context_session(pair.client_context, "localhost",
					    &ssl);
	cr_assert(failure == NULL);
	SSL_set_bio(ssl, BIO_new(BIO_s_mem()), sent);
	cr_assert(lt(int, SSL_connect(ssl), 1));
	length = BIO_get_mem_data(sent, &hello);
	cr_assert(zero(int, evert_transport_write(recorder->base.transport,
						  hello, (size_t)length)));
	SSL_free(ssl);
}

/* In order, not by a reset. */
Test(tls_handshake, p61_a_client_that_ends_ends_the_choice)
{
	struct evert_port *port;
	struct evert_result result;
	struct recorder *client;

	begin_with(&choosing, &none);
	port = tls_listen_here(&pair, &pair.servers);
	result = turn_until_fired(pair.reactor,
				  evert_connect(pair.reactor, endpoint_of(port),
						&pair.clients.base));
	client = recorder_of(&result);
	say_hello(client);
	turn_until_asked();
	evert_transport_lose_connection(client->base.transport);
	turn_until_count(pair.reactor, &server()->destroyed, 1);
	cr_expect(eq(sz, seen.failures, 1));
	cr_expect(seen.kind == EVERT_TLS_FAILED);
	evert_deferred_fire(&seen.choice, evert_result_none());
}

/* What it says meanwhile is kept, no more of it is read, and nobody is asked
   again. */
Test(tls_handshake, a_client_that_talks_meanwhile_fills_no_memory)
{
	static char much[1 << 20];
	struct evert_port *port;
	struct evert_result result;
	struct recorder *client;
	size_t queued;

	begin_with(&choosing, &none);
	port = tls_listen_here(&pair, &pair.servers);
	result = turn_until_fired(pair.reactor,
				  evert_connect(pair.reactor, endpoint_of(port),
						&pair.clients.base));
	client = recorder_of(&result);
	say_hello(client);
	turn_until_asked();
	do {
		queued = evert_transport_queued(client->base.transport);
		evert_transport_write(client->base.transport, much,
				      sizeof(much));
		turn_until_idle(pair.reactor);
	} while (evert_transport_queued(client->base.transport) <
		 queued + sizeof(much));
	cr_expect(eq(sz, seen.choices, 1));
	evert_deferred_fire(&seen.choice, evert_result_none());
	turn_until_count(pair.reactor, &server()->destroyed, 1);
	cr_expect(eq(sz, seen.failures, 1));
}
