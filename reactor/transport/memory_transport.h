/* SPDX-License-Identifier: MIT */
/*
 * A transport in memory, to test protocols without a socket
 * (twisted.internet.testing.StringTransport). Data is handed to the protocol
 * by calling its operations; what the protocol writes is kept, to be looked
 * at.
 *
 *	struct evert_memory_transport *t =
 *		evert_memory_transport_create(&my->base);
 *	my->base.ops->data_received(&my->base, "hello\r\n", 7);
 *	... evert_memory_transport_written(t, &length) ...
 *	evert_memory_transport_destroy(t);
 *
 * What was written counts as queued until it is cleared: so pause_writing and
 * resume_writing are called as on a socket. The connection ends when the test
 * says so, never by itself. There are no addresses and no socket options:
 * -EOPNOTSUPP.
 *
 * Thread rule: one thread. Everything may be called from every callback,
 * except evert_memory_transport_destroy.
 */
#ifndef EVERT_REACTOR_MEMORY_TRANSPORT_H
#define EVERT_REACTOR_MEMORY_TRANSPORT_H

#include "transport.h"

EVERT_BEGIN

struct evert_memory_transport;

/*
 * Connects `protocol` to a new transport and calls its connection_made. The
 * caller owns the transport, and the protocol. Without memory NULL, errno
 * ENOMEM, and the protocol was not called.
 */
struct evert_memory_transport *
evert_memory_transport_create(struct evert_protocol *protocol);

/*
 * Releases the transport. The protocol gets connection_lost first, unless it
 * has had it; its `destroy` is not called, but that of one which stands for it
 * since (evert_transport_set_protocol) is. After that, the protocol may only
 * be released. NULL does nothing. From inside connection_lost: a bug.
 */
void evert_memory_transport_destroy(struct evert_memory_transport *memory);

/* The transport as the protocol sees it. */
struct evert_transport *
evert_memory_transport_base(struct evert_memory_transport *memory);

/* What evert_transport_reactor says; NULL, the default: there is none. For
   what has timers of its own, or tasks, over it: TLS, say. */
void evert_memory_transport_set_reactor(struct evert_memory_transport *memory,
					struct evert_reactor *reactor);

/*
 * What was written since the start, or since the last `clear`, followed by a
 * zero byte that does not count in `*length` (which may be NULL). Lives until
 * the next write, clear or destroy. An abort leaves it there to be looked at.
 */
const char *
evert_memory_transport_written(const struct evert_memory_transport *memory,
			       size_t *length);

/* Forgets what was written: the peer has taken it. */
void evert_memory_transport_clear(struct evert_memory_transport *memory);

/* What the protocol has asked for. */
bool evert_memory_transport_is_reading(
	const struct evert_memory_transport *memory);
bool evert_memory_transport_was_aborted(
	const struct evert_memory_transport *memory);
bool evert_memory_transport_wrote_end(
	const struct evert_memory_transport *memory);

/*
 * Ends the connection: the protocol gets connection_lost, then the `closed`
 * Deferreds fire. Once only. Takes over `reason`; NULL is
 * EVERT_CONNECTION_ABORTED after an abort, else EVERT_CONNECTION_DONE. While
 * the protocol holds data (`held` in struct evert_transport) the end waits:
 * writes are refused, and connection_lost comes with the next call of this
 * after the protocol has let go or closed; where it is broken, who waits for
 * room is told that there is some.
 */
void evert_memory_transport_end(struct evert_memory_transport *memory,
				struct evert_failure *reason);

EVERT_END

#endif
