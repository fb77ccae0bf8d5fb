/* SPDX-License-Identifier: MIT */
/* The parts of a context, each set by its options. Each gives NULL, or the
   failure EVERT_TLS_BAD_CONTEXT (or EVERT_NO_MEMORY), which the caller owns. */
#ifndef EVERT_PROTOCOLS_TLS_PARTS_INTERNAL_H
#define EVERT_PROTOCOLS_TLS_PARTS_INTERNAL_H

#include "context_internal.h"

/* Our certificate, its chain, its key. */
struct evert_failure *
evert_tls_use_certificate(struct evert_tls_context *context,
			  const struct evert_tls_options *options);

/* Whom we trust. */
struct evert_failure *
evert_tls_use_trust(struct evert_tls_context *context,
		    const struct evert_tls_options *options);

/* Which keys must be in the other side's chain. */
struct evert_failure *
evert_tls_use_pins(struct evert_tls_context *context,
		   const struct evert_tls_options *options);

/* Is one of them in the chain, or are there none? */
bool evert_tls_pins_hold(const struct evert_tls_context *context,
			 STACK_OF(X509) * chain);

/* The pin of a certificate's key; "" without memory. */
enum { EVERT_TLS_PIN_TEXT_SIZE = 45 };
void evert_tls_pin_text(X509 *certificate, char to[EVERT_TLS_PIN_TEXT_SIZE]);

/* The protocols above. */
struct evert_failure *
evert_tls_use_alpn(struct evert_tls_context *context,
		   const struct evert_tls_options *options);

/* Writes their names to `to`, as far as they fit: "a, b". They are as on the
   wire, of the other side perhaps. */
enum { EVERT_TLS_ALPN_TEXT_SIZE = 200 };
void evert_tls_alpn_text(const unsigned char *names, size_t length,
			 char to[EVERT_TLS_ALPN_TEXT_SIZE]);

/* The versions of TLS. */
struct evert_failure *
evert_tls_use_versions(struct evert_tls_context *context,
		       const struct evert_tls_options *options);

/* Which context a client gets, by the name it asks for. */
struct evert_failure *
evert_tls_use_choose(struct evert_tls_context *context,
		     const struct evert_tls_options *options);

/* A server's session tickets. */
struct evert_failure *
evert_tls_use_tickets(struct evert_tls_context *context,
		      const struct evert_tls_options *options);

/* What a client keeps of its sessions. */
struct evert_failure *
evert_tls_use_resumption(struct evert_tls_context *context,
			 const struct evert_tls_options *options);

/* Where keys are written to. */
struct evert_failure *
evert_tls_use_keylog(struct evert_tls_context *context,
		     const struct evert_tls_options *options);

/* What a server says of its certificate. */
struct evert_failure *
evert_tls_use_staple(struct evert_tls_context *context,
		     const struct evert_tls_options *options);

/* What a client wants said of it. */
struct evert_failure *
evert_tls_use_staple_check(struct evert_tls_context *context,
			   const struct evert_tls_options *options);

#endif
