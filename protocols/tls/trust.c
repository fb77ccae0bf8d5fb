/* SPDX-License-Identifier: MIT */
/* Whom we trust. */
#include <dirent.h>
#include <errno.h>
#include <openssl/err.h>
#include <openssl/x509.h>
#include <stdio.h>
#include <string.h>

#include "../../deferred/base/memory.h"
#include "error_internal.h"
#include "parts_internal.h"
#include "pem_internal.h"

/* A server tells its clients whose certificates it takes. */
static bool add(SSL_CTX *ctx, enum evert_tls_side side, X509 *certificate)
{
	return X509_STORE_add_cert(SSL_CTX_get_cert_store(ctx), certificate) ==
		       1 &&
	       (side == EVERT_TLS_CLIENT ||
		SSL_CTX_add_client_CA(ctx, certificate) == 1);
}

static struct evert_failure *add_each(struct evert_tls_context *context,
				      struct evert_tls_pem *pem)
{
	struct evert_failure *failure = NULL;
	X509 *certificate = evert_tls_pem_next(pem, &failure);

	if (!certificate && !failure)
		return evert_tls_pem_refuse(pem,
					    "there is no certificate in PEM");
	while (certificate) {
		if (!add(context->ssl, context->side, certificate))
			failure = evert_tls_pem_refuse(
				pem, "the certificate is of no use");
		X509_free(certificate);
		certificate = NULL;
		if (!failure)
			certificate = evert_tls_pem_next(pem, &failure);
	}
	return failure;
}

static struct evert_failure *add_all(struct evert_tls_context *context,
				     const char *file, const char *text)
{
	struct evert_tls_pem pem;
	struct evert_failure *failure =
		evert_tls_pem_open(&pem, "trusted certificates", file, text);

	if (failure)
		return failure;
	failure = add_each(context, &pem);
	evert_tls_pem_close(&pem);
	return failure;
}

static bool is_of_certificates(const char *name)
{
	static const char *const ends[] = { ".pem", ".crt", ".cer" };
	size_t i, length = strlen(name);

	for (i = 0; i < sizeof(ends) / sizeof(ends[0]); i++)
		if (length > 4 && strcmp(name + length - 4, ends[i]) == 0)
			return true;
	return false;
}

static struct evert_failure *add_named(struct evert_tls_context *context,
				       const char *folder, const char *name)
{
	size_t size = strlen(folder) + 1 + strlen(name) + 1;
	struct evert_failure *failure;
	char *path = evert_allocate(size);

	if (!path)
		return evert_failure_bare(EVERT_NO_MEMORY);
	snprintf(path, size, "%s/%s", folder, name);
	failure = add_all(context, path, NULL);
	evert_free(path);
	return failure;
}

static struct evert_failure *add_from(struct evert_tls_context *context,
				      const char *folder, DIR *open)
{
	struct evert_failure *failure = NULL;
	struct dirent *entry;
	size_t count = 0;

	errno = 0;
	while (!failure && (entry = readdir(open))) {
		if (is_of_certificates(entry->d_name)) {
			failure = add_named(context, folder, entry->d_name);
			count++;
		}
		errno = 0;
	}
	if (failure || (count && !errno))
		return failure;
	return evert_failure_create(EVERT_TLS_BAD_CONTEXT, errno,
				    errno ? "trusted certificates in %s"
					  : "trusted certificates in %s: there "
					    "is no file *.pem, *.crt or *.cer",
				    folder);
}

/* All are read now: looked up by their hashes, as OpenSSL does it, a folder
   that lacks these would be an empty one. */
static struct evert_failure *add_folder(struct evert_tls_context *context,
					const char *folder)
{
	DIR *open = opendir(folder);
	struct evert_failure *failure;

	if (!open)
		return evert_failure_create(EVERT_TLS_BAD_CONTEXT, errno,
					    "trusted certificates in %s",
					    folder);
	failure = add_from(context, folder, open);
	closedir(open);
	return failure;
}

static struct evert_failure *add_own(struct evert_tls_context *context,
				     const struct evert_tls_options *options)
{
	struct evert_failure *failure = NULL;

	if (options->trust_file)
		failure = add_all(context, options->trust_file, NULL);
	if (!failure && options->trust_text)
		failure = add_all(context, NULL, options->trust_text);
	if (!failure && options->trust_folder)
		failure = add_folder(context, options->trust_folder);
	return failure;
}

static struct evert_failure *add_system(SSL_CTX *ctx)
{
	if (SSL_CTX_set_default_verify_paths(ctx) == 1)
		return NULL;
	return evert_tls_bad_context(EVERT_HERE,
				     "the system's trusted certificates");
}

/* Who names whose certificates are good does not mean to let in anybody. */
static struct evert_failure *not_asked(const struct evert_tls_context *context,
				       bool checks)
{
	if (context->side == EVERT_TLS_CLIENT || !checks)
		return NULL;
	return evert_failure_create(
		EVERT_TLS_BAD_CONTEXT, 0,
		"trust or pins of a server without client_certificate: no "
		"client would be asked for one, all would be let in");
}

static struct evert_failure *ask_clients(struct evert_tls_context *context,
					 const struct evert_tls_options *options,
					 bool own)
{
	enum evert_tls_client_certificate how = options->client_certificate;

	if (how == EVERT_TLS_NOT_ASKED)
		return not_asked(context, own || options->pins);
	if (context->side == EVERT_TLS_CLIENT)
		return evert_failure_create(
			EVERT_TLS_BAD_CONTEXT, 0,
			"client_certificate is an option of servers");
	if (!own)
		return evert_failure_create(
			EVERT_TLS_BAD_CONTEXT, 0,
			"client_certificate without trust_file, trust_folder "
			"or trust_text: whose certificates are good?");
	SSL_CTX_set_verify(context->ssl,
			   how == EVERT_TLS_WANTED
				   ? SSL_VERIFY_PEER
				   : SSL_VERIFY_PEER |
					     SSL_VERIFY_FAIL_IF_NO_PEER_CERT,
			   NULL);
	return NULL;
}

struct evert_failure *
evert_tls_use_trust(struct evert_tls_context *context,
		    const struct evert_tls_options *options)
{
	X509_STORE *store = SSL_CTX_get_cert_store(context->ssl);
	bool own = options->trust_file || options->trust_text ||
		   options->trust_folder;
	struct evert_failure *failure;

	if (options->trust_only && !own)
		return evert_failure_create(EVERT_TLS_BAD_CONTEXT, 0,
					    "trust_only, and nobody to trust");
	/* A certificate that is trusted is so whether it is a root or not. */
	if (X509_STORE_set_flags(store, X509_V_FLAG_PARTIAL_CHAIN) != 1)
		return evert_failure_bare(EVERT_NO_MEMORY);
	failure = ask_clients(context, options, own);
	if (!failure)
		failure = add_own(context, options);
	if (!failure && context->side == EVERT_TLS_CLIENT &&
	    !options->trust_only)
		failure = add_system(context->ssl);
	ERR_clear_error();
	return failure;
}
