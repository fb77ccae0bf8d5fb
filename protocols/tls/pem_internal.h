/* SPDX-License-Identifier: MIT */
/* Certificates and keys in PEM, from a file or a text. */
#ifndef EVERT_PROTOCOLS_TLS_PEM_INTERNAL_H
#define EVERT_PROTOCOLS_TLS_PEM_INTERNAL_H

#include <openssl/pem.h>

#include "error.h"

/* Where PEM comes from; for messages, too. */
struct evert_tls_pem {
	const char *what; /* "certificate" */
	const char *file; /* its name, or NULL: a text */
	char *bytes;
	size_t length;
	BIO *bio;    /* over the bytes; reading moves it on */
	size_t line; /* where what was read last begins */
};

/* Opens the one of the two that is there. NULL, or the failure that says what
   is wrong; then there is nothing to close. */
EVERT_MUST_USE
struct evert_failure *evert_tls_pem_open(struct evert_tls_pem *pem,
					 const char *what, const char *file,
					 const char *text);

/* Wipes what was read. */
void evert_tls_pem_close(struct evert_tls_pem *pem);

/* The next certificate, the caller's; what else lies between is passed over.
   NULL: there is no more, or, with a failure, one that can't be read. */
X509 *evert_tls_pem_next(struct evert_tls_pem *pem,
			 struct evert_failure **failure);

/* The key, the caller's, unlocked by `password` if it has to be. NULL with a
   failure. */
EVP_PKEY *evert_tls_pem_key(struct evert_tls_pem *pem,
			    pem_password_cb *password, void *arg,
			    struct evert_failure **failure);

/* EVERT_TLS_BAD_CONTEXT: "certificate FILE, line 3: what is wrong", of what was
   read last. */
EVERT_MUST_USE
struct evert_failure *evert_tls_pem_refuse(const struct evert_tls_pem *pem,
					   const char *format, ...)
	EVERT_PRINTF(2, 3);

#endif
