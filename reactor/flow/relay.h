/* SPDX-License-Identifier: MIT */
/*
 * A relay joins two connections: what comes from one is written to the other,
 * both ways, until both have ended. For proxies, port forwarders, tunnels.
 *
 *	d = evert_relay(client->transport, server->transport);
 *
 * Back-pressure: while one side's queue is over its high-water mark, the other
 * is not read from. So a relay holds little, however much passes.
 *
 * The end of one side is passed on as an end, when all that came before it was
 * taken (for which there is no time-out); the other way goes on. A side that
 * breaks resets the other (what comes for it until that is known is dropped);
 * but when the reactor stops, each is sent what is queued, and closed. What
 * comes for a side that takes no more (a pipe to read from only, one of which
 * lose_write was called before) is not read on; the other way goes on to its
 * end, and then the relay fails with EPIPE.
 *
 * Between two sockets, bytes that come in bulk are moved by the kernel alone
 * (splice(2)), through a pipe for each way: two descriptors more, while there
 * is something in it.
 *
 * Producers of the transports are stopped. The protocols that they had hear of
 * their connection_lost, and of nothing else any more. Where one has read what
 * is to pass, too, it hands its connection over to evert_relay_factory first,
 * with that as what is unread (reactor/transport/hand_over.h).
 *
 * Thread rule: the reactor's thread; from every callback.
 */
#ifndef EVERT_REACTOR_FLOW_RELAY_H
#define EVERT_REACTOR_FLOW_RELAY_H

#include "../../deferred/deferred.h"
#include "../transport/transport.h"

EVERT_BEGIN

/* What has passed through a relay, in bytes. */
struct evert_relayed {
	uint64_t there; /* from the first transport to the second */
	uint64_t back;
};

/* The type of a result that owns a struct evert_relayed. */
extern const struct evert_type evert_type_relayed;

/* The counts in such a result, as long as that lives. */
static inline const struct evert_relayed *
evert_result_as_relayed(const struct evert_result *result)
{
	return (const struct evert_relayed *)evert_result_as(
		result, &evert_type_relayed);
}

/*
 * Joins two connections, `one` and `other`, which resumes reading from both.
 * From now on they are the relay's: when its Deferred has its result, both
 * connections are gone. That is how much has passed, when both ended in order;
 * else the failure of the side that broke first, which says how much had
 * passed, too. Cancelling resets both; it then is EVERT_CANCELLED, which says
 * that as well. The caller owns the reading end.
 *
 * Where one is NULL or closing, and where there is no memory, the other is
 * reset at once: EVERT_CONNECTION_LOST, or NULL. To join a transport with
 * itself is a bug.
 */
#define evert_relay(...) evert_relay_at(__VA_ARGS__, EVERT_HERE)
EVERT_MUST_USE
struct evert_deferred *evert_relay_at(struct evert_transport *one,
				      struct evert_transport *other,
				      const char *place);

/* Makes protocols that read nothing: for who connects, and then relays. */
extern struct evert_factory evert_relay_factory;

EVERT_END

#endif
