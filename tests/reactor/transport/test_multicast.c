/* SPDX-License-Identifier: MIT */
/* Groups, on the loopback interface; where the kernel has none there, nothing
   is tested. */
#include <errno.h>
#include <net/if.h>
#include <string.h>
#include <unistd.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "../../../reactor/transport/multicast.h"
#include "../../support/datagrams.h"

static struct evert_reactor *reactor;
static struct datagram_recorder recorder, senders;
static struct evert_datagram_transport *transport, *sender;
static unsigned loopback;

static void begin(void)
{
	reactor = make_reactor(NULL);
	datagram_recorder_init(&recorder);
	datagram_recorder_init(&senders);
	loopback = if_nametoindex("lo");
}

static void finish(void)
{
	evert_reactor_destroy(reactor);
}

TestSuite(multicast, .init = begin, .fini = finish);

static bool open_both(const char *any, const char *own)
{
	struct evert_address host = parse_address(any, 0);

	transport =
		evert_datagram_open(reactor, &host, NULL, NULL, &recorder.base);
	evert_address_parse(&host, own, 0);
	sender = evert_datagram_open(reactor, &host, NULL, NULL, &senders.base);
	return transport && sender &&
	       !evert_datagram_set_group_interface(sender, loopback) &&
	       !evert_datagram_set_group_loopback(sender, true) &&
	       !evert_datagram_set_group_ttl(sender, 0);
}

/* Whether the kernel sends to that group there. */
static bool sends_to(const struct evert_address *group)
{
	senders.failed = 0;
	if (evert_datagram_send_to(sender, "hello", 5, group))
		return false;
	turn(reactor);
	turn_until_idle(reactor);
	return !senders.failed;
}

static struct evert_address group_of(const char *host)
{
	return address_at(transport, host);
}

static void expect_group(const char *any, const char *own, const char *host)
{
	struct evert_address group;

	if (!open_both(any, own))
		cr_skip("no multicast here");
	group = group_of(host);
	if (evert_datagram_join(transport, &group, loopback, NULL) ||
	    !sends_to(&group) || !recorder.datagrams)
		cr_skip("no multicast here");
	cr_assert(eq(str, recorder.text, "hello"));
	cr_assert(recorder.last.to_group);
	cr_assert(evert_address_is_equal(&recorder.host, &group));
	cr_assert(eq(uint, recorder.last.interface, loopback));
	cr_assert(eq(int,
		     evert_datagram_leave(transport, &group, loopback, NULL),
		     0));
	recorder.datagrams = 0;
	cr_assert(sends_to(&group));
	cr_assert(eq(sz, recorder.datagrams, 0));
}

Test(multicast, is_heard_by_ip4_while_joined)
{
	expect_group("0.0.0.0", "127.0.0.1", "239.255.7.7");
}

Test(multicast, is_heard_by_ip6_while_joined)
{
	expect_group("::", "::1", "ff01::7:7");
}

/* Another program's socket, say. */
static int join_elsewhere(const struct evert_address *group)
{
	struct group_req request = { .gr_interface = loopback };
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	memcpy(&request.gr_group, &group->as, group->length);
	if (setsockopt(fd, IPPROTO_IP, MCAST_JOIN_GROUP, &request,
		       sizeof(request)))
		cr_skip("no multicast here");
	return fd;
}

Test(multicast, what_others_have_joined_is_not_heard)
{
	struct evert_address group;
	int fd;

	if (!open_both("0.0.0.0", "127.0.0.1"))
		cr_skip("no multicast here");
	group = group_of("239.255.7.8");
	fd = join_elsewhere(&group);
	if (!sends_to(&group))
		cr_skip("no multicast here");
	cr_assert(eq(sz, recorder.datagrams, 0));
	close(fd);
}

static void answer(struct datagram_recorder *self,
		   const struct evert_datagram *datagram)
{
	(void)self;
	cr_assert(eq(int, evert_datagram_answer(datagram, "me", 2), 0));
}

Test(multicast, is_answered_from_an_address_of_ours)
{
	struct evert_address group;

	if (!open_both("0.0.0.0", "127.0.0.1"))
		cr_skip("no multicast here");
	recorder.received = answer;
	group = group_of("239.255.7.7");
	if (evert_datagram_join(transport, &group, loopback, NULL) ||
	    !sends_to(&group) || !recorder.datagrams)
		cr_skip("no multicast here");
	turn_until_count(reactor, &senders.datagrams, 1);
	cr_assert(eq(str, senders.text, "me"));
	group = address_at(transport, "127.0.0.1");
	cr_assert(evert_address_is_equal(&senders.peer, &group));
}

Test(multicast, of_one_source_is_heard_from_no_other)
{
	struct evert_address group, source = parse_address("127.0.0.1", 0);
	struct evert_address other = parse_address("127.0.0.9", 0);

	if (!open_both("0.0.0.0", "127.0.0.1"))
		cr_skip("no multicast here");
	group = group_of("232.1.7.7");
	if (evert_datagram_join(transport, &group, loopback, &other) ||
	    !sends_to(&group))
		cr_skip("no multicast of one source here");
	cr_assert(eq(sz, recorder.datagrams, 0));
	cr_assert(eq(int,
		     evert_datagram_join(transport, &group, loopback, &source),
		     0));
	cr_assert(sends_to(&group));
	if (!recorder.datagrams)
		cr_skip("no multicast here");
	cr_assert(eq(int,
		     evert_datagram_leave(transport, &group, loopback, &source),
		     0));
}

Test(multicast, refuses_another_family)
{
	struct evert_address group = parse_address("ff01::1", 0);

	transport = open_at(reactor, "127.0.0.1", NULL, &recorder);
	cr_assert(eq(int, evert_datagram_join(transport, &group, 0, NULL),
		     -EAFNOSUPPORT));
}

Test(multicast, sets_what_goes_along_with_it)
{
	transport = open_at(reactor, "127.0.0.1", NULL, &recorder);
	cr_assert(eq(int, evert_datagram_set_ttl(transport, 7), 0));
	cr_assert(eq(int, evert_datagram_set_ttl(transport, 300), -EINVAL));
	cr_assert(eq(int, evert_datagram_set_group_ttl(transport, 3), 0));
	cr_assert(eq(int, evert_datagram_set_broadcast(transport, true), 0));
	evert_datagram_close(transport);
	cr_assert(eq(int, evert_datagram_set_ttl(transport, 7), -EPIPE));
}
