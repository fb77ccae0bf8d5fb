/* SPDX-License-Identifier: MIT */
/*
 * Endpoints: where to connect or listen, as a string
 * (twisted.internet.endpoints).
 *
 *	tcp:HOST:PORT	HOST is a name, an IPv4 address, or an IPv6 address in
 *			brackets ("tcp:[::1]:9999"). To listen, HOST may be
 *			empty: every address of this machine, IPv4 and IPv6.
 *			PORT is a decimal number; to listen, 0 picks a free
 *			one. A name is listened on at all its addresses that
 *			are this machine's. "[::]" is every IPv6 address, and
 *			IPv6 only, so that "0.0.0.0" can stand beside it.
 *
 * Names are looked up by getaddrinfo(3) in a thread: the loop never blocks.
 * evert_connect (reactor/transport/connect.h) and evert_listen
 * (reactor/transport/listen.h) take them.
 */
#ifndef EVERT_REACTOR_ENDPOINT_H
#define EVERT_REACTOR_ENDPOINT_H

#include "../../deferred/failure.h"

EVERT_BEGIN

/* Connecting failed; where there were several attempts, each is a cause. */
extern const struct evert_error evert_error_connect_failed;
#define EVERT_CONNECT_FAILED (&evert_error_connect_failed)

/* Below EVERT_CONNECT_FAILED: the name could not be looked up. */
extern const struct evert_error evert_error_lookup_failed;
#define EVERT_LOOKUP_FAILED (&evert_error_lookup_failed)

/* The string does not name an endpoint; the message says what is wrong. */
extern const struct evert_error evert_error_bad_endpoint;
#define EVERT_BAD_ENDPOINT (&evert_error_bad_endpoint)

EVERT_END

#endif
