/* SPDX-License-Identifier: MIT */
/* How a connection over TLS begins, or does not. */
#include <errno.h>
#include <string.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "../../../deferred/base/memory.h"
#include "../../support/tls/certificates.h"
#include "../../support/tls/tls_pair.h"

static struct tls_pair pair;

static void begin(void)
{
	tls_pair_begin(&pair);
	recorder_factory_init(&pair.clients, NULL, NULL);
	recorder_factory_init(&pair.servers, NULL, NULL);
}

static void finish(void)
{
	tls_pair_close(&pair);
}

TestSuite(tls_connect, .init = begin, .fini = finish);

static struct evert_deferred *connect_as(const char *name)
{
	struct evert_port *port = tls_listen_here(&pair, &pair.servers);

	return evert_tls_connect(pair.reactor, endpoint_of(port),
				 &pair.clients.base, pair.client_context,
				 name);
}

static void expect_refused(struct evert_deferred *deferred,
			   const struct evert_error *kind)
{
	cr_expect(turn_until_failed(pair.reactor, deferred) == kind);
	turn_until_idle(pair.reactor);
}

/* ---- 49, 61: exactly one failure ---- */

Test(tls_connect, p49_the_name_of_somebody_else_is_refused_before_it_is_made)
{
	expect_refused(connect_as("example.org"), EVERT_TLS_UNVERIFIED);
	cr_expect(eq(str, pair.clients.recorders[0].events, "X"));
	cr_expect(eq(str, pair.servers.recorders[0].events, "X"));
}

Test(tls_connect, a_name_that_cannot_be_checked_is_refused_at_once)
{
	expect_refused(connect_as(""), EVERT_TLS_BAD_CONTEXT);
	cr_expect(eq(sz, pair.clients.asked, 0));
}

Test(tls_connect, p58_a_factory_that_builds_none_refuses)
{
	pair.clients.refuses = true;
	expect_refused(connect_as("localhost"), EVERT_CONNECTION_ABORTED);
}

Test(tls_connect, p61_cancelled_in_the_handshake_nothing_stays_open)
{
	struct evert_deferred *deferred = connect_as("localhost");

	turn_until_count(pair.reactor, &pair.clients.built, 1);
	evert_deferred_cancel(deferred);
	cr_expect(turn_until_failed(pair.reactor, deferred) == EVERT_CANCELLED);
	turn_until_count(pair.reactor, &pair.clients.recorders[0].destroyed, 1);
	cr_expect(eq(str, pair.clients.recorders[0].events, "X"));
}

Test(tls_connect, p61_cancelled_before_that_nothing_stays_open)
{
	struct evert_deferred *deferred = connect_as("localhost");

	evert_deferred_cancel(deferred);
	cr_expect(turn_until_failed(pair.reactor, deferred) == EVERT_CANCELLED);
	turn_until_idle(pair.reactor);
	cr_expect(eq(sz, pair.clients.asked, 0));
}

static struct evert_deferred *connecting;

static void cancel_it(struct recorder *recorder)
{
	(void)recorder;
	evert_deferred_cancel(connecting);
}

Test(tls_connect, p61_cancelled_in_connection_made_the_connection_is_reset)
{
	static const struct recorder_hooks hooks = { .made = cancel_it };

	recorder_factory_init(&pair.clients, &hooks, NULL);
	connecting = connect_as("localhost");
	cr_expect(turn_until_failed(pair.reactor, connecting) ==
		  EVERT_CANCELLED);
	turn_until_count(pair.reactor, &pair.clients.recorders[0].destroyed, 1);
	cr_expect(eq(str, pair.clients.recorders[0].events, "MLX"));
}

Test(tls_connect, p60_a_port_that_is_closed_lets_handshakes_end)
{
	struct evert_port *port = tls_listen_here(&pair, &pair.servers);
	struct evert_deferred *connected = evert_tls_connect(
		pair.reactor, endpoint_of(port), &pair.clients.base,
		pair.client_context, "localhost");

	turn_until_count(pair.reactor, &pair.servers.built, 1);
	cr_expect(eq(sz, pair.servers.recorders[0].made, 0));
	evert_result_release(turn_until_fired(
		pair.reactor, evert_port_stop_listening(port)));
	evert_result_release(turn_until_fired(pair.reactor, connected));
	turn_until_count(pair.reactor, &pair.servers.recorders[0].made, 1);
}

Test(tls_connect, p61_a_refusal_below_is_the_failure)
{
	struct evert_port *port = tls_listen_here(&pair, &pair.servers);
	char endpoint[64];

	strcpy(endpoint, endpoint_of(port));
	evert_result_release(turn_until_fired(
		pair.reactor, evert_port_stop_listening(port)));
	expect_refused(evert_tls_connect(pair.reactor, endpoint,
					 &pair.clients.base,
					 pair.client_context, "localhost"),
		       EVERT_CONNECT_FAILED);
}

/* ---- Plain text ---- */

Test(tls_connect, a_server_that_speaks_plain_text_is_told_as_that)
{
	struct evert_port *port = listen_here(pair.reactor, &pair.servers);
	struct evert_deferred *deferred =
		evert_tls_connect(pair.reactor, endpoint_of(port),
				  &pair.clients.base, pair.client_context,
				  "localhost");

	turn_until_count(pair.reactor, &pair.servers.built, 1);
	recorder_write(&pair.servers.recorders[0], "220 hello\r\n");
	expect_refused(deferred, EVERT_TLS_NOT_TLS);
}

Test(tls_connect, an_end_in_the_handshake_is_told_as_that)
{
	struct evert_port *port = listen_here(pair.reactor, &pair.servers);
	struct evert_deferred *deferred =
		evert_tls_connect(pair.reactor, endpoint_of(port),
				  &pair.clients.base, pair.client_context,
				  "localhost");

	turn_until_count(pair.reactor, &pair.servers.built, 1);
	evert_transport_lose_connection(
		pair.servers.recorders[0].base.transport);
	expect_refused(deferred, EVERT_TLS_FAILED);
}

/* ---- What can be asked ---- */

Test(tls_connect, tells_what_was_agreed_on)
{
	struct evert_result result =
		turn_until_fired(pair.reactor, connect_as("localhost"));
	struct evert_transport *client = recorder_of(&result)->base.transport;
	struct evert_transport *server;
	size_t length = 1;
	char *text;

	turn_until_count(pair.reactor, &pair.servers.recorders[0].made, 1);
	server = pair.servers.recorders[0].base.transport;
	cr_expect(eq(str, (char *)evert_tls_version(client), "TLSv1.3"));
	cr_expect(evert_tls_cipher(client) != NULL);
	cr_expect(eq(str, (char *)evert_tls_server_name(server), "localhost"));
	cr_expect(evert_tls_alpn(client, &length) == NULL);
	cr_expect(eq(sz, length, 0));
	cr_expect(evert_tls_ssl(client) != NULL);
	text = evert_tls_peer_certificate(client);
	cr_expect(strstr(text, "-----BEGIN CERTIFICATE-----") == text);
	evert_free(text);
	text = evert_tls_peer_subject(client);
	cr_expect(strstr(text, "CN=") != NULL);
	evert_free(text);
	cr_expect(evert_tls_peer_certificate(server) == NULL);
}

Test(tls_connect, tells_nothing_of_a_transport_without_tls)
{
	struct connected plain = connect_pair(pair.reactor, &pair.clients,
					      &pair.servers);
	struct evert_transport *transport = plain.client->base.transport;

	cr_expect(evert_tls_ssl(transport) == NULL);
	cr_expect(evert_tls_version(transport) == NULL);
	cr_expect(evert_tls_peer_subject(transport) == NULL);
	cr_expect(evert_tls_version(NULL) == NULL);
}
