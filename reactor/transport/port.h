/* SPDX-License-Identifier: MIT */
/*
 * Ports: what evert_listen (reactor/endpoint/listen.h) gives.
 *
 * Thread rule: the reactor's thread.
 */
#ifndef EVERT_REACTOR_PORT_H
#define EVERT_REACTOR_PORT_H

#include "../../deferred/deferred.h"
#include "../address.h"

EVERT_BEGIN

/* The addresses that are listened on for one evert_listen. It belongs to the
   reactor, until its stop_listening has fired or the reactor was stopped. */
struct evert_port;

/* The type of what evert_listen fires with: the port, which the reactor owns.
   */
extern const struct evert_type evert_type_port;

/* The port in such a result; NULL once it is closed. */
struct evert_port *evert_result_as_port(const struct evert_result *result);

/* The same, and releases the result: for who holds it by value. */
struct evert_port *evert_port_take(struct evert_result *result);

/* The first address that a port listens on, with the port number that was
   picked. */
const struct evert_address *evert_port_address(const struct evert_port *port);

/* How many addresses a port listens on, at least 1, and one of them, from 0;
   NULL where there is none. They have the same port number. */
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
