/* SPDX-License-Identifier: MIT */
/*
 * Connecting to an endpoint (endpoint.h).
 *
 * Thread rule: the reactor's thread.
 */
#ifndef EVERT_REACTOR_CONNECT_H
#define EVERT_REACTOR_CONNECT_H

#include "../../deferred/deferred.h"
#include "endpoint.h"
#include "../reactor.h"
#include "../transport/protocol.h"
#include "../transport/socket_options.h"

EVERT_BEGIN

/*
 * Connects and builds a protocol. Fires with it (evert_result_as_protocol)
 * after its connection_made. A name with several addresses is tried as
 * RFC 8305 says: families in turn, the next attempt after 100 ms, then 50, 25,
 * 12.5 and 10, or at once after a refusal, the first success wins. It begins
 * when one family is looked up (IPv4: 50 ms later, if IPv6 is not there by
 * then); the other one joins in. Fails with EVERT_BAD_ENDPOINT,
 * EVERT_LOOKUP_FAILED, EVERT_CONNECT_FAILED; with EVERT_CONNECTION_ABORTED when
 * the factory refused; with EVERT_BAD_OPTION. It fires from the loop only: an
 * errback that connects again neither recurses nor keeps the loop from its
 * work. While the reactor is stopping each fails with EVERT_REACTOR_STOPPED: an
 * errback that connects again must look for that kind; one that never ends is a
 * bug, and stops the program. It may be cancelled at any stage: no descriptor
 * stays open.
 *
 * The chain runs on right after connection_made, before data is delivered. A
 * link behind one that waits comes later: data may have been delivered by
 * then, and a protocol that was lost meanwhile is gone with its transport.
 * Cancelled or timed out there, the chain ends but not the connection: who
 * wants that closes it, in an errback.
 */
#define evert_connect(...) evert_connect_at(__VA_ARGS__, EVERT_HERE)
EVERT_MUST_USE
struct evert_deferred *evert_connect_at(struct evert_reactor *reactor,
					const char *endpoint,
					struct evert_factory *factory,
					const char *place);

/* evert_connect_with(reactor, endpoint, factory, options): with options for
   its sockets (socket_options.h). */
#define evert_connect_with(...) evert_connect_with_at(__VA_ARGS__, EVERT_HERE)
EVERT_MUST_USE
struct evert_deferred *
evert_connect_with_at(struct evert_reactor *reactor, const char *endpoint,
		      struct evert_factory *factory,
		      const struct evert_socket_options *options,
		      const char *place);

EVERT_END

#endif
