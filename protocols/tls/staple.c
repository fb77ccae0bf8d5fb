/* SPDX-License-Identifier: MIT */
/* A server's staple. */
#include "staple_internal.h"

#include <openssl/err.h>
#include <string.h>

#include "../../deferred/base/memory.h"
#include "parts_internal.h"
#include "pem_internal.h"

OCSP_BASICRESP *evert_tls_staple_read(const unsigned char *bytes, size_t length)
{
	OCSP_RESPONSE *response = d2i_OCSP_RESPONSE(NULL, &bytes, (long)length);
	OCSP_BASICRESP *basic = NULL;

	if (response &&
	    OCSP_response_status(response) == OCSP_RESPONSE_STATUS_SUCCESSFUL)
		basic = OCSP_response_get1_basic(response);
	OCSP_RESPONSE_free(response);
	return basic;
}

OCSP_SINGLERESP *evert_tls_staple_about(OCSP_BASICRESP *response,
					const ASN1_INTEGER *number)
{
	int i, count = OCSP_resp_count(response);
	OCSP_SINGLERESP *single;
	ASN1_INTEGER *its;

	for (i = 0; i < count; i++) {
		single = OCSP_resp_get0(response, i);
		if (OCSP_id_get0_info(
			    NULL, NULL, NULL, &its,
			    (OCSP_CERTID *)(uintptr_t)OCSP_SINGLERESP_get0_id(
				    single)) == 1 &&
		    ASN1_INTEGER_cmp(its, number) == 0)
			return single;
	}
	return NULL;
}

bool evert_tls_staple_is_in_time(OCSP_SINGLERESP *single)
{
	ASN1_GENERALIZEDTIME *made, *next;

	OCSP_single_get0_status(single, NULL, NULL, &made, &next);
	return OCSP_check_validity(made, next, EVERT_TLS_STAPLE_SKEW,
				   next ? -1 : EVERT_TLS_STAPLE_AGE) == 1;
}

static const char *fault_of(const struct evert_tls_context *context,
			    OCSP_BASICRESP *basic)
{
	X509 *certificate = SSL_CTX_get0_certificate(context->ssl);
	OCSP_SINGLERESP *single;

	if (!basic)
		return "it is no response of OCSP, in DER";
	single = evert_tls_staple_about(basic,
					X509_get0_serialNumber(certificate));
	if (!single)
		return "it is of another certificate";
	if (!evert_tls_staple_is_in_time(single))
		return "its time is over, or has not come yet";
	return NULL;
}

/* What is wrong with it now; NULL: nothing. */
static const char *fault(const struct evert_tls_context *context)
{
	OCSP_BASICRESP *basic = evert_tls_staple_read(context->staple,
						      context->staple_length);
	const char *found = fault_of(context, basic);

	OCSP_BASICRESP_free(basic);
	ERR_clear_error();
	return found;
}

/* The client asks for it. One that is over is not sent: it would refuse that.
   The SSL frees what it is given. */
static int give(SSL *ssl, void *arg)
{
	struct evert_tls_context *context = arg;
	unsigned char *copy;

	if (fault(context))
		return SSL_TLSEXT_ERR_NOACK;
	copy = OPENSSL_memdup(context->staple, context->staple_length);
	if (!copy)
		return SSL_TLSEXT_ERR_NOACK;
	SSL_set_tlsext_status_ocsp_resp(ssl, copy,
					(long)context->staple_length);
	return SSL_TLSEXT_ERR_OK;
}

static struct evert_failure *check(const struct evert_tls_context *context,
				   const char *file)
{
	const char *found = fault(context);

	if (!found)
		return NULL;
	return evert_failure_create(EVERT_TLS_BAD_CONTEXT, 0, "staple %s: %s",
				    file ? file : "in memory", found);
}

static struct evert_failure *keep(struct evert_tls_context *context,
				  const void *bytes, size_t length,
				  const char *file)
{
	context->staple = evert_allocate(length + 1);
	if (!context->staple)
		return evert_failure_bare(EVERT_NO_MEMORY);
	memcpy(context->staple, bytes, length);
	context->staple_length = length;
	return check(context, file);
}

static struct evert_failure *keep_file(struct evert_tls_context *context,
				       const struct evert_tls_options *options)
{
	struct evert_tls_pem file;
	struct evert_failure *failure =
		evert_tls_pem_open(&file, "staple", options->staple_file, NULL);

	if (failure)
		return failure;
	failure = keep(context, file.bytes, file.length, options->staple_file);
	evert_tls_pem_close(&file);
	return failure;
}

struct evert_failure *
evert_tls_use_staple(struct evert_tls_context *context,
		     const struct evert_tls_options *options)
{
	struct evert_failure *failure;

	if (!options->staple_file && !options->staple)
		return NULL;
	if (context->side == EVERT_TLS_CLIENT)
		return evert_failure_create(EVERT_TLS_BAD_CONTEXT, 0,
					    "a staple is an option of servers");
	if (options->staple_file && options->staple)
		return evert_failure_create(
			EVERT_TLS_BAD_CONTEXT, 0,
			"a staple in a file and in memory: only one of them "
			"can be it");
	failure = options->staple_file ? keep_file(context, options)
				       : keep(context, options->staple,
					      options->staple_length, NULL);
	if (failure)
		return failure;
	SSL_CTX_set_tlsext_status_cb(context->ssl, give);
	SSL_CTX_set_tlsext_status_arg(context->ssl, context);
	return NULL;
}
