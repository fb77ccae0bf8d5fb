/* SPDX-License-Identifier: MIT */
/*
 * Datagrams by endpoint strings (endpoint.h; asyncio's
 * create_datagram_endpoint). A server and its client:
 *
 *	d = evert_listen_datagram(reactor, "udp:localhost:9001", &server);
 *	d = evert_connect_datagram(reactor, "udp:localhost:9001:timeout=5",
 *				   &client);
 *
 * Each fires with a transport; a transport has one socket. The protocol's
 * `started` has run by then.
 *
 * Ownership: the call takes the protocol over, whatever comes of it. Where
 * there is no transport in the end (it fails, is cancelled, returns NULL) the
 * protocol's `destroy` is called, and nothing else; so one that has a `destroy`
 * may be gone when the call returns. A result that is released, or that nobody
 * looks at, leaves the transport as it is; but where nobody was ever given it
 * (it lost a race, its Deferred was cancelled or shielded and is gone), the
 * transport is aborted.
 *
 * Thread rule: the reactor's thread.
 */
#ifndef EVERT_REACTOR_DATAGRAM_ENDPOINT_H
#define EVERT_REACTOR_DATAGRAM_ENDPOINT_H

#include "../../deferred/deferred.h"
#include "../transport/datagram_open.h"
#include "../transport/datagram_socket.h"
#include "../transport/port.h"
#include "../transport/seqpacket.h"
#include "endpoint.h"

EVERT_BEGIN

/* The type of what evert_connect_datagram and evert_listen_datagram fire with.
   */
extern const struct evert_type evert_type_datagram_transport;

/* The transport in such a result; its reactor owns it. */
struct evert_datagram_transport *
evert_result_as_datagram_transport(const struct evert_result *result);

/*
 * Connects a datagram transport: what is sent goes to that peer, and only what
 * it sends is heard. Nothing is asked of the peer, so that success does not
 * mean that there is one. A name's addresses are tried one after another, in
 * the order of RFC 6724, until there is a way to one. Fails with
 * EVERT_BAD_ENDPOINT, EVERT_LOOKUP_FAILED, EVERT_CONNECT_FAILED,
 * EVERT_BAD_OPTION; while the reactor stops with EVERT_REACTOR_STOPPED. It
 * fires from the loop only.
 */
#define evert_connect_datagram(...) \
	evert_connect_datagram_at(__VA_ARGS__, EVERT_HERE)
EVERT_MUST_USE
struct evert_deferred *
evert_connect_datagram_at(struct evert_reactor *reactor, const char *endpoint,
			  struct evert_datagram_protocol *protocol,
			  const char *place);

/* evert_connect_datagram_with(reactor, endpoint, protocol, options): with
   options, which are copied. Where the string differs, it counts. */
#define evert_connect_datagram_with(...) \
	evert_connect_datagram_with_at(__VA_ARGS__, EVERT_HERE)
EVERT_MUST_USE
struct evert_deferred *
evert_connect_datagram_with_at(struct evert_reactor *reactor,
			       const char *endpoint,
			       struct evert_datagram_protocol *protocol,
			       const struct evert_datagram_options *options,
			       const char *place);

/*
 * Listens for datagrams: binds, and hears everybody; at once where HOST is
 * numeric or empty, or there is none. An empty HOST of "udp" is one socket for
 * all addresses, of IPv4 and IPv6 (IPv4 alone, where there is no IPv6). A name
 * that has several addresses is the first of them that is this machine's:
 * others hear nothing. Fails as evert_connect_datagram, with
 * EVERT_LISTEN_FAILED (listen.h) instead of EVERT_CONNECT_FAILED.
 */
#define evert_listen_datagram(...) \
	evert_listen_datagram_at(__VA_ARGS__, EVERT_HERE)
EVERT_MUST_USE
struct evert_deferred *
evert_listen_datagram_at(struct evert_reactor *reactor, const char *endpoint,
			 struct evert_datagram_protocol *protocol,
			 const char *place);

/* evert_listen_datagram_with(reactor, endpoint, protocol, options). */
#define evert_listen_datagram_with(...) \
	evert_listen_datagram_with_at(__VA_ARGS__, EVERT_HERE)
EVERT_MUST_USE
struct evert_deferred *
evert_listen_datagram_with_at(struct evert_reactor *reactor,
			      const char *endpoint,
			      struct evert_datagram_protocol *protocol,
			      const struct evert_datagram_options *options,
			      const char *place);

/* ---- Connections of messages (transport/seqpacket.h) ---- */

/*
 * Listens for connections of messages; `factory` makes a protocol for each
 * connection, which is a datagram transport. Fires with a port, at once. Fails
 * as evert_listen does. Connecting is evert_connect_datagram.
 */
#define evert_listen_seqpacket(...) \
	evert_listen_seqpacket_at(__VA_ARGS__, EVERT_HERE)
EVERT_MUST_USE
struct evert_deferred *
evert_listen_seqpacket_at(struct evert_reactor *reactor, const char *endpoint,
			  struct evert_datagram_factory *factory,
			  const char *place);

/* evert_listen_seqpacket_with(reactor, endpoint, factory, options). */
#define evert_listen_seqpacket_with(...) \
	evert_listen_seqpacket_with_at(__VA_ARGS__, EVERT_HERE)
EVERT_MUST_USE
struct evert_deferred *
evert_listen_seqpacket_with_at(struct evert_reactor *reactor,
			       const char *endpoint,
			       struct evert_datagram_factory *factory,
			       const struct evert_socket_options *options,
			       const char *place);

/* ---- To be awaited (transport/datagram_socket.h) ---- */

/* The type of a result that owns a struct evert_datagram_socket. */
extern const struct evert_type evert_type_datagram_socket;

/* Takes the socket out of the result: the caller owns it then, until
   evert_datagram_socket_close. A result that is released closes it. */
EVERT_MUST_USE
struct evert_datagram_socket *
evert_datagram_socket_take(struct evert_result *result);

/*
 * Connect and listen, and fire with a socket to be awaited, which keeps `most`
 * datagrams as evert_datagram_socket_open says:
 * evert_connect_datagram_socket(reactor, endpoint, options, most) and
 * evert_listen_datagram_socket with the same. `options` may be NULL.
 *
 *	EVERT_TRY(r, evert_await(evert_connect_datagram_socket(
 *				evert_reactor_current(), "udp:time:123", NULL,
 *				0)));
 *	socket = evert_datagram_socket_take(&r);
 */
#define evert_connect_datagram_socket(...) \
	evert_connect_datagram_socket_at(__VA_ARGS__, EVERT_HERE)
EVERT_MUST_USE
struct evert_deferred *
evert_connect_datagram_socket_at(struct evert_reactor *reactor,
				 const char *endpoint,
				 const struct evert_datagram_options *options,
				 size_t most, const char *place);

#define evert_listen_datagram_socket(...) \
	evert_listen_datagram_socket_at(__VA_ARGS__, EVERT_HERE)
EVERT_MUST_USE
struct evert_deferred *
evert_listen_datagram_socket_at(struct evert_reactor *reactor,
				const char *endpoint,
				const struct evert_datagram_options *options,
				size_t most, const char *place);

EVERT_END

#endif
