/* SPDX-License-Identifier: MIT */
#include "multicast.h"

#include <errno.h>
#include <string.h>

static int set(struct evert_datagram_transport *transport, int level,
	       int option, const void *value, size_t size)
{
	return transport->ops->set_option(transport, level, option, value,
					  (socklen_t)size);
}

/* AF_UNSPEC: not known. */
static int family_of(const struct evert_datagram_transport *transport)
{
	struct evert_address host;

	return transport->ops->address(transport, false, &host)
		       ? AF_UNSPEC
		       : host.as.any.sa_family;
}

/* An option of which each family has its own. */
static int set_of_family(struct evert_datagram_transport *transport,
			 int ip4_option, int ip6_option, int value)
{
	switch (family_of(transport)) {
	case AF_INET:
		return set(transport, IPPROTO_IP, ip4_option, &value,
			   sizeof(value));
	case AF_INET6:
		return set(transport, IPPROTO_IPV6, ip6_option, &value,
			   sizeof(value));
	default:
		return -EOPNOTSUPP;
	}
}

/* ---- Membership (RFC 3678, 5) ---- */

static int level_of(const struct evert_address *group)
{
	return group->as.any.sa_family == AF_INET ? IPPROTO_IP : IPPROTO_IPV6;
}

static int request(struct evert_datagram_transport *transport, int option,
		   const struct evert_address *group, unsigned interface)
{
	struct group_req wanted = { .gr_interface = interface };

	memcpy(&wanted.gr_group, &group->as, group->length);
	return set(transport, level_of(group), option, &wanted, sizeof(wanted));
}

static int request_of(struct evert_datagram_transport *transport, int option,
		      const struct evert_address *group, unsigned interface,
		      const struct evert_address *source)
{
	struct group_source_req wanted = { .gsr_interface = interface };

	memcpy(&wanted.gsr_group, &group->as, group->length);
	memcpy(&wanted.gsr_source, &source->as, source->length);
	return set(transport, level_of(group), option, &wanted, sizeof(wanted));
}

static bool fits(const struct evert_datagram_transport *transport,
		 const struct evert_address *group,
		 const struct evert_address *source)
{
	int family = group->as.any.sa_family;

	return family == family_of(transport) && family != AF_UNIX &&
	       (!source || source->as.any.sa_family == family);
}

int evert_datagram_join(struct evert_datagram_transport *transport,
			const struct evert_address *group, unsigned interface,
			const struct evert_address *source)
{
	if (!fits(transport, group, source))
		return -EAFNOSUPPORT;
	return source ? request_of(transport, MCAST_JOIN_SOURCE_GROUP, group,
				   interface, source)
		      : request(transport, MCAST_JOIN_GROUP, group, interface);
}

int evert_datagram_leave(struct evert_datagram_transport *transport,
			 const struct evert_address *group, unsigned interface,
			 const struct evert_address *source)
{
	if (!fits(transport, group, source))
		return -EAFNOSUPPORT;
	return source ? request_of(transport, MCAST_LEAVE_SOURCE_GROUP, group,
				   interface, source)
		      : request(transport, MCAST_LEAVE_GROUP, group, interface);
}

/* ---- Sending ---- */

int evert_datagram_set_group_interface(
	struct evert_datagram_transport *transport, unsigned interface)
{
	struct ip_mreqn ip4 = { .imr_ifindex = (int)interface };

	if (family_of(transport) == AF_INET)
		return set(transport, IPPROTO_IP, IP_MULTICAST_IF, &ip4,
			   sizeof(ip4));
	return set_of_family(transport, IP_MULTICAST_IF, IPV6_MULTICAST_IF,
			     (int)interface);
}

int evert_datagram_set_group_ttl(struct evert_datagram_transport *transport,
				 int ttl)
{
	return set_of_family(transport, IP_MULTICAST_TTL, IPV6_MULTICAST_HOPS,
			     ttl);
}

int evert_datagram_set_group_loopback(
	struct evert_datagram_transport *transport, bool on)
{
	return set_of_family(transport, IP_MULTICAST_LOOP, IPV6_MULTICAST_LOOP,
			     on);
}

int evert_datagram_set_ttl(struct evert_datagram_transport *transport, int ttl)
{
	return set_of_family(transport, IP_TTL, IPV6_UNICAST_HOPS, ttl);
}

int evert_datagram_set_broadcast(struct evert_datagram_transport *transport,
				 bool on)
{
	int value = on;

	return set(transport, SOL_SOCKET, SO_BROADCAST, &value, sizeof(value));
}
