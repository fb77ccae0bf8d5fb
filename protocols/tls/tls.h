/* SPDX-License-Identifier: MIT */
/*
 * TLS for evert: a library of its own, libevert-tls, over OpenSSL.
 *
 *	evert_tls_context_create(&context, EVERT_TLS_CLIENT, NULL);
 *	d = evert_tls_connect(reactor, "tcp:example.org:443", &factory,
 *			      context, "example.org");
 *
 * A transport over TLS is as any other (reactor/transport/transport.h), so a
 * protocol is the same over it as over TCP, and may be subclassed from whatever
 * it likes. What there is besides:
 *
 * - connection_made comes when the handshake is done and the other side is
 *   verified: nothing that a program writes is sent before. If the handshake
 *   fails, a protocol that its factory has built for it is only destroyed.
 * - evert_transport_lose_connection and lose_write send the end of TLS
 *   (close_notify) behind what was written. An end of the peer's without it is
 *   EVERT_TLS_TRUNCATED: what came may be cut short.
 * - After lose_write reading goes on, but that is of TLS 1.3: with TLS 1.2 the
 *   peer drops what it had to send, and closes (RFC 5246, 7.2.1).
 * - What is written in data_received is one record, as far as it fits in one.
 * - queued counts what is encrypted already by its length then.
 * - A file that is sent (reactor/flow/send_file.h) is read and encrypted as
 *   there is room: its Deferred fires when the last record was given to the
 *   transport below. What is left of it when the reactor stops is given up; who
 *   must send it waits for the Deferred in a trigger (reactor/reactor.h).
 *   Where the kernel encrypts (ktls, context.h), it is sent as over TCP.
 * - Descriptors can't be passed, and a connection can't be handed over.
 *
 * Failures are of the kinds of error.h. A context of the other side, client's
 * for server's, is a bug.
 *
 * Thread rule: the reactor's thread; from every callback.
 */
#ifndef EVERT_PROTOCOLS_TLS_TLS_H
#define EVERT_PROTOCOLS_TLS_TLS_H

#include "../../deferred/deferred.h"
#include "../../reactor/reactor.h"
#include "../../reactor/transport/transport.h"
#include "context.h"
#include "error.h"
#include "scheme.h"

EVERT_BEGIN

struct ssl_st;

/* ---- Connecting, listening ---- */

/*
 * Connects to any endpoint of a stream ("tcp:HOST:PORT", "unix:PATH"), then
 * does the handshake, with the client's `context`. `name`: whom the certificate
 * of the other side has to be of, a host's name or an address; a name is also
 * what the server is told (SNI). Fires with the protocol
 * (evert_result_as_protocol) after its connection_made and before data is
 * delivered, even what came with the end of the handshake. Fails as
 * evert_connect; with the kinds of error.h; at once with EVERT_TLS_BAD_CONTEXT
 * for a name that can't be checked. It may be cancelled at any stage: then the
 * connection is reset.
 */
#define evert_tls_connect(...) evert_tls_connect_at(__VA_ARGS__, EVERT_HERE)
EVERT_MUST_USE
struct evert_deferred *
evert_tls_connect_at(struct evert_reactor *reactor, const char *endpoint,
		     struct evert_factory *factory,
		     struct evert_tls_context *context, const char *name,
		     const char *place);

/*
 * Listens on any endpoint of streams, and does the handshake with whoever
 * connects, with the server's `context`. Fires with the port, as evert_listen;
 * the factory builds a protocol for each connection when that is accepted.
 */
#define evert_tls_listen(...) evert_tls_listen_at(__VA_ARGS__, EVERT_HERE)
EVERT_MUST_USE
struct evert_deferred *
evert_tls_listen_at(struct evert_reactor *reactor, const char *endpoint,
		    struct evert_factory *factory,
		    struct evert_tls_context *context, const char *place);

/* ---- In the middle of a connection: STARTTLS ---- */

/*
 * Starts TLS in the middle of a connection: from now on it is spoken over
 * `transport`, which may be of any kind, another
 * TLS too. `name` as of evert_tls_connect; a server's is NULL. The protocol
 * goes on: its `transport` is the one over TLS from now on (who has kept the
 * other one uses it no more), connection_made is not called again. What it
 * writes waits, and is encrypted, what it has written before is sent as it is.
 *
 * Fires with the protocol when the handshake is done. Fails as
 * evert_tls_connect; then nothing goes on in plain text: the connection is
 * closed, and connection_lost is told the same. Cancelled, it is reset. NULL
 * (evert_stream_transport of a stream whose connection is gone) fails, too.
 *
 * What the protocol was given before came in plain text, and from whom nobody
 * knows: if it has not handed on all of it (a line receiver inside
 * line_received, a stream), that is refused, EVERT_TLS_NOT_TLS. A protocol of
 * one's own that keeps bytes tells so (`unread` in struct evert_protocol_ops),
 * or drops them.
 *
 * In memory there has to be a reactor: one that runs, or
 * evert_memory_transport_set_reactor.
 */
#define evert_tls_start(...) evert_tls_start_at(__VA_ARGS__, EVERT_HERE)
EVERT_MUST_USE
struct evert_deferred *evert_tls_start_at(struct evert_transport *transport,
					  struct evert_tls_context *context,
					  const char *name, const char *place);

/* ---- What a connection is ---- */

/*
 * After the handshake, and as long as the transport lives. Each is NULL (false)
 * for a transport that is not of TLS, and for NULL; so is what is unknown.
 */

/* The version of TLS, "TLSv1.3"; and OpenSSL's name of the cipher. */
const char *evert_tls_version(const struct evert_transport *transport);
const char *evert_tls_cipher(const struct evert_transport *transport);

/* The protocol that was agreed on (ALPN): `*length` bytes, without a zero byte
   at the end. NULL: none was. */
const char *evert_tls_alpn(const struct evert_transport *transport,
			   size_t *length);

/* Whom the client wants to talk to (SNI). */
const char *evert_tls_server_name(const struct evert_transport *transport);

/* Was an earlier session resumed? */
bool evert_tls_resumed(const struct evert_transport *transport);

/*
 * Does the kernel encrypt what is sent, as `ktls` asks for? 0: it does; else it
 * is done here as ever, because: -ENOENT, the kernel has no TLS, or has not
 * loaded it; -EOPNOTSUPP, it is no TCP connection, or OpenSSL or the kernel
 * can't do it for what was agreed on; -EBUSY, the peer did not take its part of
 * the handshake at once; or another errno of the kernel's. Without `ktls`, or
 * before the handshake is done: -EOPNOTSUPP; also where there is no TLS.
 */
int evert_tls_ktls(const struct evert_transport *transport);

/* The other side's certificate, in PEM, and its subject ("CN=..., O=..."): the
   caller frees them by evert_free. NULL also without memory. */
EVERT_MUST_USE
char *evert_tls_peer_certificate(const struct evert_transport *transport);
EVERT_MUST_USE
char *evert_tls_peer_subject(const struct evert_transport *transport);

/* OpenSSL's SSL of a connection, to be asked, not to be read from or written
   to. */
struct ssl_st *evert_tls_ssl(const struct evert_transport *transport);

EVERT_END

#endif
