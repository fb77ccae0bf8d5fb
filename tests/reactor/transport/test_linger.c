/* SPDX-License-Identifier: MIT */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include <errno.h>
#include <math.h>
#include <poll.h>
#include <sys/socket.h>

#include "../../../reactor/reactor_internal.h"
#include "../../../reactor/stats.h"
#include "../../../reactor/transport/adopt.h"
#include "../../support/peer.h"

enum {
	MUCH = 200000,
	AS_MUCH = 130000, /* as the kernel takes, and the peer's does not */
};

static struct peer peer;
static size_t descriptors;

static void begin(void)
{
	peer_open(&peer, NULL, NULL);
	descriptors = count_descriptors();
}

static void finish(void)
{
	peer_close(&peer);
}

TestSuite(linger, .init = begin, .fini = finish);

/* The kernel holds an answer that the peer has not taken, the connection is
   closed, its protocol told. */
static void answer_and_close(void)
{
	static char data[MUCH];

	pattern(data, sizeof(data), 0);
	cr_assert(eq(int, evert_transport_write(peer.transport, data, MUCH),
		     0));
	evert_transport_lose_connection(peer.transport);
	turn_until_idle(peer.reactor);
}

static void read_all(void)
{
	size_t number = 0;

	cr_assert(eq(sz, peer_read_pattern(&peer, &number, MUCH), MUCH));
	cr_assert(eq(int, peer_read_end(&peer), 0));
}

Test(linger, p83_an_answer_survives_what_the_peer_sends_after_the_close)
{
	answer_and_close();
	peer_send_much(&peer, 100000);
	turn_until_idle(peer.reactor);
	peer_send_much(&peer, 100000);
	read_all();
	cr_assert(eq(sz, peer.recorder->lost, 1));
}

Test(linger, p83_it_ends_with_the_peers_end)
{
	answer_and_close();
	peer_send(&peer, "more");
	read_all();
	peer_send_end(&peer);
	turn_until_idle(peer.reactor);
	cr_assert(eq(sz, count_descriptors(), descriptors - 1));
}

Test(linger, p83_it_is_bounded)
{
	answer_and_close();
	read_all();
	peer.system.now = peer.system.base.ops->now(&peer.system.base);
	peer.system.virtual_time = true;
	peer_expect_sleep(&peer);
	peer.system.virtual_time = true;
	while (count_descriptors() == descriptors)
		turn(peer.reactor);
	cr_assert(eq(sz, count_descriptors(), descriptors - 1));
}

/* ---- What arrives just before the close ---- */

static struct evert_system_ops ops;
static bool arrives_late;

static void wait_until_arrived(int fd)
{
	struct pollfd arrived = { .fd = fd, .events = POLLIN };

	cr_assert(eq(int, poll(&arrived, 1, -1), 1));
}

/* When evert believes to have read all there is, there is more. */
static ssize_t read_before_more(int fd, void *data, size_t size,
				struct evert_system *system)
{
	ssize_t got = evert_system_real()->ops->read(fd, data, size,
						     evert_system_real());

	(void)system;
	if (arrives_late && got < (ssize_t)size) {
		arrives_late = false;
		peer_send(&peer, "more");
		wait_until_arrived(fd);
	}
	return got;
}

static void close_before_more(void)
{
	evert_transport_pause_reading(peer.transport);
	peer_send(&peer, "something");
	ops = *peer.system.base.ops;
	ops.read = read_before_more;
	peer.system.base.ops = &ops;
	arrives_late = true;
	recorder_write(peer.recorder, "answer");
	evert_transport_lose_connection(peer.transport);
	turn_until_idle(peer.reactor);
	cr_assert(zero(int, arrives_late));
}

static void expect_answer_and_the_end(void)
{
	char text[4097];

	cr_assert(eq(sz, peer_read(&peer, text, 6), 6));
	cr_assert(eq(str, text, "answer"));
	cr_assert(zero(int, peer_read_end(&peer)));
}

Test(linger, p50_what_comes_between_the_last_read_and_the_close_resets_nothing)
{
	close_before_more();
	expect_answer_and_the_end();
	peer_send_end(&peer);
	turn_until_idle(peer.reactor);
	cr_assert(eq(sz, count_descriptors(), descriptors - 1));
}

/* Instead of the connection by TCP. */
static void connect_local(struct recorder_factory *factory)
{
	int fds[2];

	peer_hang_up(&peer);
	peer_turn_until_gone(&peer);
	cr_assert(zero(int, socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0,
				       fds)));
	recorder_factory_init(factory, NULL, NULL);
	cr_assert(evert_connection_adopt(peer.reactor, fds[0],
					 &factory->base) != NULL);
	peer.fd = fds[1];
	peer.recorder = &factory->recorders[0];
	peer.transport = peer.recorder->base.transport;
}

Test(linger, p50_nor_does_it_on_a_unix_socket_which_is_closed_at_once)
{
	static struct recorder_factory factory;

	connect_local(&factory);
	close_before_more();
	cr_assert(eq(sz, count_descriptors(), descriptors - 1));
	expect_answer_and_the_end();
}

/* ---- The settings ---- */

/* The answer is with the kernel, not with evert. */
static void write_much(void)
{
	static char data[AS_MUCH];

	pattern(data, sizeof(data), 0);
	cr_assert(zero(int, evert_transport_write(peer.transport, data,
						  AS_MUCH)));
	turn_until_idle(peer.reactor);
	cr_assert(zero(sz, evert_transport_queued(peer.transport)));
}

static void read_as_much(void *unused)
{
	size_t number = 0;

	(void)unused;
	cr_assert(eq(sz, peer_read_pattern(&peer, &number, AS_MUCH), AS_MUCH));
	cr_assert(eq(int, peer_read_end(&peer), 0));
}

static void begin_virtual_time(void)
{
	peer.system.now = peer.system.base.ops->now(&peer.system.base);
	peer.system.virtual_time = true;
}

static int64_t seconds_until_closed(void)
{
	int64_t begun;

	begin_virtual_time();
	begun = peer.system.now;
	write_much();
	evert_transport_lose_connection(peer.transport);
	while (count_descriptors() == descriptors)
		turn(peer.reactor);
	return (peer.system.now - begun + 500000000) / 1000000000;
}

Test(linger, p83_when_nothing_comes_it_ends_after_two_seconds)
{
	cr_assert(eq(i64, seconds_until_closed(), 2));
}

/* Though all has arrived: the peer may not have read it. */
Test(linger, p83_it_goes_on_while_something_comes)
{
	int seconds;

	write_much();
	begin_virtual_time();
	evert_transport_lose_connection(peer.transport);
	turn_until_count(peer.reactor, &peer.recorder->lost, 1);
	read_as_much(NULL);
	for (seconds = 0; seconds < 5; seconds++) {
		peer_send(&peer, "x");
		turn_for(peer.reactor, 1);
	}
	cr_assert(eq(sz, count_descriptors(), descriptors));
}

Test(linger, p83_the_statistics_count_it)
{
	struct evert_stats stats;

	write_much();
	evert_transport_lose_connection(peer.transport);
	turn_until_count(peer.reactor, &peer.recorder->lost, 1);
	evert_reactor_stats(peer.reactor, &stats);
	cr_assert(eq(sz, stats.lingering, 1));
}

static struct evert_reactor_options with(double seconds, double idle,
					 size_t bytes)
{
	return (struct evert_reactor_options){
		.linger_seconds = seconds,
		.linger_idle_seconds = idle,
		.linger_bytes = bytes,
	};
}

static void set(double seconds, double idle, size_t bytes)
{
	struct evert_reactor_options options = with(seconds, idle, bytes);

	cr_assert(zero(int, evert_closing_init(peer.reactor, &options)));
}

Test(linger, p83_how_long_it_waits_can_be_set)
{
	set(0, 7, 0);
	cr_assert(eq(i64, seconds_until_closed(), 7));
}

Test(linger, p83_how_long_it_lasts_in_all_can_be_set)
{
	set(5, 100, 0);
	cr_assert(eq(i64, seconds_until_closed(), 5));
}

Test(linger, p83_how_much_it_drops_can_be_set)
{
	set(0, 0, 1000);
	write_much();
	evert_transport_lose_connection(peer.transport);
	turn_until_idle(peer.reactor);
	cr_assert(eq(sz, count_descriptors(), descriptors));
	peer_send_much(&peer, 1000);
	turn_until_idle(peer.reactor);
	cr_assert(eq(sz, count_descriptors(), descriptors - 1));
}

Test(linger, p83_it_drops_much_unless_that_is_set)
{
	write_much();
	evert_transport_lose_connection(peer.transport);
	turn_until_idle(peer.reactor);
	peer_send_much(&peer, 100000);
	turn_until_idle(peer.reactor);
	cr_assert(eq(sz, count_descriptors(), descriptors));
}

Test(linger, p83_it_can_be_refused)
{
	set(-1, 0, 0);
	write_much();
	evert_transport_lose_connection(peer.transport);
	turn_until_idle(peer.reactor);
	cr_assert(eq(sz, count_descriptors(), descriptors - 1));
}

Test(linger, p90_times_that_are_not_finite_are_refused)
{
	struct evert_reactor_options options = with(NAN, 0, 0);

	cr_assert(evert_reactor_create(&options) == NULL);
	cr_assert(eq(int, errno, EINVAL));
	options = with(0, INFINITY, 0);
	cr_assert(evert_reactor_create(&options) == NULL);
	cr_assert(eq(int, errno, EINVAL));
	options = with(0, 0, 0);
	options.closing_seconds = -INFINITY;
	cr_assert(evert_reactor_create(&options) == NULL);
	cr_assert(eq(int, errno, EINVAL));
}

/* ---- When the reactor stops ---- */

static void send_and_read(void *arg)
{
	(void)arg;
	peer_send_much(&peer, 100000);
	evert_reactor_call_later(peer.reactor, 0.01, read_as_much, NULL);
}

Test(linger, p83_an_answer_survives_the_reactors_stop_as_well)
{
	int64_t begun;

	write_much();
	begun = peer.system.base.ops->now(&peer.system.base);
	evert_reactor_call_later(peer.reactor, 0.01, send_and_read, NULL);
	evert_reactor_stop(peer.reactor);
	run_reactor(peer.reactor);
	cr_assert(eq(sz, peer.recorder->lost, 1));
	cr_assert(eq(sz, count_descriptors(), descriptors - 1));
	/* When all has arrived that is noticed. */
	cr_assert(lt(i64, peer.system.base.ops->now(&peer.system.base) - begun,
		     2000000000));
}

Test(linger, p83_a_stop_waits_for_the_closing_time_at_most)
{
	int64_t begun;

	set(0, 100, 0);
	write_much();
	begin_virtual_time();
	begun = peer.system.now;
	evert_reactor_stop(peer.reactor);
	run_reactor(peer.reactor);
	cr_assert(eq(i64, (peer.system.now - begun + 500000000) / 1000000000,
		     3));
	cr_assert(eq(sz, count_descriptors(), descriptors - 1));
}

Test(linger, p83_without_a_closing_time_a_stop_waits_for_nothing)
{
	int64_t begun;

	write_much();
	begin_virtual_time();
	begun = peer.system.now;
	peer.reactor->closing_time = 0;
	evert_reactor_stop(peer.reactor);
	run_reactor(peer.reactor);
	cr_assert(eq(i64, peer.system.now, begun));
	cr_assert(eq(sz, count_descriptors(), descriptors - 1));
}

Test(linger, p83_when_all_is_acknowledged_it_is_closed_at_once)
{
	evert_transport_lose_connection(peer.transport);
	turn_until_idle(peer.reactor);
	cr_assert(eq(sz, count_descriptors(), descriptors - 1));
}

Test(linger, p83_it_ends_when_the_reactor_is_destroyed)
{
	answer_and_close();
	read_all();
}
