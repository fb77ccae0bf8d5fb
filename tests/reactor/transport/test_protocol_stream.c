/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "../../../deferred/coroutine/coroutine.h"
#include "../../../protocols/stream/stream_internal.h"
#include "../../support/death.h"
#include "../../support/diary.h"
#include "../../support/program.h"
#include "../../support/reactor.h"
#include "../../support/stream.h"
#include "../../support/system.h"

/* ---- In memory ---- */

static struct memory_stream peer;
static struct evert_stream *stream;

static void begin_in_memory(void)
{
	memory_stream_begin(&peer);
	stream = peer.stream;
	evert_transport_set_write_marks(evert_stream_transport(stream), 8, 4);
}

static void finish_in_memory(void)
{
	memory_stream_finish(&peer);
}

TestSuite(stream, .init = begin_in_memory, .fini = finish_in_memory);

static void write_text(const char *text)
{
	cr_assert(eq(int, evert_stream_write(stream, text, strlen(text)), 0));
}

static struct evert_result destroy_stream(struct evert_result *in, void *arg)
{
	(void)arg;
	peer.stream = NULL;
	evert_stream_destroy(stream);
	return *in;
}

static void break_connection(void)
{
	memory_stream_break(&peer, ECONNRESET);
}

/* ---- Writing ---- */

Test(stream, writes_lines_with_cr_lf)
{
	cr_assert(eq(int, evert_stream_write_line(stream, "one", 3), 0));
	cr_assert(eq(int, evert_stream_write_line(stream, NULL, 0), 0));
	cr_assert(eq(str,
		     (char *)evert_memory_transport_written(peer.memory, NULL),
		     "one\r\n\r\n"));
}

Test(stream, p74_a_line_that_contains_lf_is_refused_and_nothing_is_written)
{
	cr_assert(eq(int, evert_stream_write_line(stream, "a\nb", 3), -EINVAL));
	cr_assert(eq(str,
		     (char *)evert_memory_transport_written(peer.memory, NULL),
		     ""));
	/* That was no fault of the connection. */
	expect_nothing(outcome_of(evert_stream_drain(stream)));
}

Test(stream, writes_formatted_text_and_lines)
{
	cr_assert(zero(int, evert_stream_writef(stream, "%d, ", 1)));
	cr_assert(zero(int, evert_stream_write_linef(stream, "%s", "two")));
	cr_assert(eq(int, evert_stream_write_linef(stream, "%s", "a\nb"),
		     -EINVAL));
	cr_assert(eq(str,
		     (char *)evert_memory_transport_written(peer.memory, NULL),
		     "1, two\r\n"));
}

Test(stream, drains_at_once_up_to_the_high_water_mark)
{
	write_text("12345678");
	expect_nothing(outcome_of(evert_stream_drain(stream)));
}

Test(stream, drains_above_the_mark_when_the_peer_has_taken_it)
{
	struct evert_deferred *first, *second;

	write_text("123456789");
	first = evert_stream_drain(stream);
	second = evert_stream_drain(stream);
	cr_assert(not(evert_deferred_has_fired(first)));
	evert_memory_transport_clear(peer.memory);
	expect_nothing(outcome_of(first));
	expect_nothing(outcome_of(second));
}

Test(stream, p24_a_cancelled_drain_leaves_the_others)
{
	struct evert_deferred *first, *second;

	write_text("123456789");
	first = evert_stream_drain(stream);
	second = evert_stream_drain(stream);
	evert_deferred_cancel(first);
	expect_failure(outcome_of(first), EVERT_CANCELLED);
	evert_memory_transport_clear(peer.memory);
	expect_nothing(outcome_of(second));
}

static struct evert_result write_and_drain(struct evert_result *in, void *arg)
{
	(void)in;
	(void)arg;
	write_text("987654321");
	return evert_result_wait(evert_stream_drain(stream));
}

Test(stream, p55_who_writes_on_when_drained_waits_again)
{
	struct evert_deferred *d;

	write_text("123456789");
	d = evert_stream_drain(stream);
	evert_deferred_add_callback(d, write_and_drain, NULL);
	evert_memory_transport_clear(peer.memory);
	cr_assert(evert_deferred_result(d) == NULL);
	evert_memory_transport_clear(peer.memory);
	expect_nothing(outcome_of(d));
}

Test(stream, a_drain_fails_with_why_the_connection_was_lost)
{
	struct evert_deferred *d;

	write_text("123456789");
	d = evert_stream_drain(stream);
	break_connection();
	expect_failure(outcome_of(d), EVERT_CONNECTION_LOST);
	expect_failure(outcome_of(evert_stream_drain(stream)),
		       EVERT_CONNECTION_LOST);
	cr_assert(eq(int, evert_stream_write(stream, "x", 1), -EPIPE));
}

Test(stream, a_drain_after_a_refused_write_waits_for_the_reason)
{
	struct evert_deferred *d;

	evert_transport_abort(evert_stream_transport(stream));
	cr_assert(eq(int, evert_stream_write(stream, "x", 1), -EPIPE));
	d = evert_stream_drain(stream);
	cr_assert(not(evert_deferred_has_fired(d)));
	break_connection();
	expect_failure(outcome_of(d), EVERT_CONNECTION_LOST);
}

Test(stream, a_drain_of_what_takes_no_more_fails_though_reading_goes_on)
{
	evert_stream_lose_write(stream);
	cr_assert(eq(int, evert_stream_write(stream, "x", 1), -EPIPE));
	expect_failure(outcome_of(evert_stream_drain(stream)),
		       EVERT_CONNECTION_LOST);
	memory_stream_receive(&peer, "answer\n");
	expect_text(outcome_of(evert_stream_read_line(stream)), "answer");
}

/* ---- Half of it, or by force ---- */

Test(stream, p52_who_has_sent_the_end_reads_on)
{
	cr_assert(eq(int, evert_stream_lose_write(stream), 0));
	cr_assert(evert_memory_transport_wrote_end(peer.memory));
	cr_assert(eq(int, evert_stream_write(stream, "x", 1), -EPIPE));
	cr_assert(eq(int, evert_stream_lose_write(stream), -EPIPE));
	memory_stream_receive(&peer, "answer\n");
	expect_text(outcome_of(evert_stream_read_line(stream)), "answer");
}

Test(stream, aborted_it_fails_who_reads_and_gives_what_came_before)
{
	struct evert_deferred *read;

	memory_stream_receive(&peer, "12");
	read = evert_stream_read_exactly(stream, 3);
	evert_stream_abort(stream);
	cr_assert(evert_memory_transport_was_aborted(peer.memory));
	evert_memory_transport_end(peer.memory, NULL);
	expect_failure(outcome_of(read), EVERT_CONNECTION_ABORTED);
	expect_text(outcome_of(evert_stream_read(stream, 9)), "12");
}

Test(stream, gone_it_has_no_end_to_send_and_nothing_to_abort)
{
	break_connection();
	evert_stream_abort(stream);
	cr_assert(eq(int, evert_stream_lose_write(stream), -EPIPE));
}

/* ---- Closing ---- */

Test(stream, p69_closed_its_reads_fail_though_bytes_are_there)
{
	memory_stream_receive(&peer, "one\n");
	evert_stream_close(stream);
	cr_assert(eq(sz, evert_stream_buffered(stream), 0));
	expect_failure(outcome_of(evert_stream_read_line(stream)),
		       EVERT_STREAM_CLOSED);
	expect_failure(outcome_of(evert_stream_read(stream, 1)),
		       EVERT_STREAM_CLOSED);
}

Test(stream, closed_after_the_peers_end_its_reads_fail_all_the_same)
{
	memory_stream_end(&peer);
	evert_stream_close(stream);
	expect_failure(outcome_of(evert_stream_read(stream, 1)),
		       EVERT_STREAM_CLOSED);
}

Test(stream, closing_fails_who_reads_and_who_drains)
{
	struct evert_deferred *read = evert_stream_read(stream, 1), *drain;

	write_text("123456789");
	drain = evert_stream_drain(stream);
	evert_stream_close(stream);
	expect_failure(outcome_of(read), EVERT_STREAM_CLOSED);
	expect_failure(outcome_of(drain), EVERT_STREAM_CLOSED);
	expect_failure(outcome_of(evert_stream_drain(stream)),
		       EVERT_STREAM_CLOSED);
}

Test(stream, to_be_closed_here_is_to_be_aborted)
{
	cr_assert(evert_failure_is(evert_failure_bare(EVERT_STREAM_CLOSED),
				   EVERT_CONNECTION_ABORTED));
}

Test(stream, closed_twice_is_closed)
{
	evert_stream_close(stream);
	evert_stream_close(stream);
	cr_assert(evert_transport_is_closing(evert_stream_transport(stream)));
}

Test(stream, closed_after_the_connection_broke_it_still_says_how_it_broke)
{
	break_connection();
	evert_stream_close(stream);
	expect_failure(outcome_of(evert_stream_read(stream, 1)),
		       EVERT_CONNECTION_LOST);
}

Test(stream, wait_closed_closes_and_fires_when_the_connection_is_gone)
{
	struct evert_deferred *read = evert_stream_read(stream, 1);
	struct evert_deferred *closed = evert_stream_wait_closed(stream);

	expect_failure(outcome_of(read), EVERT_STREAM_CLOSED);
	cr_assert(not(evert_deferred_has_fired(closed)));
	cr_assert(evert_transport_is_closing(evert_stream_transport(stream)));
	evert_memory_transport_end(peer.memory, NULL);
	expect_nothing(outcome_of(closed));
}

Test(stream, wait_closed_fires_at_once_when_the_connection_is_gone_already)
{
	break_connection();
	expect_nothing(outcome_of(evert_stream_wait_closed(stream)));
	cr_assert(evert_stream_transport(stream) == NULL);
}

Test(stream, p24_wait_closed_can_be_cancelled_and_asked_again)
{
	struct evert_deferred *closed = evert_stream_wait_closed(stream);

	evert_deferred_cancel(closed);
	expect_failure(outcome_of(closed), EVERT_CANCELLED);
	closed = evert_stream_wait_closed(stream);
	evert_memory_transport_end(peer.memory, NULL);
	expect_nothing(outcome_of(closed));
}

/* ---- Destroyed from inside ---- */

Test(stream, a_read_that_got_its_bytes_may_destroy_the_stream)
{
	struct evert_deferred *d = evert_stream_read_line(stream);

	evert_deferred_add_both(d, destroy_stream, NULL);
	memory_stream_receive(&peer, "one\ntwo\n");
	expect_text(outcome_of(d), "one");
}

Test(stream, a_read_that_sees_the_end_may_destroy_the_stream)
{
	struct evert_deferred *d = evert_stream_read_line(stream);

	evert_deferred_add_both(d, destroy_stream, NULL);
	memory_stream_end(&peer);
	expect_failure(outcome_of(d), EVERT_STREAM_END);
}

Test(stream, a_read_that_is_cancelled_may_destroy_the_stream)
{
	struct evert_deferred *d = evert_stream_read_line(stream);

	evert_deferred_add_both(d, destroy_stream, NULL);
	evert_deferred_cancel(d);
	expect_failure(outcome_of(d), EVERT_CANCELLED);
}

Test(stream, a_read_that_fails_by_close_may_destroy_the_stream)
{
	struct evert_deferred *d = evert_stream_read_line(stream);

	evert_deferred_add_both(d, destroy_stream, NULL);
	evert_stream_close(stream);
	expect_failure(outcome_of(d), EVERT_STREAM_CLOSED);
}

Test(stream, a_read_that_fails_by_wait_closed_may_destroy_the_stream)
{
	struct evert_deferred *d = evert_stream_read_line(stream), *closed;

	evert_deferred_add_both(d, destroy_stream, NULL);
	break_connection(); /* so that nobody else keeps it */
	expect_failure(outcome_of(d), EVERT_CONNECTION_LOST);

	memory_stream_finish(&peer);
	begin_in_memory();
	d = evert_stream_read_line(stream);
	evert_deferred_add_both(d, destroy_stream, NULL);
	closed = evert_stream_wait_closed(stream);
	expect_failure(outcome_of(d), EVERT_STREAM_CLOSED);
	evert_memory_transport_end(peer.memory, NULL);
	expect_nothing(outcome_of(closed));
}

Test(stream, a_drain_may_destroy_the_stream)
{
	struct evert_deferred *d;

	write_text("123456789");
	d = evert_stream_drain(stream);
	evert_deferred_add_both(d, destroy_stream, NULL);
	evert_memory_transport_clear(peer.memory);
	expect_nothing(outcome_of(d));
}

Test(stream, a_drain_that_fails_may_destroy_the_stream)
{
	struct evert_deferred *first, *second;

	write_text("123456789");
	first = evert_stream_drain(stream);
	evert_deferred_add_both(first, destroy_stream, NULL);
	second = evert_stream_drain(stream);
	break_connection();
	expect_failure(outcome_of(first), EVERT_CONNECTION_LOST);
	expect_failure(outcome_of(second), EVERT_CONNECTION_LOST);
}

Test(stream, who_waited_for_the_close_may_destroy_the_stream)
{
	struct evert_deferred *d = evert_stream_wait_closed(stream);

	evert_deferred_add_both(d, destroy_stream, NULL);
	evert_memory_transport_end(peer.memory, NULL);
	expect_nothing(outcome_of(d));
}

static struct evert_result read_with_cleanup(void *name)
{
	struct evert_result r = evert_await(evert_stream_read(stream, 1));

	diary_add("%s", (char *)name);
	return r;
}

static struct evert_result destroy_in_coroutine(void *arg)
{
	struct evert_result none = evert_result_none();

	(void)arg;
	destroy_stream(&none, NULL);
	diary_add("destroyed");
	return none;
}

Test(stream, a_coroutine_may_destroy_it_while_another_one_reads)
{
	struct evert_deferred *reader, *other;

	reader = evert_spawn(read_with_cleanup, "cleanup");
	other = evert_spawn(destroy_in_coroutine, NULL);
	cr_assert(eq(str, diary, "destroyed cleanup"));
	expect_failure(outcome_of(reader), EVERT_STREAM_CLOSED);
	expect_nothing(outcome_of(other));
}

Test(stream, to_destroy_none_does_nothing)
{
	evert_stream_destroy(NULL);
}

/* ---- On this machine ---- */

static struct test_system kernel;
static struct evert_reactor *reactor;
static struct stream_pair pair;

static struct evert_system *virtual_time(void)
{
	test_system_init(&kernel);
	kernel.virtual_time = true;
	return &kernel.base;
}

static void begin_pair(void)
{
	reactor = make_reactor(virtual_time());
	pair = connect_streams(reactor);
}

static void finish_pair(void)
{
	evert_stream_destroy(pair.client);
	evert_stream_destroy(pair.server);
	evert_reactor_destroy(reactor);
}

TestSuite(stream_pair, .init = begin_pair, .fini = finish_pair);
TestSuite(stream_connect);

static struct evert_result now(struct evert_deferred *deferred)
{
	return turn_until_fired(reactor, deferred);
}

Test(stream_pair, carries_lines_both_ways)
{
	evert_stream_write_line(pair.client, "hello", 5);
	expect_text(now(evert_stream_read_line(pair.server)), "hello");
	evert_stream_write_line(pair.server, "hello yourself", 14);
	expect_text(now(evert_stream_read_line(pair.client)), "hello yourself");
}

Test(stream_pair, what_came_before_the_end_is_read_before_the_end)
{
	evert_stream_write(pair.client, "last", 4);
	evert_stream_close(pair.client);
	expect_text(now(evert_stream_read_exactly(pair.server, 4)), "last");
	expect_failure(now(evert_stream_read(pair.server, 1)),
		       EVERT_STREAM_END);
}

Test(stream_pair, after_the_peers_end_it_may_still_write)
{
	evert_transport_lose_write(evert_stream_transport(pair.client));
	expect_failure(now(evert_stream_read(pair.server, 1)),
		       EVERT_STREAM_END);
	evert_stream_write(pair.server, "answer", 6);
	expect_text(now(evert_stream_read_exactly(pair.client, 6)), "answer");
}

Test(stream_pair, a_reset_is_told_apart_from_the_end)
{
	struct evert_result r;

	evert_transport_abort(evert_stream_transport(pair.client));
	r = now(evert_stream_read(pair.server, 1));
	cr_assert(evert_result_failed_with(&r, EVERT_CONNECTION_LOST));
	cr_assert(not(evert_result_failed_with(&r, EVERT_STREAM_END)));
	evert_result_release(r);
}

enum { LARGE = 3 * 1024 * 1024 };

static char *large(void)
{
	char *data = malloc(LARGE);
	size_t i;

	for (i = 0; i < LARGE; i++)
		data[i] = (char)(i * 7 + (i >> 8));
	return data;
}

/* The end waits behind what nobody reads, so that is not what tells it. */
Test(stream_pair, who_writes_and_drains_hears_of_a_reset_behind_unread_bytes)
{
	struct evert_result r = evert_result_none();
	char *data = large();
	int rounds = 0;

	evert_stream_set_limit(pair.server, 1);
	evert_stream_write(pair.client, data, LARGE);
	evert_result_release(now(evert_stream_read(pair.server, 1)));
	evert_transport_abort(evert_stream_transport(pair.client));
	while (!evert_result_is_failure(&r)) {
		cr_assert(lt(int, rounds++, 9));
		evert_stream_write(pair.server, data, LARGE);
		r = now(evert_stream_drain(pair.server));
	}
	cr_assert(evert_result_failed_with(&r, EVERT_CONNECTION_LOST));
	evert_result_release(r);
	free(data);
}

static void read_all_and_compare(struct evert_stream *from, const char *data)
{
	struct evert_result r;
	size_t at = 0;

	while (at < LARGE) {
		r = now(evert_stream_read(from, LARGE - at));
		cr_assert(not(evert_result_is_failure(&r)));
		cr_assert(memcmp(evert_result_as_text(&r), data + at,
				 evert_result_text_length(&r)) == 0);
		at += evert_result_text_length(&r);
		evert_result_release(r);
	}
}

/* Writes `data` again and again, until the kernel takes no more of it. */
static void fill_kernel(const char *data)
{
	struct evert_transport *transport = evert_stream_transport(pair.client);

	do {
		evert_stream_write(pair.client, data, LARGE);
		turn_until_idle(reactor);
	} while (evert_transport_queued(transport) < LARGE);
}

/* What comes of it, while the server reads. */
static struct evert_result read_until_fired(struct evert_deferred *deferred)
{
	while (!evert_deferred_has_fired(deferred))
		evert_result_release(
			now(evert_stream_read(pair.server, LARGE)));
	return outcome_of(deferred);
}

Test(stream_pair, p54_a_reader_that_stops_reading_stops_the_peer)
{
	char *data = large();
	struct evert_deferred *drained;

	evert_stream_set_limit(pair.server, 1000);
	fill_kernel(data);
	drained = evert_stream_drain(pair.client);
	turn_until_idle(reactor);
	cr_assert(not(evert_deferred_has_fired(drained)));
	cr_assert(gt(sz, evert_stream_buffered(pair.server), 1000));
	cr_assert(le(sz, evert_stream_buffered(pair.server), 1000 + 65536));

	read_all_and_compare(pair.server, data);
	expect_nothing(read_until_fired(drained));
	free(data);
}

Test(stream_pair, p50_what_is_queued_is_sent_though_the_stream_is_destroyed)
{
	char *data = large();

	evert_stream_write(pair.client, data, LARGE);
	evert_stream_destroy(pair.client);
	pair.client = NULL;
	read_all_and_compare(pair.server, data);
	expect_failure(now(evert_stream_read(pair.server, 1)),
		       EVERT_STREAM_END);
	free(data);
}

Test(stream_pair, p62_wait_closed_waits_until_all_is_sent)
{
	char *data = large();
	struct evert_deferred *closed;

	fill_kernel(data);
	closed = evert_stream_wait_closed(pair.client);
	turn_until_idle(reactor);
	cr_assert(not(evert_deferred_has_fired(closed)));
	expect_nothing(read_until_fired(closed));
	free(data);
}

static struct evert_result write_for_ever(void *arg)
{
	struct evert_result r;

	(void)arg;
	do {
		evert_stream_write(pair.client, "for ever and ever ", 18);
		r = evert_await(evert_stream_drain(pair.client));
	} while (!evert_result_is_failure(&r));
	return r;
}

Test(stream_pair, who_only_writes_hears_that_the_peer_is_gone)
{
	struct evert_result r;

	/* Without a wait it would go on until the test is out of time. */
	evert_transport_set_write_marks(evert_stream_transport(pair.client),
					0, 0);
	evert_transport_abort(evert_stream_transport(pair.server));
	turn_until_idle(reactor);
	r = now(evert_spawn(write_for_ever, NULL));
	cr_assert(evert_result_failed_with(&r, EVERT_CONNECTION_LOST));
	evert_result_release(r);
}

Test(stream_pair, p44_when_the_reactor_stops_who_reads_hears_of_it)
{
	struct evert_deferred *d = evert_stream_read(pair.client, 1);

	evert_reactor_stop(reactor);
	run_reactor(reactor);
	expect_failure(outcome_of(d), EVERT_REACTOR_STOPPED);
}

/* ---- Connecting ---- */

static struct recorder_factory server;

/* The recorders' port, as an endpoint. */
static struct evert_result await_endpoint(const char **endpoint)
{
	struct evert_result r;

	recorder_factory_init(&server, NULL, NULL);
	r = evert_await(evert_listen(evert_reactor_current(),
				     "tcp:127.0.0.1:0", &server.base));
	if (!evert_result_is_failure(&r))
		*endpoint = endpoint_of(evert_port_take(&r));
	return r;
}

static struct evert_result await_stream(void)
{
	const char *endpoint;
	struct evert_result r = await_endpoint(&endpoint);

	if (evert_result_is_failure(&r))
		return r;
	return evert_await(evert_stream_connect(endpoint));
}

static struct evert_result connect_and_greet(void *arg)
{
	struct evert_result r = await_stream();
	struct evert_stream *made = evert_stream_take(&r);

	(void)arg;
	cr_assert(evert_result_is_none(&r));
	evert_stream_write_line(made, "hello", 5);
	r = evert_await(evert_stream_wait_closed(made));
	evert_stream_destroy(made);
	while (!server.recorders[0].lost)
		evert_result_release(evert_await(evert_sleep(0)));
	return r;
}

Test(stream_connect, gives_a_stream)
{
	expect_nothing(run_program(NULL, connect_and_greet, NULL));
	cr_assert(eq(str, server.recorders[0].data, "hello\r\n"));
}

static struct evert_result connect_and_forget(void *arg)
{
	(void)arg;
	evert_result_release(await_stream());
	return evert_await(evert_sleep(1));
}

Test(stream_connect, a_result_that_is_released_closes_the_connection)
{
	expect_nothing(run_program(virtual_time(), connect_and_forget, NULL));
	cr_assert(eq(str, server.recorders[0].events, "MLX"));
	cr_assert(server.recorders[0].lost_kind == EVERT_CONNECTION_DONE);
}

static struct evert_result connect_badly(void *arg)
{
	(void)arg;
	return evert_await(evert_stream_connect("tcp:nowhere"));
}

Test(stream_connect, fails_as_evert_connect_does)
{
	expect_failure(run_program(NULL, connect_badly, NULL),
		       EVERT_BAD_ENDPOINT);
}

static struct evert_result connect_and_cancel(void *arg)
{
	const char *endpoint;
	struct evert_deferred *d;

	(void)arg;
	evert_result_release(await_endpoint(&endpoint));
	d = evert_stream_connect(endpoint);
	evert_deferred_cancel(d);
	return evert_await(d);
}

Test(stream_connect, p61_cancelled_it_leaves_nothing_open)
{
	size_t before = count_descriptors();

	expect_failure(run_program(NULL, connect_and_cancel, NULL),
		       EVERT_CANCELLED);
	cr_assert(eq(sz, count_descriptors(), before));
}

static void connect_outside(void *arg)
{
	(void)arg;
	evert_stream_connect("tcp:127.0.0.1:1");
}

Test(stream_connect, outside_a_running_reactor_is_a_bug)
{
	dies(connect_outside, NULL, SIGABRT,
	     "no reactor runs on this thread");
}
