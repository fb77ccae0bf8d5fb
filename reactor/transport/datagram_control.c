/* SPDX-License-Identifier: MIT */
/* What comes and goes beside the bytes (cmsg(3), ip(7), ipv6(7), udp(7)). */
#include "datagram_internal.h"

#include <errno.h>
#include <netinet/udp.h>
#include <string.h>

/* Since Linux 4.18 and 5.0; not in every libc's headers. */
#ifndef UDP_SEGMENT
#define UDP_SEGMENT 103
#endif
#ifndef UDP_GRO
#define UDP_GRO 104
#endif

/* ---- Reading ---- */

static void read_ip4(const struct cmsghdr *control,
		     struct evert_datagram *datagram,
		     struct evert_address *host)
{
	struct in_pktinfo info;

	memcpy(&info, CMSG_DATA(control), sizeof(info));
	host->as.ip4.sin_family = AF_INET;
	host->as.ip4.sin_addr = info.ipi_addr;
	host->length = sizeof(host->as.ip4);
	datagram->interface = (unsigned)info.ipi_ifindex;
	datagram->to_group = info.ipi_addr.s_addr != info.ipi_spec_dst.s_addr;
}

static void read_ip6(const struct cmsghdr *control,
		     struct evert_datagram *datagram,
		     struct evert_address *host)
{
	struct sockaddr_in6 *ip = &host->as.ip6;
	struct in6_pktinfo info;

	memcpy(&info, CMSG_DATA(control), sizeof(info));
	*ip = (struct sockaddr_in6){
		.sin6_family = AF_INET6,
		.sin6_port = ip->sin6_port, /* where IPv4 has it, too */
		.sin6_addr = info.ipi6_addr,
	};
	host->length = sizeof(*ip);
	datagram->interface = info.ipi6_ifindex;
	datagram->to_group = IN6_IS_ADDR_MULTICAST(&info.ipi6_addr);
	if (IN6_IS_ADDR_LINKLOCAL(&info.ipi6_addr))
		ip->sin6_scope_id = info.ipi6_ifindex;
	evert_address_unmap(host);
}

/* A byte, or an int, as the protocol and the kernel have it. */
static uint8_t read_tos(const struct cmsghdr *control)
{
	int tos;

	if (control->cmsg_len < CMSG_LEN(sizeof(tos)))
		return *CMSG_DATA(control);
	memcpy(&tos, CMSG_DATA(control), sizeof(tos));
	return (uint8_t)tos;
}

static size_t read_segment(const struct cmsghdr *control)
{
	int size;

	memcpy(&size, CMSG_DATA(control), sizeof(size));
	return size > 0 ? (size_t)size : 0;
}

size_t evert_datagram_control_read(const struct evert_datagram_port *port,
				   struct msghdr *message,
				   struct evert_datagram *datagram,
				   struct evert_address *host)
{
	struct cmsghdr *c;
	size_t segment = 0;

	host->as.ip4.sin_port = htons(evert_address_port(&port->host));
	for (c = CMSG_FIRSTHDR(message); c; c = CMSG_NXTHDR(message, c)) {
		if (c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_PKTINFO)
			read_ip4(c, datagram, host);
		else if (c->cmsg_level == IPPROTO_IPV6 &&
			 c->cmsg_type == IPV6_PKTINFO)
			read_ip6(c, datagram, host);
		else if ((c->cmsg_level == IPPROTO_IP &&
			  c->cmsg_type == IP_TOS) ||
			 (c->cmsg_level == IPPROTO_IPV6 &&
			  c->cmsg_type == IPV6_TCLASS))
			datagram->tos = read_tos(c);
		else if (c->cmsg_level == IPPROTO_UDP &&
			 c->cmsg_type == UDP_GRO)
			segment = read_segment(c);
	}
	if (host->length)
		datagram->host = host;
	return segment;
}

/* ---- Writing ---- */

static void put(struct msghdr *message, int level, int type, const void *value,
		size_t size)
{
	struct cmsghdr *control =
		(struct cmsghdr *)((char *)message->msg_control +
				   message->msg_controllen);

	memset(control, 0, CMSG_SPACE(size));
	control->cmsg_level = level;
	control->cmsg_type = type;
	control->cmsg_len = CMSG_LEN(size);
	memcpy(CMSG_DATA(control), value, size);
	message->msg_controllen += CMSG_SPACE(size);
}

/* To an IPv4 peer through an IPv6 socket IPv4's options are given. */
static bool goes_by_ip4(const struct evert_datagram_port *port,
			const struct evert_datagram_route *route)
{
	const struct evert_address *peer = route->peer ? route->peer
						       : &port->peer;

	return peer->as.any.sa_family == AF_INET ||
	       (peer->as.any.sa_family == AF_INET6 &&
		IN6_IS_ADDR_V4MAPPED(&peer->as.ip6.sin6_addr));
}

static int put_ip4(struct msghdr *message,
		   const struct evert_datagram_route *route)
{
	struct in_pktinfo info = { .ipi_ifindex = (int)route->interface };
	int tos = route->tos;

	if (route->source) {
		if (route->source->as.any.sa_family != AF_INET)
			return -EINVAL;
		info.ipi_spec_dst = route->source->as.ip4.sin_addr;
	}
	if (route->source || route->interface)
		put(message, IPPROTO_IP, IP_PKTINFO, &info, sizeof(info));
	if (route->with_tos)
		put(message, IPPROTO_IP, IP_TOS, &tos, sizeof(tos));
	return 0;
}

static int put_ip6(struct msghdr *message,
		   const struct evert_datagram_route *route)
{
	struct in6_pktinfo info = { .ipi6_ifindex = route->interface };
	int tos = route->tos;

	if (route->source) {
		if (route->source->as.any.sa_family != AF_INET6)
			return -EINVAL;
		info.ipi6_addr = route->source->as.ip6.sin6_addr;
	}
	if (route->source || route->interface)
		put(message, IPPROTO_IPV6, IPV6_PKTINFO, &info, sizeof(info));
	if (route->with_tos)
		put(message, IPPROTO_IPV6, IPV6_TCLASS, &tos, sizeof(tos));
	return 0;
}

int evert_datagram_control_write(const struct evert_datagram_port *port,
				 struct msghdr *message,
				 const struct evert_datagram_route *route,
				 size_t segment)
{
	uint16_t size = (uint16_t)segment;
	int error = 0;

	message->msg_controllen = 0;
	if (evert_datagram_port_family(port) == AF_UNIX)
		return route->source || route->interface || route->with_tos
			       ? -EINVAL
			       : 0;
	if (goes_by_ip4(port, route))
		error = put_ip4(message, route);
	else
		error = put_ip6(message, route);
	if (!error && segment)
		put(message, IPPROTO_UDP, UDP_SEGMENT, &size, sizeof(size));
	return error;
}
