/* SPDX-License-Identifier: MIT */
/* What OpenSSL says, as a failure. */
#ifndef EVERT_PROTOCOLS_TLS_ERROR_INTERNAL_H
#define EVERT_PROTOCOLS_TLS_ERROR_INTERNAL_H

#include <openssl/ssl.h>

#include "error.h"

/*
 * The failure for an operation on `ssl` that SSL_get_error calls `ssl_error`
 * (SSL_ERROR_SSL, SSL_ERROR_SYSCALL): of the kinds of error.h, by what the
 * verifier noted (session_internal.h) and what is in the thread's queue of
 * errors, which is then empty. Without memory for it: the kind's bare one.
 */
EVERT_MUST_USE
struct evert_failure *evert_tls_failure(SSL *ssl, int ssl_error,
					const char *place);

/* EVERT_TLS_BAD_CONTEXT: the words formatted, then what OpenSSL's queue of
   errors says, which is then empty. */
EVERT_MUST_USE
struct evert_failure *evert_tls_bad_context(const char *place,
					    const char *format, ...)
	EVERT_PRINTF(2, 3);

/* Takes over an EVERT_TLS_BAD_CONTEXT, or another failure, of which it changes
   nothing: as if it was made at `place`, the program's. */
EVERT_MUST_USE
struct evert_failure *evert_tls_failure_at(struct evert_failure *failure,
					   const char *place);

/* The latest error of the queue in words, "" without one; empties it. At most
   EVERT_TLS_WORDS_SIZE bytes are written. */
#define EVERT_TLS_WORDS_SIZE 256
void evert_tls_words(char *to);

#endif
