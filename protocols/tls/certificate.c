/* SPDX-License-Identifier: MIT */
/* Who we are: a certificate, its chain, its key. */
#include <string.h>

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

/* What is asked of the program while a key is read. */
struct asked {
	const struct evert_tls_options *options;
	const char *why; /* there is no password; NULL: there is one */
};

/* Without it OpenSSL would ask at a terminal. */
static int password(char *to, int size, int writing, void *arg)
{
	struct asked *asked = arg;
	const char *text = NULL;

	(void)writing;
	if (!asked->options->key_password) {
		asked->why = "the key is locked, and there is no key_password";
		return -1;
	}
	text = asked->options->key_password(asked->options->arg);
	if (!text)
		asked->why = "the key is locked, and key_password knows none";
	else if (strlen(text) > (size_t)size)
		asked->why = "the key's password is too long";
	if (asked->why)
		return -1;
	memcpy(to, text, strlen(text));
	return (int)strlen(text);
}

static EVP_PKEY *unlock(struct evert_tls_pem *pem,
			const struct evert_tls_options *options,
			struct evert_failure **failure)
{
	struct asked asked = { .options = options };
	EVP_PKEY *key = evert_tls_pem_key(pem, password, &asked, failure);

	if (key || !asked.why)
		return key;
	evert_failure_release(*failure);
	*failure = evert_tls_pem_refuse(pem, "%s", asked.why);
	return NULL;
}

static struct evert_failure *use_key(SSL_CTX *ctx, struct evert_tls_pem *pem,
				     const struct evert_tls_options *options)
{
	struct evert_failure *failure = NULL;
	EVP_PKEY *key = unlock(pem, options, &failure);

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
	failure = use_key(ctx, &pem, options);
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
