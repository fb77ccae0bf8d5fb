/* SPDX-License-Identifier: MIT */
/*
 * Protocols: what a program subclasses to speak over a transport
 * (twisted.internet.protocol.Protocol). A class is a constant table of
 * operations; an object embeds `struct evert_protocol` as its first member:
 *
 *	struct echo {
 *		struct evert_protocol base;
 *	};
 *
 *	static void echo_data_received(struct evert_protocol *base,
 *				       const char *data, size_t length)
 *	{
 *		evert_transport_write(base->transport, data, length);
 *	}
 *
 * Ownership: a protocol belongs to its transport. After connection_lost, at
 * the end of the turn, `destroy` is called, last of all.
 *
 * Thread rule: everything runs on the reactor's thread.
 */
#ifndef EVERT_REACTOR_PROTOCOL_H
#define EVERT_REACTOR_PROTOCOL_H

#include "../../deferred/result.h"
#include "../name/address.h"
#include "../reason.h"

EVERT_BEGIN

struct evert_protocol;
struct evert_transport;

struct evert_protocol_ops {
	/* Mandatory. `data` is the reactor's, until the call returns. */
	void (*data_received)(struct evert_protocol *protocol,
			      const char *data, size_t length);

	/* The rest is optional. */

	/* Once, first; `protocol->transport` is set. */
	void (*connection_made)(struct evert_protocol *protocol);

	/* Once, last, always from the loop, never inside a call that the
	   protocol made. A clean end is EVERT_CONNECTION_DONE, anything else
	   EVERT_CONNECTION_LOST or below. `reason` lives until it returns.
	   The transport may still be asked, but not be written to. */
	void (*connection_lost)(struct evert_protocol *protocol,
				const struct evert_failure *reason);

	/* The peer has sent all it will send. With this operation the
	   connection stays open for writing until the protocol closes it;
	   without, it is closed once what is queued was sent. */
	void (*end_received)(struct evert_protocol *protocol);

	/* The transport's queue went over its high-water mark; under its
	   low-water mark again. Each once, in turn, pause first. */
	void (*pause_writing)(struct evert_protocol *protocol);
	void (*resume_writing)(struct evert_protocol *protocol);

	/* Releases the protocol. Without it, its memory is not the
	   transport's business (a static one, say). */
	void (*destroy)(struct evert_protocol *protocol);
};

struct evert_protocol {
	const struct evert_protocol_ops *ops; /* set by who makes it */
	struct evert_transport *transport;    /* set by the transport */
};

/*
 * Makes a protocol for each connection (twisted.internet.protocol.Factory).
 * A factory with state embeds it. The caller owns it; it must outlive the
 * ports and the connects that use it.
 */
struct evert_factory {
	/* Mandatory. `peer` lives until the call returns. NULL refuses the
	   connection, which is then closed at once. */
	struct evert_protocol *(*build_protocol)(
		struct evert_factory *factory,
		const struct evert_address *peer);
};

/* What evert_connect fires with: the protocol, which its transport owns. */
extern const struct evert_type evert_type_protocol;

static inline struct evert_protocol *
evert_result_as_protocol(const struct evert_result *result)
{
	return (struct evert_protocol *)evert_result_as(result,
							&evert_type_protocol);
}

EVERT_END

#endif
