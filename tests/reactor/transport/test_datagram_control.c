/* SPDX-License-Identifier: MIT */
/* What comes and goes beside a datagram's bytes: the address that was asked,
   the interface, the type of service, several as one. */
#include <errno.h>
#include <net/if.h>
#include <netinet/udp.h>
#include <string.h>
#include <unistd.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "../../support/datagrams.h"

static struct evert_reactor *reactor;
static struct datagram_recorder recorder;
static struct evert_datagram_transport *transport;
static int peer = -1;

static void echo(struct datagram_recorder *self,
		 const struct evert_datagram *datagram)
{
	(void)self;
	cr_assert(eq(int,
		     evert_datagram_answer(datagram, datagram->data,
					   datagram->length),
		     0));
}

static void begin(void)
{
	reactor = make_reactor(NULL);
	datagram_recorder_init(&recorder);
	recorder.received = echo;
}

static void finish(void)
{
	evert_reactor_destroy(reactor);
	if (peer >= 0)
		close(peer);
}

TestSuite(datagram_control, .init = begin, .fini = finish);

/* The peer sends to `host`; what comes back has to come from there. */
static void expect_echo(const char *host)
{
	struct evert_address to = address_at(transport, host), from;

	peer_send_to(peer, "hello", &to);
	turn_until_count(reactor, &recorder.datagrams, 1);
	recorder.datagrams = 0;
	cr_assert(eq(str, (char *)peer_take(peer, &from), "hello"));
	cr_assert(evert_address_is_equal(&from, &to));
	cr_assert(evert_address_is_equal(&recorder.host, &to));
}

static bool has_ip6(void)
{
	struct evert_address address = parse_address("::1", 0);
	int fd = socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	int error = fd < 0 ? -1 : bind(fd, &address.as.any, address.length);

	if (fd >= 0)
		close(fd);
	return !error;
}

Test(datagram_control, p75_answers_from_the_address_that_was_asked)
{
	transport = open_at(reactor, "0.0.0.0", NULL, &recorder);
	peer = open_peer("127.0.0.1");
	expect_echo("127.0.0.1");
	expect_echo("127.0.0.7");
	cr_assert(eq(uint, recorder.last.interface, if_nametoindex("lo")));
	cr_assert(not(recorder.last.to_group));
}

Test(datagram_control, answers_by_ip6_from_the_address_that_was_asked)
{
	if (!has_ip6())
		cr_skip("no IPv6");
	transport = open_at(reactor, "::", NULL, &recorder);
	peer = open_peer("::1");
	expect_echo("::1");
	cr_assert(eq(uint, recorder.last.interface, if_nametoindex("lo")));
}

Test(datagram_control, p91_a_socket_for_both_knows_ip4_peers_as_such)
{
	struct evert_datagram_options options = { .ipv6_only = EVERT_OFF };
	struct evert_address there;

	if (!has_ip6())
		cr_skip("no IPv6");
	transport = open_at(reactor, "::", &options, &recorder);
	peer = open_peer("127.0.0.1");
	there = address_of(peer);
	expect_echo("127.0.0.1");
	expect_echo("127.0.0.9");
	cr_assert(evert_address_is_equal(&recorder.peer, &there));
}

Test(datagram_control, p91_ip6_and_ip4_stand_side_by_side)
{
	static struct datagram_recorder other;
	struct evert_address same;
	struct evert_datagram_transport *ip6;

	if (!has_ip6())
		cr_skip("no IPv6");
	datagram_recorder_init(&other);
	ip6 = open_at(reactor, "::", NULL, &other);
	same = address_at(ip6, "0.0.0.0");
	transport =
		evert_datagram_open(reactor, &same, NULL, NULL, &recorder.base);
	cr_assert(transport != NULL);
	peer = open_peer("127.0.0.1");
	expect_echo("127.0.0.1");
}

Test(datagram_control, tells_refusals_of_ip4_peers_of_a_socket_for_both)
{
	struct evert_datagram_options options = { .ipv6_only = EVERT_OFF };
	struct evert_address gone;
	int other = open_peer("127.0.0.1");

	if (!has_ip6())
		cr_skip("no IPv6");
	gone = address_of(other);
	close(other);
	transport = open_at(reactor, "::", &options, &recorder);
	send_text(transport, "hello", &gone);
	turn_until_count(reactor, &recorder.refused, 1);
	cr_assert(eq(int, recorder.error, ECONNREFUSED));
	cr_assert(evert_address_is_equal(&recorder.about, &gone));
}

Test(datagram_control, tells_refusals_by_ip6)
{
	struct evert_address gone;
	int other;

	if (!has_ip6())
		cr_skip("no IPv6");
	other = open_peer("::1");
	gone = address_of(other);
	close(other);
	transport = open_at(reactor, "::1", NULL, &recorder);
	send_text(transport, "hello", &gone);
	turn_until_count(reactor, &recorder.refused, 1);
	cr_assert(evert_address_is_equal(&recorder.about, &gone));
}

Test(datagram_control, sends_from_the_address_it_is_told)
{
	struct evert_address from, there;
	struct evert_address source = parse_address("127.0.0.5", 0);
	struct evert_datagram_route route = { .source = &source };

	transport = open_at(reactor, "0.0.0.0", NULL, &recorder);
	peer = open_peer("127.0.0.1");
	there = address_of(peer);
	route.peer = &there;
	cr_assert(eq(int, evert_datagram_send_with(transport, "x", 1, &route),
		     0));
	turn(reactor);
	cr_assert(eq(str, (char *)peer_take(peer, &from), "x"));
	source = address_at(transport, "127.0.0.5");
	cr_assert(evert_address_is_equal(&from, &source));
}

Test(datagram_control, tells_and_sets_the_type_of_service)
{
	struct evert_datagram_options options = { .tell_tos = true };
	static struct datagram_recorder other;
	struct evert_datagram_transport *sender;
	struct evert_address to;
	struct evert_datagram_route route = {
		.peer = &to,
		.with_tos = true,
		.tos = 0xb8 | 1, /* expedited, ECT(1) */
	};

	recorder.received = NULL;
	datagram_recorder_init(&other);
	sender = open_at(reactor, "127.0.0.1", NULL, &other);
	transport = open_at(reactor, "127.0.0.1", &options, &recorder);
	to = address_at(transport, "127.0.0.1");
	cr_assert(eq(int, evert_datagram_send_with(sender, "x", 1, &route), 0));
	turn_until_count(reactor, &recorder.datagrams, 1);
	cr_assert(eq(int, recorder.last.tos, 0xb9));
}

Test(datagram_control, tells_the_traffic_class)
{
	struct evert_datagram_options options = { .tell_tos = true };
	static struct datagram_recorder other;
	struct evert_datagram_transport *sender;
	struct evert_address to;
	struct evert_datagram_route route = {
		.peer = &to,
		.with_tos = true,
		.tos = 2,
	};

	if (!has_ip6())
		cr_skip("no IPv6");
	recorder.received = NULL;
	datagram_recorder_init(&other);
	sender = open_at(reactor, "::1", NULL, &other);
	transport = open_at(reactor, "::1", &options, &recorder);
	to = address_at(transport, "::1");
	cr_assert(eq(int, evert_datagram_send_with(sender, "x", 1, &route), 0));
	turn_until_count(reactor, &recorder.datagrams, 1);
	cr_assert(eq(int, recorder.last.tos, 2));
}

Test(datagram_control, refuses_a_source_of_another_family)
{
	struct evert_address source = parse_address("::1", 0);
	struct evert_address to = parse_address("127.0.0.1", 9);
	struct evert_datagram_route route = {
		.peer = &to,
		.source = &source,
	};

	transport = open_at(reactor, "127.0.0.1", NULL, &recorder);
	cr_assert(eq(int, evert_datagram_send_with(transport, "x", 1, &route),
		     -EINVAL));
}

static char lengths[64];

static void note_length(struct datagram_recorder *self,
			const struct evert_datagram *datagram)
{
	size_t used = strlen(lengths);

	(void)self;
	snprintf(lengths + used, sizeof(lengths) - used, "%zu ",
		 datagram->length);
}

/* One of the peer's, which the kernel may hand over as it was sent. */
static void send_large_segments(const struct evert_address *to)
{
	struct evert_datagram_route route = { .peer = to, .segment = 10 };
	static struct datagram_recorder other;
	struct evert_datagram_transport *sender;

	datagram_recorder_init(&other);
	sender = open_at(reactor, "127.0.0.1", NULL, &other);
	cr_assert(eq(int,
		     evert_datagram_send_with(sender, "aaaaaaaaaabbbbbbbbbbccc",
					      23, &route),
		     0));
}

Test(datagram_control, takes_apart_what_the_kernel_has_put_together)
{
	struct evert_datagram_options options = { .gather = true };
	struct evert_address to;

	recorder.received = note_length;
	transport = open_at(reactor, "127.0.0.1", &options, &recorder);
	to = address_at(transport, "127.0.0.1");
	send_large_segments(&to);
	turn_until_count(reactor, &recorder.datagrams, 3);
	cr_assert(eq(str, lengths, "10 10 3 "));
	cr_assert(eq(str, recorder.text, "ccc"));
}

static void pause_at_the_first(struct datagram_recorder *self,
			       const struct evert_datagram *datagram)
{
	if (self->datagrams == 1)
		evert_datagram_pause_reading(datagram->transport);
}

static void expect_four(struct datagram_recorder *self,
			const struct evert_datagram *datagram)
{
	note_length(self, datagram);
	cr_assert(eq(int, datagram->truncated, datagram->length == 4));
}

Test(datagram_control, p75_cuts_none_for_those_that_it_came_with)
{
	struct evert_datagram_options options = { .gather = true,
						  .largest = 4 };
	struct evert_address to;

	recorder.received = expect_four;
	transport = open_at(reactor, "127.0.0.1", &options, &recorder);
	to = address_at(transport, "127.0.0.1");
	send_large_segments(&to);
	turn_until_count(reactor, &recorder.datagrams, 3);
	cr_assert(eq(str, lengths, "4 4 3 "));
}

Test(datagram_control, loses_no_segment_when_it_is_paused_in_the_middle)
{
	struct evert_datagram_options options = { .gather = true };
	struct evert_address to;

	recorder.received = pause_at_the_first;
	transport = open_at(reactor, "127.0.0.1", &options, &recorder);
	to = address_at(transport, "127.0.0.1");
	send_large_segments(&to);
	turn_until_count(reactor, &recorder.datagrams, 1);
	turn_until_idle(reactor);
	cr_assert(eq(sz, recorder.datagrams, 1));
	evert_datagram_resume_reading(transport);
	turn_until_count(reactor, &recorder.datagrams, 3);
	cr_assert(eq(str, recorder.text, "ccc"));
}

Test(datagram_control, an_option_that_is_wrong_is_refused)
{
	struct evert_address any = parse_address("127.0.0.1", 0);
	struct evert_datagram_options options = { .largest = 100000 };

	cr_assert(evert_datagram_open(reactor, &any, NULL, &options,
				      &recorder.base) == NULL);
	cr_assert(eq(int, errno, EINVAL));
	options.largest = 0;
	options.interface = "no-such-if";
	cr_assert(evert_datagram_open(reactor, &any, NULL, &options,
				      &recorder.base) == NULL);
	cr_assert(ne(int, errno, EINVAL));
}

Test(datagram_control, a_taken_address_is_refused)
{
	static struct datagram_recorder other;
	struct evert_address taken;

	datagram_recorder_init(&other);
	transport = open_at(reactor, "127.0.0.1", NULL, &recorder);
	taken = address_at(transport, "127.0.0.1");
	cr_assert(evert_datagram_open(reactor, &taken, NULL, NULL,
				      &other.base) == NULL);
	cr_assert(eq(int, errno, EADDRINUSE));
	cr_assert(eq(str, other.events, ""));
}
