/* SPDX-License-Identifier: MIT */
/* What we keep with an SSL; it goes with it. */
#ifndef EVERT_PROTOCOLS_TLS_SESSION_INTERNAL_H
#define EVERT_PROTOCOLS_TLS_SESSION_INTERNAL_H

#include <openssl/ssl.h>

#include "context_internal.h"

/* The longest name: DNS's 253, or an address. */
enum { EVERT_TLS_NAME_SIZE = 254 };

struct evert_tls_choice;

struct evert_tls_session {
	struct evert_tls_context *context; /* a reference */
	struct evert_tls_context *chosen;  /* by its name; one, or NULL */
	struct evert_tls_choice *choice;   /* while it is open */
	struct evert_failure *failure;	   /* why we refuse, or NULL */
	bool has_chosen;
	bool unknown_name;		   /* which is the failure */
	char name[];			   /* the other side's; "": none */
};

/* Of an SSL that evert_tls_context_session made; NULL: another one. */
struct evert_tls_session *evert_tls_session_of(const SSL *ssl);

/* We refuse the other side for that, which is taken over, unless for another
   reason before. */
void evert_tls_session_refuse(struct evert_tls_session *session,
			      struct evert_failure *failure);

/* What we found wrong: the verifier, `choose`, or ALPN; the caller owns it. NULL:
   nothing. */
struct evert_failure *evert_tls_session_take_failure(SSL *ssl);

/*
 * Writes the name to `to` as it is checked: without a trailing dot, or a
 * scope. NULL, or the failure EVERT_TLS_BAD_CONTEXT: an empty name and one
 * with a leading dot would not be checked at all or match too much, others
 * can't be in a certificate.
 */
struct evert_failure *evert_tls_name_check(const char *name,
					   char to[EVERT_TLS_NAME_SIZE]);

/* Is it an IPv4 or IPv6 address? */
bool evert_tls_name_is_address(const char *name);

#endif
