/* SPDX-License-Identifier: MIT */
/* Groups: of IPv4 on the loopback interface, of IPv6, which Linux has none of
   there, in a network of our own. Where neither can be had, nothing is
   tested. */
#include <errno.h>
#include <net/if.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "../../../reactor/transport/multicast.h"
#include "../../support/datagrams.h"

static struct evert_reactor *reactor;
static struct datagram_recorder recorder, senders;
static struct evert_datagram_transport *transport, *sender;
static unsigned interface;

struct network {
	const char *any, *own, *other;
	const char *group, *unheard;
	const char *one_source; /* a group */
};

static const struct network ip4 = {
	"0.0.0.0", "127.0.0.1", "127.0.0.9", "239.255.7.7", "239.255.7.8",
	"232.1.7.7",
};
static const struct network ip6 = {
	"::", "fd00::2", "fd00::9", "ff05::7:7", "ff05::7:8", "ff35::7:7",
};

static void begin(void)
{
	reactor = make_reactor(NULL);
	interface = if_nametoindex("lo");
	datagram_recorder_init(&recorder);
	datagram_recorder_init(&senders);
}

static void finish(void)
{
	evert_reactor_destroy(reactor);
}

TestSuite(multicast, .init = begin, .fini = finish);

/* Two interfaces that are a cable's ends: what we send to a group comes back
   from the kernel before it leaves. */
static bool enter_own_network(void)
{
	static const char lay_cable[] =
		"exec >/dev/null 2>&1; ip link set lo up && "
		"ip link add end0 type veth peer name end1 && "
		"ip link set end0 addrgenmode none && "
		"ip link set end0 up && ip link set end1 up && "
		"ip -6 addr add fd00::2/64 dev end0 nodad && "
		"until ip -6 route show table local | grep -q fd00::2; "
		"do :; done"; /* the kernel takes its time */

	if (unshare(CLONE_NEWNET) || system(lay_cable)) /* we are not root */
		return false;
	interface = if_nametoindex("end0");
	return true;
}

static void open_both(const struct network *network)
{
	struct evert_address host = parse_address(network->any, 0);

	if (network == &ip6 && !enter_own_network())
		cr_skip("no network of our own can be had");
	transport =
		evert_datagram_open(reactor, &host, NULL, NULL, &recorder.base);
	evert_address_parse(&host, network->own, 0);
	sender = evert_datagram_open(reactor, &host, NULL, NULL, &senders.base);
	if (!transport || !sender ||
	    evert_datagram_set_group_interface(sender, interface) ||
	    evert_datagram_set_group_loopback(sender, true) ||
	    evert_datagram_set_group_ttl(sender, 0))
		cr_skip("no multicast here");
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

static void is_heard_while_joined(const struct network *network)
{
	struct evert_address group;

	open_both(network);
	group = group_of(network->group);
	if (evert_datagram_join(transport, &group, interface, NULL) ||
	    !sends_to(&group) || !recorder.datagrams)
		cr_skip("no multicast here");
	cr_assert(eq(str, recorder.text, "hello"));
	cr_assert(recorder.last.to_group);
	cr_assert(evert_address_is_equal(&recorder.host, &group));
	cr_assert(eq(uint, recorder.last.interface, interface));
	cr_assert(eq(int,
		     evert_datagram_leave(transport, &group, interface, NULL),
		     0));
	recorder.datagrams = 0;
	cr_assert(sends_to(&group));
	cr_assert(eq(sz, recorder.datagrams, 0));
}

Test(multicast, is_heard_by_ip4_while_joined)
{
	is_heard_while_joined(&ip4);
}

Test(multicast, is_heard_by_ip6_while_joined)
{
	is_heard_while_joined(&ip6);
}

/* Another program's socket, say. */
static int join_elsewhere(const struct evert_address *group)
{
	int family = group->as.any.sa_family;
	struct group_req request = { .gr_interface = interface };
	int fd = socket(family, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	memcpy(&request.gr_group, &group->as, group->length);
	if (setsockopt(fd, family == AF_INET ? IPPROTO_IP : IPPROTO_IPV6,
		       MCAST_JOIN_GROUP, &request, sizeof(request)))
		cr_skip("no multicast here");
	return fd;
}

static void what_others_have_joined_is_not_heard(const struct network *network)
{
	struct evert_address group;
	int fd;

	open_both(network);
	group = group_of(network->unheard);
	fd = join_elsewhere(&group);
	if (!sends_to(&group))
		cr_skip("no multicast here");
	cr_assert(eq(sz, recorder.datagrams, 0));
	close(fd);
}

Test(multicast, of_ip4_that_others_have_joined_is_not_heard)
{
	what_others_have_joined_is_not_heard(&ip4);
}

Test(multicast, of_ip6_that_others_have_joined_is_not_heard)
{
	what_others_have_joined_is_not_heard(&ip6);
}

static void answer(struct datagram_recorder *self,
		   const struct evert_datagram *datagram)
{
	(void)self;
	cr_assert(eq(int, evert_datagram_answer(datagram, "me", 2), 0));
}

static void is_answered_from_an_address_of_ours(const struct network *network)
{
	struct evert_address group;

	open_both(network);
	recorder.received = answer;
	group = group_of(network->group);
	if (evert_datagram_join(transport, &group, interface, NULL) ||
	    !sends_to(&group) || !recorder.datagrams)
		cr_skip("no multicast here");
	turn_until_count(reactor, &senders.datagrams, 1);
	cr_assert(eq(str, senders.text, "me"));
	group = address_at(transport, network->own);
	cr_assert(evert_address_is_equal(&senders.peer, &group));
}

Test(multicast, of_ip4_is_answered_from_an_address_of_ours)
{
	is_answered_from_an_address_of_ours(&ip4);
}

Test(multicast, of_ip6_is_answered_from_an_address_of_ours)
{
	is_answered_from_an_address_of_ours(&ip6);
}

static void of_one_source_is_heard_from_no_other(const struct network *network)
{
	struct evert_address source = parse_address(network->own, 0);
	struct evert_address other = parse_address(network->other, 0);
	struct evert_address group;

	open_both(network);
	group = group_of(network->one_source);
	if (evert_datagram_join(transport, &group, interface, &other) ||
	    !sends_to(&group))
		cr_skip("no multicast of one source here");
	cr_assert(eq(sz, recorder.datagrams, 0));
	cr_assert(eq(int,
		     evert_datagram_join(transport, &group, interface, &source),
		     0));
	cr_assert(sends_to(&group));
	if (!recorder.datagrams)
		cr_skip("no multicast here");
	cr_assert(eq(int,
		     evert_datagram_leave(transport, &group, interface,
					  &source),
		     0));
}

Test(multicast, of_ip4_of_one_source_is_heard_from_no_other)
{
	of_one_source_is_heard_from_no_other(&ip4);
}

Test(multicast, of_ip6_of_one_source_is_heard_from_no_other)
{
	of_one_source_is_heard_from_no_other(&ip6);
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

/* ---- What the kernel is asked ---- */

static struct asked {
	int level, option;
	socklen_t length;
	char value[sizeof(struct group_source_req)];
} asked;

static int note_option(struct evert_datagram_transport *of, int level,
		       int option, const void *value, socklen_t length)
{
	(void)of;
	asked.level = level;
	asked.option = option;
	asked.length = length;
	memcpy(asked.value, value, length);
	return 0;
}

static struct evert_address host;

static int tell_host(const struct evert_datagram_transport *of, bool peer,
		     struct evert_address *address)
{
	(void)of;
	cr_assert(not(peer));
	*address = host;
	return 0;
}

static const struct evert_datagram_transport_ops asking = {
	.address = tell_host,
	.set_option = note_option,
};

static struct evert_datagram_transport *asking_at(const char *address)
{
	static struct evert_datagram_transport made = { .ops = &asking };

	host = parse_address(address, 0);
	return &made;
}

static void expect_asked(int level, int option, int value)
{
	int given;

	cr_assert(eq(int, asked.level, level));
	cr_assert(eq(int, asked.option, option));
	cr_assert(eq(sz, asked.length, sizeof(given)));
	memcpy(&given, asked.value, sizeof(given));
	cr_assert(eq(int, given, value));
}

Test(multicast, each_family_has_options_of_its_own)
{
	transport = asking_at("127.0.0.1");
	evert_datagram_set_ttl(transport, 7);
	expect_asked(IPPROTO_IP, IP_TTL, 7);
	evert_datagram_set_group_ttl(transport, 3);
	expect_asked(IPPROTO_IP, IP_MULTICAST_TTL, 3);
	evert_datagram_set_group_loopback(transport, true);
	expect_asked(IPPROTO_IP, IP_MULTICAST_LOOP, 1);
	transport = asking_at("::1");
	evert_datagram_set_ttl(transport, 7);
	expect_asked(IPPROTO_IPV6, IPV6_UNICAST_HOPS, 7);
	evert_datagram_set_group_ttl(transport, 3);
	expect_asked(IPPROTO_IPV6, IPV6_MULTICAST_HOPS, 3);
	evert_datagram_set_group_loopback(transport, false);
	expect_asked(IPPROTO_IPV6, IPV6_MULTICAST_LOOP, 0);
	evert_datagram_set_group_interface(transport, 5);
	expect_asked(IPPROTO_IPV6, IPV6_MULTICAST_IF, 5);
}

static void expect_membership(const char *at, const char *of, int level)
{
	struct evert_address group = parse_address(of, 0);

	transport = asking_at(at);
	evert_datagram_join(transport, &group, 5, NULL);
	cr_assert(eq(int, asked.level, level));
	cr_assert(eq(int, asked.option, MCAST_JOIN_GROUP));
	evert_datagram_leave(transport, &group, 5, NULL);
	cr_assert(eq(int, asked.level, level));
	cr_assert(eq(int, asked.option, MCAST_LEAVE_GROUP));
	evert_datagram_join(transport, &group, 5, &host);
	cr_assert(eq(int, asked.level, level));
	cr_assert(eq(int, asked.option, MCAST_JOIN_SOURCE_GROUP));
	evert_datagram_leave(transport, &group, 5, &host);
	cr_assert(eq(int, asked.level, level));
	cr_assert(eq(int, asked.option, MCAST_LEAVE_SOURCE_GROUP));
}

Test(multicast, is_joined_and_left_at_the_family_s_level)
{
	expect_membership("127.0.0.1", "239.255.7.7", IPPROTO_IP);
	expect_membership("::1", "ff05::7:7", IPPROTO_IPV6);
}

Test(multicast, to_send_to_all_of_a_network_may_be_allowed)
{
	evert_datagram_set_broadcast(asking_at("127.0.0.1"), true);
	expect_asked(SOL_SOCKET, SO_BROADCAST, 1);
	evert_datagram_set_broadcast(asking_at("127.0.0.1"), false);
	expect_asked(SOL_SOCKET, SO_BROADCAST, 0);
}
