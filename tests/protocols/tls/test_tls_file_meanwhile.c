/* SPDX-License-Identifier: MIT */
/* What else may happen while a file is sent over TLS. */
#include <errno.h>
#include <openssl/ssl.h>
#include <string.h>
#include <unistd.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "../../../reactor/flow/send_file.h"
#include "../../support/file.h"
#include "../../support/peer.h"
#include "../../support/tls/carriers.h"
#include "../../support/tls/certificates.h"

#define OVER_EACH(name) OVER_EACH_CARRIER(tls_file_meanwhile, name)

enum { LENGTH = 3 << 20 };

static struct tls_pair pair;
static size_t outcomes, failures;

static void finish(void)
{
	tls_pair_close(&pair);
}

static struct evert_transport *client(void)
{
	return pair.client->base.transport;
}

static struct evert_transport *server(void)
{
	return pair.server->base.transport;
}

static struct evert_result count(struct evert_result *in, void *arg)
{
	(void)arg;
	outcomes++;
	failures += evert_result_is_failure(in);
	return evert_result_none();
}

static void send_pattern(struct evert_transport *transport, size_t length)
{
	int fd = make_file(length);
	struct evert_deferred *d =
		evert_transport_send_file(transport, fd, 0, length);

	close(fd);
	evert_deferred_add_both(d, count, NULL);
	evert_deferred_release(d);
}

/* What comes is to be as pattern() has it. */
static size_t seen;

static void see_pattern(struct recorder *recorder, const char *data,
			size_t length)
{
	char expected[16384];

	(void)recorder;
	pattern(expected, length, seen);
	cr_assert(memcmp(data, expected, length) == 0);
	seen += length;
}

static void stay(struct recorder *recorder)
{
	(void)recorder;
}

static const struct recorder_hooks seeing = { .received = see_pattern,
					      .ended = stay };

static void open_with(enum tls_carrier carrier,
		      const struct recorder_hooks *hooks)
{
	seen = outcomes = failures = 0;
	tls_pair_open(&pair, carrier, hooks, &seeing, NULL);
}

static void expect_whole(void)
{
	turn_until_count(pair.reactor, &seen, LENGTH);
	turn_until_count(pair.reactor, &outcomes, 1);
	cr_expect(zero(sz, failures));
}

/* Which the kernel can't have (docs/tls.md). */
OVER_EACH(new_keys_take_their_turn)
{
	open_with(carrier, NULL);
	if (carrier == OVER_TCP_1_2 || carrier == OVER_KTLS)
		return;
	send_pattern(client(), LENGTH);
	turn_until_count(pair.reactor, &seen, 1);
	cr_assert(SSL_key_update(evert_tls_ssl(server()),
				 SSL_KEY_UPDATE_REQUESTED) == 1);
	recorder_write(pair.server, "new keys");
	cr_assert(SSL_key_update(evert_tls_ssl(client()),
				 SSL_KEY_UPDATE_REQUESTED) == 1);
	expect_whole();
	turn_until_count(pair.reactor, &pair.client->received, 8);
}

OVER_EACH(p52_the_peer_may_end_its_way)
{
	static const struct recorder_hooks staying = { .ended = stay };

	open_with(carrier, &staying);
	if (carrier == OVER_TCP_1_2) /* it has no half-close */
		return;
	send_pattern(client(), LENGTH);
	turn_until_count(pair.reactor, &seen, 1);
	evert_transport_lose_write(server());
	turn_until_count(pair.reactor, &pair.client->ended, 1);
	expect_whole();
}

/* What the peer's end leads to waits for the file. */
OVER_EACH(p52_who_closes_with_the_peer_sends_it_first)
{
	open_with(carrier, NULL);
	if (carrier == OVER_TCP_1_2)
		return;
	send_pattern(client(), LENGTH);
	turn_until_count(pair.reactor, &seen, 1);
	evert_transport_lose_write(server());
	expect_whole();
	tls_pair_turn_until_gone(&pair);
	cr_expect(pair.client->lost_kind == EVERT_CONNECTION_DONE);
}

OVER_EACH(p54_who_reads_nothing_meanwhile_sends_all_the_same)
{
	open_with(carrier, NULL);
	evert_transport_pause_reading(client());
	recorder_write(pair.server, "unread");
	send_pattern(client(), LENGTH);
	expect_whole();
	cr_expect(zero(sz, pair.client->received));
	evert_transport_resume_reading(client());
	turn_until_count(pair.reactor, &pair.client->received, 6);
}

/* ---- In callbacks ---- */

static void send_again(struct recorder *recorder)
{
	if (recorder->resumed < 3)
		send_pattern(recorder->base.transport, 1 << 20);
}

static void count_bytes(struct recorder *recorder, const char *data,
			size_t length)
{
	(void)recorder, (void)data;
	seen += length;
}

OVER_EACH(p55_the_next_is_sent_when_there_is_room)
{
	static const struct recorder_hooks hooks = { .resumed = send_again };
	static const struct recorder_hooks counting = {
		.received = count_bytes };

	seen = outcomes = failures = 0;
	tls_pair_open(&pair, carrier, &hooks, &counting, NULL);
	send_pattern(client(), 1 << 20);
	turn_until_count(pair.reactor, &pair.client->resumed, 3);
	turn_until_count(pair.reactor, &seen, 3 << 20);
	cr_expect(eq(sz, outcomes, 3));
	cr_expect(eq(str, pair.client->events, "MPRPRPR"));
}

static void abort_it(struct recorder *recorder)
{
	evert_transport_abort(recorder->base.transport);
}

OVER_EACH(p49_aborted_when_it_is_too_much_it_fails)
{
	static const struct recorder_hooks hooks = { .paused = abort_it };

	open_with(carrier, &hooks);
	send_pattern(client(), LENGTH);
	tls_pair_turn_until_gone(&pair);
	cr_expect(eq(sz, outcomes, 1));
	cr_expect(eq(sz, failures, 1));
}

static void lose_it(struct recorder *recorder)
{
	evert_transport_lose_connection(recorder->base.transport);
}

OVER_EACH(p50_closed_when_it_is_too_much_it_is_sent)
{
	static const struct recorder_hooks hooks = { .paused = lose_it };
	static const struct recorder_hooks closing = {
		.received = see_pattern };

	seen = outcomes = failures = 0;
	tls_pair_open(&pair, carrier, &hooks, &closing, NULL);
	send_pattern(client(), LENGTH);
	expect_whole();
	tls_pair_turn_until_gone(&pair);
	cr_expect(pair.client->lost_kind == EVERT_CONNECTION_DONE);
}

/* ---- While something is written ---- */

enum { FIRST = 1000, SECOND = 200000, THIRD = 100000 };

static char all[FIRST + SECOND + THIRD];

static struct evert_result write_third(struct evert_result *in, void *arg)
{
	(void)in, (void)arg;
	evert_transport_write(client(), all + FIRST + SECOND, THIRD);
	return evert_result_none();
}

static int file_of_all;

static struct evert_result send_third(struct evert_result *in, void *arg)
{
	(void)in, (void)arg;
	evert_deferred_release(evert_transport_send_file(
		client(), file_of_all, FIRST + SECOND, THIRD / 2));
	evert_transport_write(client(), all + FIRST + SECOND + THIRD / 2,
			      THIRD / 2);
	return evert_result_none();
}

/* The file is sent while the second is being written. */
static void expect_in_order(enum tls_carrier carrier,
			    evert_callback third)
{
	struct evert_deferred *d;

	open_with(carrier, NULL);
	pattern(all, sizeof(all), 0);
	file_of_all = make_file(sizeof(all));
	d = evert_transport_send_file(client(), file_of_all, 0, FIRST);
	evert_deferred_add_callback(d, third, NULL);
	evert_deferred_release(d);
	evert_transport_write(client(), all + FIRST, SECOND);
	turn_until_count(pair.reactor, &seen, sizeof(all));
	close(file_of_all);
}

OVER_EACH(p63_what_its_end_writes_comes_behind_what_is_being_written)
{
	expect_in_order(carrier, write_third);
}

OVER_EACH(p63_what_its_end_sends_comes_behind_what_is_being_written)
{
	expect_in_order(carrier, send_third);
}

/* ---- A hole ---- */

static struct evert_result write_much(struct evert_result *in, void *arg)
{
	static const char much[1 << 20];

	(void)arg;
	failures += evert_result_is_failure(in);
	evert_transport_write(client(), much, sizeof(much));
	return evert_result_none();
}

OVER_EACH(p82_what_its_failure_writes_does_not_come_behind_the_hole)
{
	static const struct recorder_hooks counting = {
		.received = count_bytes };
	struct evert_deferred *d;
	int fd;

	seen = outcomes = failures = 0;
	tls_pair_open(&pair, carrier, NULL, &counting, NULL);
	fd = make_file(1000);
	d = evert_transport_send_file(client(), fd, 0, 1001);
	close(fd);
	evert_deferred_add_both(d, write_much, NULL);
	evert_deferred_release(d);
	tls_pair_turn_until_gone(&pair);
	cr_expect(eq(sz, failures, 1));
	cr_expect(le(sz, seen, 1000));
	cr_expect(eq(int, pair.client->lost_error, ENODATA));
}

/* ---- The end of all ---- */

OVER_EACH(p85_a_reactor_that_is_destroyed_leaves_no_outcome_open)
{
	open_with(carrier, NULL);
	evert_transport_pause_reading(server());
	send_pattern(client(), LENGTH);
	turn_until_idle(pair.reactor);
	finish();
	cr_expect(eq(sz, outcomes, 1));
}
