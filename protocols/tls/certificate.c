/* SPDX-License-Identifier: MIT */
/* Who we are: a certificate, its chain, its key. */
#include "error_internal.h"
#include "parts_internal.h"
#include "pem_internal.h"

static struct evert_failure *both(const char *what)
{
	return evert_failure_create(EVERT_TLS_BAD_CONTEXT, 0,
				    "a %s as a file and as a text: only one "
				    "of them can be it",
				    what);
}

static struct evert_failure *use_first(SSL_CTX *ctx, struct evert_tls_pem *pem)
{
	struct evert_failure *failure = NULL;
	X509 *certificate = evert_tls_pem_next(pem, &failure);

	if (!certificate && !failure)
		failure = evert_tls_pem_refuse(
			pem, "there is no certificate in PEM");
	if (certificate && SSL_CTX_use_certificate(ctx, certificate) != 1)
		failure = evert_tls_pem_refuse(pem,
					       "the certificate is of no use");
	X509_free(certificate);
	return failure;
}

static struct evert_failure *use_chain(SSL_CTX *ctx, struct evert_tls_pem *pem)
{
	struct evert_failure *failure = NULL;
	X509 *certificate = evert_tls_pem_next(pem, &failure);

	while (certificate && SSL_CTX_add0_chain_cert(ctx, certificate) == 1)
		certificate = evert_tls_pem_next(pem, &failure);
	if (!certificate)
		return failure;
	X509_free(certificate);
	return evert_tls_pem_refuse(pem, "the certificate is of no use");
}

/* Nobody is asked at a terminal. */
static int no_password(char *to, int size, int writing, void *arg)
{
	(void)to, (void)size, (void)writing, (void)arg;
	return -1;
}

static struct evert_failure *use_key(SSL_CTX *ctx, struct evert_tls_pem *pem)
{
	struct evert_failure *failure = NULL;
	EVP_PKEY *key = evert_tls_pem_key(pem, no_password, NULL, &failure);

	if (key && (SSL_CTX_use_PrivateKey(ctx, key) != 1 ||
		    SSL_CTX_check_private_key(ctx) != 1))
		failure = evert_tls_pem_refuse(
			pem, "it is not the certificate's key");
	EVP_PKEY_free(key);
	return failure;
}

static struct evert_failure *
read_certificate(SSL_CTX *ctx, const struct evert_tls_options *options)
{
	struct evert_tls_pem pem;
	struct evert_failure *failure =
		evert_tls_pem_open(&pem, "certificate",
				   options->certificate_file,
				   options->certificate_text);

	if (failure)
		return failure;
	failure = use_first(ctx, &pem);
	if (!failure)
		failure = use_chain(ctx, &pem);
	evert_tls_pem_close(&pem);
	return failure;
}

static struct evert_failure *read_key(SSL_CTX *ctx,
				      const struct evert_tls_options *options)
{
	bool own = options->key_file || options->key_text;
	struct evert_tls_pem pem;
	struct evert_failure *failure = evert_tls_pem_open(
		&pem, "key",
		own ? options->key_file : options->certificate_file,
		own ? options->key_text : options->certificate_text);

	if (failure)
		return failure;
	failure = use_key(ctx, &pem);
	evert_tls_pem_close(&pem);
	return failure;
}

struct evert_failure *
evert_tls_use_certificate(struct evert_tls_context *context,
			  const struct evert_tls_options *options)
{
	bool given = options->certificate_file || options->certificate_text;
	struct evert_failure *failure;

	if (options->certificate_file && options->certificate_text)
		return both("certificate");
	if (options->key_file && options->key_text)
		return both("key");
	if (!given && context->side == EVERT_TLS_SERVER)
		return evert_failure_create(EVERT_TLS_BAD_CONTEXT, 0,
					    "a server needs a certificate");
	if (!given && (options->key_file || options->key_text))
		return evert_failure_create(EVERT_TLS_BAD_CONTEXT, 0,
					    "a key without a certificate");
	if (!given)
		return NULL;
	failure = read_certificate(context->ssl, options);
	return failure ? failure : read_key(context->ssl, options);
}
