/* SPDX-License-Identifier: MIT */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "../../support/peer.h"

enum { MUCH = 200000 };

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
