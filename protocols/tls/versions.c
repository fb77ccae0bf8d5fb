/* SPDX-License-Identifier: MIT */
/* Versions of TLS, and what is agreed on in them. */
#include <openssl/err.h>

#include "error_internal.h"
#include "parts_internal.h"

/* Mozilla's "intermediate", without finite-field Diffie-Hellman: a key exchange
   of that costs a server far more than who asks for it. */
static const char ciphers[] =
	"ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:"
	"ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384:"
	"ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305";
static const char suites[] = "TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:"
			     "TLS_CHACHA20_POLY1305_SHA256";
static const char groups[] = "X25519:P-256:P-384";

static int number_of(enum evert_tls_version version, int otherwise)
{
	switch (version) {
	case EVERT_TLS_1_2:
		return TLS1_2_VERSION;
	case EVERT_TLS_1_3:
		return TLS1_3_VERSION;
	case EVERT_TLS_ANY_VERSION:
		break;
	}
	return otherwise;
}

struct evert_failure *
evert_tls_use_versions(struct evert_tls_context *context,
		       const struct evert_tls_options *options)
{
	SSL_CTX *ctx = context->ssl;
	int lowest = number_of(options->lowest, TLS1_2_VERSION);
	int highest = number_of(options->highest, TLS1_3_VERSION);

	if (lowest > highest)
		return evert_failure_create(
			EVERT_TLS_BAD_CONTEXT, 0,
			"the lowest version of TLS, 1.3, is above the highest, "
			"1.2");
	/* Whatever openssl.cnf says. */
	if (SSL_CTX_set_min_proto_version(ctx, lowest) == 1 &&
	    SSL_CTX_set_max_proto_version(ctx, highest) == 1 &&
	    SSL_CTX_set_cipher_list(ctx, ciphers) == 1 &&
	    SSL_CTX_set_ciphersuites(ctx, suites) == 1 &&
	    SSL_CTX_set1_groups_list(ctx, groups) == 1)
		return NULL;
	return evert_tls_bad_context(EVERT_HERE,
				     "versions, ciphers and groups");
}
