/* SPDX-License-Identifier: MIT */
/* Files over TLS (reactor/flow/send_file.h), whatever carries it. */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "../../../reactor/flow/send_file.h"
#include "../../support/file.h"
#include "../../support/memory.h"
#include "../../support/peer.h"
#include "../../support/tls/carriers.h"
#include "../../support/tls/certificates.h"

#define OVER_EACH(name) OVER_EACH_CARRIER(tls_file, name)

enum { MUCH = 3 << 20, FULL_SOCKET = 16 << 20 };

static struct tls_pair pair;

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

/* The file is closed at once. */
static struct evert_deferred *send_from(int fd, off_t offset, size_t length)
{
	struct evert_deferred *sent = evert_transport_send_file(
		client(), fd, offset, length);

	cr_assert(sent != NULL);
	close(fd);
	return sent;
}

static struct evert_deferred *send_pattern(size_t length)
{
	return send_from(make_file(length), 0, length);
}

static void expect_sent(struct evert_deferred *sent)
{
	struct evert_result result = turn_until_fired(pair.reactor, sent);

	cr_assert(evert_result_is_none(&result));
}

static void expect_failure(struct evert_deferred *sent,
			   const struct evert_error *kind, int error,
			   const char *message)
{
	struct evert_result result = turn_until_fired(pair.reactor, sent);
	const struct evert_failure *failure = evert_result_as_failure(&result);

	cr_assert(failure != NULL);
	cr_expect(evert_failure_is(failure, kind));
	cr_expect(eq(int, failure->error, error));
	cr_expect(strstr(failure->message, message) != NULL, "%s",
		  failure->message);
	evert_result_release(result);
}

/* What comes is to be as pattern() has it. */
static size_t seen;

static void see_pattern(struct recorder *recorder, const char *data,
			size_t length)
{
	char expected[16384];

	(void)recorder;
	cr_assert(length <= sizeof(expected));
	pattern(expected, length, seen);
	cr_assert(memcmp(data, expected, length) == 0);
	seen += length;
}

static const struct recorder_hooks seeing = { .received = see_pattern };

static void open_to_see(enum tls_carrier carrier)
{
	seen = 0;
	tls_pair_open(&pair, carrier, NULL, &seeing, NULL);
}

/* ---- Order ---- */

OVER_EACH(goes_behind_what_was_written_and_before_what_follows)
{
	struct evert_deferred *d;

	tls_pair_open(&pair, carrier, NULL, NULL, NULL);
	recorder_write(pair.client, "before ");
	d = send_from(make_text("0123456789"), 2, 5);
	recorder_write(pair.client, " after ");
	expect_sent(d);
	d = send_from(make_text("one,"), 0, 4);
	expect_sent(send_from(make_text("two"), 0, 3));
	expect_sent(d);
	recorder_write(pair.client, ".");
	turn_until_count(pair.reactor, &pair.server->received, 27);
	cr_expect(eq(str, pair.server->data, "before 23456 after one,two."));
}

static void send_when_asked(struct recorder *recorder, const char *data,
			    size_t length)
{
	int fd = make_text("file");

	(void)data, (void)length;
	recorder_write(recorder, "before ");
	evert_deferred_release(evert_transport_send_file(
		recorder->base.transport, fd, 0, 4));
	close(fd);
	recorder_write(recorder, " after");
	evert_transport_lose_connection(recorder->base.transport);
}

OVER_EACH(sent_in_data_received_it_keeps_its_place)
{
	static const struct recorder_hooks hooks = {
		.received = send_when_asked };

	tls_pair_open(&pair, carrier, NULL, &hooks, NULL);
	recorder_write(pair.client, "go");
	tls_pair_turn_until_gone(&pair);
	cr_expect(eq(str, pair.client->data, "before file after"));
	cr_expect(pair.client->lost_kind == EVERT_CONNECTION_DONE);
}

OVER_EACH(one_larger_than_all_buffers_comes_whole_before_the_end)
{
	struct evert_deferred *d;

	open_to_see(carrier);
	d = send_pattern(MUCH);
	evert_transport_lose_connection(client());
	cr_expect(not(evert_deferred_has_fired(d)));
	expect_sent(d);
	tls_pair_turn_until_gone(&pair);
	cr_expect(eq(sz, seen, MUCH));
	cr_expect(pair.client->lost_kind == EVERT_CONNECTION_DONE);
	cr_expect(pair.server->lost_kind == EVERT_CONNECTION_DONE);
}

static void stay(struct recorder *recorder)
{
	(void)recorder;
}

/* What was written behind the file, too. */
OVER_EACH(p52_the_end_of_one_way_comes_behind_it)
{
	static const struct recorder_hooks hooks = { .received = see_pattern,
						     .ended = stay };
	char rest[100];
	struct evert_deferred *d;

	seen = 0;
	tls_pair_open(&pair, carrier, &hooks, &hooks, NULL);
	d = send_pattern(MUCH);
	pattern(rest, sizeof(rest), MUCH);
	cr_assert(zero(int, evert_transport_write(client(), rest,
						  sizeof(rest))));
	cr_assert(zero(int, evert_transport_lose_write(client())));
	cr_assert(eq(int, evert_transport_write(client(), "x", 1), -EPIPE));
	expect_sent(d);
	turn_until_count(pair.reactor, &pair.server->ended, 1);
	cr_expect(eq(sz, seen, MUCH + sizeof(rest)));
	seen = 0;
	pattern(rest, sizeof(rest), 0);
	evert_transport_write(server(), rest, sizeof(rest));
	evert_transport_lose_connection(server());
	tls_pair_turn_until_gone(&pair);
	cr_expect(eq(sz, seen, sizeof(rest)));
	cr_expect(pair.client->lost_kind == EVERT_CONNECTION_DONE);
}

/* ---- Marks, and memory ---- */

OVER_EACH(p55_the_protocol_is_paused_for_it_and_resumed)
{
	char more[40000];

	open_to_see(carrier);
	evert_deferred_release(send_pattern(MUCH));
	cr_expect(eq(str, pair.client->events, "MP"));
	if (carrier == OVER_KTLS) /* some is in the kernel */
		cr_expect(gt(sz, evert_transport_queued(client()), MUCH / 2));
	else
		cr_expect(ge(sz, evert_transport_queued(client()), MUCH));
	turn_until_count(pair.reactor, &pair.client->resumed, 1);
	cr_expect(le(sz, evert_transport_queued(client()), 16384));
	turn_until_count(pair.reactor, &seen, MUCH);
	pattern(more, sizeof(more), MUCH);
	evert_transport_write(client(), more, sizeof(more));
	turn_until_count(pair.reactor, &seen, MUCH + sizeof(more));
	cr_expect(eq(str, pair.client->events, "MPR"));
}

/* For one that fits, too. */
OVER_EACH(p55_marks_that_are_set_meanwhile_count)
{
	size_t high, low;

	open_to_see(carrier);
	if (carrier == OVER_KTLS) /* it is in the kernel at once */
		return;
	evert_deferred_release(send_pattern(20000));
	cr_expect(eq(str, pair.client->events, "M"));
	evert_transport_set_write_marks(client(), 1000, 0);
	cr_expect(eq(str, pair.client->events, "MP"));
	turn_until_count(pair.reactor, &pair.client->resumed, 1);
	cr_expect(zero(sz, evert_transport_queued(client())));
	evert_transport_write_marks(client(), &high, &low);
	cr_expect(eq(sz, high, 1000));
	turn_until_count(pair.reactor, &seen, 20000);
}

/* Of 1 GiB, to a peer that does not read. */
OVER_EACH(a_few_records_are_in_memory_at_a_time)
{
	const size_t length = (size_t)1 << 30;
	struct evert_deferred *d;
	size_t before;

	failing_allocator_start(0, false);
	tls_pair_open(&pair, carrier, NULL, NULL, NULL);
	before = failing_allocator_counts().live_bytes;
	evert_transport_pause_reading(server());
	d = send_from(make_hole(length), 0, length);
	turn_until_idle(pair.reactor);
	cr_expect(lt(sz, failing_allocator_counts().live_bytes,
		     before + 200000));
	cr_expect(gt(sz, evert_transport_queued(client()),
		     length - FULL_SOCKET));
	evert_transport_resume_reading(server());
	turn_until_count(pair.reactor, &pair.server->received, FULL_SOCKET);
	cr_expect(lt(sz, failing_allocator_counts().live_bytes,
		     before + 200000));
	evert_transport_abort(client());
	expect_failure(d, EVERT_CONNECTION_LOST, 0, " of 1073741824 bytes");
	tls_pair_turn_until_gone(&pair);
	finish();
	cr_expect(zero(sz, failing_allocator_stop().live));
}

/* ---- What goes wrong ---- */

OVER_EACH(a_file_that_is_shorter_fails_and_resets)
{
	struct evert_deferred *d;

	tls_pair_open(&pair, carrier, NULL, NULL, NULL);
	d = send_from(make_text("0123456789"), 4, 100);
	recorder_write(pair.client, "never sent");
	expect_failure(d, EVERT_SYSTEM, ENODATA, "6 of 100 bytes");
	tls_pair_turn_until_gone(&pair);
	cr_expect(eq(int, pair.client->lost_error, ENODATA));
	cr_expect(pair.server->lost_kind != EVERT_CONNECTION_DONE);
}

/* Those behind it, too; each once. */
OVER_EACH(aborted_in_the_middle_each_says_how_much_was_sent)
{
	struct evert_deferred *d, *next;

	open_to_see(carrier);
	d = send_pattern(FULL_SOCKET);
	next = send_from(make_text("next"), 0, 4);
	turn_until_count(pair.reactor, &seen, 100000);
	evert_transport_abort(client());
	expect_failure(d, EVERT_CONNECTION_LOST, 0, " of 16777216 bytes");
	expect_failure(next, EVERT_CONNECTION_LOST, 0, "0 of 4 bytes");
	tls_pair_turn_until_gone(&pair);
	cr_expect(pair.client->lost_kind == EVERT_CONNECTION_ABORTED);
}

OVER_EACH(a_peer_that_is_gone_ends_it)
{
	struct evert_deferred *d;

	open_to_see(carrier);
	d = send_pattern(FULL_SOCKET);
	turn_until_count(pair.reactor, &seen, 100000);
	evert_transport_abort(server());
	expect_failure(d, EVERT_CONNECTION_LOST, 0, " of 16777216 bytes");
	tls_pair_turn_until_gone(&pair);
	cr_expect(eq(sz, pair.client->lost, 1));
}

OVER_EACH(who_is_closing_sends_none)
{
	tls_pair_open(&pair, carrier, NULL, NULL, NULL);
	evert_transport_lose_connection(client());
	expect_failure(send_from(make_text("x"), 0, 1), EVERT_SYSTEM, EPIPE,
		       "0 of 1 bytes");
}

OVER_EACH(p82_more_than_can_be_counted_is_refused)
{
	tls_pair_open(&pair, carrier, NULL, NULL, NULL);
	recorder_write(pair.client, "x");
	expect_failure(send_from(make_text("y"), 0, SIZE_MAX), EVERT_SYSTEM,
		       EFBIG, "0 of ");
	turn_until_count(pair.reactor, &pair.server->received, 1);
	cr_expect(eq(str, pair.server->data, "x"));
}

Test(tls_file_apart, without_a_descriptor_to_spare_the_connection_stays,
     .fini = finish)
{
	tls_pair_open(&pair, OVER_TCP, NULL, NULL, NULL);
	test_system_fail(&pair.system, CALL_DUP, 1, EMFILE, false);
	expect_failure(send_from(make_text("x"), 0, 1), EVERT_SYSTEM, EMFILE,
		       "0 of 1 bytes");
	recorder_write(pair.client, "text");
	turn_until_count(pair.reactor, &pair.server->received, 4);
}

OVER_EACH(a_disk_that_fails_is_told_and_resets)
{
	struct evert_deferred *d;

	open_to_see(carrier);
	d = send_pattern(MUCH);
	test_system_fail(&pair.system, CALL_PREAD, 5, EIO, false);
	expect_failure(d, EVERT_SYSTEM, EIO, " of 3145728 bytes");
	tls_pair_turn_until_gone(&pair);
	cr_expect(eq(int, pair.client->lost_error, EIO));
}

OVER_EACH(a_cancelled_one_is_sent_all_the_same)
{
	struct evert_deferred *d;

	open_to_see(carrier);
	d = send_pattern(MUCH);
	evert_deferred_cancel(d);
	expect_failure(d, EVERT_CANCELLED, 0, "");
	turn_until_count(pair.reactor, &seen, MUCH);
}

/* ---- Closing, with a peer that takes nothing ---- */

Test(tls_file_apart, p50_closing_gives_up_when_the_peer_takes_nothing,
     .fini = finish)
{
	struct evert_deferred *d;

	tls_pair_open(&pair, OVER_TCP, NULL, NULL, NULL);
	evert_transport_pause_reading(server());
	cr_assert(zero(int, evert_transport_set_closing_time(client(), 0.01)));
	d = send_from(make_hole(FULL_SOCKET), 0, FULL_SOCKET);
	evert_transport_lose_connection(client());
	expect_failure(d, EVERT_CONNECTION_LOST, 0, " of 16777216 bytes");
	turn_until_count(pair.reactor, &pair.client->lost, 1);
	cr_expect(eq(int, pair.client->lost_error, ETIMEDOUT));
}

Test(tls_file_apart, p82_a_reactor_that_stops_tells_what_was_given_up)
{
	struct evert_deferred *d;
	struct evert_result result;

	tls_pair_open(&pair, OVER_TCP, NULL, NULL, NULL);
	evert_transport_pause_reading(server());
	d = send_from(make_hole(FULL_SOCKET), 0, FULL_SOCKET);
	recorder_write(pair.client, "behind");
	evert_reactor_call_later(pair.reactor, 0, (void (*)(void *))
				 evert_reactor_stop, pair.reactor);
	run_reactor(pair.reactor);
	cr_expect(pair.client->lost_kind == EVERT_REACTOR_STOPPED);
	cr_expect(pair.server->lost_kind != EVERT_CONNECTION_DONE);
	result = turn_until_fired(pair.reactor, d);
	cr_expect(evert_result_is_failure(&result));
	evert_result_release(result);
}

/* ---- Who is called, and calls ---- */

static struct evert_result write_more(struct evert_result *in, void *arg)
{
	(void)in, (void)arg;
	recorder_write(pair.client, " third");
	evert_deferred_release(send_from(make_text(" fourth"), 0, 7));
	recorder_write(pair.client, " fifth");
	evert_transport_lose_connection(client());
	return evert_result_none();
}

OVER_EACH(written_when_one_is_sent_it_stands_behind_all_before)
{
	struct evert_deferred *d;

	tls_pair_open(&pair, carrier, NULL, NULL, NULL);
	d = send_from(make_text("first"), 0, 5);
	evert_deferred_add_callback(d, write_more, NULL);
	evert_deferred_release(d);
	recorder_write(pair.client, " second");
	tls_pair_turn_until_gone(&pair);
	cr_expect(eq(str, pair.server->data,
		     "first second third fourth fifth"));
}

static struct evert_result abort_it(struct evert_result *in, void *arg)
{
	(void)in, (void)arg;
	evert_transport_abort(client());
	return evert_result_none();
}

OVER_EACH(aborted_when_one_is_sent_the_next_is_not)
{
	struct evert_deferred *d, *next;

	tls_pair_open(&pair, carrier, NULL, NULL, NULL);
	d = send_from(make_text("first"), 0, 5);
	evert_deferred_add_callback(d, abort_it, NULL);
	evert_deferred_release(d);
	next = send_from(make_text("next"), 0, 4);
	expect_failure(next, EVERT_CONNECTION_LOST, 0, "0 of 4 bytes");
	tls_pair_turn_until_gone(&pair);
}

/* ---- In the handshake ---- */

static struct evert_deferred *waits;

static void send_when_made(struct recorder *recorder)
{
	pair.client = recorder;
	waits = send_from(make_text("as soon as possible"), 0, 19);
}

Test(tls_file_apart, sent_in_connection_made_it_is_the_first_that_comes,
     .fini = finish)
{
	static const struct recorder_hooks hooks = { .made = send_when_made };

	tls_pair_open(&pair, OVER_TCP, &hooks, NULL, NULL);
	expect_sent(waits);
	turn_until_count(pair.reactor, &pair.server->received, 19);
	cr_expect(eq(str, pair.server->data, "as soon as possible"));
}
