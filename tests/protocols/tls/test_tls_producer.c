/* SPDX-License-Identifier: MIT */
/* Producers over TLS: what they have put before a protocol stays before it. */
#include <string.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "../../../reactor/flow/producer.h"
#include "../../../reactor/transport/memory_transport.h"
#include "../../support/tls/tls_pair.h"

static struct tls_pair pair;
static struct connected plain;

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

TestSuite(tls_producer, .init = begin, .fini = finish);

static void write_word(struct evert_producer *producer)
{
	evert_transport_write(producer->transport, "word", 4);
}

static void pause_it(struct evert_producer *producer)
{
	(void)producer;
}

static const struct evert_producer_ops ops = {
	.resume_producing = write_word,
	.pause_producing = pause_it,
};
static struct evert_producer producer = { .ops = &ops };

static void start_both(void)
{
	struct evert_deferred *server =
		evert_tls_start(plain.server->base.transport,
				pair.server_context, NULL);
	struct evert_deferred *client =
		evert_tls_start(plain.client->base.transport,
				pair.client_context, "localhost");
	struct evert_result result = turn_until_fired(pair.reactor, client);

	cr_expect(eq(ptr, evert_result_as_protocol(&result),
		     &plain.client->base));
	evert_result_release(turn_until_fired(pair.reactor, server));
}

static void connect_plain(void)
{
	plain = connect_pair(pair.reactor, &pair.clients, &pair.servers);
	cr_assert(eq(int, evert_transport_register_producer(
				  plain.client->base.transport, &producer), 0));
	turn_until_count(pair.reactor, &plain.server->received, 4);
}

Test(tls_producer, of_a_protocol_that_had_one_all_is_encrypted)
{
	connect_plain();
	evert_producer_unregister(&producer);
	start_both();
	recorder_write(plain.client, "secret");
	turn_until_count(pair.reactor, &plain.server->received, 10);
	cr_expect(eq(str, plain.server->data, "wordsecret"));
	evert_transport_lose_connection(plain.client->base.transport);
	turn_until_count(pair.reactor, &plain.client->destroyed, 1);
	turn_until_count(pair.reactor, &plain.server->destroyed, 1);
	cr_expect(plain.server->lost_kind == EVERT_CONNECTION_DONE);
}

Test(tls_producer, what_it_still_writes_is_encrypted)
{
	connect_plain();
	start_both();
	write_word(&producer);
	turn_until_count(pair.reactor, &plain.server->received, 8);
	cr_expect(eq(str, plain.server->data, "wordword"));
}

static void register_it(struct recorder *recorder)
{
	cr_assert(eq(int, evert_transport_register_producer(
				  recorder->base.transport, &producer), 0));
}

static const struct recorder_hooks registers = { .made = register_it };

Test(tls_producer, registered_in_connection_made)
{
	tls_pair_connect(&pair, OVER_TCP, &registers, NULL, NULL);
	cr_expect(eq(ptr, pair.client, &pair.clients.recorders[0]));
	turn_until_count(pair.reactor, &pair.server->received, 4);
}

/* ---- What a protocol tells ---- */

static void drop(struct evert_protocol *protocol, const char *data,
		 size_t length)
{
	(void)protocol;
	(void)data;
	(void)length;
}

static size_t three(const struct evert_protocol *protocol)
{
	(void)protocol;
	return 3;
}

static size_t told;

static void note_stopping(struct evert_protocol *protocol)
{
	(void)protocol;
	told++;
}

static const struct evert_protocol_ops keeping = {
	.data_received = drop,
	.unread = three,
	.stopping = note_stopping,
};

Test(tls_producer, plain_text_that_is_unread_is_no_secret_behind_one)
{
	struct evert_protocol protocol = { .ops = &keeping };
	struct evert_memory_transport *memory =
		evert_memory_transport_create(&protocol);
	struct evert_transport *transport = protocol.transport;

	cr_assert(eq(int, evert_transport_register_producer(transport,
							    &producer), 0));
	cr_expect(eq(sz, evert_protocol_unread(transport->protocol), 3));
	transport->protocol->ops->stopping(transport->protocol);
	cr_expect(eq(sz, told, 1));
	evert_memory_transport_destroy(memory);
}
