/* SPDX-License-Identifier: MIT */
#include "datagram_internal.h"

#include <errno.h>
#include <net/if.h>
#include <netinet/udp.h>
#include <string.h>

#include "settings_internal.h"

#ifndef UDP_GRO
#define UDP_GRO 104
#endif

static const size_t DEFAULT_QUEUE = 1 << 20;

/* ---- Checking ---- */

const char *
evert_datagram_options_wrong(const struct evert_datagram_options *o)
{
	if ((unsigned)o->ipv6_only > EVERT_OFF)
		return "ipv6_only";
	if ((unsigned)o->tell_host > EVERT_OFF)
		return "tell_host";
	if ((unsigned)o->when_full > EVERT_DATAGRAM_DROP_OLDEST)
		return "when_full";
	if (o->send_buffer < 0)
		return "send_buffer";
	if (o->receive_buffer < 0)
		return "receive_buffer";
	if (o->mode > 07777)
		return "mode";
	if (o->largest > EVERT_DATAGRAM_LARGEST)
		return "largest";
	if (o->interface && strlen(o->interface) >= IFNAMSIZ)
		return "interface";
	return NULL;
}

/* ---- Setting ---- */

static bool is_any(const struct evert_address *address)
{
	if (address->as.any.sa_family == AF_INET)
		return address->as.ip4.sin_addr.s_addr == htonl(INADDR_ANY);
	return address->as.any.sa_family == AF_INET6 &&
	       IN6_IS_ADDR_UNSPECIFIED(&address->as.ip6.sin6_addr);
}

static void collect_common(struct evert_settings *s,
			   const struct evert_datagram_options *o)
{
	evert_settings_number(s, "reuse_address", o->reuse_address, SOL_SOCKET,
			      SO_REUSEADDR);
	evert_settings_number(s, "reuse_port", o->reuse_port, SOL_SOCKET,
			      SO_REUSEPORT);
	evert_settings_number(s, "broadcast", o->broadcast, SOL_SOCKET,
			      SO_BROADCAST);
	evert_settings_number(s, "send_buffer", o->send_buffer, SOL_SOCKET,
			      SO_SNDBUF);
	evert_settings_number(s, "receive_buffer", o->receive_buffer,
			      SOL_SOCKET, SO_RCVBUF);
}

static void collect_ip(struct evert_settings *s, bool host, bool tos)
{
	if (host)
		evert_settings_add(s, "tell_host", IPPROTO_IP, IP_PKTINFO, 1);
	if (tos)
		evert_settings_add(s, "tell_tos", IPPROTO_IP, IP_RECVTOS, 1);
}

/* Of a socket for both, what comes by IPv4 is told by IPv4's options, which
   not every system lets one set there. */
static void collect_ip6(struct evert_settings *s, bool host, bool tos,
			bool both)
{
	if (host)
		evert_settings_add(s, "tell_host", IPPROTO_IPV6,
				   IPV6_RECVPKTINFO, 1);
	if (tos)
		evert_settings_add(s, "tell_tos", IPPROTO_IPV6, IPV6_RECVTCLASS,
				   1);
	if (tos && both)
		evert_settings_add(s, NULL, IPPROTO_IP, IP_RECVTOS, 1);
}

/* Else a socket of all addresses hears every group that any program here has
   joined (ip(7), IP_MULTICAST_ALL). */
static void collect_groups(struct evert_settings *s, int family, bool both)
{
	if (family == AF_INET6)
		evert_settings_add(s, NULL, IPPROTO_IPV6, IPV6_MULTICAST_ALL,
				   0);
	if (family == AF_INET || both)
		evert_settings_add(s, NULL, IPPROTO_IP, IP_MULTICAST_ALL, 0);
}

/* So that an empty message is not taken for the end. */
static void collect_seqpacket(struct evert_settings *s,
			      struct evert_datagram_port *port)
{
	evert_settings_add(s, NULL, SOL_SOCKET, SO_TIMESTAMP, 1);
	port->seqpacket = true;
	port->controls = true;
}

static void collect(struct evert_settings *s, struct evert_datagram_port *port,
		    const struct evert_address *host, int family,
		    const struct evert_datagram_options *o)
{
	bool tells_host = o->tell_host == EVERT_AS_USUAL
				  ? host && is_any(host)
				  : o->tell_host == EVERT_ON;

	collect_common(s, o);
	if (family == AF_INET6) {
		port->takes_ip4 = o->ipv6_only == EVERT_OFF;
		evert_settings_choose(s, "ipv6_only", o->ipv6_only, 1,
				      IPPROTO_IPV6, IPV6_V6ONLY);
		collect_ip6(s, tells_host, o->tell_tos, port->takes_ip4);
	} else if (family == AF_INET) {
		collect_ip(s, tells_host, o->tell_tos);
	}
	if (host && is_any(host))
		collect_groups(s, family, port->takes_ip4);
	port->gathers = o->gather && family != AF_UNIX;
	if (port->gathers)
		evert_settings_add(s, NULL, IPPROTO_UDP, UDP_GRO, 1);
	port->controls = family != AF_UNIX &&
			 (tells_host || o->tell_tos || o->gather);
	if (o->seqpacket)
		collect_seqpacket(s, port);
}

static int set_interface(struct evert_system *system, int fd, const char *name,
			 const char **refused)
{
	int error;

	if (!name)
		return 0;
	error = system->ops->setsockopt(system, fd, SOL_SOCKET, SO_BINDTODEVICE,
					name, (socklen_t)strlen(name) + 1);
	if (error)
		*refused = "interface";
	return error;
}

/* What can't be sent is told without it, too, but not to whom. */
static bool queue_errors(struct evert_system *system, int fd, int family,
			 bool both)
{
	int on = 1, level = IPPROTO_IP, option = IP_RECVERR;

	if (family == AF_UNIX)
		return false;
	if (family == AF_INET6) {
		level = IPPROTO_IPV6;
		option = IPV6_RECVERR;
		if (both)
			system->ops->setsockopt(system, fd, IPPROTO_IP,
						IP_RECVERR, &on, sizeof(on));
	}
	return !system->ops->setsockopt(system, fd, level, option, &on,
					sizeof(on));
}

/* ---- Opening ---- */

static int bind_to(struct evert_system *system, int fd,
		   struct evert_datagram_port *port,
		   const struct evert_address *host,
		   const struct evert_datagram_options *options,
		   const char **refused)
{
	struct evert_socket_options path = {
		.mode = options->mode,
		.owner = options->owner,
		.group = options->group,
	};

	return evert_binding_make(&port->binding, system, fd, host, &path,
				  refused);
}

static int bind_and_connect(struct evert_system *system, int fd,
			    struct evert_datagram_port *port,
			    const struct evert_address *host,
			    const struct evert_address *peer,
			    const struct evert_datagram_options *options,
			    const char **refused)
{
	int error = 0;

	if (host)
		error = bind_to(system, fd, port, host, options, refused);
	if (!error && peer)
		error = system->ops->connect(system, fd, &peer->as.any,
					     peer->length);
	if (error)
		return error;
	if (peer) {
		port->peer = *peer;
		port->base.connected = true;
	}
	port->host.length = sizeof(port->host.as);
	return system->ops->getsockname(system, fd, &port->host.as.any,
					&port->host.length);
}

static int set_all(struct evert_system *system, int fd, int family,
		   struct evert_datagram_port *port,
		   const struct evert_address *host,
		   const struct evert_datagram_options *options,
		   const char **refused)
{
	struct evert_settings settings = { .count = 0 };
	int error;

	collect(&settings, port, host, family, options);
	error = evert_settings_apply(system, fd, &settings, refused);
	return error ? error
		     : set_interface(system, fd, options->interface, refused);
}

static void set_limits(struct evert_datagram_port *port,
		       const struct evert_datagram_options *options)
{
	port->largest = options->largest ? options->largest
					 : EVERT_DATAGRAM_LARGEST;
	port->queue_most = options->queue_most ? options->queue_most
					       : DEFAULT_QUEUE;
	port->when_full = (uint8_t)options->when_full;
	port->joins = options->join && port->host.as.any.sa_family != AF_UNIX;
}

int evert_datagram_socket_make(struct evert_system *system,
			       struct evert_datagram_port *port,
			       const struct evert_address *host,
			       const struct evert_address *peer,
			       const struct evert_datagram_options *options,
			       bool tells_errors, const char **refused)
{
	int family = (host ? host : peer)->as.any.sa_family;
	int fd, error;

	*refused = evert_datagram_options_wrong(options);
	if (*refused)
		return -EINVAL;
	fd = system->ops->socket(
		system, family, options->seqpacket ? SOCK_SEQPACKET : SOCK_DGRAM,
		0);
	if (fd < 0)
		return fd;
	error = set_all(system, fd, family, port, host, options, refused);
	if (!error && tells_errors)
		port->tells_errors =
			queue_errors(system, fd, family, port->takes_ip4);
	if (!error)
		error = bind_and_connect(system, fd, port, host, peer, options,
					 refused);
	if (error) {
		evert_binding_end(port->binding, system);
		system->ops->close(system, fd);
		return error;
	}
	set_limits(port, options);
	return fd;
}

/* ---- One that is there already ---- */

static int get_addresses(struct evert_system *system, int fd,
			 struct evert_datagram_port *port)
{
	int error;

	port->host.length = port->peer.length = sizeof(port->host.as);
	error = system->ops->getsockname(system, fd, &port->host.as.any,
					 &port->host.length);
	if (error)
		return error;
	port->base.connected = !system->ops->getpeername(
		system, fd, &port->peer.as.any, &port->peer.length);
	if (!port->base.connected)
		port->peer.length = 0;
	return 0;
}

/* `unknown`: what it is where it can't be asked. */
static int get_option(struct evert_system *system, int fd, int level,
		      int option, int unknown)
{
	int value = unknown;
	socklen_t length = sizeof(value);
	int error = system->ops->getsockopt(system, fd, level, option, &value,
					    &length);

	return error ? unknown : value;
}

/* Whoever made it may have asked for anything that comes beside the bytes. */
int evert_datagram_socket_examine(struct evert_system *system,
			       struct evert_datagram_port *port, int fd,
			       bool tells_errors)
{
	static const struct evert_datagram_options defaults;
	struct evert_settings settings = { .count = 0 };
	const char *refused;
	int family, error = get_addresses(system, fd, port);

	if (error)
		return error;
	family = port->host.as.any.sa_family;
	port->takes_ip4 = family == AF_INET6 &&
			  !get_option(system, fd, IPPROTO_IPV6, IPV6_V6ONLY, 1);
	port->controls = family != AF_UNIX;
	port->gathers = family != AF_UNIX &&
			get_option(system, fd, IPPROTO_UDP, UDP_GRO, 0);
	if (is_any(&port->host) && family == AF_INET)
		collect_ip(&settings, true, false);
	else if (is_any(&port->host))
		collect_ip6(&settings, true, false, port->takes_ip4);
	if (get_option(system, fd, SOL_SOCKET, SO_TYPE, SOCK_DGRAM) ==
	    SOCK_SEQPACKET)
		collect_seqpacket(&settings, port);
	error = evert_settings_apply(system, fd, &settings, &refused);
	if (error)
		return error;
	if (tells_errors)
		port->tells_errors =
			queue_errors(system, fd, family, port->takes_ip4);
	set_limits(port, &defaults);
	return 0;
}
