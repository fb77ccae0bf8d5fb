/* SPDX-License-Identifier: MIT */
/* kTLS: the kernel gets the keys, or it is told why not. */
#include <errno.h>
#include <string.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "../../../protocols/tls/context_internal.h"
#include "../../../protocols/tls/tls.h"
#include "../../support/reactor.h"
#include "../../support/tls/certificates.h"
#include "../../support/tls/kernel_tls.h"
#include "../../support/tls/tls_pair.h"

#include <openssl/ssl.h>

static struct tls_pair pair;

static void finish(void)
{
	tls_pair_close(&pair);
}

TestSuite(tls_ktls, .fini = finish);

static struct evert_transport *still_open(const struct recorder *recorder)
{
	cr_assert(eq(sz, recorder->lost, 0));
	return recorder->base.transport;
}

static struct evert_transport *client(void)
{
	return still_open(pair.client);
}

static struct evert_transport *server(void)
{
	return still_open(pair.server);
}

/* The server encrypts by the kernel, the client itself. */
static void begin_with(const struct evert_tls_options *options)
{
	pair.server_context = server_context_with("server.pem", options);
	tls_pair_begin(&pair);
	kernel_tls_install(&pair.system);
}

static void open_with(const struct evert_tls_options *options)
{
	begin_with(options);
	tls_pair_connect(&pair, OVER_TCP, NULL, NULL, NULL);
}

static const struct evert_tls_options by_kernel = { .ktls = true };

/* Text goes both ways. */
static void talk(void)
{
	recorder_write(pair.client, "a question");
	turn_until_count(pair.reactor, &pair.server->received, 10);
	recorder_write(pair.server, "an answer");
	turn_until_count(pair.reactor, &pair.client->received, 9);
	cr_expect(eq(str, pair.client->data, "an answer"));
	cr_expect(eq(str, pair.server->data, "a question"));
}

/* ---- It encrypts ---- */

Test(tls_ktls, the_kernel_gets_the_keys_of_tls_1_3)
{
	open_with(&by_kernel);
	cr_expect(eq(int, evert_tls_ktls(server()), 0));
	cr_expect(eq(int, evert_tls_ktls(client()), -EOPNOTSUPP));
	cr_expect(eq(str, (char *)evert_tls_version(server()), "TLSv1.3"));
	talk();
	cr_expect(eq(sz, kernel_tls_counts.sockets, 1));
	cr_expect(eq(sz, kernel_tls_counts.data, 1));
}

Test(tls_ktls, the_kernel_gets_the_keys_of_tls_1_2)
{
	open_with(&(struct evert_tls_options){
		.ktls = true, .highest = EVERT_TLS_1_2 });
	cr_expect(eq(int, evert_tls_ktls(server()), 0));
	cr_expect(eq(str, (char *)evert_tls_version(server()), "TLSv1.2"));
	talk();
	cr_expect(eq(sz, kernel_tls_counts.data, 1));
}

Test(tls_ktls, the_end_goes_as_an_alert_behind_what_was_written)
{
	size_t others;

	open_with(&by_kernel);
	others = kernel_tls_counts.others;
	recorder_write(pair.server, "the last words");
	evert_transport_lose_connection(server());
	tls_pair_turn_until_gone(&pair);
	cr_expect(eq(str, pair.client->data, "the last words"));
	cr_expect(pair.client->lost_kind == EVERT_CONNECTION_DONE);
	cr_expect(eq(sz, kernel_tls_counts.others, others + 1));
}

Test(tls_ktls, tickets_for_the_next_connection_go_by_the_kernel_too)
{
	open_with(&by_kernel);
	cr_expect(gt(sz, kernel_tls_counts.others, 0));
	talk();
}

Test(tls_ktls, an_error_goes_as_an_alert_of_its_own)
{
	open_with(&by_kernel);
	cr_assert(eq(int, evert_transport_write(client(), "x", 1), 0));
	turn_until_count(pair.reactor, &pair.server->received, 1);
	evert_transport_fail(server(),
			     evert_failure_create(EVERT_CONNECTION_LOST, 0,
						  "had enough"));
	tls_pair_turn_until_gone(&pair);
	cr_expect(eq(sz, pair.server->lost, 1));
}

/* OpenSSL 3.0 has no way to hand the new ones over. */
Test(tls_ktls, new_keys_are_refused_in_words)
{
	open_with(&by_kernel);
	cr_assert(SSL_key_update(evert_tls_ssl(client()),
				 SSL_KEY_UPDATE_REQUESTED) == 1);
	recorder_write(pair.client, "under new keys");
	turn_until_count(pair.reactor, &pair.server->received, 14);
	recorder_write(pair.server, "never sent");
	tls_pair_turn_until_gone(&pair);
	cr_expect(eq(str, pair.client->data, ""));
	cr_expect(pair.server->lost_kind == EVERT_TLS_FAILED);
	cr_expect(eq(int, pair.server->lost_error, EOPNOTSUPP));
}

Test(tls_ktls, new_keys_of_the_reading_side_alone_do_no_harm)
{
	open_with(&by_kernel);
	cr_assert(SSL_key_update(evert_tls_ssl(client()),
				 SSL_KEY_UPDATE_NOT_REQUESTED) == 1);
	talk();
}

static void stay(struct recorder *recorder)
{
	(void)recorder;
}

Test(tls_ktls, p52_new_keys_behind_our_end_do_no_harm)
{
	static const struct recorder_hooks staying = { .ended = stay };

	begin_with(&by_kernel);
	tls_pair_connect(&pair, OVER_TCP, &staying, NULL, NULL);
	evert_transport_lose_write(server());
	turn_until_count(pair.reactor, &pair.client->ended, 1);
	cr_assert(SSL_key_update(evert_tls_ssl(client()),
				 SSL_KEY_UPDATE_REQUESTED) == 1);
	recorder_write(pair.client, "under new keys");
	evert_transport_lose_write(client());
	tls_pair_turn_until_gone(&pair);
	cr_expect(eq(str, pair.server->data, "under new keys"));
	cr_expect(pair.server->lost_kind == EVERT_CONNECTION_DONE);
}

/* The server has the keys before it has the client's last word. */
Test(tls_ktls, before_the_handshake_is_done_it_does_not)
{
	struct connected plain;
	struct evert_deferred *waits[2];

	begin_with(&by_kernel);
	recorder_factory_init(&pair.clients, NULL, NULL);
	recorder_factory_init(&pair.servers, NULL, NULL);
	plain = connect_pair(pair.reactor, &pair.clients, &pair.servers);
	pair.client = plain.client;
	pair.server = plain.server;
	waits[0] = evert_tls_start(server(), pair.server_context, NULL);
	waits[1] = evert_tls_start(client(), pair.client_context, "localhost");
	while (!kernel_tls_counts.sockets)
		turn(pair.reactor);
	cr_expect(eq(int, evert_tls_ktls(server()), -EOPNOTSUPP));
	evert_result_release(turn_until_fired(pair.reactor, waits[0]));
	evert_result_release(turn_until_fired(pair.reactor, waits[1]));
	cr_expect(eq(int, evert_tls_ktls(server()), 0));
}

/* ---- It does not ---- */

Test(tls_ktls, where_nobody_asked_the_kernel_gets_no_keys)
{
	open_with(&(struct evert_tls_options){ .ktls = false });
	cr_expect(eq(int, evert_tls_ktls(server()), -EOPNOTSUPP));
	cr_expect(eq(sz, kernel_tls_counts.sockets, 0));
	talk();
}

Test(tls_ktls, a_kernel_without_tls_is_told_and_does_no_harm)
{
	pair.server_context = server_context_with("server.pem", &by_kernel);
	tls_pair_begin(&pair);
	test_system_fail(&pair.system, CALL_SETSOCKOPT, 1, ENOENT, true);
	tls_pair_connect(&pair, OVER_TCP, NULL, NULL, NULL);
	cr_expect(eq(int, evert_tls_ktls(server()), -ENOENT));
	test_system_fail(&pair.system, CALL_SETSOCKOPT, 0, 0, false);
	talk();
}

Test(tls_ktls, a_kernel_without_the_cipher_is_told_and_does_no_harm)
{
	begin_with(&by_kernel);
	cr_assert(SSL_CTX_set_ciphersuites(pair.server_context->ssl,
					   "TLS_CHACHA20_POLY1305_SHA256"));
	tls_pair_connect(&pair, OVER_TCP, NULL, NULL, NULL);
	cr_expect(eq(int, evert_tls_ktls(server()), -EOPNOTSUPP));
	talk();
}

Test(tls_ktls, over_a_unix_socket_there_is_none)
{
	begin_with(&by_kernel);
	tls_pair_connect(&pair, OVER_UNIX, NULL, NULL, NULL);
	cr_expect(eq(int, evert_tls_ktls(server()), -EOPNOTSUPP));
	talk();
}

Test(tls_ktls, over_another_tls_there_is_none)
{
	begin_with(&by_kernel);
	tls_pair_connect(&pair, OVER_TLS, NULL, NULL, NULL);
	cr_expect(eq(int, evert_tls_ktls(server()), -EOPNOTSUPP));
	talk();
}

/* ---- What is refused ---- */

Test(tls_ktls_refused, with_threads_for_the_handshake_it_is_refused)
{
	is_of_no_use(EVERT_TLS_CLIENT,
		     &(struct evert_tls_options){
			     .ktls = true, .handshake_in_threads = true },
		     "ktls with handshake_in_threads");
}

Test(tls_ktls_refused, what_is_no_tls_has_none)
{
	cr_expect(eq(int, evert_tls_ktls(NULL), -EOPNOTSUPP));
}
