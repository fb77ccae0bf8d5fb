/* SPDX-License-Identifier: MIT */
/* What the network says of datagrams that were sent. */
#include <errno.h>
#include <unistd.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "../../../reactor/transport/datagram_internal.h"
#include "../../support/datagrams.h"

static struct test_system kernel;
static struct evert_reactor *reactor;
static struct datagram_recorder recorder, other;
static struct evert_datagram_transport *transport;
static struct evert_address there; /* the peer's */
static int peer;

static void begin(void)
{
	test_system_init(&kernel);
	kernel.virtual_time = true;
	reactor = make_reactor(&kernel.base);
	datagram_recorder_init(&recorder);
	datagram_recorder_init(&other);
	transport = open_at(reactor, "127.0.0.1", NULL, &recorder);
	peer = open_peer("127.0.0.1");
	there = address_of(peer);
}

static void finish(void)
{
	evert_reactor_destroy(reactor);
	if (peer >= 0)
		close(peer);
}

TestSuite(datagram_errors, .init = begin, .fini = finish);

static void leave(void)
{
	close(peer);
	peer = -1;
}

/* Where nobody is any more. */
static struct evert_address left_address(void)
{
	int fd = open_peer("127.0.0.1");
	struct evert_address address = address_of(fd);

	close(fd);
	return address;
}

/* A connected one whose protocol has no connection_refused. */
static struct evert_datagram_transport *open_deaf(void)
{
	static struct evert_datagram_protocol_ops deaf;

	deaf = *other.base.ops;
	deaf.connection_refused = NULL;
	other.base.ops = &deaf;
	return open_to(reactor, peer, NULL, &other);
}

Test(datagram_errors, p75_tells_that_a_connected_peer_has_refused)
{
	struct evert_address gone = there;

	transport = open_to(reactor, peer, NULL, &other);
	leave();
	cr_assert(eq(int, evert_datagram_send(transport, "hello", 5), 0));
	turn_until_count(reactor, &other.refused, 1);
	cr_assert(eq(int, other.error, ECONNREFUSED));
	cr_assert(evert_address_is_equal(&other.about, &gone));
	turn_until_idle(reactor);
	cr_assert(eq(sz, other.refused, 1));
	cr_assert(eq(sz, other.stopped, 0));
}

Test(datagram_errors, tells_whom_it_is_about_where_it_is_not_connected)
{
	struct evert_address gone = there;

	leave();
	send_text(transport, "hello", &gone);
	turn_until_count(reactor, &recorder.refused, 1);
	cr_assert(eq(int, recorder.error, ECONNREFUSED));
	cr_assert(evert_address_is_equal(&recorder.about, &gone));
}

Test(datagram_errors, sends_again_what_met_the_refusal_of_another)
{
	struct evert_address gone = left_address();

	send_text(transport, "lost", &gone);
	turn(reactor);
	/* The refusal is there, but not told yet. */
	send_text(transport, "1", &there);
	send_text(transport, "2", &there);
	turn_until_count(reactor, &recorder.refused, 1);
	turn_until_idle(reactor);
	cr_assert(eq(str, (char *)peer_take(peer, NULL), "1"));
	cr_assert(eq(str, (char *)peer_take(peer, NULL), "2"));
	cr_assert(eq(sz, recorder.failed, 0));
}

/* One of an empty datagram is read as nothing. */
Test(datagram_errors, reads_all_that_there_are_and_one_call_more)
{
	struct evert_address gone = left_address();
	size_t before = atomic_load(&kernel.plans[CALL_RECVMSG].calls);

	send_text(transport, "hello", &gone);
	send_text(transport, "", &gone);
	send_text(transport, "hello", &gone);
	turn_until_count(reactor, &recorder.refused, 1);
	cr_assert(eq(sz, recorder.refused, 3));
	cr_assert(eq(sz, atomic_load(&kernel.plans[CALL_RECVMSG].calls),
		     before + 4));
}

Test(datagram_errors, hears_the_others_at_once)
{
	struct evert_address gone = left_address();
	struct evert_address here = address_at(transport, "127.0.0.1");
	int64_t began = kernel.now;

	send_text(transport, "hello", &gone);
	turn_until_count(reactor, &recorder.refused, 1);
	peer_send_to(peer, "hello", &here);
	turn_until_count(reactor, &recorder.datagrams, 1);
	cr_assert(eq(i64, kernel.now, began));
}

Test(datagram_errors, goes_on_after_refusals_that_nobody_asked_for)
{
	int i;

	transport = open_deaf();
	leave();
	for (i = 0; i < 5; i++) {
		cr_assert(eq(int, evert_datagram_send(transport, "x", 1), 0));
		turn_until_idle(reactor);
	}
	cr_assert(eq(sz, evert_datagram_dropped(transport), 0));
	cr_assert(eq(sz, other.failed, 0));
	cr_assert(eq(sz, other.stopped, 0));
}

Test(datagram_errors, one_that_nobody_asked_for_wakes_the_reactor_once)
{
	size_t waits;

	transport = open_deaf();
	leave();
	cr_assert(eq(int, evert_datagram_send(transport, "x", 1), 0));
	turn_for(reactor, 0.1);
	waits = test_system_waits(&kernel);
	turn_for(reactor, 0.1);
	cr_assert(eq(sz, test_system_waits(&kernel), waits + 1));
}

static int keeps_errors(struct evert_datagram_transport *of)
{
	int value = -1;
	socklen_t length = sizeof(value);

	getsockopt(evert_datagram_port_from(of)->watch.fd, IPPROTO_IP,
		   IP_RECVERR, &value, &length);
	return value;
}

Test(datagram_errors, the_kernel_keeps_them_for_who_wants_to_hear_them_alone)
{
	cr_assert(eq(int, keeps_errors(transport), 1));
	cr_assert(eq(int, keeps_errors(open_deaf()), 0));
}
