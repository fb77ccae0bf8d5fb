/* SPDX-License-Identifier: MIT */
/* What a context consists of, for the files that make it and use it. */
#ifndef EVERT_PROTOCOLS_TLS_CONTEXT_INTERNAL_H
#define EVERT_PROTOCOLS_TLS_CONTEXT_INTERNAL_H

#include <openssl/ssl.h>
#include <stdatomic.h>

#include "context.h"

enum { EVERT_TLS_PIN_SIZE = 32 };

struct evert_tls_context {
	atomic_size_t references;
	SSL_CTX *ssl;
	enum evert_tls_side side;
	unsigned char *alpn; /* as on the wire, or NULL */
	unsigned alpn_length;
	struct evert_deferred *(*choose)(void *arg, const char *server_name);
	double handshake_seconds;
	bool handshake_in_threads;
	/* Or NULL. */
	void (*handshake_failed)(void *arg, const struct evert_failure *failure,
				 const struct evert_address *peer);
	void *arg; /* of these */
	struct evert_tls_tickets *tickets;	 /* a server's, or NULL */
	struct evert_tls_resumption *resumption; /* a client's, or NULL */
	unsigned char *staple;			 /* a server's, or NULL */
	size_t staple_length;
	int keylog;				 /* a descriptor, or -1 */
	unsigned char (*pins)[EVERT_TLS_PIN_SIZE];
	size_t pin_count;
};

/*
 * A configured SSL, in the state to connect or accept, for one connection.
 * `name`: whom a client wants to talk to, a host's name or an address; a
 * server's is NULL. NULL, and the SSL in `*ssl` (the caller's: SSL_free), which
 * holds a reference to the context; or the failure: EVERT_TLS_BAD_CONTEXT for
 * a name that can't be checked, EVERT_NO_MEMORY.
 */
EVERT_MUST_USE
struct evert_failure *
evert_tls_context_session(struct evert_tls_context *context, const char *name,
			  SSL **ssl);

/*
 * What a handshake waits for when SSL_get_error says
 * SSL_ERROR_WANT_CLIENT_HELLO_CB: which context the client gets. To be called
 * on the reactor's thread. True: that is known, and the handshake can go on at
 * once. False: it can when `ready(arg)` is called, which happens once, unless
 * the SSL is freed before.
 */
EVERT_MUST_USE
bool evert_tls_session_choose(SSL *ssl, void (*ready)(void *arg), void *arg);

#endif
