/* SPDX-License-Identifier: MIT */
/*
 * Staples: what who signed a certificate says of it now, handed over with it
 * (OCSP, RFC 6960; RFC 6066, 8).
 */
#ifndef EVERT_PROTOCOLS_TLS_STAPLE_INTERNAL_H
#define EVERT_PROTOCOLS_TLS_STAPLE_INTERNAL_H

#include <openssl/ocsp.h>

#include "error.h"

/* The response in a staple, the caller's, or NULL: it is none, or says that
   there is none. */
OCSP_BASICRESP *evert_tls_staple_read(const unsigned char *bytes,
				      size_t length);

/* What of it is about a certificate with that number, or NULL. */
OCSP_SINGLERESP *evert_tls_staple_about(OCSP_BASICRESP *response,
					const ASN1_INTEGER *number);

/* How far clocks may be apart, and how long one is good that does not say. */
enum {
	EVERT_TLS_STAPLE_SKEW = 300,
	EVERT_TLS_STAPLE_AGE = 7 * 24 * 3600,
};

/* Is it good now? */
bool evert_tls_staple_is_in_time(OCSP_SINGLERESP *single);

#endif
