/* SPDX-License-Identifier: MIT */
/*
 * Connections of messages: UNIX sockets of type SOCK_SEQPACKET (unix(7)). Each
 * has one peer and an end, as a stream; boundaries are kept, as with datagrams,
 * and nothing is lost or out of order. A connection is a datagram transport
 * (datagram.h), since what one does with it is that:
 *
 * - evert_datagram_send sends a message; datagram_received has one, which may be
 *   empty. One too long for the socket's buffer is refused, or told by
 *   send_failed (EMSGSIZE); one longer than options.largest comes truncated.
 * - `stopped` is told EVERT_CONNECTION_DONE when the peer has sent its end and
 *   all before was delivered; what is queued is sent before. Where the peer has
 *   closed without reading what it had, it is EVERT_CONNECTION_LOST with
 *   ECONNRESET. What is sent to one that has gone is told by send_failed
 *   (EPIPE).
 *
 * The client is one of
 *
 *	d = evert_connect_datagram(reactor, "unix-seqpacket:PATH", &protocol);
 *	d = evert_connect_datagram_socket(reactor, "unix-seqpacket:PATH", ...);
 *
 * and the server makes a protocol for each connection:
 *
 *	static struct evert_datagram_factory factory = { build_one };
 *
 *	d = evert_listen_seqpacket(reactor, "unix-seqpacket:PATH:mode=600",
 *				   &factory);
 *
 * (reactor/endpoint/datagram_endpoint.h). Thread rule: the reactor's thread.
 */
#ifndef EVERT_REACTOR_SEQPACKET_H
#define EVERT_REACTOR_SEQPACKET_H

#include "datagram.h"

EVERT_BEGIN

/* Makes a protocol for each connection. The caller owns it; it must outlive the
   ports that use it. */
struct evert_datagram_factory {
	/* Mandatory. `peer` lives until the call returns; of a client without a
	   name its length is that of the family alone. The protocol belongs to
	   its transport. NULL refuses the connection, which is then closed. */
	struct evert_datagram_protocol *(*build_protocol)(
		struct evert_datagram_factory *factory,
		const struct evert_address *peer);
};

EVERT_END

#endif
