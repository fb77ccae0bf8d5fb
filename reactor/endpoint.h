/* SPDX-License-Identifier: MIT */
/*
 * Endpoints: where to connect or listen, as a string
 * (twisted.internet.endpoints).
 *
 *	tcp:HOST:PORT	HOST is a name, an IPv4 address, or an IPv6 address in
 *			brackets ("tcp:[::1]:9999"). To listen, HOST may be
 *			empty: every address of this machine. PORT is a
 *			decimal number; to listen, 0 picks a free one. A name
 *			with several addresses listens on the first of them
 *			that is this machine's.
 *
 * Names are looked up by getaddrinfo(3) in a thread: the loop never blocks.
 *
 * Thread rule: the reactor's thread.
 */
#ifndef EVERT_REACTOR_ENDPOINT_H
#define EVERT_REACTOR_ENDPOINT_H

#include <deferred/deferred.h>
#include <reactor/protocol.h>
#include <reactor/reactor.h>

EVERT_BEGIN

/* ---- Connecting ---- */

/* Connecting failed; where there were several attempts, each is a cause. */
extern const struct evert_error evert_error_connect_failed;
#define EVERT_CONNECT_FAILED (&evert_error_connect_failed)

/* Below EVERT_CONNECT_FAILED: the name could not be looked up. */
extern const struct evert_error evert_error_lookup_failed;
#define EVERT_LOOKUP_FAILED (&evert_error_lookup_failed)

/* The string does not name an endpoint; the message says what is wrong. */
extern const struct evert_error evert_error_bad_endpoint;
#define EVERT_BAD_ENDPOINT (&evert_error_bad_endpoint)

/*
 * Connects and builds a protocol. Fires with it (evert_result_as_protocol)
 * after its connection_made. A name with several addresses is tried as
 * RFC 8305 says: families in turn, the next attempt after 250 ms or at once
 * after a refusal, the first success wins. Fails with EVERT_BAD_ENDPOINT,
 * EVERT_LOOKUP_FAILED, EVERT_CONNECT_FAILED; with EVERT_CONNECTION_ABORTED
 * when the factory refused. It may be cancelled at any stage: no descriptor
 * stays open.
 */
#define evert_connect(reactor, endpoint, factory) \
	evert_connect_at(reactor, endpoint, factory, EVERT_HERE)
struct evert_deferred *evert_connect_at(struct evert_reactor *reactor,
					const char *endpoint,
					struct evert_factory *factory,
					const char *place);

/* ---- Listening ---- */

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
#define evert_listen(reactor, endpoint, factory) \
	evert_listen_at(reactor, endpoint, factory, EVERT_HERE)
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
#define evert_port_stop_listening(port) \
	evert_port_stop_listening_at(port, EVERT_HERE)
struct evert_deferred *evert_port_stop_listening_at(struct evert_port *port,
						    const char *place);

/* Fires with nothing when the port is closed, by whomever. The caller owns
   the reading end. */
#define evert_port_closed(port) evert_port_closed_at(port, EVERT_HERE)
struct evert_deferred *evert_port_closed_at(struct evert_port *port,
					    const char *place);

EVERT_END

#endif
