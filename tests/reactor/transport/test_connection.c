/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <math.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <criterion/redirect.h>

#include "../../../deferred/base/memory.h"
#include "../../../reactor/transport/connection_internal.h"
#include "../../support/death.h"
#include "../../support/memory.h"
#include "../../support/peer.h"

static struct peer peer;

static void finish(void)
{
	peer_close(&peer);
}

static void open_plain(void)
{
	peer_open(&peer, NULL, NULL);
}

TestSuite(connection, .init = open_plain, .fini = finish);
TestSuite(connection_hooked, .fini = finish);
TestSuite(connection_ended);
TestSuite(connection_opening);

static void expect_events(const char *events)
{
	cr_assert(eq(str, peer.recorder->events, (char *)events));
}

static void expect_lost(const struct evert_error *kind, int error)
{
	peer_turn_until_gone(&peer);
	cr_assert(peer.recorder->lost_kind == kind, "lost with %s",
		  peer.recorder->lost_kind->name);
	cr_assert(eq(int, peer.recorder->lost_error, error));
}

/* ---- The order of things ---- */

Test(connection, p49_made_is_first_and_lost_is_last_and_each_is_called_once)
{
	peer_send(&peer, "hello");
	turn_until_count(peer.reactor, &peer.recorder->received, 5);
	peer_hang_up(&peer);
	peer_turn_until_gone(&peer);

	expect_events("MDLX");
}

Test(connection, p49_nothing_is_delivered_after_lose_connection)
{
	peer_send(&peer, "too late");
	evert_transport_lose_connection(peer.transport);
	peer_turn_until_gone(&peer);

	expect_events("MLX");
}

Test(connection, p49_nothing_is_delivered_after_abort)
{
	peer_send(&peer, "too late");
	evert_transport_abort(peer.transport);
	peer_turn_until_gone(&peer);

	expect_events("MLX");
}

static void nothing(struct recorder *recorder)
{
	(void)recorder;
}

Test(connection_hooked, p49_the_peers_end_is_not_told_after_lose_connection)
{
	static const struct recorder_hooks hooks = { .ended = nothing };

	peer_open(&peer, &hooks, NULL);
	peer_fill(&peer); /* so that it stays open for a while */
	evert_transport_lose_connection(peer.transport);
	peer_send_end(&peer);
	turn_until_idle(peer.reactor);
	peer_hang_up(&peer);
	peer_turn_until_gone(&peer);

	expect_events("MLX");
}

/* ---- Ended from inside every callback ---- */

enum way {
	BY_LOSE,
	BY_ABORT,
	BY_HOLE, /* a write for which there is no memory */
	BY_FAILED_SEND,
	WAYS,
};

static void write_without_memory(struct evert_transport *transport)
{
	static char much[200000];

	test_system_fail(&peer.system, CALL_SEND, 1, EAGAIN, false);
	failing_allocator_fail(1, true);
	cr_assert(eq(int,
		     evert_transport_write(transport, much, sizeof(much)),
		     -ENOMEM));
	failing_allocator_fail(0, false);
}

/* So much is sent before the write returns. */
static void write_to_a_broken_peer(struct evert_transport *transport)
{
	static char much[200000];

	test_system_fail(&peer.system, CALL_SEND, 1, EPIPE, true);
	cr_assert(eq(int,
		     evert_transport_write(transport, much, sizeof(much)), 0));
}

/* Ends the connection from wherever it is called; it has to be told later. */
static void end_it(struct recorder *recorder)
{
	struct evert_transport *transport = recorder->base.transport;
	bool was_closing = transport->closing;

	switch (*(enum way *)recorder->arg) {
	case BY_LOSE:
		evert_transport_lose_connection(transport);
		break;
	case BY_ABORT:
		evert_transport_abort(transport);
		break;
	case BY_HOLE:
		if (!was_closing)
			write_without_memory(transport);
		break;
	default:
		if (!was_closing)
			write_to_a_broken_peer(transport);
		break;
	}
	/* In connection_lost it is told already, and must not be again. */
	cr_assert(eq(sz, recorder->lost, was_closing ? 1 : 0));
}

/* Runs a connection that ends as `hooks` say, in every way. */
static void end_in_every_way(const struct recorder_hooks *hooks,
			     void (*begin)(void))
{
	enum way way;

	for (way = 0; way < WAYS; way++) {
		failing_allocator_start(0, false);
		peer_open(&peer, hooks, &way);
		if (begin)
			begin();
		peer_turn_until_gone(&peer);
		cr_assert(eq(sz, peer.recorder->made, 1));
		cr_assert(eq(sz, peer.recorder->lost, 1));
		cr_assert(eq(str, strchr(peer.recorder->events, 'L'), "LX"));
		peer_close(&peer);
		cr_assert(eq(sz, failing_allocator_stop().live, 0));
	}
}

Test(connection_ended, p49_ended_in_connection_made_it_is_told_later)
{
	static const struct recorder_hooks hooks = { .made = end_it };

	end_in_every_way(&hooks, NULL);
}

static void end_on_data(struct recorder *recorder, const char *data,
			size_t length)
{
	(void)data;
	(void)length;
	end_it(recorder);
}

static void say_hello(void)
{
	peer_send(&peer, "hello");
}

Test(connection_ended, p49_ended_in_data_received_it_is_told_later)
{
	static const struct recorder_hooks hooks = { .received = end_on_data };

	end_in_every_way(&hooks, say_hello);
}

static void say_end(void)
{
	peer_send_end(&peer);
}

Test(connection_ended, p49_ended_in_end_received_it_is_told_later)
{
	static const struct recorder_hooks hooks = { .ended = end_it };

	end_in_every_way(&hooks, say_end);
}

static void write_over_high_mark(void)
{
	static char much[8000000];

	cr_assert(eq(int,
		     evert_transport_write(peer.transport, much,
					   sizeof(much)),
		     0));
	cr_assert(eq(sz, peer.recorder->paused, 1));
}

static void write_and_take_it(void)
{
	write_over_high_mark();
	while (!peer.recorder->resumed && !peer.recorder->lost) {
		static char data[65536];

		if (recv(peer.fd, data, sizeof(data), 0) < 0)
			turn_until_idle(peer.reactor);
	}
}

static void write_and_hang_up(void)
{
	write_over_high_mark();
	peer_hang_up(&peer);
}

Test(connection_ended, p49_ended_in_pause_writing_it_is_told_later)
{
	static const struct recorder_hooks hooks = { .paused = end_it };

	end_in_every_way(&hooks, write_and_hang_up);
}

Test(connection_ended, p49_ended_in_resume_writing_it_is_told_later)
{
	static const struct recorder_hooks hooks = { .resumed = end_it };

	end_in_every_way(&hooks, write_and_take_it);
}

static void hang_up(void)
{
	peer_hang_up(&peer);
}

Test(connection_ended, p49_ended_in_connection_lost_it_is_not_told_again)
{
	static const struct recorder_hooks hooks = { .lost = end_it };

	end_in_every_way(&hooks, hang_up);
}

/* ---- Ended from elsewhere ---- */

static void end_from_call(void *recorder)
{
	end_it(recorder);
}

static void plan_the_end(void)
{
	evert_reactor_call_later(peer.reactor, 0, end_from_call,
				 peer.recorder);
}

Test(connection_ended, p63_ended_by_a_delayed_call_it_is_told_later)
{
	static const struct recorder_hooks hooks = { .made = NULL };

	end_in_every_way(&hooks, plan_the_end);
}

static struct evert_result end_from_deferred(struct evert_result *in,
					     void *recorder)
{
	end_it(recorder);
	return *in;
}

static void end_when_fired(void)
{
	struct evert_firing *firing;
	struct evert_deferred *d = evert_deferred_create(&firing);

	evert_deferred_add_both(d, end_from_deferred, peer.recorder);
	evert_deferred_release(d);
	evert_deferred_fire(&firing, evert_result_none());
}

Test(connection_ended, p63_ended_by_a_deferreds_callback_it_is_told_later)
{
	static const struct recorder_hooks hooks = { .made = NULL };

	end_in_every_way(&hooks, end_when_fired);
}

static void end_the_other(struct recorder *recorder, const char *data,
			  size_t length)
{
	(void)recorder;
	(void)data;
	(void)length;
	end_it(peer.recorder);
}

static void end_by_another(void)
{
	static const struct recorder_hooks hooks = { .received = end_the_other };
	static struct recorder_factory another;
	int fd = peer_open_another(&peer, &hooks, NULL, &another);

	cr_assert(eq(sz, (size_t)send(fd, "x", 1, 0), 1));
	turn_until_count(peer.reactor, &another.recorders[0].received, 1);
	close(fd);
}

Test(connection_ended, p63_ended_by_another_protocol_it_is_told_later)
{
	static const struct recorder_hooks hooks = { .made = NULL };

	end_in_every_way(&hooks, end_by_another);
}

/* ---- Why it ended ---- */

Test(connection, p53_closed_by_us_it_is_done)
{
	evert_transport_lose_connection(peer.transport);
	expect_lost(EVERT_CONNECTION_DONE, 0);
	cr_assert(eq(int, peer_read_end(&peer), 0));
}

static struct evert_failure *malformed(void)
{
	return evert_failure_create(EVERT_CONNECTION_LOST, EPROTO,
				    "malformed");
}

Test(connection, p53_failed_it_sends_what_is_queued_and_is_lost_for_that)
{
	char text[8];

	evert_transport_write(peer.transport, "queued", 6);
	evert_transport_fail(peer.transport, malformed());
	cr_assert(eq(int, -EPIPE,
		     evert_transport_write(peer.transport, "x", 1)));
	expect_lost(EVERT_CONNECTION_LOST, EPROTO);
	peer_read(&peer, text, 7);
	cr_assert(eq(str, text, "queued"));
	cr_assert(eq(int, peer_read_end(&peer), 0));
}

Test(connection, p53_failed_and_aborted_it_is_lost_for_what_it_failed_with)
{
	evert_transport_fail(peer.transport, malformed());
	evert_transport_abort(peer.transport);
	expect_lost(EVERT_CONNECTION_LOST, EPROTO);
	cr_assert(eq(int, peer_read_end(&peer), ECONNRESET));
}

Test(connection, p53_failed_while_it_is_closing_it_is_done)
{
	evert_transport_lose_connection(peer.transport);
	evert_transport_fail(peer.transport, malformed());
	expect_lost(EVERT_CONNECTION_DONE, 0);
}

static void fail_with_nothing_lost(void *arg)
{
	(void)arg;
	evert_transport_fail(peer.transport,
			     evert_failure_bare(EVERT_NO_MEMORY));
}

Test(connection, p53_to_fail_with_another_kind_is_a_bug)
{
	dies(fail_with_nothing_lost, NULL, SIGABRT,
	     "that is no EVERT_CONNECTION_LOST");
}

Test(connection, p53_closed_by_the_peer_it_is_done)
{
	peer_hang_up(&peer);
	expect_lost(EVERT_CONNECTION_DONE, 0);
}

Test(connection, p53_reset_by_the_peer_it_is_lost_with_the_errno)
{
	peer_reset(&peer);
	expect_lost(EVERT_CONNECTION_LOST, ECONNRESET);
}

Test(connection, p53_when_reading_fails_it_is_lost_with_the_errno)
{
	peer_send(&peer, "x");
	test_system_fail(&peer.system, CALL_READ, 1, ETIMEDOUT, false);
	expect_lost(EVERT_CONNECTION_LOST, ETIMEDOUT);
	expect_events("MLX");
}

Test(connection, p53_when_sending_fails_it_is_lost_with_the_errno)
{
	recorder_write(peer.recorder, "x");
	test_system_fail(&peer.system, CALL_SEND, 1, EPIPE, false);
	expect_lost(EVERT_CONNECTION_LOST, EPIPE);
	expect_events("MLX");
}

Test(connection, p53_reset_while_it_closes_it_is_lost_with_the_errno)
{
	peer_fill(&peer);
	evert_transport_lose_connection(peer.transport);
	turn_until_idle(peer.reactor);
	peer_reset(&peer);
	expect_lost(EVERT_CONNECTION_LOST, ECONNRESET);
}

Test(connection, p53_aborted_it_is_aborted)
{
	const struct evert_failure *aborted =
		evert_failure_bare(EVERT_CONNECTION_ABORTED);

	evert_transport_abort(peer.transport);
	expect_lost(EVERT_CONNECTION_ABORTED, 0);
	cr_assert(evert_failure_is(aborted, EVERT_CONNECTION_LOST));
}

Test(connection, p53_the_first_reason_counts)
{
	evert_transport_abort(peer.transport);
	evert_transport_lose_connection(peer.transport);
	peer_reset(&peer);
	expect_lost(EVERT_CONNECTION_ABORTED, 0);
}

/* ---- Aborting ---- */

Test(connection, p51_abort_resets_the_connection)
{
	evert_transport_abort(peer.transport);
	cr_assert(eq(int, peer_read_end(&peer), ECONNRESET));
}

Test(connection, p51_abort_drops_what_is_queued)
{
	recorder_write(peer.recorder, "never sent");
	evert_transport_abort(peer.transport);

	cr_assert(eq(sz, evert_transport_queued(peer.transport), 0));
	cr_assert(eq(int, peer_read_end(&peer), ECONNRESET));
	cr_assert(eq(sz, peer_sends(&peer), 0));
}

Test(connection, p51_abort_after_lose_connection_resets_too)
{
	peer_fill(&peer);
	evert_transport_lose_connection(peer.transport);
	turn_until_idle(peer.reactor);
	evert_transport_abort(peer.transport);

	expect_lost(EVERT_CONNECTION_ABORTED, 0);
}

static void abort_it(struct recorder *recorder)
{
	evert_transport_abort(recorder->base.transport);
}

Test(connection_hooked, abort_does_nothing_once_it_has_ended_in_order)
{
	static const struct recorder_hooks hooks = { .lost = abort_it };

	peer_open(&peer, &hooks, NULL);
	recorder_write(peer.recorder, "all");
	evert_transport_lose_connection(peer.transport);
	expect_lost(EVERT_CONNECTION_DONE, 0);
	cr_assert(eq(sz, peer_read(&peer, (char[8]){ 0 }, 7), 3));
	cr_assert(eq(int, peer_read_end(&peer), 0));
}

Test(connection, told_and_gone_in_the_turn_in_which_all_was_sent)
{
	recorder_write(peer.recorder, "all");
	evert_transport_lose_connection(peer.transport);
	turn(peer.reactor);
	cr_assert(eq(str, peer.recorder->events, "MLX"));
}

/* ---- Waiting for the end ---- */

static struct evert_result note_lost(struct evert_result *in, void *arg)
{
	size_t *lost_before = arg;

	*lost_before = peer.recorder->lost;
	cr_assert(evert_result_is_none(in));
	return *in;
}

Test(connection, p62_closed_fires_when_connection_lost_has_returned)
{
	struct evert_deferred *closed = evert_transport_closed(peer.transport);
	size_t lost_before = 0;

	evert_deferred_add_callback(closed, note_lost, &lost_before);
	peer_hang_up(&peer);
	evert_result_release(turn_until_fired(peer.reactor, closed));

	cr_assert(eq(sz, lost_before, 1));
}

Test(connection, p62_closed_can_be_asked_for_by_many)
{
	struct evert_deferred *first = evert_transport_closed(peer.transport);
	struct evert_deferred *second = evert_transport_closed(peer.transport);

	evert_transport_lose_connection(peer.transport);
	evert_result_release(turn_until_fired(peer.reactor, first));
	evert_result_release(turn_until_fired(peer.reactor, second));
}

Test(connection, p62_cancelling_closed_only_ends_the_waiting)
{
	struct evert_deferred *first = evert_transport_closed(peer.transport);
	struct evert_deferred *second = evert_transport_closed(peer.transport);

	evert_deferred_cancel(first);
	cr_assert(turn_until_failed(peer.reactor, first) == EVERT_CANCELLED);
	turn_until_idle(peer.reactor);
	cr_assert(eq(sz, peer.recorder->lost, 0));
	evert_transport_lose_connection(peer.transport);
	evert_result_release(turn_until_fired(peer.reactor, second));
}

static struct evert_deferred *asked;

static void ask(struct recorder *recorder)
{
	asked = evert_transport_closed(recorder->base.transport);
}

Test(connection_hooked, p62_closed_asked_for_in_connection_lost_fires)
{
	static const struct recorder_hooks hooks = { .lost = ask };

	peer_open(&peer, &hooks, NULL);
	peer_hang_up(&peer);
	peer_turn_until_gone(&peer);
	evert_result_release(turn_until_fired(peer.reactor, asked));
}

static struct evert_result ask_again(struct evert_result *in, void *arg)
{
	(void)arg;
	ask(peer.recorder);
	return *in;
}

Test(connection, p62_closed_asked_for_when_closed_fires_fires_too)
{
	struct evert_deferred *closed = evert_transport_closed(peer.transport);

	evert_deferred_add_callback(closed, ask_again, NULL);
	evert_deferred_release(closed);
	evert_transport_abort(peer.transport);
	peer_turn_until_gone(&peer);
	evert_result_release(turn_until_fired(peer.reactor, asked));
}

static struct evert_result ask_three_times(struct evert_result *in, void *arg)
{
	struct evert_deferred *closed;
	size_t *fired = arg;

	if (++*fired < 4) {
		closed = evert_transport_closed(peer.recorder->base.transport);
		evert_deferred_add_callback(closed, ask_three_times, fired);
		evert_deferred_release(closed);
	}
	return *in;
}

Test(connection, p62_closed_asked_for_by_who_it_has_fired_fires_each_time)
{
	struct evert_deferred *closed = evert_transport_closed(peer.transport);
	size_t fired = 0;

	evert_deferred_add_callback(closed, ask_three_times, &fired);
	evert_deferred_release(closed);
	evert_transport_abort(peer.transport);
	peer_turn_until_gone(&peer);
	cr_assert(eq(sz, fired, 4));
}

/* ---- After the end ---- */

static void use_everything(struct recorder *recorder)
{
	struct evert_transport *transport = recorder->base.transport;
	struct evert_address address;

	cr_assert(evert_transport_is_closing(transport));
	cr_assert(eq(int, evert_transport_write(transport, "x", 1), -EPIPE));
	cr_assert(eq(int, evert_transport_lose_write(transport), -EPIPE));
	evert_transport_lose_connection(transport);
	evert_transport_abort(transport);
	evert_transport_pause_reading(transport);
	evert_transport_resume_reading(transport);
	evert_transport_set_write_marks(transport, 1, 0);
	cr_assert(eq(sz, evert_transport_queued(transport), 0));
	evert_transport_host(transport, &address);
	evert_transport_set_no_delay(transport, true);
}

static struct evert_result use_closed(struct evert_result *in, void *arg)
{
	(void)arg;
	use_everything(peer.recorder);
	return *in;
}

Test(connection_hooked, may_be_used_until_the_turn_of_connection_lost_ends)
{
	static const struct recorder_hooks hooks = { .lost = use_everything };
	struct evert_deferred *closed;

	peer_open(&peer, &hooks, NULL);
	closed = evert_transport_closed(peer.transport);
	evert_deferred_add_callback(closed, use_closed, NULL);
	peer_hang_up(&peer);
	evert_result_release(turn_until_fired(peer.reactor, closed));
	peer_turn_until_gone(&peer);

	expect_events("MLX");
}

/* ---- Addresses and options ---- */

static void expect_addresses(const struct evert_transport *transport)
{
	struct evert_address host, other;
	struct sockaddr_in name;
	socklen_t length = sizeof(name);

	cr_assert(eq(int, evert_transport_host(transport, &host), 0));
	cr_assert(eq(int, getpeername(peer.fd, (void *)&name, &length), 0));
	cr_assert(eq(int, memcmp(&host.as.ip4, &name, length), 0));
	cr_assert(eq(int, evert_transport_peer(transport, &other), 0));
	cr_assert(eq(int, getsockname(peer.fd, (void *)&name, &length), 0));
	cr_assert(eq(int, memcmp(&other.as.ip4, &name, length), 0));
}

Test(connection, has_the_addresses_of_both_sides)
{
	expect_addresses(peer.transport);
}

static void ask_addresses(struct recorder *recorder)
{
	expect_addresses(recorder->base.transport);
}

Test(connection_hooked, has_its_addresses_in_connection_lost)
{
	static const struct recorder_hooks hooks = { .lost = ask_addresses };

	peer_open(&peer, &hooks, NULL);
	peer_send_end(&peer);
	peer_turn_until_gone(&peer);
}

static void expect_peer(struct recorder *recorder)
{
	struct evert_address address;

	cr_assert(eq(int, evert_transport_peer(recorder->base.transport,
					       &address), 0));
	cr_assert(eq(int, address.as.any.sa_family, AF_INET));
	cr_assert(evert_address_port(&address) ==
		  evert_address_port(&recorder->peer));
}

Test(connection_hooked, p91_has_the_peers_address_after_a_reset)
{
	static const struct recorder_hooks hooks = { .lost = expect_peer };

	peer_open(&peer, &hooks, NULL);
	peer_reset(&peer);
	peer_turn_until_gone(&peer);
}

Test(connection, p91_asks_nobody_for_the_peers_address)
{
	expect_peer(peer.recorder);
	cr_assert(eq(sz, peer.system.plans[CALL_GETPEERNAME].calls, 0));
}

static struct evert_result ask_closed(struct evert_result *in, void *arg)
{
	struct evert_address address;

	(void)arg;
	cr_assert(eq(int, evert_transport_host(peer.transport, &address),
		     -ENOTCONN));
	cr_assert(eq(int, evert_transport_set_no_delay(peer.transport, true),
		     -ENOTCONN));
	return *in;
}

Test(connection, has_neither_addresses_nor_options_once_it_is_closed)
{
	struct evert_deferred *closed = evert_transport_closed(peer.transport);

	evert_deferred_add_callback(closed, ask_closed, NULL);
	evert_transport_lose_connection(peer.transport);
	evert_result_release(turn_until_fired(peer.reactor, closed));
}

static int option(int level, int name)
{
	int value = -1;
	socklen_t length = sizeof(value);
	int fd = evert_connection_from(peer.transport)->watch.fd;

	cr_assert(getsockopt(fd, level, name, &value, &length) == 0);
	return value != 0;
}

Test(connection, no_delay_is_on_and_can_be_set)
{
	cr_assert(eq(int, option(IPPROTO_TCP, TCP_NODELAY), 1));
	cr_assert(eq(int, evert_transport_set_no_delay(peer.transport, false),
		     0));
	cr_assert(eq(int, option(IPPROTO_TCP, TCP_NODELAY), 0));
	cr_assert(eq(int, evert_transport_set_no_delay(peer.transport, true),
		     0));
	cr_assert(eq(int, option(IPPROTO_TCP, TCP_NODELAY), 1));
}

Test(connection, keep_alive_is_off_and_can_be_set)
{
	cr_assert(eq(int, option(SOL_SOCKET, SO_KEEPALIVE), 0));
	cr_assert(eq(int, evert_transport_set_keep_alive(peer.transport, true),
		     0));
	cr_assert(eq(int, option(SOL_SOCKET, SO_KEEPALIVE), 1));
	cr_assert(eq(int,
		     evert_transport_set_keep_alive(peer.transport, false),
		     0));
	cr_assert(eq(int, option(SOL_SOCKET, SO_KEEPALIVE), 0));
}

Test(connection, an_option_that_is_refused_is_an_error)
{
	test_system_fail(&peer.system, CALL_SETSOCKOPT, 1, ENOBUFS, false);
	cr_assert(eq(int, evert_transport_set_no_delay(peer.transport, true),
		     -ENOBUFS));
}

/* ---- Opening ---- */

static int refuse_to_watch(struct evert_poller *poller, int fd,
			   unsigned before, unsigned after, uint64_t tag)
{
	(void)poller, (void)fd, (void)before, (void)after, (void)tag;
	return -ENOSPC;
}

Test(connection, that_can_t_be_watched_is_lost_with_the_errno)
{
	const struct evert_poller_ops *working = peer.reactor->poller->ops;
	struct evert_poller_ops failing = *working;

	failing.set = refuse_to_watch;
	peer.reactor->poller->ops = &failing;
	evert_transport_pause_reading(peer.transport);
	turn(peer.reactor);
	peer.reactor->poller->ops = working;

	expect_lost(EVERT_CONNECTION_LOST, ENOSPC);
}

/* A reactor and one end of a pair of sockets, opened as a connection. */
static struct evert_protocol *open_pair(struct evert_reactor *reactor,
					struct recorder_factory *factory,
					int pair[2])
{
	static const struct evert_address nobody;

	cr_assert(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, pair) ==
		  0);
	return evert_connection_open(reactor, pair[0], &factory->base,
				     &nobody, NULL);
}

Test(connection_opening, a_factory_that_refuses_has_the_descriptor_closed)
{
	static struct recorder_factory factory;
	struct evert_reactor *reactor = make_reactor(NULL);
	int pair[2];
	char byte;

	recorder_factory_init(&factory, NULL, NULL);
	factory.refuses = true;
	cr_assert(open_pair(reactor, &factory, pair) == NULL);
	cr_assert(eq(int, errno, ECONNABORTED));
	cr_assert(eq(sz, (size_t)read(pair[1], &byte, 1), 0));
	close(pair[1]);
	evert_reactor_destroy(reactor);
}

Test(connection_opening, without_memory_the_descriptor_is_closed)
{
	static struct recorder_factory factory;
	struct evert_reactor *reactor;
	int pair[2];
	char byte;

	failing_allocator_start(0, false);
	reactor = make_reactor(NULL);
	recorder_factory_init(&factory, NULL, NULL);
	failing_allocator_fail(1, true);
	cr_assert(open_pair(reactor, &factory, pair) == NULL);
	cr_assert(eq(int, errno, ENOMEM));
	cr_assert(eq(sz, (size_t)read(pair[1], &byte, 1), 0));
	cr_assert(eq(sz, factory.asked, 0));
	failing_allocator_fail(0, false);
	close(pair[1]);
	evert_reactor_destroy(reactor);
	cr_assert(eq(sz, failing_allocator_stop().live, 0));
}

Test(connection_opening, a_descriptor_too_high_for_the_table_is_closed)
{
	static struct recorder_factory factory;
	struct evert_reactor *reactor;
	static const struct evert_address nobody;
	int pair[2], high = 1000;

	failing_allocator_start(0, false);
	reactor = make_reactor(NULL);
	recorder_factory_init(&factory, NULL, NULL);
	cr_assert(socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == 0);
	cr_assert(eq(int, dup2(pair[0], high), high));
	close(pair[0]);
	failing_allocator_fail(2, true); /* the table, not the connection */
	cr_assert(evert_connection_open(reactor, high, &factory.base,
					&nobody, NULL) == NULL);
	cr_assert(eq(int, errno, ENOMEM));
	failing_allocator_fail(0, false);
	close(pair[1]);
	evert_reactor_destroy(reactor);
	cr_assert(eq(sz, failing_allocator_stop().live, 0));
}

Test(connection_opening, p82_without_memory_for_a_bound_it_closes_at_once)
{
	static struct recorder_factory factory;
	static char much[1 << 20];
	struct recorder *recorder = &factory.recorders[0];
	struct evert_reactor *reactor;
	int pair[2];

	failing_allocator_start(0, false);
	reactor = make_reactor(NULL);
	recorder_factory_init(&factory, NULL, NULL);
	open_pair(reactor, &factory, pair);
	cr_assert(zero(int, evert_transport_write(recorder->base.transport,
						  much, sizeof(much))));
	cr_assert(evert_transport_queued(recorder->base.transport) > 0);
	evert_transport_lose_connection(recorder->base.transport);
	failing_allocator_fail(1, false);
	cr_assert(zero(int, evert_reactor_turn(reactor, 0)));
	cr_assert(eq(sz, recorder->lost, 1));
	cr_assert(eq(int, recorder->lost_error, ENOMEM));
	close(pair[1]);
	evert_reactor_destroy(reactor);
	cr_assert(eq(sz, failing_allocator_stop().live, 0));
}

/* ---- The peer's address ---- */

static void expect_kept(const struct evert_address *expected)
{
	static struct recorder_factory factory;
	struct evert_reactor *reactor = make_reactor(NULL);
	struct evert_address kept;
	int pair[2];

	recorder_factory_init(&factory, NULL, NULL);
	cr_assert(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, pair) ==
		  0);
	cr_assert(evert_connection_open(reactor, pair[0], &factory.base,
					expected, NULL) != NULL);
	cr_assert(zero(int, evert_transport_peer(
				    factory.recorders[0].base.transport,
				    &kept)));
	cr_assert(eq(int, (int)kept.length, (int)expected->length));
	cr_assert(zero(int, memcmp(&kept.as, &expected->as, kept.length)));
	close(pair[1]);
	evert_reactor_destroy(reactor);
}

Test(connection_opening, p91_an_address_of_any_length_is_kept)
{
	struct evert_address address;

	cr_assert(zero(int, evert_address_parse(&address, "10.1.2.3", 4)));
	expect_kept(&address);
	cr_assert(zero(int, evert_address_parse(&address, "fe80::1%1", 6)));
	expect_kept(&address);
	memset(&address, 'x', sizeof(address));
	address.as.any.sa_family = AF_UNIX;
	address.length = sizeof(address.as);
	expect_kept(&address);
	address.length = sizeof(sa_family_t) + 3;
	expect_kept(&address);
}

/* ---- A protocol that stands behind its connection ---- */

struct aligned {
	struct evert_protocol base;
	_Alignas(16) char bytes[24];
	size_t *destroyed;
};

static void aligned_destroy(struct evert_protocol *base)
{
	struct aligned *self = evert_container_of(base, struct aligned, base);

	cr_assert(zero(sz, (uintptr_t)self % 16));
	if (self->destroyed)
		++*self->destroyed;
}

static void ignore(struct evert_protocol *protocol, const char *data,
		   size_t length)
{
	(void)protocol;
	(void)data;
	(void)length;
}

static const struct evert_protocol_ops aligned_ops = {
	.data_received = ignore,
	.destroy = aligned_destroy,
};

Test(connection_opening, a_built_protocol_is_all_zeros_again_and_again)
{
	static struct evert_factory factory =
		EVERT_FACTORY(struct aligned, base, &aligned_ops);
	static const char zeros[24];
	struct evert_reactor *reactor = make_reactor(NULL);
	struct aligned *self;
	size_t destroyed = 0, i;
	int pair[2];

	for (i = 0; i < 3; i++) {
		cr_assert(zero(int, socketpair(AF_UNIX,
					       SOCK_STREAM | SOCK_NONBLOCK, 0,
					       pair)));
		self = evert_container_of(
			evert_connection_open(reactor, pair[0], &factory,
					      &(struct evert_address){ 0 },
					      NULL),
			struct aligned, base);
		cr_assert(zero(int, memcmp(self->bytes, zeros, 24)));
		cr_assert(zero(ptr, self->destroyed));
		memset(self->bytes, 'x', 24);
		self->destroyed = &destroyed;
		close(pair[1]);
		turn_until_count(reactor, &destroyed, i + 1);
	}
	evert_reactor_destroy(reactor);
}

/* ---- Streams that are not TCP ---- */

Test(connection_opening, a_peer_that_closed_altogether_is_done)
{
	/* Here the end and the hang-up come at once. */
	static struct recorder_factory factory;
	static const struct recorder_hooks hooks = { .ended = nothing };
	struct evert_reactor *reactor = make_reactor(NULL);
	struct recorder *recorder = &factory.recorders[0];
	int pair[2];

	recorder_factory_init(&factory, &hooks, NULL);
	open_pair(reactor, &factory, pair);
	cr_assert(eq(sz, (size_t)write(pair[1], "bye", 3), 3));
	close(pair[1]);
	turn_until_count(reactor, &recorder->destroyed, 1);

	cr_assert(eq(str, recorder->events, "MDELX"));
	cr_assert(recorder->lost_kind == EVERT_CONNECTION_DONE);
	evert_reactor_destroy(reactor);
}

Test(connection_opening, p54_an_end_with_hang_up_waits_behind_unread_data)
{
	static struct recorder_factory factory;
	struct evert_reactor *reactor = make_reactor(NULL);
	struct recorder *recorder = &factory.recorders[0];
	int pair[2];

	recorder_factory_init(&factory, NULL, NULL);
	open_pair(reactor, &factory, pair);
	evert_transport_pause_reading(recorder->base.transport);
	cr_assert(eq(sz, (size_t)write(pair[1], "bye", 3), 3));
	close(pair[1]);
	turn_until_idle(reactor);
	cr_assert(eq(str, recorder->events, "M"));
	evert_transport_resume_reading(recorder->base.transport);
	turn_until_count(reactor, &recorder->destroyed, 1);

	cr_assert(eq(str, recorder->data, "bye"));
	cr_assert(recorder->lost_kind == EVERT_CONNECTION_DONE);
	evert_reactor_destroy(reactor);
}

/* ---- When the reactor stops ---- */

Test(connection, p44_what_is_queued_is_sent_as_far_as_the_kernel_takes_it)
{
	char text[64];

	recorder_write(peer.recorder, "good-bye");
	evert_reactor_stop(peer.reactor);
	run_reactor(peer.reactor);

	cr_assert(eq(sz, peer_read(&peer, text, sizeof(text) - 1), 8));
	cr_assert(eq(str, text, "good-bye"));
	cr_assert(peer.recorder->lost_kind == EVERT_REACTOR_STOPPED);
}

Test(connection, p44_with_something_left_the_peer_is_told_by_a_reset)
{
	size_t number = 0;

	peer_fill(&peer);
	peer.reactor->closing_time = 0;
	evert_reactor_stop(peer.reactor);
	run_reactor(peer.reactor);
	while (peer_read_pattern(&peer, &number, 65536) == 65536)
		number = 0;

	cr_assert(eq(int, errno, ECONNRESET));
}

static void read_on(void *total)
{
	char data[65536];
	ssize_t size;

	while ((size = recv(peer.fd, data, sizeof(data), 0)) > 0)
		*(size_t *)total += (size_t)size;
	evert_reactor_call_later(peer.reactor, 0, read_on, total);
}

Test(connection, p82_what_is_queued_when_the_reactor_stops_is_sent)
{
	size_t queued, total = 0;

	peer_fill(&peer);
	queued = evert_transport_queued(peer.transport);
	evert_reactor_call_later(peer.reactor, 0.001, read_on, &total);
	evert_reactor_stop(peer.reactor);
	run_reactor(peer.reactor);
	while (recv(peer.fd, &queued, 1, 0) > 0)
		total++;

	cr_assert(peer.recorder->lost_kind == EVERT_REACTOR_STOPPED);
	cr_assert(eq(int, peer.recorder->lost_error, 0));
	cr_assert(total > 65536);
}

Test(connection, p82_what_nobody_takes_when_the_reactor_stops_is_given_up)
{
	peer_fill(&peer);
	peer.system.now = peer.system.base.ops->now(&peer.system.base);
	peer.system.virtual_time = true;
	evert_reactor_stop(peer.reactor);
	run_reactor(peer.reactor);

	cr_assert(peer.recorder->lost_kind == EVERT_REACTOR_STOPPED);
	cr_assert(eq(int, peer.recorder->lost_error, ETIMEDOUT));
}

static size_t queue_much(struct evert_transport *transport)
{
	static char much[8 << 20];

	cr_assert(zero(int, evert_transport_write(transport, much,
						  sizeof(much))));
	turn_until_idle(peer.reactor);
	return evert_transport_queued(transport);
}

Test(connection, p82_how_much_was_given_up_is_told)
{
	static struct recorder_factory others;
	char said[200];
	size_t queued;
	int end;

	cr_redirect_stderr();
	end = peer_open_another(&peer, NULL, NULL, &others);
	queued = queue_much(peer.transport);
	queued += queue_much(others.recorders[0].base.transport);
	sprintf(said, "evert: %zu bytes on 2 connections were given up: the "
		"reactor stopped, and their peers did not take them in time\n",
		queued);
	peer.reactor->closing_time = 0;
	evert_reactor_stop(peer.reactor);
	run_reactor(peer.reactor);
	cr_expect_stderr_eq_str(said);
	close(end);
}

static void destroy_without_time(void)
{
	peer.reactor->closing_time = 0;
	evert_reactor_destroy(peer.reactor);
	peer.reactor = make_reactor(NULL);
}

Test(connection, p82_without_a_closing_time_what_the_kernel_takes_is_sent)
{
	char text[16] = "";

	recorder_write(peer.recorder, "good-bye");
	destroy_without_time();
	cr_assert(eq(sz, peer_read(&peer, text, sizeof(text) - 1), 8));
	cr_assert(eq(str, text, "good-bye"));
	cr_assert(zero(int, peer.recorder->lost_error));
}

Test(connection, a_kernel_that_is_full_is_not_asked_once_more_at_the_end)
{
	size_t sends;

	peer_fill(&peer);
	sends = peer_sends(&peer);
	destroy_without_time();
	cr_assert(eq(sz, peer_sends(&peer), sends));
}

Test(connection, p82_what_nobody_takes_when_it_is_destroyed_is_given_up)
{
	peer_fill(&peer);
	peer.system.now = peer.system.base.ops->now(&peer.system.base);
	peer.system.virtual_time = true;
	evert_reactor_destroy(peer.reactor);
	cr_assert(eq(str, peer.recorder->events, "MLX"));
	cr_assert(eq(int, peer.recorder->lost_error, ETIMEDOUT));
	peer.reactor = NULL;
	peer.reactor = make_reactor(NULL);
}

/* ---- The closing time ---- */

static void close_and_wait(double seconds, int64_t *begun)
{
	peer_fill(&peer);
	peer.system.now = peer.system.base.ops->now(&peer.system.base);
	peer.system.virtual_time = true;
	*begun = peer.system.now;
	if (seconds != 0)
		cr_assert(eq(int, evert_transport_set_closing_time(
					  peer.transport, seconds), 0));
	evert_transport_lose_connection(peer.transport);
	peer_turn_until_gone(&peer);
}

Test(connection, p82_closing_it_waits_three_seconds_for_a_peer_that_takes_nothing)
{
	int64_t begun;

	close_and_wait(0, &begun);
	cr_assert(eq(int, (int)((peer.system.now - begun + 500000000) /
				1000000000), 3));
	cr_assert(peer.recorder->lost_kind == EVERT_CONNECTION_LOST);
	cr_assert(eq(int, peer.recorder->lost_error, ETIMEDOUT));
}

/* Where the peer is only told that nothing more will come. */
Test(connection, p82_an_end_waits_as_long_for_a_peer_that_takes_nothing)
{
	int64_t begun;

	peer_fill(&peer);
	peer.system.now = peer.system.base.ops->now(&peer.system.base);
	peer.system.virtual_time = true;
	begun = peer.system.now;
	cr_assert(zero(int, evert_transport_lose_write(peer.transport)));
	peer_turn_until_gone(&peer);
	cr_assert(eq(int, (int)((peer.system.now - begun + 500000000) /
				1000000000), 3));
	cr_assert(eq(int, peer.recorder->lost_error, ETIMEDOUT));
}

Test(connection, p82_an_end_that_was_sent_leaves_no_bound)
{
	static size_t total;

	peer_fill(&peer);
	cr_assert(zero(int, evert_transport_lose_write(peer.transport)));
	turn(peer.reactor);
	cr_assert(evert_clock_pending(&peer.reactor->clock));
	while (evert_transport_queued(peer.transport)) {
		read_on(&total);
		turn(peer.reactor);
	}
	evert_clock_end(&peer.reactor->clock);
	cr_assert(zero(sz, peer.recorder->lost));
}

Test(connection, p82_the_closing_time_can_be_set)
{
	int64_t begun;

	close_and_wait(2, &begun);
	cr_assert(eq(int, (int)((peer.system.now - begun + 500000000) /
				1000000000), 2));
}

Test(connection, p82_the_closing_time_may_be_years)
{
	peer_fill(&peer);
	cr_assert(zero(int, evert_transport_set_closing_time(peer.transport,
							     2e8)));
	evert_transport_lose_connection(peer.transport);
	turn_until_idle(peer.reactor);
	cr_assert(zero(sz, peer.recorder->lost));
}

Test(connection, p82_the_closing_time_of_all_can_be_set)
{
	int64_t begun;

	cr_assert(zero(int, evert_reactor_set_closing_time(peer.reactor, 2)));
	cr_assert(eq(int, evert_reactor_set_closing_time(peer.reactor, NAN),
		     -EINVAL));
	close_and_wait(0, &begun);
	cr_assert(eq(int, (int)((peer.system.now - begun + 500000000) /
				1000000000), 2));
}

Test(connection, p82_a_closing_time_may_be_as_long_as_one_likes)
{
	cr_assert(zero(int, evert_reactor_set_closing_time(peer.reactor,
							   1e300)));
	cr_assert(zero(int, evert_transport_set_closing_time(peer.transport,
							     1e300)));
}

Test(connection, p90_a_closing_time_that_is_not_finite_is_refused)
{
	struct evert_reactor_options options = { .closing_seconds = INFINITY };

	cr_assert(eq(int, evert_transport_set_closing_time(peer.transport,
							   NAN), -EINVAL));
	cr_assert(evert_reactor_create(&options) == NULL);
	cr_assert(eq(int, errno, EINVAL));
}
