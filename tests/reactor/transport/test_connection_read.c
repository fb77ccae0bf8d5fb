/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "../../../reactor/transport/connection_internal.h"
#include "../../support/peer.h"

static struct peer peer;

static void begin(void)
{
	peer_open(&peer, NULL, NULL);
}

static void finish(void)
{
	peer_close(&peer);
}

TestSuite(reading, .init = begin, .fini = finish);
TestSuite(reading_hooked, .fini = finish);

static void expect_events(const char *events)
{
	cr_assert(eq(str, peer.recorder->events, (char *)events));
}

static void receive(const char *text)
{
	peer.recorder->received = 0;
	peer_send(&peer, text);
	turn_until_count(peer.reactor, &peer.recorder->received, strlen(text));
	cr_assert(eq(str, peer.recorder->data, (char *)text));
}

/* ---- Paused ---- */

Test(reading, p54_paused_nothing_is_delivered_and_nothing_is_lost)
{
	evert_transport_pause_reading(peer.transport);
	peer_send(&peer, "hello");
	turn_until_idle(peer.reactor);
	cr_assert(eq(sz, peer.recorder->received, 0));

	evert_transport_resume_reading(peer.transport);
	turn_until_count(peer.reactor, &peer.recorder->received, 5);
	cr_assert(eq(str, peer.recorder->data, "hello"));
}

Test(reading, p54_pausing_does_not_count)
{
	evert_transport_pause_reading(peer.transport);
	evert_transport_pause_reading(peer.transport);
	evert_transport_resume_reading(peer.transport);
	receive("hello");
}

Test(reading, p54_paused_and_resumed_in_a_turn_the_poller_hears_nothing)
{
	size_t before =
		atomic_load(&peer.system.plans[CALL_EPOLL_CTL].calls);

	evert_transport_pause_reading(peer.transport);
	evert_transport_resume_reading(peer.transport);
	receive("hello");
	cr_assert(eq(sz, atomic_load(&peer.system.plans[CALL_EPOLL_CTL].calls),
		     before));
}

static void pause_at_once(struct recorder *recorder, const char *data,
			  size_t length)
{
	evert_transport_pause_reading(recorder->base.transport);
	(void)data, (void)length;
}

Test(reading_hooked, p54_paused_in_data_received_no_more_is_delivered)
{
	static const struct recorder_hooks hooks = {
		.received = pause_at_once,
	};

	peer_open(&peer, &hooks, NULL);
	peer.system.read_at_most = 3;
	peer_send(&peer, "foobar");
	turn_until_idle(peer.reactor);
	cr_assert(eq(str, peer.recorder->data, "foo"));

	evert_transport_resume_reading(peer.transport);
	turn_until_idle(peer.reactor);
	cr_assert(eq(str, peer.recorder->data, "foobar"));
}

static void pause_it(struct recorder *recorder)
{
	evert_transport_pause_reading(recorder->base.transport);
}

Test(reading_hooked, p54_paused_in_connection_made_nothing_is_delivered)
{
	static const struct recorder_hooks hooks = { .made = pause_it };

	peer_open(&peer, &hooks, NULL);
	peer_send(&peer, "hello");
	turn_until_idle(peer.reactor);
	expect_events("M");
}

Test(reading, p54_paused_a_reset_is_noticed)
{
	evert_transport_pause_reading(peer.transport);
	turn_until_idle(peer.reactor);
	peer_reset(&peer);
	peer_turn_until_gone(&peer);

	expect_events("MLX");
	cr_assert(peer.recorder->lost_kind == EVERT_CONNECTION_LOST);
	cr_assert(eq(int, peer.recorder->lost_error, ECONNRESET));
}

Test(reading, p54_paused_a_reset_is_noticed_by_a_look_that_was_interrupted)
{
	evert_transport_pause_reading(peer.transport);
	turn_until_idle(peer.reactor);
	test_system_fail(&peer.system, CALL_PEEK, 1, EINTR, false);
	peer_reset(&peer);
	peer_turn_until_gone(&peer);

	expect_events("MLX");
	cr_assert(eq(int, peer.recorder->lost_error, ECONNRESET));
}

Test(reading, p84_paused_a_reset_waits_behind_unread_data)
{
	evert_transport_pause_reading(peer.transport);
	turn_until_idle(peer.reactor);
	peer_send(&peer, "unread");
	peer_reset(&peer);
	peer_expect_sleep(&peer);
	expect_events("M");

	evert_transport_resume_reading(peer.transport);
	peer_turn_until_gone(&peer);
	expect_events("MDLX");
	cr_assert(eq(str, peer.recorder->data, "unread"));
	cr_assert(eq(int, peer.recorder->lost_error, ECONNRESET));
}

Test(reading, p84_a_write_that_fails_takes_no_unread_data_away)
{
	evert_transport_pause_reading(peer.transport);
	turn_until_idle(peer.reactor);
	peer_send(&peer, "unread");
	peer_reset(&peer);
	evert_transport_write(peer.transport, "into the void", 13);
	peer_expect_sleep(&peer);
	expect_events("M");

	evert_transport_resume_reading(peer.transport);
	peer_turn_until_gone(&peer);
	cr_assert(eq(str, peer.recorder->data, "unread"));
	cr_assert(eq(int, peer.recorder->lost_error, ECONNRESET));
}

Test(reading, p85_paused_before_a_reset_it_ends_when_the_reactor_stops)
{
	evert_transport_pause_reading(peer.transport);
	turn_until_idle(peer.reactor);
	peer_send(&peer, "unread");
	peer_reset(&peer);
	turn_until_idle(peer.reactor);
	evert_reactor_stop(peer.reactor);
	run_reactor(peer.reactor);

	expect_events("MLX");
	cr_assert(peer.recorder->lost_kind == EVERT_REACTOR_STOPPED);
}

/* ---- Held by the protocol, which keeps data ---- */

static void hold(void)
{
	evert_transport_pause_reading(peer.transport);
	peer.transport->held = true;
	turn_until_idle(peer.reactor);
}

static void reset_while_held(void)
{
	hold();
	peer_reset(&peer);
	peer_expect_sleep(&peer);
	expect_events("M");
	cr_assert(not(evert_transport_is_closing(peer.transport)));
	cr_assert(eq(int, evert_transport_write(peer.transport, "x", 1),
		     -EPIPE));
}

Test(reading, p84_held_a_reset_waits_for_the_protocol)
{
	reset_while_held();
	evert_transport_resume_reading(peer.transport);
	peer_expect_sleep(&peer);
	expect_events("M");

	peer.transport->held = false;
	evert_transport_resume_reading(peer.transport);
	peer_turn_until_gone(&peer);
	expect_events("MLX");
	cr_assert(eq(int, peer.recorder->lost_error, ECONNRESET));
}

Test(reading, p84_held_after_a_reset_it_can_be_closed)
{
	reset_while_held();
	evert_transport_lose_connection(peer.transport);
	peer_turn_until_gone(&peer);
	cr_assert(eq(int, peer.recorder->lost_error, ECONNRESET));
}

Test(reading, p84_held_after_a_reset_it_can_fail)
{
	reset_while_held();
	evert_transport_fail(peer.transport,
			     evert_failure_create(EVERT_CONNECTION_LOST, EPROTO,
						  "malformed"));
	cr_assert(eq(int, peer.transport->why->cause->error, ECONNRESET));
	peer_turn_until_gone(&peer);
	expect_events("MLX");
	cr_assert(eq(int, peer.recorder->lost_error, EPROTO));
}

Test(reading, p84_held_after_a_reset_it_can_be_aborted)
{
	reset_while_held();
	evert_transport_abort(peer.transport);
	peer_turn_until_gone(&peer);
	expect_events("MLX");
}

Test(reading, p85_held_after_a_reset_it_ends_when_the_reactor_stops)
{
	reset_while_held();
	evert_reactor_stop(peer.reactor);
	run_reactor(peer.reactor);
	expect_events("MLX");
}

Test(reading, p84_held_an_end_waits_for_the_protocol)
{
	peer.transport->held = true;
	peer_send_end(&peer);
	peer_expect_sleep(&peer);
	expect_events("M");

	peer.transport->held = false;
	evert_transport_resume_reading(peer.transport);
	peer_turn_until_gone(&peer);
	cr_assert(peer.recorder->lost_kind == EVERT_CONNECTION_DONE);
}

Test(reading, p54_paused_an_orderly_end_waits_behind_unread_data)
{
	evert_transport_pause_reading(peer.transport);
	peer_send(&peer, "last words");
	peer_hang_up(&peer);
	turn_until_idle(peer.reactor);
	expect_events("M");

	evert_transport_resume_reading(peer.transport);
	peer_turn_until_gone(&peer);
	expect_events("MDLX");
	cr_assert(eq(str, peer.recorder->data, "last words"));
	cr_assert(peer.recorder->lost_kind == EVERT_CONNECTION_DONE);
}

Test(reading, p54_paused_and_closed_by_us_it_closes)
{
	evert_transport_pause_reading(peer.transport);
	peer_send(&peer, "unread");
	evert_transport_lose_connection(peer.transport);
	peer_turn_until_gone(&peer);

	expect_events("MLX");
	cr_assert(eq(int, peer_read_end(&peer), 0));
}

/* ---- Sleeping though something is ready ---- */

Test(reading, p54_paused_it_sleeps_though_data_waits)
{
	evert_transport_pause_reading(peer.transport);
	peer_send(&peer, "unread");
	peer_expect_sleep(&peer);
}

Test(reading, p54_paused_it_sleeps_though_the_peer_has_ended)
{
	evert_transport_pause_reading(peer.transport);
	peer_hang_up(&peer);
	peer_expect_sleep(&peer);
}

Test(reading, p54_paused_it_sleeps_though_both_sides_have_ended)
{
	/* Now the poller has a hang-up to tell, again and again. */
	evert_transport_lose_write(peer.transport);
	evert_transport_pause_reading(peer.transport);
	turn_until_idle(peer.reactor);
	peer_send(&peer, "unread");
	peer_hang_up(&peer);
	peer_expect_sleep(&peer);
	expect_events("M");

	evert_transport_resume_reading(peer.transport);
	peer_turn_until_gone(&peer);
	expect_events("MDLX");
	cr_assert(peer.recorder->lost_kind == EVERT_CONNECTION_DONE);
}

static void nothing(struct recorder *recorder)
{
	(void)recorder;
}

Test(reading_hooked, p52_it_sleeps_while_only_the_peer_has_ended)
{
	static const struct recorder_hooks hooks = { .ended = nothing };

	peer_open(&peer, &hooks, NULL);
	peer_send_end(&peer);
	turn_until_count(peer.reactor, &peer.recorder->ended, 1);
	peer_expect_sleep(&peer);
	cr_assert(eq(sz, peer.recorder->ended, 1));
}

Test(reading, p50_it_sleeps_while_it_closes_and_the_peer_takes_nothing)
{
	peer_fill(&peer);
	evert_transport_lose_connection(peer.transport);
	peer_send(&peer, "unread");
	peer_expect_sleep(&peer);
	peer_send_end(&peer);
	peer_expect_sleep(&peer);
	expect_events("M");
}

/* ---- The end ---- */

Test(reading, p56_data_before_a_hang_up_is_delivered_before_it_is_lost)
{
	size_t sent = peer_send_much(&peer, SIZE_MAX);

	cr_assert(gt(sz, sent, 2 * 65536));
	peer_hang_up(&peer);
	peer_turn_until_gone(&peer);

	cr_assert(eq(sz, peer.recorder->received, sent));
	expect_events("MDLX");
}

Test(reading, p56_data_before_a_reset_that_was_read_is_delivered)
{
	receive("hello");
	peer_reset(&peer);
	peer_turn_until_gone(&peer);
	expect_events("MDLX");
}

/* ---- Reading before writing ---- */

/* Data to read and room to write, both for the same turn. */
static void make_ready_for_both(void)
{
	static char data[65536];

	peer_fill(&peer);
	evert_transport_pause_reading(peer.transport);
	turn_until_idle(peer.reactor);
	evert_transport_resume_reading(peer.transport);
	evert_watches_tell_poller(peer.reactor);
	peer_send(&peer, "x");
	while (recv(peer.fd, data, sizeof(data), 0) > 0) {
	}
}

static void note_sends(struct recorder *recorder, const char *data,
		       size_t length)
{
	*(size_t *)recorder->arg = peer_sends(&peer);
	(void)data, (void)length;
}

Test(reading_hooked, p57_reading_comes_before_writing)
{
	static const struct recorder_hooks hooks = { .received = note_sends };
	size_t sends_when_read = 0, sends;

	peer_open(&peer, &hooks, &sends_when_read);
	make_ready_for_both();
	sends = peer_sends(&peer);
	turn(peer.reactor);

	cr_assert(eq(sz, peer.recorder->received, 1));
	cr_assert(eq(sz, sends_when_read, sends));
	cr_assert(peer_sends(&peer) > sends);
}

static void abort_at_once(struct recorder *recorder, const char *data,
			  size_t length)
{
	evert_transport_abort(recorder->base.transport);
	(void)data, (void)length;
}

Test(reading_hooked, p57_the_write_is_skipped_when_the_read_has_ended_it)
{
	static const struct recorder_hooks hooks = {
		.received = abort_at_once,
	};
	size_t sends;

	peer_open(&peer, &hooks, NULL);
	make_ready_for_both();
	sends = peer_sends(&peer);
	turn(peer.reactor);
	peer_turn_until_gone(&peer);

	cr_assert(eq(sz, peer.recorder->received, 1));
	cr_assert(eq(sz, peer_sends(&peer), sends));
}

Test(reading, p57_the_write_is_skipped_when_the_read_found_it_broken)
{
	size_t sends;

	make_ready_for_both();
	test_system_fail(&peer.system, CALL_READ, 1, ECONNRESET, false);
	sends = peer_sends(&peer);
	peer_turn_until_gone(&peer);

	cr_assert(eq(sz, peer_sends(&peer), sends));
}

/* ---- Errors that are none ---- */

Test(reading, an_interrupted_read_is_repeated)
{
	test_system_fail(&peer.system, CALL_READ, 1, EINTR, false);
	receive("hello");
}

Test(reading, a_read_that_would_block_is_repeated)
{
	test_system_fail(&peer.system, CALL_READ, 1, EAGAIN, false);
	receive("hello");
}

/* ---- Fairness ---- */

static int endless;

/* A read that is asked for much gets it, from a peer that never stops. */
static ssize_t read_endlessly(int fd, void *data, size_t size,
			      struct evert_system *system)
{
	if (fd != endless)
		return evert_system_real()->ops->read(fd, data, size, system);
	memset(data, 'x', size);
	return (ssize_t)size;
}

Test(reading, a_peer_that_never_stops_does_not_starve_another)
{
	static struct recorder_factory another;
	static struct evert_system_ops ops;
	int fd = peer_open_another(&peer, NULL, NULL, &another);

	endless = evert_connection_from(peer.transport)->watch.fd;
	ops = *peer.system.base.ops;
	ops.read = read_endlessly;
	peer.system.base.ops = &ops;
	peer_send(&peer, "x");
	cr_assert(eq(sz, (size_t)send(fd, "x", 1, 0), 1));
	turn(peer.reactor);

	cr_assert(eq(sz, another.recorders[0].received, 1));
	cr_assert(eq(sz, peer.recorder->received, 8 * EVERT_READ_SIZE));
	close(fd);
}

/* Two reads, of which the second finds less than the buffer takes. */
Test(reading, what_fills_the_buffer_is_read_on_in_the_same_turn)
{
	size_t sent = peer_send_much(&peer, EVERT_READ_SIZE + 1000);

	cr_assert(eq(sz, sent, EVERT_READ_SIZE + 1000));
	turn(peer.reactor);
	cr_assert(eq(sz, peer.recorder->received, sent));
}

static void pause_when_received(struct recorder *recorder, const char *data,
		     size_t length)
{
	evert_transport_pause_reading(recorder->base.transport);
	(void)data, (void)length;
}

Test(reading_hooked, p54_paused_by_what_fills_the_buffer_nothing_more_is_read)
{
	static const struct recorder_hooks hooks = {
		.received = pause_when_received,
	};

	peer_open(&peer, &hooks, NULL);
	peer_send_much(&peer, EVERT_READ_SIZE + 1000);
	turn_until_idle(peer.reactor);
	cr_assert(eq(sz, peer.recorder->received, EVERT_READ_SIZE));
	evert_transport_resume_reading(peer.transport);
	turn_until_count(peer.reactor, &peer.recorder->received,
			 EVERT_READ_SIZE + 1000);
}
