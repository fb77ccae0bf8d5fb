/* SPDX-License-Identifier: MIT */
/*
 * Datagram transports with a socket, by address: UDP over IPv4 and IPv6, and
 * UNIX datagram sockets. A name is looked up first (evert_resolve_host,
 * reactor/name/resolve.h).
 *
 * Thread rule: the reactor's thread.
 */
#ifndef EVERT_REACTOR_DATAGRAM_OPEN_H
#define EVERT_REACTOR_DATAGRAM_OPEN_H

#include "../reactor.h"
#include "datagram.h"
#include "socket_options.h"

EVERT_BEGIN

/* What happens to one more when the queue is full. */
enum evert_datagram_full {
	EVERT_DATAGRAM_REFUSE,	    /* the sender is told: -EAGAIN */
	EVERT_DATAGRAM_DROP_NEWEST, /* it is dropped, and counted */
	EVERT_DATAGRAM_DROP_OLDEST, /* those before it are */
};

/* All zero is the default, so name what you want. */
struct evert_datagram_options {
	bool reuse_address; /* others that do so, too, get it as well
			       (multicast), or instead (SO_REUSEADDR) */
	bool reuse_port;    /* several sockets share the port (SO_REUSEPORT) */
	/* Usually on: "::" leaves IPv4 alone. Off: it takes both. */
	enum evert_choice ipv6_only;
	bool broadcast;	       /* may be sent to all of a network */
	const char *interface; /* by which all comes and goes; NULL: any */
	int send_buffer;    /* bytes in the kernel; 0: as the system has it */
	int receive_buffer; /* the same */

	/* Of the path of a UNIX socket, as struct evert_socket_options has
	   them; not even what is sent at once comes in before they are set
	   (Linux). */
	unsigned mode;
	const char *owner, *group;

	/* A UNIX socket for a connection of messages, in order and without
	   loss (SOCK_SEQPACKET, unix(7)): with one peer, whose end is told as
	   EVERT_CONNECTION_DONE. Who accepts them: seqpacket.h. */
	bool seqpacket;

	/* Tells the address and the interface of what comes: usually where it
	   is bound to all addresses. */
	enum evert_choice tell_host;
	bool tell_tos; /* tells its type of service or traffic class */
	/* Lets the kernel hand over several of one peer as one (UDP_GRO,
	   udp(7)); evert takes them apart. Without it where there is none. */
	bool gather;
	/* The other way round: of those of one length that go to one peer one
	   after the other, the kernel is given several as one, which it cuts
	   (UDP_SEGMENT). Worth much where a peer is sent many; where the
	   kernel refuses, evert cuts them. */
	bool join;
	size_t largest; /* what is longer comes truncated; 0: 65535, the most */

	/* The queue: bytes, EVERT_DATAGRAM_COST for each datagram included; 0:
	   1 MiB. */
	size_t queue_most;
	enum evert_datagram_full when_full;
};

/*
 * Opens a transport with `protocol`, which it then owns, and calls `started`.
 * `host` is the address to bind to, with port 0 for a free one; NULL: the
 * system picks one of the peer's family. With `peer` it is connected: it sends
 * there and hears from nobody else. `options` may be NULL. All is copied. A
 * UNIX socket's path that nobody has any more is replaced, and removed when the
 * transport has stopped, by the process that has bound it. A UNIX socket needs
 * a host to be answered: an address without a name picks an abstract one.
 *
 * The reactor owns the transport, until `stopped` has returned and the turn
 * has ended. NULL and errno, and the protocol stays the caller's: EINVAL for
 * neither host nor peer (with options.seqpacket: for no peer) or an option out
 * of range; ESHUTDOWN while the reactor stops; what socket(2), setsockopt(2),
 * bind(2), connect(2) say; ENOMEM.
 */
struct evert_datagram_transport *
evert_datagram_open(struct evert_reactor *reactor,
		    const struct evert_address *host,
		    const struct evert_address *peer,
		    const struct evert_datagram_options *options,
		    struct evert_datagram_protocol *protocol);

/*
 * A transport on a datagram socket that is there already: bound, or connected,
 * or both; adopt.h says what that means for the descriptor. It is as with the
 * default options, but what was set before stays; told is the address that was
 * asked where it is bound to all. A UNIX socket's path stays in the end:
 * whoever bound it removes it.
 *
 * A connected UNIX socket of type SOCK_SEQPACKET is one, too.
 *
 * NULL and errno, and protocol and descriptor stay the caller's: EBADF;
 * ENOTSOCK; EPROTOTYPE: it is no datagram socket; EAFNOSUPPORT: it is neither
 * IPv4, nor IPv6, nor UNIX; EINVAL: it is neither bound nor connected; EEXIST:
 * this reactor has it already; ENOMEM; ESHUTDOWN while the reactor stops.
 */
EVERT_MUST_USE
struct evert_datagram_transport *
evert_datagram_adopt(struct evert_reactor *reactor, int fd,
		     struct evert_datagram_protocol *protocol);

EVERT_END

#endif
