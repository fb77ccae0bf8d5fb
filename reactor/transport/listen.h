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
#include "socket_options.h"

EVERT_BEGIN

/* The addresses that are listened on for one evert_listen. It belongs to the
   reactor, until its stop_listening has fired or the reactor was stopped. */
struct evert_port;

extern const struct evert_type evert_type_port;

/* NULL once it is closed. */
struct evert_port *evert_result_as_port(const struct evert_result *result);

/* The same, and releases the result: for who holds it by value. */
struct evert_port *evert_port_take(struct evert_result *result);

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

/* The first address it listens on, with the port number that was picked. */
const struct evert_address *evert_port_address(const struct evert_port *port);

/* How many addresses it listens on, at least 1, and one of them, from 0; NULL
   where there is none. They have the same port number. */
size_t evert_port_address_count(const struct evert_port *port);
const struct evert_address *
evert_port_address_at(const struct evert_port *port, size_t index);

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
