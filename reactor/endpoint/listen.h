/* SPDX-License-Identifier: MIT */
/*
 * Listening on an endpoint (endpoint.h).
 *
 * Thread rule: the reactor's thread.
 */
#ifndef EVERT_REACTOR_LISTEN_H
#define EVERT_REACTOR_LISTEN_H

#include "../../deferred/deferred.h"
#include "endpoint.h"
#include "../reactor.h"
#include "../transport/port.h"
#include "../transport/protocol.h"
#include "../transport/socket_options.h"

EVERT_BEGIN

/* Listening failed; `error` says why. */
extern const struct evert_error evert_error_listen_failed;
#define EVERT_LISTEN_FAILED (&evert_error_listen_failed)

/*
 * Listens, and builds a protocol for each connection. Fires with the port
 * (evert_result_as_port); at once where HOST is numeric or empty. An empty
 * HOST is every address of this machine, IPv4 and IPv6; a name all its
 * addresses that are this machine's. If one of several is taken it listens on
 * none. Released, or not looked at, the result leaves the port as it is; but
 * where nobody was ever given it (it lost a race, its Deferred was cancelled or
 * shielded and is gone, a queue with it was destroyed), the port is closed.
 *
 * Fails with EVERT_BAD_ENDPOINT, EVERT_LOOKUP_FAILED, EVERT_BAD_OPTION
 * or EVERT_LISTEN_FAILED. When descriptors or memory run out it pauses and
 * tries again. A peer whose IPv4 address came mapped into IPv6 is told as an
 * IPv4 peer.
 */
#define evert_listen(...) evert_listen_at(__VA_ARGS__, EVERT_HERE)
EVERT_MUST_USE
struct evert_deferred *evert_listen_at(struct evert_reactor *reactor,
				       const char *endpoint,
				       struct evert_factory *factory,
				       const char *place);

/* evert_listen_with(reactor, endpoint, factory, options): with options for
   its sockets (socket_options.h). */
#define evert_listen_with(...) evert_listen_with_at(__VA_ARGS__, EVERT_HERE)
EVERT_MUST_USE
struct evert_deferred *
evert_listen_with_at(struct evert_reactor *reactor, const char *endpoint,
		     struct evert_factory *factory,
		     const struct evert_socket_options *options,
		     const char *place);

EVERT_END

#endif
