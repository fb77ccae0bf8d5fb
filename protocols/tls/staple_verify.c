/* SPDX-License-Identifier: MIT */
/* The staple that a client requires. */
#include <openssl/err.h>
#include <openssl/x509_vfy.h>

#include "parts_internal.h"
#include "session_internal.h"
#include "staple_internal.h"
#include "text_internal.h"

/* What is looked at: a certificate, who signed it, the response. */
struct looked_at {
	SSL *ssl;
	STACK_OF(X509) * chain;
	X509 *certificate, *issuer;
	OCSP_BASICRESP *response;
	struct evert_tls_text fault; /* "": none, yet */
	int code;		     /* X509_V_ERR_... of it */
};

static bool fault(struct looked_at *at, int code, const char *words)
{
	at->code = code;
	evert_tls_text_add(&at->fault, "%s", words);
	return false;
}

static bool is_there(struct looked_at *at)
{
	const unsigned char *bytes = NULL;
	long length = SSL_get_tlsext_status_ocsp_resp(at->ssl, &bytes);

	if (length <= 0 || !bytes)
		return fault(at, X509_V_ERR_OCSP_VERIFY_NEEDED,
			     "has no staple (OCSP), which is required");
	at->response = evert_tls_staple_read(bytes, (size_t)length);
	if (!at->response)
		return fault(at, X509_V_ERR_OCSP_VERIFY_FAILED,
			     "has a staple that is no response of OCSP");
	return true;
}

/* By itself, or by who stands behind it. */
static bool has_issuer(struct looked_at *at)
{
	at->chain = SSL_get0_verified_chain(at->ssl);
	at->certificate = sk_X509_value(at->chain, 0);
	at->issuer =
		sk_X509_value(at->chain, sk_X509_num(at->chain) > 1 ? 1 : 0);
	if (at->certificate &&
	    X509_check_issued(at->issuer, at->certificate) == X509_V_OK)
		return true;
	return fault(at, X509_V_ERR_OCSP_VERIFY_FAILED,
		     "has a staple, but the one who signed it is not known");
}

static bool is_signed(struct looked_at *at)
{
	SSL_CTX *ctx = SSL_get_SSL_CTX(at->ssl);

	if (OCSP_basic_verify(at->response, at->chain,
			      SSL_CTX_get_cert_store(ctx), 0) == 1)
		return true;
	return fault(at, X509_V_ERR_OCSP_VERIFY_FAILED,
		     "has a staple that is not signed by who may do so");
}

static void add_revocation(struct looked_at *at, int reason,
			   const ASN1_GENERALIZEDTIME *when)
{
	evert_tls_text_add(&at->fault, "was revoked on ");
	evert_tls_text_add_time(&at->fault, when);
	if (reason >= 0)
		evert_tls_text_add(&at->fault, " (%s)",
				   OCSP_crl_reason_str(reason));
	at->code = X509_V_ERR_CERT_REVOKED;
}

static bool says_good(struct looked_at *at, OCSP_SINGLERESP *single)
{
	ASN1_GENERALIZEDTIME *when;
	int reason, status = OCSP_single_get0_status(single, &reason, &when,
						     NULL, NULL);

	if (status == V_OCSP_CERTSTATUS_GOOD)
		return true;
	if (status != V_OCSP_CERTSTATUS_REVOKED)
		return fault(at, X509_V_ERR_OCSP_CERT_UNKNOWN,
			     "is not known to who signed it, says its staple");
	add_revocation(at, reason, when);
	return false;
}

/* Of this certificate of this issuer, by name and key. */
static OCSP_SINGLERESP *find(struct looked_at *at)
{
	OCSP_CERTID *id = OCSP_cert_to_id(NULL, at->certificate, at->issuer);
	int index = id ? OCSP_resp_find(at->response, id, -1) : -1;

	OCSP_CERTID_free(id);
	return index < 0 ? NULL : OCSP_resp_get0(at->response, index);
}

static bool is_about_us_and_good(struct looked_at *at)
{
	OCSP_SINGLERESP *single = find(at);

	if (!single)
		return fault(at, X509_V_ERR_OCSP_VERIFY_FAILED,
			     "has a staple of another certificate");
	if (!evert_tls_staple_is_in_time(single))
		return fault(at, X509_V_ERR_OCSP_VERIFY_FAILED,
			     "has a staple whose time is over, or has not come "
			     "yet");
	return says_good(at, single);
}

static int verify(SSL *ssl, void *arg)
{
	struct evert_tls_session *session = evert_tls_session_of(ssl);
	struct looked_at at = {.ssl = ssl};
	bool good;

	(void)arg;
	good = is_there(&at) && has_issuer(&at) && is_signed(&at) &&
	       is_about_us_and_good(&at);
	OCSP_BASICRESP_free(at.response);
	ERR_clear_error();
	if (good)
		return 1;
	if (session && !session->failure) {
		session->failure = evert_failure_create(
			EVERT_TLS_UNVERIFIED, 0, "the certificate of \"%s\" %s",
			session->name, at.fault.bytes);
		evert_failure_set_code(session->failure, at.code);
	}
	return 0;
}

struct evert_failure *
evert_tls_use_staple_check(struct evert_tls_context *context,
			   const struct evert_tls_options *options)
{
	if (!options->require_staple)
		return NULL;
	if (context->side == EVERT_TLS_SERVER)
		return evert_failure_create(
			EVERT_TLS_BAD_CONTEXT, 0,
			"require_staple is an option of clients");
	SSL_CTX_set_tlsext_status_type(context->ssl, TLSEXT_STATUSTYPE_ocsp);
	SSL_CTX_set_tlsext_status_cb(context->ssl, verify);
	return NULL;
}
