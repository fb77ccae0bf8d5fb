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

#endif
