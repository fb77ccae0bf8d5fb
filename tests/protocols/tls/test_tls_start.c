/* SPDX-License-Identifier: MIT */
/* TLS in the middle of a connection, by whatever protocol. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "../../../deferred/coroutine/coroutine.h"
#include "../../../protocols/framing/line_receiver.h"
#include "../../../protocols/stream/stream.h"
#include "../../../reactor/endpoint/connect.h"
#include "../../../reactor/endpoint/listen.h"
#include "../../support/tls/certificates.h"
#include "../../support/tls/tls_pair.h"
#include "../../support/transcript.h"

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

TestSuite(tls_start, .init = begin, .fini = finish);

/* ---- A line receiver ---- */

/* A server that goes on in TLS when it is asked to, and repeats all else. */
struct talker {
	struct evert_line_receiver base;
};

static struct transcript heard; /* by the server */
static bool ready_first;	/* that it says so in plain text */

static struct evert_result note_started(struct evert_result *in, void *arg)
{
	(void)arg;
	transcript_add(&heard, "<%s>",
		       evert_result_is_failure(in) ?
			       evert_result_as_failure(in)->kind->name :
			       "started");
	return evert_result_none();
}

static void line_received(struct evert_line_receiver *base, const char *line,
			  size_t length)
{
	struct evert_deferred *started;

	transcript_add(&heard, "[");
	transcript_add_bytes(&heard, line, length);
	transcript_add(&heard, "]");
	if (length != 8 || memcmp(line, "STARTTLS", 8) != 0) {
		evert_line_receiver_send_line(base, line, length);
		return;
	}
	if (ready_first)
		evert_line_receiver_send_line(base, "ready", 5);
	started = evert_tls_start(base->base.transport, pair.server_context,
				  NULL);
	evert_deferred_add_both(started, note_started, NULL);
	evert_deferred_release(started);
}

static void talker_lost(struct evert_line_receiver *base,
			const struct evert_failure *reason)
{
	(void)base;
	transcript_add(&heard, "lost %s", reason->kind->name);
}

static const struct evert_line_receiver_ops talker_ops = {
	.line_received = line_received,
	.connection_lost = talker_lost,
};

static struct evert_factory talkers =
	EVERT_LINE_FACTORY(struct talker, base, &talker_ops);

static struct evert_port *port;

static const char *listen_as_talker(void)
{
	struct evert_result result = turn_until_fired(
		pair.reactor,
		evert_listen(pair.reactor, "tcp:127.0.0.1:0", &talkers));

	port = evert_port_take(&result);
	return endpoint_of(port);
}

static struct recorder *call_talker(void)
{
	struct evert_result result = turn_until_fired(
		pair.reactor, evert_connect(pair.reactor, listen_as_talker(),
					    &pair.clients.base));

	return recorder_of(&result);
}

static void expect_heard(const char *text)
{
	cr_expect(eq(str, (char *)transcript_text(&heard), (char *)text));
	transcript_clear(&heard);
}

Test(tls_start, a_line_receiver_goes_on_and_is_not_made_again)
{
	struct recorder *client = call_talker();
	struct evert_result result;

	ready_first = true;
	recorder_write(client, "hello\r\nSTARTTLS\r\n");
	turn_until_count(pair.reactor, &client->received, 14);
	cr_expect(eq(str, client->data, "hello\r\nready\r\n"));

	result = turn_until_fired(
		pair.reactor,
		evert_tls_start(client->base.transport, pair.client_context,
				"localhost"));
	cr_assert(recorder_of(&result) == client);
	recorder_write(client, "secret\r\n");
	turn_until_count(pair.reactor, &client->received, 22);
	evert_transport_lose_connection(client->base.transport);
	turn_until_count(pair.reactor, &client->destroyed, 1);

	cr_expect(eq(str, client->events, "MDLX"));
	turn_until_idle(pair.reactor);
	expect_heard("[hello][STARTTLS]<started>[secret]lost CONNECTION_DONE");
}

Test(tls_start, plain_text_behind_the_command_is_refused)
{
	struct recorder *client = call_talker();

	recorder_write(client, "STARTTLS\r\ninjected\r\n");
	turn_until_count(pair.reactor, &client->destroyed, 1);
	expect_heard("[STARTTLS]<TLS_NOT_TLS>lost TLS_NOT_TLS");
}

Test(tls_start, so_is_the_begin_of_a_line)
{
	struct recorder *client = call_talker();

	recorder_write(client, "STARTTLS\r\ni");
	turn_until_count(pair.reactor, &client->destroyed, 1);
	expect_heard("[STARTTLS]<TLS_NOT_TLS>lost TLS_NOT_TLS");
}

/* It comes later, and so as a record: which it is not. */
Test(tls_start, plain_text_that_comes_later_is_not_taken_for_decrypted)
{
	struct recorder *client = call_talker();

	recorder_write(client, "STARTTLS\r\n");
	turn_until_idle(pair.reactor);
	recorder_write(client, "injected\r\n");
	turn_until_count(pair.reactor, &client->destroyed, 1);
	expect_heard("[STARTTLS]lost TLS_NOT_TLS<TLS_NOT_TLS>");
}

/* ---- What is written, when it was asked for ---- */

Test(tls_start, what_is_written_meanwhile_is_sent_when_it_is_done)
{
	struct connected plain =
		connect_pair(pair.reactor, &pair.clients, &pair.servers);
	struct evert_deferred *server =
		evert_tls_start(plain.server->base.transport,
				pair.server_context, NULL);
	struct evert_deferred *client =
		evert_tls_start(plain.client->base.transport,
				pair.client_context, "localhost");

	recorder_write(plain.client, "early");
	cr_expect(eq(sz, evert_transport_queued(plain.client->base.transport) >=
				 5,
		     1));
	recorder_write(plain.server, "soon");
	evert_transport_lose_connection(plain.server->base.transport);
	evert_result_release(turn_until_fired(pair.reactor, client));
	evert_result_release(turn_until_fired(pair.reactor, server));
	turn_until_count(pair.reactor, &plain.client->destroyed, 1);

	cr_expect(eq(str, plain.client->data, "soon"));
	cr_expect(plain.client->lost_kind == EVERT_CONNECTION_DONE);
}

Test(tls_start, p55_writing_is_paused_over_the_mark_before_it_is_done)
{
	static char much[40000];
	struct connected plain =
		connect_pair(pair.reactor, &pair.clients, &pair.servers);
	struct evert_transport *client;

	evert_transport_set_write_marks(plain.client->base.transport, 50000,
					10000);
	evert_deferred_release(evert_tls_start(plain.client->base.transport,
					       pair.client_context,
					       "localhost"));
	client = plain.client->base.transport;
	evert_transport_write(client, much, sizeof(much));
	cr_expect(eq(sz, plain.client->paused, 0));
	evert_transport_write(client, much, sizeof(much));
	evert_transport_write(client, much, sizeof(much));
	cr_expect(eq(sz, plain.client->paused, 1));
	cr_expect(client->full);
	evert_deferred_release(evert_tls_start(plain.server->base.transport,
					       pair.server_context, NULL));
	turn_until_count(pair.reactor, &plain.client->resumed, 1);
	turn_until_count(pair.reactor, &plain.server->received, 120000);
	cr_expect(eq(str, plain.client->events, "MPR"));
}

Test(tls_start, p54_reading_that_was_paused_stays_so)
{
	struct connected plain =
		connect_pair(pair.reactor, &pair.clients, &pair.servers);
	struct evert_transport *server;
	struct evert_deferred *client;

	evert_transport_pause_reading(plain.server->base.transport);
	evert_deferred_release(evert_tls_start(plain.server->base.transport,
					       pair.server_context, NULL));
	server = plain.server->base.transport;
	client = evert_tls_start(plain.client->base.transport,
				 pair.client_context, "localhost");
	evert_result_release(turn_until_fired(pair.reactor, client));
	recorder_write(plain.client, "text");
	turn_until_idle(pair.reactor);
	cr_expect(eq(sz, plain.server->received, 0));

	evert_transport_resume_reading(server);
	turn_until_count(pair.reactor, &plain.server->received, 4);
}

Test(tls_start, p61_cancelling_resets_the_connection)
{
	struct connected plain =
		connect_pair(pair.reactor, &pair.clients, &pair.servers);
	struct evert_deferred *client =
		evert_tls_start(plain.client->base.transport,
				pair.client_context, "localhost");

	evert_deferred_cancel(client);
	cr_expect(turn_until_failed(pair.reactor, client) == EVERT_CANCELLED);
	turn_until_count(pair.reactor, &plain.client->destroyed, 1);
	cr_expect(eq(str, plain.client->events, "MLX"));
	cr_expect(plain.client->lost_kind == EVERT_CONNECTION_ABORTED);
}

Test(tls_start, a_handshake_that_takes_too_long_is_given_up)
{
	struct connected plain =
		connect_pair(pair.reactor, &pair.clients, &pair.servers);
	struct evert_deferred *client;

	test_system_stop_time(&pair.system);
	client = evert_tls_start(plain.client->base.transport,
				 pair.client_context, "localhost");
	while (!plain.client->lost)
		evert_reactor_turn(pair.reactor, 40);
	cr_expect(turn_until_failed(pair.reactor, client) ==
		  EVERT_TLS_TIMED_OUT);
	cr_expect(plain.client->lost_kind == EVERT_TLS_TIMED_OUT);
}

/* It is told that it is closing. */
static void refuses_to_start(struct recorder *recorder)
{
	struct evert_result result = turn_until_fired(
		pair.reactor, evert_tls_start(recorder->base.transport,
					      pair.client_context,
					      "localhost"));

	cr_assert(evert_result_failed_with(&result, EVERT_TLS_FAILED));
	cr_expect(strstr(evert_result_as_failure(&result)->message,
			 "a connection that is closing") != NULL);
	evert_result_release(result);
}

Test(tls_start, on_one_that_is_closing_it_fails)
{
	struct connected plain =
		connect_pair(pair.reactor, &pair.clients, &pair.servers);

	evert_transport_lose_connection(plain.client->base.transport);
	refuses_to_start(plain.client);
}

Test(tls_start, on_one_that_writes_no_more_it_fails)
{
	struct connected plain =
		connect_pair(pair.reactor, &pair.clients, &pair.servers);

	evert_transport_lose_write(plain.client->base.transport);
	refuses_to_start(plain.client);
}

static void stay_open(struct recorder *recorder)
{
	(void)recorder;
}

Test(tls_start, on_one_whose_peer_writes_no_more_it_fails)
{
	static const struct recorder_hooks staying = { .ended = stay_open };
	struct connected plain;

	pair.clients.hooks = &staying;
	plain = connect_pair(pair.reactor, &pair.clients, &pair.servers);
	evert_transport_lose_write(plain.server->base.transport);
	turn_until_count(pair.reactor, &plain.client->ended, 1);
	refuses_to_start(plain.client);
}

/* evert_stream_transport, once the peer has reset the connection. */
Test(tls_start, where_there_is_no_transport_any_more_it_fails)
{
	struct evert_deferred *client =
		evert_tls_start(NULL, pair.client_context, "localhost");

	cr_expect(turn_until_failed(pair.reactor, client) == EVERT_TLS_FAILED);
	cr_expect(evert_tls_version(NULL) == NULL);
	cr_expect(evert_tls_ssl(NULL) == NULL);
}

Test(tls_start, a_name_that_cannot_be_checked_ends_the_connection)
{
	struct connected plain =
		connect_pair(pair.reactor, &pair.clients, &pair.servers);
	struct evert_deferred *client =
		evert_tls_start(plain.client->base.transport,
				pair.client_context, ".example.org");

	cr_expect(turn_until_failed(pair.reactor, client) ==
		  EVERT_TLS_BAD_CONTEXT);
	turn_until_count(pair.reactor, &plain.client->destroyed, 1);
	cr_expect(plain.client->lost_kind == EVERT_TLS_FAILED);
}

/* ---- The end without the end of TLS ---- */

/* The transport below that of the client. */
static struct evert_transport *below;

static struct connected start_both(void)
{
	struct connected plain =
		connect_pair(pair.reactor, &pair.clients, &pair.servers);
	struct evert_deferred *server =
		evert_tls_start(plain.server->base.transport,
				pair.server_context, NULL);
	struct evert_deferred *client;

	below = plain.client->base.transport;
	client = evert_tls_start(below, pair.client_context, "localhost");
	evert_result_release(turn_until_fired(pair.reactor, client));
	evert_result_release(turn_until_fired(pair.reactor, server));
	return plain;
}

Test(tls_start, p53_an_end_without_close_notify_is_told_as_truncated)
{
	struct connected both = start_both();

	recorder_write(both.client, "half of");
	turn_until_count(pair.reactor, &both.server->received, 7);
	evert_transport_lose_connection(below);
	turn_until_count(pair.reactor, &both.server->destroyed, 1);

	cr_expect(eq(str, both.server->events, "MDLX"));
	cr_expect(both.server->lost_kind == EVERT_TLS_TRUNCATED);
}

Test(tls_start, p56_data_before_such_an_end_is_delivered_to_who_was_paused)
{
	struct connected both = start_both();

	evert_transport_pause_reading(both.server->base.transport);
	recorder_write(both.client, "half of");
	turn_until_idle(pair.reactor);
	evert_transport_lose_connection(below);
	turn_until_idle(pair.reactor);
	cr_expect(eq(str, both.server->events, "M"));
	evert_transport_resume_reading(both.server->base.transport);
	turn_until_count(pair.reactor, &both.server->destroyed, 1);

	cr_expect(eq(str, both.server->events, "MDLX"));
	cr_expect(both.server->lost_kind == EVERT_TLS_TRUNCATED);
}

Test(tls_start, p53_what_is_no_record_ends_the_connection)
{
	struct connected both = start_both();

	evert_transport_write(below, "no record at all", 16);
	turn_until_count(pair.reactor, &both.server->destroyed, 1);
	cr_expect(eq(str, both.server->events, "MLX"));
	cr_expect(evert_failure_is(&(struct evert_failure){
					   .kind = both.server->lost_kind },
				   EVERT_TLS_FAILED));
}

/* ---- Streams ---- */

static const char *talker_endpoint;

/* The line that comes has to be this one. */
static void read_line(struct evert_stream *stream, const char *line)
{
	struct evert_result result =
		evert_await(evert_stream_read_line(stream));

	cr_assert(eq(str, (char *)evert_result_as_text(&result),
		     (char *)line));
	evert_result_release(result);
}

static struct evert_result note_done(struct evert_result *in, void *done)
{
	(void)in;
	*(bool *)done = true;
	return evert_result_none();
}

static struct evert_result converse(void *arg)
{
	struct evert_result result =
		evert_await(evert_stream_connect(talker_endpoint));
	struct evert_stream *stream = evert_stream_take(&result);

	(void)arg;
	evert_stream_write_line(stream, "STARTTLS", 8);
	read_line(stream, "ready");
	result = evert_await(evert_tls_start(evert_stream_transport(stream),
					     pair.client_context,
					     "localhost"));
	cr_assert(eq(int, evert_result_is_failure(&result), 0));
	cr_expect(evert_tls_version(evert_stream_transport(stream)) != NULL);
	evert_stream_write_line(stream, "secret", 6);
	read_line(stream, "secret");
	evert_stream_destroy(stream);
	return evert_result_none();
}

static void begin_to_converse(void *done)
{
	struct evert_deferred *conversation = evert_spawn(converse, NULL);

	evert_deferred_add_both(conversation, note_done, done);
	evert_deferred_release(conversation);
}

Test(tls_start, a_stream_goes_on)
{
	bool done = false;

	ready_first = true;
	talker_endpoint = listen_as_talker();
	evert_reactor_call_later(pair.reactor, 0, begin_to_converse, &done);
	turn_until(pair.reactor, &done);
	turn_until_idle(pair.reactor);
	expect_heard("[STARTTLS]<started>[secret]lost CONNECTION_DONE");
}

/* ---- Half-close in the handshake ---- */

static void answer(struct recorder *recorder)
{
	recorder_write(recorder, "an answer");
	evert_transport_lose_connection(recorder->base.transport);
}

static void stay(struct recorder *recorder)
{
	(void)recorder;
}

static const struct recorder_hooks answering = { .ended = answer };
static const struct recorder_hooks staying = { .ended = stay };

Test(tls_start, p52_an_end_without_text_waits_for_the_handshake)
{
	struct connected plain;
	struct evert_deferred *client, *server;

	pair.clients.hooks = &staying;
	pair.servers.hooks = &answering;
	plain = connect_pair(pair.reactor, &pair.clients, &pair.servers);
	pair.client = plain.client;
	pair.server = plain.server;
	client = evert_tls_start(pair.client->base.transport,
				 pair.client_context, "localhost");
	server = evert_tls_start(pair.server->base.transport,
				 pair.server_context, NULL);
	cr_assert(zero(int, evert_transport_lose_write(
				    pair.client->base.transport)));
	evert_result_release(turn_until_fired(pair.reactor, client));
	evert_result_release(turn_until_fired(pair.reactor, server));
	tls_pair_turn_until_gone(&pair);
	cr_expect(eq(str, pair.client->data, "an answer"));
	cr_expect(pair.client->lost_kind == EVERT_CONNECTION_DONE);
	cr_expect(pair.server->lost_kind == EVERT_CONNECTION_DONE);
}
