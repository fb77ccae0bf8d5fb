/* SPDX-License-Identifier: MIT */
/* Staples of any kind. */
#ifndef TESTS_SUPPORT_TLS_STAPLES_H
#define TESTS_SUPPORT_TLS_STAPLES_H

#include <openssl/ocsp.h>

struct staple {
	const char *certificate, *issuer; /* "server.crt", "between.crt" */
	const char *signer, *key; /* NULL: the issuer, and "between.key" */
	int status;		  /* V_OCSP_CERTSTATUS_... */
	long begins, ends;	  /* seconds from now; 0 and 0: a day around */
};

/* In DER; the caller gives it back by OPENSSL_free. */
unsigned char *staple_make(const struct staple *staple, size_t *length);

#endif
