/* SPDX-License-Identifier: MIT */
/* Datagrams over UNIX sockets. */
#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "../../../reactor/reactor_internal.h"
#include "../../support/child.h"
#include "../../support/datagrams.h"
#include "../../support/unix.h"

static struct test_system kernel;
static struct evert_reactor *reactor;
static struct datagram_recorder server, client;
static struct evert_datagram_options options;
static struct evert_address address;

static void begin(void)
{
	umask(022);
	unix_folder_make();
	test_system_init(&kernel);
	kernel.virtual_time = true;
	reactor = make_reactor(&kernel.base);
	datagram_recorder_init(&server);
	datagram_recorder_init(&client);
	address = unix_address("socket");
}

static void finish(void)
{
	evert_reactor_destroy(reactor);
	unix_folder_remove();
}

TestSuite(datagram_unix, .init = begin, .fini = finish);

static struct evert_datagram_transport *serve(void)
{
	return evert_datagram_open(reactor, &address, NULL, &options,
				   &server.base);
}

static void stop(struct evert_datagram_transport *transport)
{
	struct evert_deferred *closed = evert_datagram_closed(transport);

	evert_datagram_close(transport);
	evert_result_release(turn_until_fired(reactor, closed));
}

static struct evert_datagram_transport *
connect_from(const struct evert_address *host)
{
	struct evert_datagram_transport *transport = evert_datagram_open(
		reactor, host, &address, NULL, &client.base);

	cr_assert(transport != NULL);
	return transport;
}

static void answer(struct datagram_recorder *self,
		   const struct evert_datagram *datagram)
{
	(void)self;
	evert_datagram_answer(datagram, datagram->data, datagram->length);
}

Test(datagram_unix, p80_a_client_with_a_name_is_answered)
{
	struct evert_address none;
	struct evert_datagram_transport *transport;

	server.received = answer;
	cr_assert(serve() != NULL);
	evert_address_unix(&none, NULL, 0);
	transport = connect_from(&none);
	cr_assert(zero(int, evert_datagram_send(transport, "hello", 5)));
	cr_assert(zero(int, evert_datagram_send(transport, "", 0)));
	turn_until_count(reactor, &client.datagrams, 2);
	cr_assert(eq(sz, client.bytes, 5));
	cr_assert(evert_address_is_equal(&client.peer, &address));
}

Test(datagram_unix, p80_a_client_without_a_name_is_heard)
{
	struct evert_datagram_transport *transport;
	size_t length;

	cr_assert(serve() != NULL);
	transport = connect_from(NULL);
	cr_assert(zero(int, evert_datagram_send(transport, "hello", 5)));
	turn_until_count(reactor, &server.datagrams, 1);
	cr_assert(eq(str, server.text, "hello"));
	evert_address_path(&server.peer, &length);
	cr_assert(zero(sz, length));
}

Test(datagram_unix, p80_the_path_has_its_mode_and_is_removed_in_the_end)
{
	struct evert_datagram_transport *transport;

	options.mode = 0622;
	transport = serve();
	cr_assert(eq(u32, unix_mode("socket"), S_IFSOCK | 0622));
	stop(transport);
	cr_assert(zero(u32, unix_mode("socket")));
}

Test(datagram_unix, p80_the_path_is_removed_with_the_reactor)
{
	cr_assert(serve() != NULL);
	evert_reactor_stop(reactor);
	run_reactor(reactor);
	cr_assert(zero(u32, unix_mode("socket")));
}

Test(datagram_unix, p80_a_stale_path_is_replaced_one_that_lives_is_not)
{
	struct evert_datagram_transport *transport;
	int fd = unix_bound(SOCK_DGRAM, &address);

	cr_assert(serve() == NULL);
	cr_assert(eq(int, errno, EADDRINUSE));
	close(fd);
	transport = serve();
	cr_assert(transport != NULL);
	cr_assert(eq(int, unix_connected(SOCK_STREAM, &address), -EPROTOTYPE));
	stop(transport);
}

Test(datagram_unix, p80_options_that_are_wrong_leave_no_path)
{
	options.mode = 010000;
	cr_assert(serve() == NULL);
	cr_assert(eq(int, errno, EINVAL));
	options.mode = 0;
	options.owner = "no such user";
	cr_assert(serve() == NULL);
	cr_assert(eq(int, errno, EINVAL));
	options.owner = NULL;
	options.mode = 0600;
	test_system_fail(&kernel, CALL_GETSOCKNAME, 1, ENOBUFS, false);
	cr_assert(serve() == NULL);
	cr_assert(eq(int, errno, ENOBUFS));
	cr_assert(zero(u32, unix_mode("socket")));
}

/* As long as a path may be: `last` is its end. */
static struct evert_address full_address(char last)
{
	char name[sizeof(address.as.local.sun_path)] = "";
	size_t room = sizeof(name) - strlen(unix_path(""));

	memset(name, 'x', room);
	name[room - 1] = last;
	return unix_address(name);
}

Test(datagram_unix, p80_a_client_whose_path_fills_its_room_is_answered)
{
	struct evert_address here = full_address('a');
	struct evert_datagram_transport *transport;

	address = full_address('b');
	server.received = answer;
	cr_assert(serve() != NULL);
	transport = connect_from(&here);
	cr_assert(zero(int, evert_datagram_send(transport, "hello", 5)));
	turn_until_count(reactor, &client.datagrams, 1);
	cr_assert(evert_address_is_equal(&server.peer, &here));
	cr_assert(le(sz, server.peer.length, sizeof(here.as.local)));
	cr_assert(zero(int, evert_datagram_host(transport, &here)));
	cr_assert(le(sz, here.length, sizeof(here.as.local)));
}

static bool destroy_copy(void)
{
	evert_reactor_destroy(reactor);
	return unix_mode("socket");
}

Test(datagram_unix, p80_a_forked_child_does_not_remove_the_path)
{
	cr_assert(serve() != NULL);
	cr_assert(child(destroy_copy));
}

/* ---- A peer that is gone ---- */

static void expect_told(size_t times)
{
	turn_until_count(reactor, &client.failed, times);
	cr_assert(eq(sz, client.refused, times));
	cr_assert(evert_address_is_equal(&client.about, &address));
}

Test(datagram_unix, p75_a_connected_client_is_told_that_its_server_is_gone)
{
	int fd = unix_bound(SOCK_DGRAM, &address);
	struct evert_datagram_transport *transport = connect_from(NULL);

	close(fd);
	send_text(transport, "1", NULL);
	send_text(transport, "2", NULL);
	expect_told(2);
	send_text(transport, "3", NULL);
	expect_told(3);
	cr_assert(eq(u64, evert_datagram_dropped(transport), 3));
}

/* ---- A peer that has no room ---- */

/* Sends until something is queued: how many. */
static size_t fill(struct evert_datagram_transport *transport)
{
	size_t sent = 0;

	while (evert_datagram_queued(transport) == 0 && sent < 5000) {
		cr_assert(zero(int, evert_datagram_send(transport, "x", 1)));
		sent++;
		turn_until_idle(reactor);
	}
	cr_assert(gt(sz, evert_datagram_queued(transport), 0));
	return sent;
}

/* The kernel says EAGAIN, but that there is room: found out by trying. */
Test(datagram_unix, p82_what_the_peer_has_no_room_for_waits_without_spinning)
{
	int fd = unix_bound(SOCK_DGRAM, &address);
	struct evert_datagram_transport *transport = connect_from(NULL);
	char text[8];
	size_t sent = fill(transport), got = 0, waits;

	waits = test_system_waits(&kernel);
	turn_until_idle(reactor);
	cr_assert(le(sz, test_system_waits(&kernel), waits + 10));
	while (got < sent) {
		if (read(fd, text, sizeof(text)) == 1)
			got++;
		else
			turn(reactor);
	}
	cr_assert(zero(sz, evert_datagram_queued(transport)));
	close(fd);
}

static const struct evert_datagram_route in_tens = { .segment = 10 };
static const char hundred[100];

static struct evert_datagram_transport *
open_full(enum evert_datagram_full when_full)
{
	struct evert_datagram_options some = {
		.queue_most = 3 * EVERT_DATAGRAM_COST,
		.when_full = when_full,
	};
	struct evert_datagram_transport *transport = evert_datagram_open(
		reactor, NULL, &address, &some, &client.base);

	cr_assert(transport != NULL);
	fill(transport);
	return transport;
}

Test(datagram_unix, takes_all_segments_or_none_when_the_queue_is_full)
{
	int fd = unix_bound(SOCK_DGRAM, &address);
	struct evert_datagram_transport *transport =
		open_full(EVERT_DATAGRAM_REFUSE);
	size_t queued = evert_datagram_queued(transport);

	cr_assert(eq(int,
		     evert_datagram_send_with(transport, hundred, 100,
					      &in_tens),
		     -EAGAIN));
	cr_assert(eq(sz, evert_datagram_queued(transport), queued));
	close(fd);
}

Test(datagram_unix, counts_each_segment_that_it_drops)
{
	int fd = unix_bound(SOCK_DGRAM, &address);
	struct evert_datagram_transport *transport =
		open_full(EVERT_DATAGRAM_DROP_NEWEST);

	cr_assert(zero(int, evert_datagram_send_with(transport, hundred, 100,
						     &in_tens)));
	cr_assert(eq(u64, evert_datagram_dropped(transport), 10));
	close(fd);
}

static void abort_it(struct datagram_recorder *self)
{
	evert_datagram_abort(self->base.transport);
}

Test(datagram_unix, sends_no_more_segments_when_pause_writing_has_aborted_it)
{
	int fd = unix_bound(SOCK_DGRAM, &address);
	struct evert_datagram_transport *transport = connect_from(NULL);

	fill(transport);
	client.on_paused = abort_it;
	evert_datagram_set_write_marks(
		transport, evert_datagram_queued(transport) + 300, 0);
	cr_assert(zero(int, evert_datagram_send_with(transport, hundred, 100,
						     &in_tens)));
	cr_assert(eq(sz, evert_datagram_queued(transport), 0));
	turn_until_count(reactor, &client.stopped, 1);
	cr_assert(eq(sz, client.failed, 1));
	close(fd);
}
