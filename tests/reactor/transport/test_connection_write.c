/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "../../../deferred/base/memory.h"
#include "../../../reactor/transport/connection_internal.h"
#include "../../support/memory.h"
#include "../../support/peer.h"

enum { MUCH = 3000000 };

static struct peer peer;
static char much[MUCH]; /* as pattern() has it from number 0 on */

static void begin(void)
{
	pattern(much, sizeof(much), 0);
	peer_open(&peer, NULL, NULL);
}

static void begin_hooked(void)
{
	pattern(much, sizeof(much), 0);
}

static void finish(void)
{
	peer_close(&peer);
}

TestSuite(writing, .init = begin, .fini = finish);
TestSuite(writing_hooked, .init = begin_hooked, .fini = finish);
TestSuite(writing_without_memory, .init = begin_hooked);

static void write_all(const char *data, size_t length)
{
	cr_assert(eq(int, evert_transport_write(peer.transport, data, length),
		     0));
}

static void expect_text(const char *expected)
{
	char text[4097];

	cr_assert(eq(sz, peer_read(&peer, text, strlen(expected)),
		     strlen(expected)));
	cr_assert(eq(str, text, (char *)expected));
}

/* Everything of `much` arrives, and then the end, in order. */
static void expect_much_and_the_end(void)
{
	size_t number = 0;

	cr_assert(eq(sz, peer_read_pattern(&peer, &number, MUCH), MUCH));
	cr_assert(eq(int, peer_read_end(&peer), 0));
	peer_turn_until_gone(&peer);
	cr_assert(peer.recorder->lost_kind == EVERT_CONNECTION_DONE);
}

/* ---- Large writes ---- */

enum { LARGE = 20000 };

/* `length` of `much` arrive, from its begin. */
static void expect_begin_of_much(size_t length)
{
	size_t number = 0;

	cr_assert(eq(sz, peer_read_pattern(&peer, &number, length), length));
}

Test(writing, a_large_write_is_sent_from_where_it_is)
{
	write_all(much, LARGE);
	cr_assert(zero(sz, evert_transport_queued(peer.transport)));
	cr_assert(eq(sz, peer_sends(&peer), 1));
	expect_begin_of_much(LARGE);
}

Test(writing, a_large_write_waits_behind_a_small_one)
{
	write_all(much, 10);
	write_all(much + 10, LARGE);
	cr_assert(eq(sz, peer_sends(&peer), 0));
	expect_begin_of_much(10 + LARGE);
	cr_assert(eq(sz, peer_sends(&peer), 1));
}

Test(writing, of_a_large_write_what_the_kernel_does_not_take_is_queued)
{
	peer.system.send_at_most = 1234;
	write_all(much, LARGE);
	cr_assert(eq(sz, evert_transport_queued(peer.transport),
		     LARGE - 1234));
	write_all(much + LARGE, LARGE);
	expect_begin_of_much(2 * LARGE);
}

Test(writing, a_large_write_that_is_interrupted_is_sent_later)
{
	test_system_fail(&peer.system, CALL_SEND, 1, EINTR, false);
	write_all(much, LARGE);
	cr_assert(eq(sz, evert_transport_queued(peer.transport), LARGE));
	expect_begin_of_much(LARGE);
}

/* More than the write buffer takes, in small pieces. */
static void answer_in_small_pieces(struct recorder *recorder, const char *data,
				   size_t length)
{
	size_t i;

	for (i = 0; i < 50000; i += 100)
		evert_transport_write(recorder->base.transport, much + i, 100);
	(void)data, (void)length;
}

Test(writing_hooked, of_a_long_answer_in_small_pieces_no_piece_is_a_call)
{
	static const struct recorder_hooks hooks = {
		.received = answer_in_small_pieces,
	};
	size_t requests;

	failing_allocator_start(0, false);
	peer_open(&peer, &hooks, NULL);
	requests = failing_allocator_counts().requests;
	peer_send(&peer, "x");
	expect_begin_of_much(50000);
	cr_assert(eq(sz, peer_sends(&peer), 50000 / EVERT_WRITE_SIZE + 1));
	cr_assert(eq(sz, failing_allocator_counts().requests, requests));
	peer_close(&peer);
	failing_allocator_stop();
	peer_open(&peer, NULL, NULL);
}

/* As large as the write buffer: it is not copied there. */
static void answer_large(struct recorder *recorder, const char *data,
			 size_t length)
{
	evert_transport_write(recorder->base.transport, much,
			      EVERT_WRITE_SIZE);
	cr_assert(eq(sz, peer_sends(&peer), 1));
	(void)data, (void)length;
}

Test(writing_hooked, a_large_answer_is_sent_from_where_it_is)
{
	static const struct recorder_hooks hooks = { .received = answer_large };

	peer_open(&peer, &hooks, NULL);
	peer_send(&peer, "x");
	expect_begin_of_much(EVERT_WRITE_SIZE);
	cr_assert(eq(sz, peer_sends(&peer), 1));
}

static void answer_small_large_small(struct recorder *recorder,
				     const char *data, size_t length)
{
	evert_transport_write(recorder->base.transport, much, 10);
	evert_transport_write(recorder->base.transport, much + 10, LARGE);
	evert_transport_write(recorder->base.transport, much + 10 + LARGE, 10);
	(void)data, (void)length;
}

Test(writing_hooked, large_and_small_answers_keep_their_order)
{
	static const struct recorder_hooks hooks = {
		.received = answer_small_large_small,
	};

	peer_open(&peer, &hooks, NULL);
	peer_send(&peer, "x");
	expect_begin_of_much(LARGE + 20);
}

Test(writing_hooked, large_and_small_answers_keep_their_order_sent_in_parts)
{
	static const struct recorder_hooks hooks = {
		.received = answer_small_large_small,
	};

	peer_open(&peer, &hooks, NULL);
	peer.system.send_at_most = 7;
	peer_send(&peer, "x");
	expect_begin_of_much(LARGE + 20);
}

/* ---- Several pieces ---- */

enum { PIECES = 20 };

/* The first `length` bytes of `much`, in pieces of different lengths, some of
   them empty. */
static int write_pieces(size_t length)
{
	struct iovec pieces[PIECES] = { { NULL, 0 } };
	size_t i, begin, end = 0;

	for (i = 1; i < PIECES; i++) {
		begin = end;
		end = i == PIECES - 1 ? length : length * i * i / 400;
		if (i % 5)
			pieces[i] = (struct iovec){ much + begin, end - begin };
		else
			end = begin;
	}
	return evert_transport_write_sequence(peer.transport, pieces, PIECES);
}

Test(writing, pieces_are_one_write)
{
	cr_assert(zero(int, write_pieces(1000)));
	cr_assert(eq(sz, evert_transport_queued(peer.transport), 1000));
	expect_begin_of_much(1000);
	cr_assert(eq(sz, peer_sends(&peer), 1));
}

Test(writing, no_bytes_in_pieces_are_no_write)
{
	cr_assert(zero(int, write_pieces(0)));
	cr_assert(zero(int, evert_transport_write_sequence(peer.transport,
							   NULL, 0)));
	turn_until_idle(peer.reactor);
	cr_assert(zero(sz, peer_sends(&peer)));
}

Test(writing, of_pieces_what_the_kernel_does_not_take_is_queued)
{
	size_t at_most;

	for (at_most = 1; at_most < 3 * LARGE; at_most += 4999) {
		peer.system.send_at_most = at_most;
		cr_assert(zero(int, write_pieces(2 * LARGE)));
		expect_begin_of_much(2 * LARGE);
	}
}

static void write_nothing(struct recorder *recorder, const char *data,
			  size_t length)
{
	cr_assert(zero(int, evert_transport_write(recorder->base.transport,
						  data, 0)));
	evert_transport_lose_connection(recorder->base.transport);
	cr_assert(zero(int, evert_transport_write(recorder->base.transport,
						  data, 0)));
	(void)length;
}

Test(writing_hooked, nothing_can_be_written_at_any_time)
{
	static const struct recorder_hooks hooks = {
		.received = write_nothing,
	};

	peer_open(&peer, &hooks, NULL);
	peer_send(&peer, "x");
	cr_assert(zero(int, peer_read_end(&peer)));
	peer_turn_until_gone(&peer);
	cr_assert(zero(sz, peer_sends(&peer)));
}

Test(writing, p50_pieces_after_lose_connection_are_refused)
{
	evert_transport_lose_connection(peer.transport);
	cr_assert(eq(int, write_pieces(100), -EPIPE));
}

static void answer_in_pieces(struct recorder *recorder, const char *data,
			     size_t length)
{
	cr_assert(zero(int, write_pieces(1000)));
	cr_assert(eq(sz, evert_transport_queued(recorder->base.transport),
		     1000));
	(void)data, (void)length;
}

Test(writing_hooked, an_answer_in_pieces_gathers)
{
	static const struct recorder_hooks hooks = {
		.received = answer_in_pieces,
	};

	peer_open(&peer, &hooks, NULL);
	peer_send(&peer, "x");
	expect_begin_of_much(1000);
	cr_assert(eq(sz, peer_sends(&peer), 1));
}

Test(writing, p55_pieces_over_the_high_water_mark_pause_once)
{
	peer_fill(&peer);
	evert_transport_set_write_marks(peer.transport, SIZE_MAX, 0);
	cr_assert(zero(sz, peer.recorder->paused));
	evert_transport_set_write_marks(
		peer.transport, evert_transport_queued(peer.transport) + 10,
		0);
	cr_assert(zero(int, write_pieces(1000)));
	cr_assert(eq(sz, peer.recorder->paused, 1));
}

Test(writing, p55_marks_set_after_lose_write_count_for_what_is_queued)
{
	static char read[65536];

	peer_fill(&peer);
	evert_transport_set_write_marks(peer.transport, 10, 0);
	cr_assert(eq(sz, peer.recorder->paused, 1));
	evert_transport_write(peer.transport, much, 500000);
	cr_assert(zero(int, evert_transport_lose_write(peer.transport)));
	evert_transport_set_write_marks(peer.transport, SIZE_MAX, SIZE_MAX);
	while (!peer.recorder->resumed && evert_transport_queued(peer.transport))
		if (recv(peer.fd, read, sizeof(read), 0) < 0)
			turn_until_idle(peer.reactor);
	cr_assert(eq(sz, peer.recorder->resumed, 1));
	cr_assert(evert_transport_queued(peer.transport) != 0);
}

/* ---- Closing ---- */

Test(writing, p50_three_megabytes_are_sent_before_the_close)
{
	write_all(much, MUCH);
	evert_transport_lose_connection(peer.transport);
	expect_much_and_the_end();
}

Test(writing, p50_small_pieces_are_all_sent_before_the_close)
{
	size_t i;

	for (i = 0; i < MUCH; i += 1000)
		write_all(much + i, 1000);
	evert_transport_lose_connection(peer.transport);
	expect_much_and_the_end();
}

Test(writing, p50_unread_data_does_not_cut_what_is_sent_before_the_close)
{
	/* Closing a socket with unread data resets the connection. */
	evert_transport_pause_reading(peer.transport);
	peer_send_much(&peer, 500000);
	write_all(much, MUCH);
	evert_transport_lose_connection(peer.transport);
	expect_much_and_the_end();
}

Test(writing, p50_both_sides_may_write_much_before_they_read)
{
	/* The peer writes until it is full, and reads only then. */
	evert_transport_pause_reading(peer.transport);
	write_all(much, MUCH);
	evert_transport_lose_connection(peer.transport);
	turn_until_idle(peer.reactor);
	peer_send_much(&peer, SIZE_MAX);
	expect_much_and_the_end();
}

Test(writing, p50_a_write_after_lose_connection_is_refused_and_not_sent)
{
	recorder_write(peer.recorder, "all");
	evert_transport_lose_connection(peer.transport);
	cr_assert(eq(int, evert_transport_write(peer.transport, "more", 4),
		     -EPIPE));

	expect_text("all");
	cr_assert(eq(int, peer_read_end(&peer), 0));
}

static void write_refused(struct recorder *recorder)
{
	cr_assert(eq(int,
		     evert_transport_write(recorder->base.transport, "more",
					   4),
		     -EPIPE));
}

Test(writing_hooked, p50_a_write_in_connection_lost_is_refused)
{
	static const struct recorder_hooks hooks = { .lost = write_refused };

	peer_open(&peer, &hooks, NULL);
	peer_hang_up(&peer);
	peer_turn_until_gone(&peer);
}

/* ---- Half-close ---- */

Test(writing, p52_lose_write_sends_the_end_after_what_is_queued)
{
	size_t number = 0;

	write_all(much, MUCH);
	cr_assert(eq(int, evert_transport_lose_write(peer.transport), 0));
	cr_assert(eq(sz, peer_read_pattern(&peer, &number, MUCH), MUCH));
	cr_assert(eq(int, peer_read_end(&peer), 0));
	turn_until_idle(peer.reactor);

	cr_assert(eq(sz, peer.recorder->lost, 0));
}

Test(writing, p52_after_lose_write_reading_goes_on)
{
	cr_assert(eq(int, evert_transport_lose_write(peer.transport), 0));
	cr_assert(eq(int, peer_read_end(&peer), 0));
	peer_send(&peer, "still here");
	turn_until_count(peer.reactor, &peer.recorder->received, 10);

	cr_assert(eq(str, peer.recorder->data, "still here"));
	cr_assert(eq(sz, peer.recorder->lost, 0));
}

Test(writing, p52_after_lose_write_writes_are_refused)
{
	cr_assert(eq(int, evert_transport_lose_write(peer.transport), 0));
	cr_assert(eq(int, evert_transport_write(peer.transport, "x", 1),
		     -EPIPE));
	cr_assert(eq(int, evert_transport_lose_write(peer.transport), -EPIPE));
	cr_assert(eq(int, peer_read_end(&peer), 0));
}

Test(writing, p52_ended_by_us_then_by_the_peer_it_is_done)
{
	cr_assert(eq(int, evert_transport_lose_write(peer.transport), 0));
	turn_until_idle(peer.reactor);
	peer_send(&peer, "last");
	peer_send_end(&peer);
	peer_turn_until_gone(&peer);

	cr_assert(eq(str, peer.recorder->events, "MDLX"));
	cr_assert(peer.recorder->lost_kind == EVERT_CONNECTION_DONE);
	cr_assert(eq(int, peer_read_end(&peer), 0));
}

static void nothing(struct recorder *recorder)
{
	(void)recorder;
}

static const struct recorder_hooks half_closing = { .ended = nothing };

Test(writing_hooked, p52_the_peers_end_is_told_and_writing_goes_on)
{
	peer_open(&peer, &half_closing, NULL);
	peer_send(&peer, "question");
	peer_send_end(&peer);
	turn_until_count(peer.reactor, &peer.recorder->ended, 1);
	turn_until_idle(peer.reactor);
	cr_assert(eq(sz, peer.recorder->lost, 0));

	recorder_write(peer.recorder, "answer");
	evert_transport_lose_connection(peer.transport);
	expect_text("answer");
	peer_turn_until_gone(&peer);
	cr_assert(eq(str, peer.recorder->events, "MDELX"));
	cr_assert(peer.recorder->lost_kind == EVERT_CONNECTION_DONE);
}

Test(writing_hooked, p52_ended_by_the_peer_then_by_us_it_is_done)
{
	peer_open(&peer, &half_closing, NULL);
	peer_send_end(&peer);
	turn_until_count(peer.reactor, &peer.recorder->ended, 1);
	write_all(much, MUCH);
	cr_assert(eq(int, evert_transport_lose_write(peer.transport), 0));
	expect_much_and_the_end();
	cr_assert(eq(sz, peer.recorder->ended, 1));
}

Test(writing_hooked, p52_the_peers_end_is_told_after_ours_too)
{
	peer_open(&peer, &half_closing, NULL);
	cr_assert(eq(int, evert_transport_lose_write(peer.transport), 0));
	turn_until_idle(peer.reactor);
	peer_send_end(&peer);
	peer_turn_until_gone(&peer);

	cr_assert(eq(str, peer.recorder->events, "MELX"));
	cr_assert(peer.recorder->lost_kind == EVERT_CONNECTION_DONE);
}

Test(writing_hooked, p52_a_reset_after_the_peers_end_is_lost)
{
	peer_open(&peer, &half_closing, NULL);
	peer_send_end(&peer);
	turn_until_count(peer.reactor, &peer.recorder->ended, 1);
	peer_reset(&peer);
	peer_turn_until_gone(&peer);

	cr_assert(peer.recorder->lost_kind == EVERT_CONNECTION_LOST);
	cr_assert(ne(int, peer.recorder->lost_error, 0));
}

Test(writing, p52_to_a_protocol_that_does_not_ask_the_peers_end_is_the_end)
{
	recorder_write(peer.recorder, "answer");
	peer_send_end(&peer);
	peer_turn_until_gone(&peer);

	expect_text("answer");
	cr_assert(eq(int, peer_read_end(&peer), 0));
	cr_assert(eq(str, peer.recorder->events, "MLX"));
	cr_assert(peer.recorder->lost_kind == EVERT_CONNECTION_DONE);
}

/* ---- Marks ---- */

Test(writing, p55_over_the_high_mark_it_is_paused_once)
{
	write_all(much, MUCH);
	cr_assert(eq(sz, peer.recorder->paused, 1));
	write_all(much, MUCH);
	turn_until_idle(peer.reactor);
	cr_assert(eq(sz, peer.recorder->paused, 1));
	cr_assert(gt(sz, evert_transport_queued(peer.transport), 65536));
}

Test(writing, p55_what_the_kernel_takes_at_once_does_not_pause)
{
	write_all(much, 65536 + 1);
	write_all(much, 65536 + 1);

	cr_assert(eq(sz, peer.recorder->paused, 0));
}

Test(writing, p55_under_the_low_mark_it_is_resumed_once)
{
	size_t number = 0;

	write_all(much, MUCH);
	evert_transport_set_write_marks(peer.transport, 65536, 1000);
	while (!peer.recorder->resumed) {
		cr_assert(gt(sz, evert_transport_queued(peer.transport), 1000));
		peer_read_pattern(&peer, &number, 10000);
		turn_until_idle(peer.reactor);
	}
	cr_assert(le(sz, evert_transport_queued(peer.transport), 1000));
	peer_read_pattern(&peer, &number, MUCH - number);
	turn_until_idle(peer.reactor);

	cr_assert(eq(str, peer.recorder->events, "MPR"));
}

static void fill_again(struct recorder *recorder)
{
	size_t *number = recorder->arg;
	size_t paused = recorder->paused;
	char block[10000];

	while (recorder->paused == paused) {
		pattern(block, sizeof(block), *number);
		*number += sizeof(block);
		cr_assert(eq(int,
			     evert_transport_write(recorder->base.transport,
						   block, sizeof(block)),
			     0));
	}
}

Test(writing_hooked, p55_filled_again_in_resume_writing_it_ends_paused)
{
	static const struct recorder_hooks hooks = { .resumed = fill_again };
	size_t written = 0, number = 0;

	peer_open(&peer, &hooks, &written);
	fill_again(peer.recorder);
	while (peer.recorder->resumed < 3) {
		peer_read_pattern(&peer, &number, 10000);
		turn_until_idle(peer.reactor);
	}

	cr_assert(eq(str, peer.recorder->events, "MPRPRPRP"));
	cr_assert(gt(sz, evert_transport_queued(peer.transport), 65536));
	evert_transport_lose_connection(peer.transport);
	cr_assert(eq(sz, peer_read_pattern(&peer, &number, SIZE_MAX) > 0, 1));
	cr_assert(eq(sz, number, written));
}

static void stop_reading(struct recorder *recorder)
{
	evert_transport_pause_reading(recorder->base.transport);
}

static void read_on(struct recorder *recorder)
{
	evert_transport_resume_reading(recorder->base.transport);
}

Test(writing_hooked, p84_who_reads_on_when_there_is_room_hears_of_a_reset)
{
	static const struct recorder_hooks hooks = {
		.paused = stop_reading,
		.resumed = read_on,
	};

	peer_open(&peer, &hooks, NULL);
	peer_fill(&peer);
	evert_transport_set_write_marks(peer.transport, 1000, 100);
	turn_until_idle(peer.reactor);
	peer_send(&peer, "unread");
	peer_reset(&peer);
	peer_turn_until_gone(&peer);

	cr_assert(eq(str, peer.recorder->events, "MPRDLX"));
	cr_assert(eq(str, peer.recorder->data, "unread"));
	cr_assert(eq(int, peer.recorder->lost_error, ECONNRESET));
}

static void full_queue_of(size_t bytes)
{
	peer_fill(&peer);
	while (evert_transport_queued(peer.transport) < bytes)
		write_all(much, bytes);
	turn_until_idle(peer.reactor);
	cr_assert(eq(sz, peer.recorder->paused, 0));
}

Test(writing, p55_with_as_much_as_the_high_mark_queued_it_is_not_paused)
{
	full_queue_of(100000);
	evert_transport_set_write_marks(
		peer.transport, evert_transport_queued(peer.transport), 0);
	cr_assert(zero(sz, peer.recorder->paused));

	write_all("x", 1);
	cr_assert(eq(sz, peer.recorder->paused, 1));
}

Test(writing, p55_with_as_much_as_the_low_mark_queued_it_is_resumed)
{
	size_t queued;

	full_queue_of(100000);
	queued = evert_transport_queued(peer.transport);
	evert_transport_set_write_marks(peer.transport, 1000, 100);
	evert_transport_set_write_marks(peer.transport, SIZE_MAX, queued - 1);
	turn_until_idle(peer.reactor);
	cr_assert(zero(sz, peer.recorder->resumed));

	evert_transport_set_write_marks(peer.transport, SIZE_MAX, queued);
	turn_until_idle(peer.reactor);
	cr_assert(eq(sz, peer.recorder->resumed, 1));
}

Test(writing, p55_lowering_the_marks_below_what_is_queued_pauses)
{
	full_queue_of(100000);
	evert_transport_set_write_marks(peer.transport, 1000, 100);

	cr_assert(eq(sz, peer.recorder->paused, 1));
}

Test(writing, p55_raising_the_marks_above_what_is_queued_resumes)
{
	full_queue_of(100000);
	evert_transport_set_write_marks(peer.transport, 1000, 100);
	evert_transport_set_write_marks(peer.transport, SIZE_MAX, SIZE_MAX);
	cr_assert(eq(sz, peer.recorder->resumed, 0)); /* not in our call */
	turn(peer.reactor);

	cr_assert(eq(str, peer.recorder->events, "MPR"));
}

Test(writing, p55_raising_the_marks_resumes_who_has_ended_its_side_too)
{
	full_queue_of(100000);
	evert_transport_set_write_marks(peer.transport, 1000, 100);
	cr_assert(zero(int, evert_transport_lose_write(peer.transport)));
	turn_until_idle(peer.reactor);
	evert_transport_set_write_marks(peer.transport, SIZE_MAX, SIZE_MAX);
	turn_until_idle(peer.reactor);

	cr_assert(eq(str, peer.recorder->events, "MPR"));
}

Test(writing, p55_who_has_ended_its_side_is_not_paused)
{
	full_queue_of(100000);
	cr_assert(zero(int, evert_transport_lose_write(peer.transport)));
	evert_transport_set_write_marks(peer.transport, 1000, 100);
	turn_until_idle(peer.reactor);

	cr_assert(eq(str, peer.recorder->events, "M"));
}

Test(writing, p55_a_low_mark_above_the_high_one_counts_as_the_high_one)
{
	full_queue_of(100000);
	evert_transport_set_write_marks(peer.transport, 1000, 200000);
	turn_until_idle(peer.reactor);

	cr_assert(eq(str, peer.recorder->events, "MP"));
}

Test(writing, p55_the_queued_size_can_be_asked)
{
	cr_assert(eq(sz, evert_transport_queued(peer.transport), 0));
	write_all("12345", 5);
	write_all("678", 3);
	cr_assert(eq(sz, evert_transport_queued(peer.transport), 8));
	turn(peer.reactor);
	cr_assert(eq(sz, evert_transport_queued(peer.transport), 0));
}

static void expect_queued(struct recorder *recorder, const char *data,
			  size_t length)
{
	recorder_write(recorder, "12345");
	cr_assert(eq(sz, evert_transport_queued(recorder->base.transport),
		     5));
	(void)data, (void)length;
}

Test(writing_hooked, p55_what_is_written_in_data_received_counts_as_queued)
{
	static const struct recorder_hooks hooks = {
		.received = expect_queued,
	};

	peer_open(&peer, &hooks, NULL);
	peer_send(&peer, "x");
	turn_until_count(peer.reactor, &peer.recorder->received, 1);
	cr_assert(eq(sz, evert_transport_queued(peer.transport), 0));
}

static void lower_the_marks(struct recorder *recorder)
{
	evert_transport_set_write_marks(recorder->base.transport, 3, 0);
}

static void write_above_the_mark(struct recorder *recorder, const char *data,
				 size_t length)
{
	recorder_write(recorder, "12345");
	cr_assert(zero(sz, evert_transport_queued(recorder->base.transport)));
	(void)data, (void)length;
}

/* So that it is paused only if the kernel does not take it. */
Test(writing_hooked, p55_over_the_mark_the_kernel_is_asked_in_data_received_too)
{
	static const struct recorder_hooks hooks = {
		.made = lower_the_marks,
		.received = write_above_the_mark,
	};
	size_t i;

	peer_open(&peer, &hooks, NULL);
	for (i = 1; i <= 3; i++) {
		peer_send(&peer, "x");
		turn_until_count(peer.reactor, &peer.recorder->received, i);
	}
	cr_assert(zero(sz, peer.recorder->paused));
}

Test(writing, p55_neither_mark_is_told_once_it_is_closing)
{
	full_queue_of(100000);
	evert_transport_lose_connection(peer.transport);
	evert_transport_set_write_marks(peer.transport, 10, 1);
	turn_until_idle(peer.reactor);

	cr_assert(eq(str, peer.recorder->events, "M"));
}

/* ---- From where it is written ---- */

static void write_hello(void *recorder)
{
	recorder_write(recorder, "hel");
	recorder_write(recorder, "lo");
}

Test(writing, p63_written_by_a_delayed_call_it_is_sent_in_that_turn_as_one)
{
	evert_reactor_call_later(peer.reactor, 0, write_hello, peer.recorder);
	turn(peer.reactor);

	cr_assert(eq(sz, peer_sends(&peer), 1));
	expect_text("hello");
}

static struct evert_result write_on_fire(struct evert_result *in, void *arg)
{
	write_hello(arg);
	return *in;
}

Test(writing, p63_written_by_a_deferreds_callback_it_is_sent)
{
	struct evert_deferred *d =
		evert_deferred_create_fired(evert_result_none());

	evert_deferred_add_callback(d, write_on_fire, peer.recorder);
	evert_deferred_release(d);
	expect_text("hello");
	cr_assert(eq(sz, peer_sends(&peer), 1));
}

static void write_to_both(struct recorder *recorder, const char *data,
			  size_t length)
{
	recorder_write(recorder, "mine");
	write_hello(peer.recorder);
	(void)data, (void)length;
}

Test(writing, p63_written_by_another_protocol_it_is_sent)
{
	static const struct recorder_hooks hooks = {
		.received = write_to_both,
	};
	static struct recorder_factory another;
	int fd = peer_open_another(&peer, &hooks, NULL, &another);
	char text[5] = "";

	cr_assert(eq(sz, (size_t)send(fd, "x", 1, 0), 1));
	expect_text("hello");
	cr_assert(eq(sz, (size_t)recv(fd, text, 4, 0), 4));
	cr_assert(eq(str, text, "mine"));
	cr_assert(eq(sz, peer_sends(&peer), 2));
	close(fd);
}

Test(writing_hooked, what_connection_made_writes_is_sent_as_one)
{
	static const struct recorder_hooks hooks = {
		.made = (void (*)(struct recorder *))write_hello,
	};

	peer_open(&peer, &hooks, NULL);
	expect_text("hello");
	cr_assert(eq(sz, peer_sends(&peer), 1));
}

static void answer_often(struct recorder *recorder, const char *data,
			 size_t length)
{
	int i;

	(void)data, (void)length;
	for (i = 0; i < 32; i++)
		recorder_write(recorder, "answer");
}

Test(writing_hooked, what_data_received_writes_is_sent_as_one)
{
	static const struct recorder_hooks hooks = { .received = answer_often };
	char text[4097];

	peer_open(&peer, &hooks, NULL);
	peer_send(&peer, "32 questions");
	cr_assert(eq(sz, peer_read(&peer, text, 32 * 6), 32 * 6));
	cr_assert(eq(sz, peer_sends(&peer), 1));
}

static void answer_often_without_memory(struct recorder *recorder,
					const char *data, size_t length)
{
	failing_allocator_fail(1, true);
	answer_often(recorder, data, length);
	failing_allocator_fail(0, false);
}

Test(writing_without_memory, the_first_answers_are_gathered_as_well)
{
	static const struct recorder_hooks hooks = {
		.received = answer_often_without_memory,
	};
	char text[4097];

	failing_allocator_start(0, false);
	peer_open(&peer, &hooks, NULL);
	peer_send(&peer, "32 questions");
	cr_assert(eq(sz, peer_read(&peer, text, 32 * 6), 32 * 6));
	peer_close(&peer);
	cr_assert(zero(sz, failing_allocator_stop().live));
}

static void answer_and_close(struct recorder *recorder, const char *data,
			     size_t length)
{
	recorder_write(recorder, "bye");
	evert_transport_lose_connection(recorder->base.transport);
	(void)data, (void)length;
}

Test(writing_hooked, an_answer_before_the_close_in_data_received_is_sent)
{
	static const struct recorder_hooks hooks = {
		.received = answer_and_close,
	};

	peer_open(&peer, &hooks, NULL);
	peer_send(&peer, "x");
	expect_text("bye");
	cr_assert(eq(int, peer_read_end(&peer), 0));
}

static void write_in_every_way(struct recorder *recorder, const char *data,
			       size_t length)
{
	struct evert_transport *transport = recorder->base.transport;
	/* Small; too much for the write buffer; owned; small again. */
	static const size_t sizes[] = { 10, 70000, 500, 65536, 3000, 1, 20000 };
	size_t at = 0, i;

	(void)data, (void)length;
	for (i = 0; i < sizeof(sizes) / sizeof(*sizes); i++) {
		if (i % 3 == 2)
			evert_transport_write_owned(
				transport, much + at, sizes[i],
				(void (*)(void *))nothing, NULL);
		else
			evert_transport_write(transport, much + at, sizes[i]);
		at += sizes[i];
	}
	*(size_t *)recorder->arg = at;
}

Test(writing_hooked, the_order_is_kept_however_it_is_written)
{
	static const struct recorder_hooks hooks = {
		.received = write_in_every_way,
	};
	size_t written = 0, number = 0;

	peer_open(&peer, &hooks, &written);
	evert_transport_set_write_marks(peer.transport, SIZE_MAX, 0);
	peer_send(&peer, "x");
	turn_until_count(peer.reactor, &written, 1);
	cr_assert(eq(sz, peer_read_pattern(&peer, &number, written), written));
}

Test(writing_hooked, the_order_is_kept_when_the_kernel_takes_a_byte_at_a_time)
{
	static const struct recorder_hooks hooks = {
		.received = write_in_every_way,
	};
	size_t written = 0, number = 0;

	peer_open(&peer, &hooks, &written);
	peer.system.send_at_most = 1000;
	peer_send(&peer, "x");
	turn_until_count(peer.reactor, &written, 1);
	cr_assert(eq(sz, peer_read_pattern(&peer, &number, written), written));
}

/* ---- System calls ---- */

Test(writing, ten_thousand_small_writes_in_a_turn_are_few_system_calls)
{
	size_t i, number = 0;

	for (i = 0; i < 10000; i++)
		write_all(much + 64 * i, 64);
	cr_assert(eq(sz, peer_read_pattern(&peer, &number, 640000), 640000));
	cr_assert(le(sz, peer_sends(&peer), 640000 / 65536 + 2));
}

Test(writing, a_write_needs_no_change_at_the_poller)
{
	size_t before =
		atomic_load(&peer.system.plans[CALL_EPOLL_CTL].calls);

	write_hello(peer.recorder);
	expect_text("hello");
	cr_assert(eq(sz, atomic_load(&peer.system.plans[CALL_EPOLL_CTL].calls),
		     before));
}

Test(writing, nothing_is_sent_for_an_empty_write)
{
	write_all("", 0);
	write_all(NULL, 0);
	turn_until_idle(peer.reactor);

	cr_assert(eq(sz, peer_sends(&peer), 0));
}

static void write_nothing_and_close(struct recorder *recorder, const char *data,
			  size_t length)
{
	evert_transport_write(recorder->base.transport, data, 0);
	evert_transport_write(recorder->base.transport, NULL, 0);
	(void)length;
}

Test(writing_hooked, nothing_is_sent_for_an_empty_write_in_data_received)
{
	static const struct recorder_hooks hooks = {
		.received = write_nothing_and_close,
	};

	peer_open(&peer, &hooks, NULL);
	peer_send(&peer, "x");
	turn_until_count(peer.reactor, &peer.recorder->received, 1);
	turn_until_idle(peer.reactor);
	cr_assert(eq(sz, peer_sends(&peer), 0));
}

Test(writing, thirty_megabytes_in_one_write_arrive_whole)
{
	size_t size = 30000000, number = 0;
	char *huge = malloc(size);

	pattern(huge, size, 0);
	write_all(huge, size);
	free(huge);
	cr_assert(eq(sz, peer_read_pattern(&peer, &number, size), size));
}

static void send_despite(int error)
{
	size_t number = 0;

	test_system_fail(&peer.system, CALL_SEND, 1, error, false);
	write_all(much, 50000);
	cr_assert(eq(sz, peer_read_pattern(&peer, &number, 50000), 50000));
	cr_assert(eq(sz, peer.recorder->lost, 0));
}

Test(writing, an_interrupted_send_is_repeated)
{
	send_despite(EINTR);
}

Test(writing, a_send_that_would_block_is_repeated)
{
	send_despite(EAGAIN);
}

Test(writing, a_send_without_buffers_is_repeated)
{
	send_despite(ENOBUFS);
}

static void answer(struct recorder *recorder, const char *data, size_t length)
{
	cr_assert(eq(int,
		     evert_transport_write(recorder->base.transport, much,
					   50000),
		     0));
	(void)data, (void)length;
}

static void answer_despite(int error)
{
	static const struct recorder_hooks hooks = { .received = answer };
	size_t number = 0;

	peer_open(&peer, &hooks, NULL);
	test_system_fail(&peer.system, CALL_SEND, 1, error, false);
	peer_send(&peer, "x");
	cr_assert(eq(sz, peer_read_pattern(&peer, &number, 50000), 50000));
	cr_assert(eq(sz, peer.recorder->lost, 0));
}

Test(writing_hooked, an_interrupted_answer_is_repeated)
{
	answer_despite(EINTR);
}

Test(writing_hooked, an_answer_that_would_block_is_repeated)
{
	answer_despite(EAGAIN);
}

Test(writing_hooked, an_answer_without_buffers_is_repeated)
{
	answer_despite(ENOBUFS);
}

/* ---- When writing fails ---- */

Test(writing, p56_data_is_delivered_though_writing_failed_before)
{
	/* The peer has answered and is gone: its data waits, and our next
	   write finds out that it is gone. */
	peer_send(&peer, "the answer");
	recorder_write(peer.recorder, "one more question");
	test_system_fail(&peer.system, CALL_SEND, 1, EPIPE, true);
	evert_transport_pause_reading(peer.transport);
	evert_transport_resume_reading(peer.transport);
	peer_turn_until_gone(&peer);

	cr_assert(eq(str, peer.recorder->data, "the answer"));
	cr_assert(eq(str, peer.recorder->events, "MDLX"));
	cr_assert(peer.recorder->lost_kind == EVERT_CONNECTION_LOST);
	cr_assert(eq(int, peer.recorder->lost_error, EPIPE));
}

Test(writing, p56_all_data_is_delivered_though_writing_failed_before)
{
	size_t sent = peer_send_much(&peer, 1000000);

	test_system_fail(&peer.system, CALL_SEND, 1, EPIPE, true);
	write_all(much, MUCH); /* fails at once: over the high-water mark */
	peer_turn_until_gone(&peer);

	cr_assert(eq(sz, peer.recorder->received, sent));
	cr_assert(eq(str, peer.recorder->events, "MDLX"));
}

static void pause_at_once(struct recorder *recorder, const char *data,
			  size_t length)
{
	evert_transport_pause_reading(recorder->base.transport);
	(void)data, (void)length;
}

Test(writing_hooked, p84_paused_after_writing_failed_what_is_unread_comes_first)
{
	static const struct recorder_hooks hooks = {
		.received = pause_at_once,
	};
	size_t sent;

	peer_open(&peer, &hooks, NULL);
	sent = peer_send_much(&peer, 1000000);
	test_system_fail(&peer.system, CALL_SEND, 1, EPIPE, true);
	write_all(much, MUCH);
	turn_until_idle(peer.reactor);
	cr_assert(eq(sz, peer.recorder->lost, 0));
	while (!peer.recorder->lost) {
		evert_transport_resume_reading(peer.transport);
		turn(peer.reactor);
	}

	cr_assert(eq(sz, peer.recorder->received, sent));
	cr_assert(eq(int, peer.recorder->lost_error, EPIPE));
}

Test(writing, p54_paused_with_nothing_unread_a_failed_write_is_noticed)
{
	evert_transport_pause_reading(peer.transport);
	test_system_fail(&peer.system, CALL_SEND, 1, EPIPE, true);
	write_all(much, MUCH);
	peer_turn_until_gone(&peer);

	cr_assert(eq(int, peer.recorder->lost_error, EPIPE));
}

Test(writing, after_it_failed_writes_are_refused)
{
	test_system_fail(&peer.system, CALL_SEND, 1, EPIPE, true);
	write_all(much, MUCH);
	cr_assert(eq(int, evert_transport_write(peer.transport, "x", 1),
		     -EPIPE));
	cr_assert(eq(int, evert_transport_lose_write(peer.transport), -EPIPE));
	cr_assert(eq(sz, evert_transport_queued(peer.transport), 0));
	peer_turn_until_gone(&peer);
}

Test(writing, failed_though_the_peer_is_there_the_peer_gets_a_reset)
{
	/* An end in order would make it believe that it has everything. */
	write_all("half", 4);
	turn(peer.reactor);
	test_system_fail(&peer.system, CALL_SEND, 1, ENOMEM, true);
	write_all("of it", 5);
	peer_turn_until_gone(&peer);

	expect_text("half");
	cr_assert(eq(int, peer_read_end(&peer), ECONNRESET));
	cr_assert(eq(int, peer.recorder->lost_error, ENOMEM));
}

static void hole(void (*write)(void))
{
	failing_allocator_start(0, false);
	peer_open(&peer, NULL, NULL);
	failing_allocator_fail(1, true);
	write();
	failing_allocator_fail(0, false);
	peer_turn_until_gone(&peer);
	cr_assert(eq(int, peer_read_end(&peer), ECONNRESET));
	peer_close(&peer);
	cr_assert(eq(sz, failing_allocator_stop().live, 0));
}

static void write_without_memory(void)
{
	cr_assert(eq(int, evert_transport_write(peer.transport, much, 9999),
		     -ENOMEM));
	cr_assert(eq(int, evert_transport_write(peer.transport, "x", 1),
		     -EPIPE));
}

Test(writing_without_memory, a_write_is_refused_and_the_connection_reset)
{
	hole(write_without_memory);
}

static size_t released;

static void note_release(void *arg)
{
	released++;
	(void)arg;
}

static void own_without_memory(void)
{
	cr_assert(eq(int,
		     evert_transport_write_owned(peer.transport, much, 9999,
						 note_release, NULL),
		     -ENOMEM));
	cr_assert(eq(sz, released, 1));
}

Test(writing_without_memory, an_owned_write_is_refused_and_released)
{
	hole(own_without_memory);
}

static void answer_without_memory(struct recorder *recorder, const char *data,
				  size_t length)
{
	recorder_write(recorder, "first in the write buffer");
	test_system_fail(&peer.system, CALL_SEND, 1, EAGAIN, false);
	failing_allocator_fail(1, true);
	*(int *)recorder->arg = evert_transport_write(
		recorder->base.transport, much, 70000);
	failing_allocator_fail(0, false);
	(void)data, (void)length;
}

Test(writing_without_memory, an_answer_too_big_is_refused_and_the_rest_dropped)
{
	static const struct recorder_hooks hooks = {
		.received = answer_without_memory,
	};
	int error = 0;

	failing_allocator_start(0, false);
	peer_open(&peer, &hooks, &error);
	peer_send(&peer, "x");
	peer_turn_until_gone(&peer);
	cr_assert(eq(int, error, -ENOMEM));
	cr_assert(eq(int, peer_read_end(&peer), ECONNRESET));
	peer_close(&peer);
	cr_assert(eq(sz, failing_allocator_stop().live, 0));
}

static void answer_half(struct recorder *recorder, const char *data,
			size_t length)
{
	recorder_write(recorder, "half of this is sent");
	failing_allocator_fail(1, true); /* for what is left */
	(void)data, (void)length;
}

Test(writing_without_memory, an_answer_sent_in_part_is_lost_by_a_reset)
{
	static const struct recorder_hooks hooks = { .received = answer_half };

	failing_allocator_start(0, false);
	peer_open(&peer, &hooks, NULL);
	peer.system.send_at_most = 10;
	peer_send(&peer, "x");
	turn_until_count(peer.reactor, &peer.recorder->received, 1);
	failing_allocator_fail(0, false);
	peer_turn_until_gone(&peer);
	expect_text("half of th");
	cr_assert(eq(int, peer_read_end(&peer), ECONNRESET));
	peer_close(&peer);
	cr_assert(eq(sz, failing_allocator_stop().live, 0));
}

/* ---- Owned data ---- */

static int write_owned(const char *data, size_t length)
{
	return evert_transport_write_owned(peer.transport, data, length,
					   note_release, NULL);
}

Test(writing, owned_data_is_released_once_when_all_of_it_is_sent)
{
	size_t number = 0;

	cr_assert(eq(int, write_owned(much, MUCH), 0));
	turn_until_idle(peer.reactor);
	cr_assert(eq(sz, released, 0));
	cr_assert(eq(sz, peer_read_pattern(&peer, &number, MUCH), MUCH));
	turn_until_idle(peer.reactor);
	cr_assert(eq(sz, released, 1));
}

Test(writing, owned_data_is_not_copied)
{
	char text[] = "before";

	cr_assert(eq(int, write_owned(text, 6), 0));
	memcpy(text, "after.", 6);
	expect_text("after.");
}

Test(writing, owned_data_is_released_once_when_it_is_refused)
{
	evert_transport_lose_connection(peer.transport);
	cr_assert(eq(int, write_owned("x", 1), -EPIPE));
	cr_assert(eq(sz, released, 1));
}

Test(writing, owned_data_is_released_once_when_it_is_empty)
{
	cr_assert(eq(int, write_owned("", 0), 0));
	cr_assert(eq(sz, released, 1));
	turn_until_idle(peer.reactor);
	cr_assert(eq(sz, peer_sends(&peer), 0));
}

Test(writing, owned_data_is_released_once_when_it_is_aborted)
{
	cr_assert(eq(int, write_owned(much, MUCH), 0));
	evert_transport_abort(peer.transport);
	peer_turn_until_gone(&peer);
	cr_assert(eq(sz, released, 1));
}

Test(writing, owned_data_is_released_once_when_the_peer_resets)
{
	cr_assert(eq(int, write_owned(much, MUCH), 0));
	turn(peer.reactor);
	peer_reset(&peer);
	peer_turn_until_gone(&peer);
	cr_assert(eq(sz, released, 1));
}

Test(writing, owned_data_is_released_once_when_sending_fails)
{
	test_system_fail(&peer.system, CALL_SEND, 1, EPIPE, true);
	cr_assert(eq(int, write_owned(much, MUCH), 0));
	peer_turn_until_gone(&peer);
	cr_assert(eq(sz, released, 1));
}

Test(writing, owned_data_is_released_once_when_the_reactor_stops)
{
	cr_assert(eq(int, write_owned(much, MUCH), 0));
	evert_reactor_stop(peer.reactor);
	run_reactor(peer.reactor);
	cr_assert(eq(sz, released, 1));
}

static void write_the_next(void *at)
{
	static const char *const texts[] = { "two, ", "three, ", "four" };
	size_t *next = at;

	if (*next < 3)
		evert_transport_write_owned(peer.transport, texts[*next],
					    strlen(texts[*next]),
					    write_the_next, at);
	(*next)++;
}

Test(writing, a_release_function_may_write_more)
{
	size_t next = 0;

	evert_transport_write_owned(peer.transport, "one, ", 5, write_the_next,
				    &next);
	expect_text("one, two, three, four");
}

static void write_over_high_mark(void *arg)
{
	static char rest[200000];

	pattern(rest, sizeof(rest), 150000);
	write_all(rest, sizeof(rest));
	(void)arg;
}

Test(writing, a_release_function_may_write_more_than_the_high_mark)
{
	size_t number = 0;

	/* Two in one system call, of which the first is released. */
	cr_assert(eq(int, evert_transport_write_owned(peer.transport, much,
						      50000,
						      write_over_high_mark,
						      NULL),
		     0));
	cr_assert(eq(int, write_owned(much + 50000, 100000), 0));
	cr_assert(eq(sz, peer_read_pattern(&peer, &number, 350000), 350000));
	cr_assert(eq(sz, released, 1));
}

static void abort_it(void *arg)
{
	evert_transport_abort(peer.transport);
	(void)arg;
}

Test(writing, a_release_function_may_abort)
{
	peer.system.send_at_most = 1000;
	cr_assert(eq(int,
		     evert_transport_write_owned(peer.transport, much, 1000,
						 abort_it, NULL),
		     0));
	cr_assert(eq(int, write_owned(much, 1000), 0));
	peer_turn_until_gone(&peer);

	cr_assert(eq(sz, released, 1));
	cr_assert(peer.recorder->lost_kind == EVERT_CONNECTION_ABORTED);
}

static void lose_it(void *arg)
{
	evert_transport_lose_connection(peer.transport);
	(void)arg;
}

Test(writing, p49_what_a_release_function_closes_is_not_paused)
{
	peer.system.send_at_most = 1000;
	cr_assert(eq(int,
		     evert_transport_write_owned(peer.transport, much, 1000,
						 lose_it, NULL),
		     0));
	cr_assert(eq(int, write_owned(much, MUCH), 0));

	cr_assert(evert_transport_is_closing(peer.transport));
	cr_assert(eq(sz, peer.recorder->paused, 0));
	peer_reset(&peer);
	peer_turn_until_gone(&peer);
	cr_assert(eq(sz, released, 1));
}
