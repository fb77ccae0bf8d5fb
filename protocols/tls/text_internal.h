/* SPDX-License-Identifier: MIT */
/* Text for a message, of what is in certificates: whatever is in them, it is
   printable, in one line, and not long. */
#ifndef EVERT_PROTOCOLS_TLS_TEXT_INTERNAL_H
#define EVERT_PROTOCOLS_TLS_TEXT_INTERNAL_H

#include <openssl/x509v3.h>

#include "error.h"

/* Starts as all zero. What does not fit ends in "...". */
struct evert_tls_text {
	size_t length;
	char bytes[1024];
};

void evert_tls_text_add(struct evert_tls_text *to, const char *format, ...)
	EVERT_PRINTF(2, 3);

/* "CN=..., O=...". */
void evert_tls_text_add_name(struct evert_tls_text *to, const X509_NAME *name);

/* "\"example.com\"", or an address. */
void evert_tls_text_add_general_name(struct evert_tls_text *to,
				     const GENERAL_NAME *name);

/* "2026-11-28 13:00:00 UTC". */
void evert_tls_text_add_time(struct evert_tls_text *to, const ASN1_TIME *time);

#endif
