/* SPDX-License-Identifier: MIT */
/* What is promised of transports (docs: 49 to 63), over TLS, whatever carries
   it. */
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/ssl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "../../../reactor/endpoint/connect.h"
#include "../../../reactor/flow/relay.h"
#include "../../../reactor/flow/send_file.h"
#include "../../support/tls/certificates.h"
#include "../../support/tls/carriers.h"
#include "../../support/tls/tls_pair.h"

static struct tls_pair pair;

static void finish(void)
{
	tls_pair_close(&pair);
}

#define OVER_EACH(name) OVER_EACH_CARRIER(tls_transport, name)

static struct evert_transport *client(void)
{
	return pair.client->base.transport;
}

static struct evert_transport *server(void)
{
	return pair.server->base.transport;
}

static void send_text(struct evert_transport *transport, const char *text)
{
	cr_assert(eq(int, evert_transport_write(transport, text, strlen(text)),
		     0));
}

static void expect(const char *client_events, const char *server_events)
{
	static const char *const end[] = { "", "X" };
	char all[2][64];
	bool destroys = !pair.link;

	snprintf(all[0], sizeof(all[0]), "%s%s", client_events, end[destroys]);
	snprintf(all[1], sizeof(all[1]), "%s%s", server_events, end[destroys]);
	tls_pair_turn_until_gone(&pair);
	if (strcmp(pair.client->events, all[0]) ||
	    strcmp(pair.server->events, all[1]))
		fprintf(stderr, "over %s: %s %s\n", tls_carrier_names[pair.carrier],
			pair.client->events, pair.server->events);
	cr_expect(eq(str, pair.client->events, all[0]));
	cr_expect(eq(str, pair.server->events, all[1]));
}

/* ---- 49, 50, 53: made, data, the end ---- */

OVER_EACH(p49_p53_carries_bytes_both_ways_and_ends_in_order)
{
	tls_pair_open(&pair, carrier, NULL, NULL, NULL);
	send_text(client(), "question");
	turn_until_count(pair.reactor, &pair.server->received, 8);
	send_text(server(), "answer");
	turn_until_count(pair.reactor, &pair.client->received, 6);
	evert_transport_lose_connection(client());

	expect("MDL", "MDL");
	cr_expect(eq(str, pair.server->data, "question"));
	cr_expect(eq(str, pair.client->data, "answer"));
	cr_expect(pair.client->lost_kind == EVERT_CONNECTION_DONE);
	cr_expect(pair.server->lost_kind == EVERT_CONNECTION_DONE);
}

/* ---- Options of the socket below ---- */

OVER_EACH(has_the_options_of_what_carries_it)
{
	bool is_tcp = carrier == OVER_TCP || carrier == OVER_TLS ||
		      carrier == OVER_TCP_1_2 || carrier == OVER_KTLS;
	socklen_t length = sizeof(int);
	int value = 0, got;

	tls_pair_open(&pair, carrier, NULL, NULL, NULL);
	cr_expect(eq(int, !evert_transport_set_no_delay(client(), true),
		     is_tcp));
	got = client()->ops->get_option(client(), IPPROTO_TCP, TCP_NODELAY,
					&value, &length);
	cr_expect(eq(int, got == 0 && value, is_tcp));
	evert_transport_lose_connection(client());
	expect("ML", "ML");
}

OVER_EACH(p50_sends_three_megabytes_before_it_closes)
{
	static char much[3 << 20];

	tls_pair_open(&pair, carrier, NULL, NULL, NULL);
	memset(much, 'm', sizeof(much));
	cr_assert(eq(int,
		     evert_transport_write(client(), much, sizeof(much)), 0));
	evert_transport_lose_connection(client());
	cr_assert(eq(int, evert_transport_write(client(), "x", 1), -EPIPE));

	tls_pair_turn_until_gone(&pair);
	cr_expect(eq(sz, pair.server->received, sizeof(much)));
	cr_expect(pair.client->lost_kind == EVERT_CONNECTION_DONE);
	cr_expect(pair.server->lost_kind == EVERT_CONNECTION_DONE);
}

OVER_EACH(p51_abort_is_told_here_as_that_and_there_as_a_loss)
{
	tls_pair_open(&pair, carrier, NULL, NULL, NULL);
	evert_transport_abort(client());

	expect("ML", "ML");
	cr_expect(pair.client->lost_kind == EVERT_CONNECTION_ABORTED);
	cr_expect(pair.server->lost_kind != EVERT_CONNECTION_DONE);
	cr_expect(evert_failure_is(&(struct evert_failure){
					   .kind = pair.server->lost_kind },
				   EVERT_CONNECTION_LOST));
}

static void stay(struct recorder *recorder)
{
	(void)recorder;
}

static const struct recorder_hooks staying = { .ended = stay };

OVER_EACH(p52_lose_write_ends_one_way_only)
{
	tls_pair_open(&pair, carrier, &staying, &staying, NULL);
	send_text(client(), "question");
	cr_assert(eq(int, evert_transport_lose_write(client()), 0));
	cr_assert(eq(int, evert_transport_write(client(), "x", 1), -EPIPE));
	turn_until_count(pair.reactor, &pair.server->ended, 1);
	send_text(server(), "answer");
	turn_until_count(pair.reactor, &pair.client->received, 6);
	evert_transport_lose_write(server());

	expect("MDEL", "MDEL");
	cr_expect(pair.client->lost_kind == EVERT_CONNECTION_DONE);
	cr_expect(pair.server->lost_kind == EVERT_CONNECTION_DONE);
}

OVER_EACH(p54_nothing_is_delivered_while_paused_and_nothing_is_lost)
{
	tls_pair_open(&pair, carrier, NULL, NULL, NULL);
	evert_transport_pause_reading(server());
	cr_expect(eq(int, evert_transport_is_reading(server()), 0));
	send_text(client(), "all of it");
	evert_transport_lose_connection(client());
	turn_until_idle(pair.reactor);
	cr_assert(eq(str, pair.server->events, "M"));

	evert_transport_resume_reading(server());
	cr_assert(eq(str, pair.server->events, "M"));
	expect("ML", "MDL");
	cr_expect(eq(str, pair.server->data, "all of it"));
	cr_expect(pair.server->lost_kind == EVERT_CONNECTION_DONE);
}

static void pause_here(struct recorder *recorder, const char *data,
		       size_t length)
{
	(void)data;
	(void)length;
	evert_transport_pause_reading(recorder->base.transport);
}

static const struct recorder_hooks pausing = { .received = pause_here };

/* Three records, which come at once. */
OVER_EACH(p54_what_came_with_that_on_which_it_is_paused_is_kept)
{
	size_t count;

	tls_pair_open(&pair, carrier, NULL, &pausing, NULL);
	for (count = 1; count <= 3; count++) {
		send_text(client(), "text");
		turn_until_idle(pair.reactor);
	}
	evert_transport_lose_connection(client());
	for (count = 1; count <= 3; count++) {
		turn_until_idle(pair.reactor);
		cr_assert(eq(sz, pair.server->received, 4 * count));
		evert_transport_resume_reading(server());
		cr_assert(eq(sz, pair.server->received, 4 * count));
	}

	expect("ML", "MDL");
	cr_expect(pair.server->lost_kind == EVERT_CONNECTION_DONE);
}

OVER_EACH(p55_writing_is_paused_over_the_high_mark_and_resumed_under_the_low)
{
	static char much[1 << 20];
	size_t written;

	tls_pair_open(&pair, carrier, NULL, NULL, NULL);
	evert_transport_pause_reading(server());
	turn_until_idle(pair.reactor);
	for (written = 0; !pair.client->paused; written += sizeof(much))
		evert_transport_write(client(), much, sizeof(much));
	cr_expect(evert_transport_queued(client()) > 65536);
	written += sizeof(much);
	evert_transport_write(client(), much, sizeof(much));
	cr_expect(eq(sz, pair.client->paused, 1));

	evert_transport_resume_reading(server());
	turn_until_count(pair.reactor, &pair.client->resumed, 1);
	cr_expect(evert_transport_queued(client()) <= 16384);
	turn_until_count(pair.reactor, &pair.server->received, written);
	evert_transport_abort(client());
	expect("MPRL", "MDL");
}

OVER_EACH(p55_marks_that_are_set_count_for_small_writes)
{
	tls_pair_open(&pair, carrier, NULL, NULL, NULL);
	evert_transport_pause_reading(server());
	turn_until_idle(pair.reactor);
	evert_transport_set_write_marks(client(), 0, 0);
	while (!pair.client->paused)
		send_text(client(), "text");
	evert_transport_resume_reading(server());
	turn_until_count(pair.reactor, &pair.client->resumed, 1);
	evert_transport_abort(client());
	expect("MPRL", "MDL");
}

OVER_EACH(p62_closed_fires_after_connection_lost)
{
	struct evert_deferred *closed;

	tls_pair_open(&pair, carrier, NULL, NULL, NULL);
	closed = evert_transport_closed(client());
	evert_transport_lose_connection(client());
	evert_result_release(turn_until_fired(pair.reactor, closed));
	cr_expect(eq(sz, pair.client->lost, 1));
}

/* ---- What is written, in order ---- */

static void note_released(void *released)
{
	*(bool *)released = true;
}

static void write_in_pieces(struct recorder *recorder, const char *data,
			    size_t length)
{
	struct evert_transport *transport = recorder->base.transport;
	static char much[20000];
	struct iovec pieces[] = { { (void *)"b", 1 },
				  { NULL, 0 },
				  { (void *)"c", 1 } };
	bool released = false;

	(void)data;
	(void)length;
	memset(much, 'd', sizeof(much));
	send_text(transport, "a");
	evert_transport_write_sequence(transport, pieces, 3);
	evert_transport_write(transport, much, sizeof(much));
	evert_transport_write_owned(transport, "e", 1, note_released,
				    &released);
	cr_assert(released);
	send_text(transport, "f");
	evert_transport_lose_connection(transport);
}

static const struct recorder_hooks answering = { .received = write_in_pieces };
static char text_seen[32000];
static size_t text_length;

static void see_text(struct recorder *recorder, const char *data, size_t length)
{
	(void)recorder;
	cr_assert(text_length + length <= sizeof(text_seen));
	memcpy(text_seen + text_length, data, length);
	text_length += length;
}

static const struct recorder_hooks seeing = { .received = see_text };

OVER_EACH(p63_what_is_written_in_data_received_is_sent_in_order)
{
	text_length = 0;
	tls_pair_open(&pair, carrier, &seeing, &answering, NULL);
	send_text(client(), "go");
	tls_pair_turn_until_gone(&pair);
	cr_expect(eq(sz, text_length, 20005));
	cr_expect(strncmp(text_seen, "abcddd", 6) == 0);
	cr_expect(strcmp(text_seen + 20000, "dddef") == 0);
}

/* Outside of data_received, too: a timer, say. */
OVER_EACH(p63_what_is_written_elsewhere_is_sent_in_order)
{
	static char much[20000];

	text_length = 0;
	memset(much, 'b', sizeof(much));
	tls_pair_open(&pair, carrier, &seeing, NULL, NULL);
	send_text(server(), "a");
	evert_transport_write(server(), much, sizeof(much));
	send_text(server(), "c");
	cr_expect(evert_transport_queued(server()) > 0);
	turn_until_count(pair.reactor, &pair.client->received, 20002);
	cr_expect(strncmp(text_seen, "abb", 3) == 0);
	cr_expect(strcmp(text_seen + 19999, "bbc") == 0);
}

/* ---- Keys that change ---- */

OVER_EACH(new_keys_are_taken_and_answered)
{
	tls_pair_open(&pair, carrier, NULL, NULL, NULL);
	if (carrier == OVER_TCP_1_2 || carrier == OVER_KTLS)
		return;
	cr_assert(SSL_key_update(evert_tls_ssl(client()),
				 SSL_KEY_UPDATE_REQUESTED) == 1);
	send_text(client(), "under new keys");
	turn_until_count(pair.reactor, &pair.server->received, 14);
	send_text(server(), "here, too");
	turn_until_count(pair.reactor, &pair.client->received, 9);
	cr_expect(eq(str, pair.client->data, "here, too"));
}

/* ---- 49: ended from inside every callback ---- */

static void end_it(struct recorder *recorder)
{
	struct evert_transport *transport = recorder->base.transport;

	if (*(bool *)recorder->arg)
		evert_transport_abort(transport);
	else
		evert_transport_lose_connection(transport);
	cr_assert(eq(sz, recorder->lost, 0));
}

static void end_on_data(struct recorder *recorder, const char *data,
			size_t length)
{
	(void)data;
	(void)length;
	end_it(recorder);
}

static void end_in_both_ways(enum tls_carrier carrier,
			     const struct recorder_hooks *hooks, bool ends)
{
	bool aborts = false;

	do {
		tls_pair_open(&pair, carrier, NULL, hooks, &aborts);
		send_text(client(), "text");
		if (ends)
			evert_transport_lose_connection(client());
		tls_pair_turn_until_gone(&pair);
		cr_expect(eq(sz, pair.server->made, 1));
		cr_expect(eq(sz, pair.server->lost, 1));
		aborts = !aborts;
		if (aborts)
			tls_pair_close(&pair);
	} while (aborts);
}

OVER_EACH(p49_ended_in_data_received_it_is_told_later)
{
	static const struct recorder_hooks hooks = { .received = end_on_data };

	end_in_both_ways(carrier, &hooks, false);
}

OVER_EACH(p49_ended_in_end_received_it_is_told_later)
{
	static const struct recorder_hooks hooks = { .ended = end_it };

	end_in_both_ways(carrier, &hooks, true);
}

static void end_when_made(struct recorder *recorder)
{
	send_text(recorder->base.transport, "hello");
	end_it(recorder);
}

/* Where it begins with TLS, not in the middle. */
Test(tls_transport_made, p49_ended_in_connection_made_it_is_told_later,
     .fini = finish)
{
	static const struct recorder_hooks hooks = { .made = end_when_made };
	bool aborts = false;

	tls_pair_open(&pair, OVER_TCP, NULL, &hooks, &aborts);
	tls_pair_turn_until_gone(&pair);
	cr_expect(eq(str, pair.client->data, "hello"));
	cr_expect(eq(str, pair.client->events, "MDLX"));
	cr_expect(pair.client->lost_kind == EVERT_CONNECTION_DONE);
}

/* ---- What works over any transport ---- */

Test(tls_transport_flow, a_file_is_sent, .fini = finish)
{
	char *text = certificate_text("root.crt");
	struct evert_result sent;
	int fd;

	tls_pair_open(&pair, OVER_TCP, NULL, NULL, NULL);
	fd = open(certificate_path("root.crt"), O_RDONLY | O_CLOEXEC);
	cr_assert(ge(int, fd, 0));
	sent = turn_until_fired(pair.reactor,
				evert_transport_send_file(
					client(), fd, 0, strlen(text)));
	cr_expect(evert_result_is_none(&sent));
	evert_result_release(sent);
	close(fd);
	turn_until_count(pair.reactor, &pair.server->received, strlen(text));
	cr_expect(eq(str, pair.server->data, text));
	free(text);
}

/* ---- A relay, that ends TLS ---- */

static char echo_endpoint[64];

static struct evert_result relay_from(struct evert_result *in, void *recorder)
{
	struct evert_protocol *protocol = evert_result_as_protocol(in);

	evert_deferred_release(
		evert_relay(((struct recorder *)recorder)->base.transport,
			    protocol->transport));
	return evert_result_none();
}

static void pass_on(struct recorder *recorder)
{
	struct evert_deferred *connected;

	evert_transport_pause_reading(recorder->base.transport);
	connected = evert_connect(pair.reactor, echo_endpoint,
				  &evert_relay_factory);
	evert_deferred_add_callback(connected, relay_from, recorder);
	evert_deferred_release(connected);
}

static void echo(struct recorder *recorder, const char *data, size_t length)
{
	evert_transport_write(recorder->base.transport, data, length);
}

Test(tls_transport_flow, a_relay_passes_on_what_was_decrypted, .fini = finish)
{
	static const struct recorder_hooks passing = { .made = pass_on };
	static const struct recorder_hooks echoing = { .received = echo };
	static struct recorder_factory echoes;
	static char much[300000];

	tls_pair_begin(&pair);
	recorder_factory_init(&echoes, &echoing, NULL);
	strcpy(echo_endpoint,
	       endpoint_of(listen_here(pair.reactor, &echoes)));
	tls_pair_connect(&pair, OVER_TCP, NULL, &passing, NULL);
	cr_assert(eq(int, evert_transport_write(client(), much, sizeof(much)),
		     0));
	turn_until_count(pair.reactor, &pair.client->received, sizeof(much));
	evert_transport_lose_connection(client());
	turn_until_count(pair.reactor, &echoes.recorders[0].destroyed, 1);
	tls_pair_turn_until_gone(&pair);
	cr_expect(pair.client->lost_kind == EVERT_CONNECTION_DONE);
	cr_expect(pair.server->lost_kind == EVERT_CONNECTION_DONE);
	cr_expect(echoes.recorders[0].lost_kind == EVERT_CONNECTION_DONE);
}

/* ---- A relay, under which TLS begins ---- */

static struct connected outer, inner;

static void open_relayed(void)
{
	static const struct recorder_hooks echoing = { .received = echo };
	static struct recorder_factory echoes;

	tls_pair_begin(&pair);
	recorder_factory_init(&pair.clients, NULL, NULL);
	recorder_factory_init(&pair.servers, NULL, NULL);
	recorder_factory_init(&echoes, &echoing, NULL);
	outer = connect_pair(pair.reactor, &pair.clients, &pair.servers);
	inner = connect_pair(pair.reactor, &pair.clients, &echoes);
	evert_deferred_release(evert_relay(outer.server->base.transport,
					   inner.client->base.transport));
}

static void start_both(void)
{
	struct evert_deferred *server = evert_tls_start(
		outer.server->base.transport, pair.server_context, NULL);
	struct evert_deferred *client =
		evert_tls_start(outer.client->base.transport,
				pair.client_context, "localhost");
	struct evert_result result = turn_until_fired(pair.reactor, client);

	cr_assert(recorder_of(&result) == outer.client);
	result = turn_until_fired(pair.reactor, server);
	cr_assert(recorder_of(&result) == outer.server);
}

/* Nothing goes past it, nor by splice. */
Test(tls_transport_flow, a_relay_under_which_tls_begins_encrypts,
     .fini = finish)
{
	static char much[3 << 20];

	open_relayed();
	evert_transport_write(outer.client->base.transport, much, sizeof(much));
	turn_until_count(pair.reactor, &outer.client->received, sizeof(much));
	start_both();
	evert_transport_write(outer.client->base.transport, much, sizeof(much));
	turn_until_count(pair.reactor, &outer.client->received,
			 2 * sizeof(much));
	evert_transport_lose_connection(outer.client->base.transport);
	turn_until_count(pair.reactor, &outer.server->destroyed, 1);
	turn_until_count(pair.reactor, &inner.server->destroyed, 1);
	cr_expect(outer.client->lost_kind == EVERT_CONNECTION_DONE);
	cr_expect(outer.server->lost_kind == EVERT_CONNECTION_DONE);
	cr_expect(inner.client->lost_kind == EVERT_CONNECTION_DONE);
}
