/* SPDX-License-Identifier: MIT */
/*
 * Datagrams in memory, to test protocols without a socket
 * (twisted.internet.testing.FakeDatagramTransport). The test hands datagrams
 * to the protocol, and looks at what it sent, one by one:
 *
 *	struct evert_memory_datagrams *m =
 *		evert_memory_datagrams_create(&my->base, &host, NULL);
 *	evert_memory_datagrams_deliver(m, "hello", 5, &peer);
 *	... evert_memory_datagrams_sent(m) ...
 *	evert_memory_datagrams_destroy(m);
 *
 * What was sent counts as queued until the test takes it: so pause_writing and
 * resume_writing are called as on a socket. It ends when the test says so.
 * There are no options of a socket: -EOPNOTSUPP.
 *
 * Thread rule: one thread. Everything may be called from every callback,
 * except evert_memory_datagrams_destroy.
 */
#ifndef EVERT_REACTOR_MEMORY_DATAGRAMS_H
#define EVERT_REACTOR_MEMORY_DATAGRAMS_H

#include "datagram.h"

EVERT_BEGIN

struct evert_memory_datagrams;

/* One that the protocol has sent, and how. */
struct evert_sent_datagram {
	const char *data; /* followed by a zero byte */
	size_t length;
	struct evert_address peer;
	struct evert_address source; /* a length of 0: as bound */
	unsigned interface;
	bool with_tos;
	uint8_t tos;
};

/*
 * Gives `protocol` a new transport at `host`, connected to `peer` unless that
 * is NULL, and calls its `started`. The caller owns the transport, and the
 * protocol. Without memory NULL, errno ENOMEM, and the protocol was not called.
 */
struct evert_memory_datagrams *
evert_memory_datagrams_create(struct evert_datagram_protocol *protocol,
			      const struct evert_address *host,
			      const struct evert_address *peer);

/*
 * Releases the transport; the protocol gets `stopped` first, unless it has had
 * it; its `destroy` is not called. Copies of datagrams may be left. NULL does
 * nothing. From inside `stopped`: a bug.
 */
void evert_memory_datagrams_destroy(struct evert_memory_datagrams *memory);

/* The transport as the protocol sees it. */
struct evert_datagram_transport *
evert_memory_datagrams_base(struct evert_memory_datagrams *memory);

/* Delivers a datagram: something comes from `peer`: false, and it is dropped,
   if the protocol does not read or has closed, or is connected to somebody
   else. */
bool evert_memory_datagrams_deliver(struct evert_memory_datagrams *memory,
				    const void *data, size_t length,
				    const struct evert_address *peer);

/* The same for one of which the test says all. Its transport and, where they
   are NULL, its addresses are filled in. */
bool evert_memory_datagrams_deliver_as(struct evert_memory_datagrams *memory,
				       const struct evert_datagram *datagram);

/* Something sent to `peer` did not arrive: connection_refused. */
void evert_memory_datagrams_refuse(struct evert_memory_datagrams *memory,
				   int error, const struct evert_address *peer);

/* How many the protocol has sent that were not taken; the first of them, or
   NULL: it lives until it is taken. Taking it forgets it. */
size_t
evert_memory_datagrams_count(const struct evert_memory_datagrams *memory);
const struct evert_sent_datagram *
evert_memory_datagrams_sent(const struct evert_memory_datagrams *memory);
void evert_memory_datagrams_take(struct evert_memory_datagrams *memory);

/* Ends it: the protocol gets `stopped`, then the `closed` Deferreds fire. Once
   only. Takes over `reason`; NULL is EVERT_CONNECTION_ABORTED after an abort,
   else EVERT_CONNECTION_DONE. */
void evert_memory_datagrams_end(struct evert_memory_datagrams *memory,
				struct evert_failure *reason);

EVERT_END

#endif
