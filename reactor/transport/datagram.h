/* SPDX-License-Identifier: MIT */
/*
 * Datagrams (twisted.internet.protocol.DatagramProtocol, asyncio's of the same
 * name): UDP, or whatever keeps the boundaries of what is sent. A class is a
 * constant table of operations; an object embeds its base first:
 *
 *	static void upper_received(struct evert_datagram_protocol *base,
 *				   const struct evert_datagram *datagram)
 *	{
 *		...
 *		evert_datagram_answer(datagram, upper, datagram->length);
 *	}
 *
 * evert_datagram_open (datagram_open.h) makes a transport with a socket,
 * evert_datagram_socket_open (datagram_socket.h) one to be awaited,
 * evert_memory_datagrams_create (memory_datagrams.h) one for tests.
 *
 * Ownership: a protocol belongs to its transport, and that to its reactor.
 * After `stopped`, at the end of the turn, the protocol's `destroy` is called,
 * last of all.
 *
 * Thread rule: the reactor's thread. Every call is allowed from every callback;
 * none calls the protocol back before it returns, except that sending may call
 * pause_writing.
 */
#ifndef EVERT_REACTOR_DATAGRAM_H
#define EVERT_REACTOR_DATAGRAM_H

#include "../../deferred/deferred.h"
#include "../address.h"
#include "../reason.h"

EVERT_BEGIN

struct evert_datagram_protocol;
struct evert_datagram_transport;

/* ---- What comes ---- */

/* A datagram that was received. */
struct evert_datagram {
	const char *data; /* perhaps none; no zero byte is behind it */
	size_t length;
	/* Whose it is; of a UNIX socket without a name its length is 0. */
	const struct evert_address *peer;
	/* What it was sent to: of a transport on all addresses the one that
	   was asked, with the port. A length of 0: not known. */
	const struct evert_address *host;
	unsigned interface; /* that it came by; 0: not known */
	/* The type of service or traffic class, where options.tell_tos was
	   set; the last two bits are ECN (RFC 3168). */
	uint8_t tos;
	bool to_group;	/* to a multicast or broadcast address */
	bool truncated; /* it was longer: this is its beginning */
	struct evert_datagram_transport *transport;
};

/*
 * Sends a copy of `length` bytes back to where it came from, from the address
 * that was asked. 0, or -errno as evert_datagram_send.
 */
int evert_datagram_answer(const struct evert_datagram *datagram,
			  const void *data, size_t length);

/*
 * A copy to be kept and answered later; while there is one, its transport can
 * be asked, but once that has stopped it refuses to send. The caller owns it.
 * Without memory NULL, errno ENOMEM.
 */
EVERT_MUST_USE
struct evert_datagram *
evert_datagram_copy(const struct evert_datagram *datagram);

/* Releases a copy of a datagram. NULL does nothing. */
void evert_datagram_release(struct evert_datagram *copy);

/* The type of a result that owns a copy of a datagram. */
extern const struct evert_type evert_type_datagram;

/* The datagram in such a result, as long as that lives. */
static inline const struct evert_datagram *
evert_result_as_datagram(const struct evert_result *result)
{
	return (const struct evert_datagram *)evert_result_as(
		result, &evert_type_datagram);
}

/* ---- Protocols ---- */

/* What a class of datagram protocols does. */
struct evert_datagram_protocol_ops {
	/* Mandatory. The datagram and what it points to are the transport's,
	   until the call returns. */
	void (*datagram_received)(struct evert_datagram_protocol *protocol,
				  const struct evert_datagram *datagram);

	/* The rest is optional. */

	/* Once, first; `protocol->transport` is set. */
	void (*started)(struct evert_datagram_protocol *protocol);

	/* What was sent to `peer` did not arrive: the network, or the machine
	   there, says so (ICMP) by `error`, an errno; mostly ECONNREFUSED. The
	   transport goes on. Where it is not connected, too (IP_RECVERR,
	   ip(7)). Of a UNIX socket: nobody has the peer's name any more, and
	   send_failed tells it as well; one that was connected is cut off, so
	   that what is sent later fails with ENOTCONN. `peer` lives until the
	   call returns; a length of 0: not known. */
	void (*connection_refused)(struct evert_datagram_protocol *protocol,
				   int error, const struct evert_address *peer);

	/* A datagram that was taken to be sent to `peer` could not be:
	   EMSGSIZE, ENETUNREACH, ... as send(2). From the loop. */
	void (*send_failed)(struct evert_datagram_protocol *protocol, int error,
			    const struct evert_address *peer);

	/* The queue went over its high-water mark; under its low-water mark
	   again. Each once, in turn, pause first. */
	void (*pause_writing)(struct evert_datagram_protocol *protocol);
	void (*resume_writing)(struct evert_datagram_protocol *protocol);

	/* Once, last, always from the loop: EVERT_CONNECTION_DONE after a
	   close; EVERT_CONNECTION_ABORTED, EVERT_REACTOR_STOPPED, or
	   EVERT_CONNECTION_LOST with the errno. `reason` lives until it
	   returns. */
	void (*stopped)(struct evert_datagram_protocol *protocol,
			const struct evert_failure *reason);

	/* Releases the protocol. Without it, its memory is not the transport's
	   business (a static one, say). */
	void (*destroy)(struct evert_datagram_protocol *protocol);
};

/* The base of a datagram protocol, its first member. */
struct evert_datagram_protocol {
	const struct evert_datagram_protocol_ops *ops; /* set by who makes it */
	struct evert_datagram_transport *transport; /* set by the transport */
};

/* Stops the program with the name of a mandatory operation that is missing: for
   who makes a kind of transport. */
void evert_datagram_protocol_check(
	const struct evert_datagram_protocol *protocol);

/* ---- Transports ---- */

/* How a datagram is sent. All zero: to the connected peer, as the system would.
   */
struct evert_datagram_route {
	const struct evert_address *peer;   /* NULL: the connected one */
	const struct evert_address *source; /* of our addresses; NULL: any */
	unsigned interface;		    /* to go out by; 0: any */
	bool with_tos;
	uint8_t tos; /* with_tos: the type of service or traffic class */
	/* Not 0: the data is several datagrams, each of that many bytes, the
	   last perhaps of fewer. The kernel cuts them (UDP_SEGMENT, udp(7))
	   where it can. A full queue refuses or drops them as one; where some
	   have gone, send_failed tells of the others. */
	size_t segment;
};

/* What a kind of datagram transport does, as the functions below describe: for
   who makes one. */
struct evert_datagram_transport_ops {
	int (*send)(struct evert_datagram_transport *transport,
		    const void *data, size_t length,
		    const struct evert_datagram_route *route);
	void (*close)(struct evert_datagram_transport *transport);
	void (*abort)(struct evert_datagram_transport *transport);
	void (*pause_reading)(struct evert_datagram_transport *transport);
	void (*resume_reading)(struct evert_datagram_transport *transport);
	void (*set_marks)(struct evert_datagram_transport *transport,
			  size_t high, size_t low);
	size_t (*queued)(const struct evert_datagram_transport *transport);
	struct evert_deferred *(*closed)(
		struct evert_datagram_transport *transport, const char *place);
	int (*address)(const struct evert_datagram_transport *transport,
		       bool peer, struct evert_address *address);
	int (*set_option)(struct evert_datagram_transport *transport, int level,
			  int option, const void *value, socklen_t length);
	/* It has stopped, and the last copy of its datagrams is gone. */
	void (*release)(struct evert_datagram_transport *transport);
};

/* A datagram transport, as its users see it. */
struct evert_datagram_transport {
	const struct evert_datagram_transport_ops *ops;
	struct evert_datagram_protocol *protocol;
	/* close or abort was called, or it has stopped: nothing more is
	   delivered or taken to be sent. */
	bool closing;
	bool connected; /* it has one peer */
	size_t holders; /* itself, and the copies of datagrams */
	uint64_t dropped;
};

/*
 * Sends a copy of `length` bytes as one datagram. What is sent in
 * datagram_received goes out when all that had come was handed out, everything
 * else before the loop sleeps: many by one system call (sendmmsg(2)); one of
 * 16 KiB and more at once. What the kernel does not take is queued.
 *
 * evert_datagram_send sends to the peer of a connected transport,
 * evert_datagram_send_to to any, evert_datagram_send_with as `route` says.
 *
 * 0, or -EPIPE after a close; -EAGAIN where the queue is full (and was not told
 * to drop); -EMSGSIZE where no datagram can be so long; -EDESTADDRREQ without a
 * peer, -EISCONN with one where it is connected; -EAFNOSUPPORT for one of
 * another family; -EINVAL for a source or tos that the family does not have;
 * -ENOMEM: then it is not sent.
 */
static inline int
evert_datagram_send_with(struct evert_datagram_transport *transport,
			 const void *data, size_t length,
			 const struct evert_datagram_route *route)
{
	return transport->ops->send(transport, data, length, route);
}

int evert_datagram_send(struct evert_datagram_transport *transport,
			const void *data, size_t length);
int evert_datagram_send_to(struct evert_datagram_transport *transport,
			   const void *data, size_t length,
			   const struct evert_address *peer);

/* Closes it: stops once what is queued was sent, or the reactor's closing time
   is over. Nothing more is delivered. */
static inline void
evert_datagram_close(struct evert_datagram_transport *transport)
{
	transport->ops->close(transport);
}

/* Aborts it: stops, and drops what is queued. */
static inline void
evert_datagram_abort(struct evert_datagram_transport *transport)
{
	transport->ops->abort(transport);
}

/*
 * A Deferred that fires with nothing when it has stopped. The caller owns the
 * reading end. Any number may be asked for; cancelling one only ends the
 * waiting.
 */
#define evert_datagram_closed(...) \
	evert_datagram_closed_at(__VA_ARGS__, EVERT_HERE)
static inline EVERT_MUST_USE struct evert_deferred *
evert_datagram_closed_at(struct evert_datagram_transport *transport,
			 const char *place)
{
	return transport->ops->closed(transport, place);
}

/* Stops and restarts the delivery of datagrams. Meanwhile the kernel keeps
   what fits in its buffer, and drops the rest; those that were read with the
   one in whose callback it is paused are kept, and delivered first. They do
   not count. */
static inline void
evert_datagram_pause_reading(struct evert_datagram_transport *transport)
{
	transport->ops->pause_reading(transport);
}

static inline void
evert_datagram_resume_reading(struct evert_datagram_transport *transport)
{
	transport->ops->resume_reading(transport);
}

/* What a datagram counts for in the queue besides its bytes. */
#define EVERT_DATAGRAM_COST 256

/*
 * Sets the marks, in bytes, for pause_writing (more than `high` are queued)
 * and resume_writing (at most `low` are). Defaults 65536 and 16384; a `low`
 * above `high` counts as `high`.
 */
static inline void
evert_datagram_set_write_marks(struct evert_datagram_transport *transport,
			       size_t high, size_t low)
{
	transport->ops->set_marks(transport, high, low);
}

/* How many bytes are queued, EVERT_DATAGRAM_COST for each datagram
   included. */
static inline size_t
evert_datagram_queued(const struct evert_datagram_transport *transport)
{
	return transport->ops->queued(transport);
}

/* How many datagrams so far could not be sent, or were dropped because the
   queue was full, or in the end. Not those that the network lost. */
static inline uint64_t
evert_datagram_dropped(const struct evert_datagram_transport *transport)
{
	return transport->dropped;
}

/* The address of the connected peer, and of this side: 0, or -errno; -ENOTCONN
   where it is not connected. */
static inline int
evert_datagram_peer(const struct evert_datagram_transport *transport,
		    struct evert_address *address)
{
	return transport->ops->address(transport, true, address);
}

static inline int
evert_datagram_host(const struct evert_datagram_transport *transport,
		    struct evert_address *address)
{
	return transport->ops->address(transport, false, address);
}

/* Was it closed or aborted, or has it stopped? */
static inline bool
evert_datagram_is_closing(const struct evert_datagram_transport *transport)
{
	return transport->closing;
}

EVERT_END

#endif
