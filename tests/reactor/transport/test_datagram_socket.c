/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "../../../reactor/run.h"
#include "../../../reactor/transport/datagram_socket.h"
#include "../../support/datagrams.h"
#include "../../support/memory.h"

static struct evert_reactor *reactor;
static struct evert_datagram_socket *mine; /* keeps two */
static struct evert_address here;
static int peer;

static void begin(void)
{
	struct evert_address host = parse_address("127.0.0.1", 0);

	reactor = make_reactor(NULL);
	mine = evert_datagram_socket_open(reactor, &host, NULL, NULL, 2);
	cr_assert(mine != NULL);
	here = address_at(evert_datagram_socket_transport(mine), "127.0.0.1");
	peer = open_peer("127.0.0.1");
}

static void finish(void)
{
	evert_datagram_socket_close(mine);
	evert_reactor_destroy(reactor);
	close(peer);
}

TestSuite(datagram_socket, .init = begin, .fini = finish);

static void expect(struct evert_deferred *deferred, const char *text)
{
	struct evert_result r = turn_until_fired(reactor, deferred);
	const struct evert_datagram *datagram = evert_result_as_datagram(&r);

	cr_assert(eq(sz, datagram->length, strlen(text)));
	cr_assert(memcmp(datagram->data, text, datagram->length) == 0);
	evert_result_release(r);
}

Test(datagram_socket, gives_what_came_in_order)
{
	peer_send_to(peer, "1", &here);
	peer_send_to(peer, "2", &here);
	turn_until_idle(reactor);
	expect(evert_datagram_receive(mine), "1");
	expect(evert_datagram_receive(mine), "2");
}

Test(datagram_socket, gives_what_comes_to_who_asked_first)
{
	struct evert_deferred *first = evert_datagram_receive(mine);
	struct evert_deferred *second = evert_datagram_receive(mine);

	peer_send_to(peer, "1", &here);
	peer_send_to(peer, "2", &here);
	expect(second, "2");
	expect(first, "1");
}

Test(datagram_socket, loses_nothing_when_a_receive_is_cancelled)
{
	struct evert_deferred *cancelled = evert_datagram_receive(mine);

	evert_deferred_cancel(cancelled);
	cr_assert(turn_until_failed(reactor, cancelled) == EVERT_CANCELLED);
	peer_send_to(peer, "1", &here);
	expect(evert_datagram_receive(mine), "1");
}

Test(datagram_socket, keeps_no_more_than_it_was_told_to)
{
	peer_send_to(peer, "1", &here);
	peer_send_to(peer, "2", &here);
	peer_send_to(peer, "3", &here);
	turn_until_idle(reactor);
	cr_assert(evert_datagram_socket_dropped(mine) == 1);
	expect(evert_datagram_receive(mine), "1");
	expect(evert_datagram_receive(mine), "2");
}

Test(datagram_socket, fails_who_waits_when_it_is_closed)
{
	struct evert_deferred *first = evert_datagram_receive(mine);
	struct evert_deferred *second = evert_datagram_receive(mine);

	evert_datagram_socket_close(mine);
	mine = NULL;
	cr_assert(turn_until_failed(reactor, first) == EVERT_CONNECTION_DONE);
	cr_assert(turn_until_failed(reactor, second) == EVERT_CONNECTION_DONE);
}

Test(datagram_socket, p44_gives_what_is_left_when_the_reactor_has_stopped)
{
	peer_send_to(peer, "1", &here);
	turn_until_idle(reactor);
	evert_reactor_stop(reactor);
	run_reactor(reactor);
	expect(evert_datagram_receive(mine), "1");
	cr_assert(turn_until_failed(reactor, evert_datagram_receive(mine)) ==
		  EVERT_REACTOR_STOPPED);
	cr_assert(evert_datagram_socket_transport(mine) == NULL);
}

Test(datagram_socket, sends_to_any_peer_until_it_has_stopped)
{
	struct evert_datagram_socket *client =
		evert_datagram_socket_open(reactor, NULL, &here, NULL, 0);

	cr_assert(zero(int, evert_datagram_socket_send(client, "1", 1)));
	expect(evert_datagram_receive(mine), "1");
	cr_assert(zero(int, evert_datagram_socket_send_to(mine, "2", 1,
							  &here)));
	expect(evert_datagram_receive(mine), "2");
	cr_assert(eq(int, evert_datagram_socket_send(mine, "3", 1),
		     -EDESTADDRREQ));
	evert_reactor_stop(reactor);
	run_reactor(reactor);
	cr_assert(eq(int, evert_datagram_socket_send(client, "4", 1), -EPIPE));
	cr_assert(eq(int, evert_datagram_socket_send_to(mine, "5", 1, &here),
		     -EPIPE));
	evert_datagram_socket_close(client);
}

Test(datagram_socket, p75_tells_a_client_that_it_was_refused)
{
	struct evert_address there = address_of(peer);
	struct evert_datagram_socket *client =
		evert_datagram_socket_open(reactor, NULL, &there, NULL, 0);
	struct evert_datagram_transport *transport =
		evert_datagram_socket_transport(client);

	close(peer);
	peer = -1;
	cr_assert(evert_datagram_send(transport, "x", 1) == 0);
	cr_assert(turn_until_failed(reactor, evert_datagram_receive(client)) ==
		  EVERT_DATAGRAM_REFUSED);
	evert_datagram_socket_close(client);
}

/* ---- In a coroutine ---- */

static struct evert_result echo_one(void *arg)
{
	struct evert_datagram_socket *socket = arg;
	const struct evert_datagram *datagram;
	struct evert_result r;

	EVERT_TRY(r, evert_await(evert_datagram_receive(socket)));
	datagram = evert_result_as_datagram(&r);
	evert_datagram_answer(datagram, datagram->data, datagram->length);
	evert_result_release(r);
	return evert_result_none();
}

Test(datagram_socket, serves_a_coroutine)
{
	struct evert_deferred *done = evert_spawn(echo_one, mine);

	peer_send_to(peer, "hello", &here);
	evert_result_release(turn_until_fired(reactor, done));
	turn_until_idle(reactor);
	cr_assert(eq(str, (char *)peer_take(peer, NULL), "hello"));
}

static struct evert_result forget(struct evert_result *in, void *unused)
{
	(void)in;
	(void)unused;
	return evert_result_none();
}

static void whole_life(void *unused)
{
	struct evert_reactor *own = evert_reactor_create(NULL);
	struct evert_address host = parse_address("127.0.0.1", 0);
	struct evert_datagram_socket *socket;
	struct evert_deferred *d;
	int fd;

	(void)unused;
	if (!own)
		return;
	socket = evert_datagram_socket_open(own, &host, NULL, NULL, 2);
	if (socket) {
		fd = open_peer("127.0.0.1");
		host = address_at(evert_datagram_socket_transport(socket),
				  "127.0.0.1");
		peer_send_to(fd, "1", &host);
		peer_send_to(fd, "2", &host);
		d = evert_datagram_receive(socket);
		evert_reactor_turn(own, 0);
		evert_deferred_cancel(d);
		evert_deferred_add_both(d, forget, NULL);
		evert_deferred_release(d);
		close(fd);
	}
	evert_reactor_destroy(own);
	evert_datagram_socket_close(socket);
}

Test(datagram_sockets, survive_any_allocation_that_fails)
{
	fail_every_allocation(whole_life, NULL);
}
