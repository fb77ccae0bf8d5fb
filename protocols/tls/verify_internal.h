/* SPDX-License-Identifier: MIT */
/* Whether a certificate is to be trusted, and why not. */
#ifndef EVERT_PROTOCOLS_TLS_VERIFY_INTERNAL_H
#define EVERT_PROTOCOLS_TLS_VERIFY_INTERNAL_H

#include "session_internal.h"

/* Has the context verify what the other side sends, and note in the session
   what is wrong with it. */
void evert_tls_verify_use(struct evert_tls_context *context);

/* EVERT_TLS_UNVERIFIED: what is wrong with the chain that `store` has looked
   at, the certificate being one of `name` ("": of a client). */
EVERT_MUST_USE
struct evert_failure *evert_tls_verify_failure(X509_STORE_CTX *store,
					       const char *name);

#endif
