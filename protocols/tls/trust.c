/* SPDX-License-Identifier: MIT */
/* Whom we trust. */
#include <openssl/err.h>
#include <openssl/x509.h>

#include "error_internal.h"
#include "parts_internal.h"
#include "pem_internal.h"

static struct evert_failure *add_each(X509_STORE *store,
				      struct evert_tls_pem *pem)
{
	struct evert_failure *failure = NULL;
	X509 *certificate = evert_tls_pem_next(pem, &failure);

	if (!certificate && !failure)
		return evert_tls_pem_refuse(pem,
					    "there is no certificate in PEM");
	while (certificate && !failure) {
		if (X509_STORE_add_cert(store, certificate) != 1)
			failure = evert_tls_pem_refuse(
				pem, "the certificate is of no use");
		X509_free(certificate);
		certificate = failure ? NULL : evert_tls_pem_next(pem, &failure);
	}
	return failure;
}

static struct evert_failure *add_all(X509_STORE *store, const char *file,
				     const char *text)
{
	struct evert_tls_pem pem;
	struct evert_failure *failure =
		evert_tls_pem_open(&pem, "trusted certificates", file, text);

	if (failure)
		return failure;
	failure = add_each(store, &pem);
	evert_tls_pem_close(&pem);
	return failure;
}

static struct evert_failure *add_system(SSL_CTX *ctx)
{
	if (SSL_CTX_set_default_verify_paths(ctx) == 1)
		return NULL;
	return evert_tls_bad_context(EVERT_HERE,
				     "the system's trusted certificates");
}

struct evert_failure *
evert_tls_use_trust(struct evert_tls_context *context,
		    const struct evert_tls_options *options)
{
	X509_STORE *store = SSL_CTX_get_cert_store(context->ssl);
	bool own = options->trust_file || options->trust_text;
	struct evert_failure *failure = NULL;

	if (options->trust_only && !own)
		return evert_failure_create(EVERT_TLS_BAD_CONTEXT, 0,
					    "trust_only, and nobody to trust");
	/* A certificate that is trusted is so whether it is a root or not. */
	if (X509_STORE_set_flags(store, X509_V_FLAG_PARTIAL_CHAIN) != 1)
		return evert_failure_bare(EVERT_NO_MEMORY);
	if (options->trust_file)
		failure = add_all(store, options->trust_file, NULL);
	if (!failure && options->trust_text)
		failure = add_all(store, NULL, options->trust_text);
	if (!failure && context->side == EVERT_TLS_CLIENT &&
	    !options->trust_only)
		failure = add_system(context->ssl);
	ERR_clear_error();
	return failure;
}
