/* SPDX-License-Identifier: MIT */
/*
 * Groups: multicast over IPv4 and IPv6 (RFC 1112, RFC 3678), and what goes
 * along with it. To hear a group, open the transport at its port, with
 * options.reuse_address where others listen as well, and join it; to send to
 * it, nothing is needed. A transport of all addresses hears the groups that it
 * has joined, not those that others on this machine have.
 *
 * Everything returns 0, or -errno: -EPIPE once it is closing, -EAFNOSUPPORT
 * for an address of another family, -EOPNOTSUPP where the transport has no
 * such thing, or what setsockopt(2) says.
 *
 * Thread rule: the reactor's thread.
 */
#ifndef EVERT_REACTOR_MULTICAST_H
#define EVERT_REACTOR_MULTICAST_H

#include "datagram.h"

EVERT_BEGIN

/*
 * Joins and leaves `group` on the interface of that number
 * (if_nametoindex(3)); 0: the system picks one. With `source`, an address,
 * only what it sends is heard (source-specific); several may be joined for one
 * group. Ports do not count.
 */
int evert_datagram_join(struct evert_datagram_transport *transport,
			const struct evert_address *group, unsigned interface,
			const struct evert_address *source);
int evert_datagram_leave(struct evert_datagram_transport *transport,
			 const struct evert_address *group, unsigned interface,
			 const struct evert_address *source);

/* By which interface it sends to groups; 0: as routed. */
int evert_datagram_set_group_interface(
	struct evert_datagram_transport *transport, unsigned interface);

/* Over how many networks what is sent to groups goes: 0 to 255, usually 1:
   only this one. */
int evert_datagram_set_group_ttl(struct evert_datagram_transport *transport,
				 int ttl);

/* Does this machine hear what it sends to groups? Usually on. */
int evert_datagram_set_group_loopback(
	struct evert_datagram_transport *transport, bool on);

/* Over how many networks everything else goes: 1 to 255. */
int evert_datagram_set_ttl(struct evert_datagram_transport *transport, int ttl);

/* May it send to all of a network? As options.broadcast. */
int evert_datagram_set_broadcast(struct evert_datagram_transport *transport,
				 bool on);

EVERT_END

#endif
