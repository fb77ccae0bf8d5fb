/* SPDX-License-Identifier: MIT */
/*
 * Listening on an endpoint (reactor/name/endpoint.h).
 *
 * Thread rule: the reactor's thread.
 */
#ifndef EVERT_REACTOR_LISTEN_H
#define EVERT_REACTOR_LISTEN_H

#include "../../deferred/deferred.h"
#include "../name/endpoint.h"
#include "../reactor.h"
#include "protocol.h"

EVERT_BEGIN

/* An address that is listened on. It belongs to the reactor, until its
   stop_listening has fired or the reactor was stopped. */
struct evert_port;

extern const struct evert_type evert_type_port;

static inline struct evert_port *
evert_result_as_port(const struct evert_result *result)
{
	return (struct evert_port *)evert_result_as(result, &evert_type_port);
}

/* Listening failed; `error` says why. */
extern const struct evert_error evert_error_listen_failed;
#define EVERT_LISTEN_FAILED (&evert_error_listen_failed)

/*
 * Listens, and builds a protocol for each connection. Fires with the port
 * (evert_result_as_port); at once where HOST is numeric or empty. Fails with
 * EVERT_BAD_ENDPOINT, EVERT_LOOKUP_FAILED or EVERT_LISTEN_FAILED. When
 * descriptors or memory run out it pauses and tries again.
 */
#define evert_listen(...) evert_listen_at(__VA_ARGS__, EVERT_HERE)
EVERT_MUST_USE
struct evert_deferred *evert_listen_at(struct evert_reactor *reactor,
				       const char *endpoint,
				       struct evert_factory *factory,
				       const char *place);

/* The address it listens on, with the port number that was picked. */
const struct evert_address *evert_port_address(const struct evert_port *port);

/*
 * Stops accepting; established connections stay. Fires with nothing when the
 * descriptor is closed. The caller owns the reading end. Calling it again
 * before that, or from the callbacks of that, is harmless and gives another
 * such Deferred.
 */
#define evert_port_stop_listening(...) \
	evert_port_stop_listening_at(__VA_ARGS__, EVERT_HERE)
EVERT_MUST_USE
struct evert_deferred *evert_port_stop_listening_at(struct evert_port *port,
						    const char *place);

/* Fires with nothing when the port is closed, by whomever. The caller owns
   the reading end. */
#define evert_port_closed(...) evert_port_closed_at(__VA_ARGS__, EVERT_HERE)
EVERT_MUST_USE
struct evert_deferred *evert_port_closed_at(struct evert_port *port,
					    const char *place);

EVERT_END

#endif
