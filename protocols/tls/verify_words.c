/* SPDX-License-Identifier: MIT */
/* What is wrong with a certificate, in words. */
#include <openssl/x509.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>

#include "parts_internal.h"
#include "text_internal.h"
#include "verify_internal.h"

/* "localhost", or "the client". */
static void add_owner(struct evert_tls_text *to, const char *name)
{
	if (*name)
		evert_tls_text_add(to, "\"%s\"", name);
	else
		evert_tls_text_add(to, "the client");
}

/* All that the certificate is for: what the reader has mistaken. */
static void add_names(struct evert_tls_text *to, X509 *certificate)
{
	GENERAL_NAMES *names = X509_get_ext_d2i(
		certificate, NID_subject_alt_name, NULL, NULL);
	int i, count = names ? sk_GENERAL_NAME_num(names) : 0;

	for (i = 0; i < count; i++) {
		evert_tls_text_add(to, i ? ", " : "");
		evert_tls_text_add_general_name(
			to, sk_GENERAL_NAME_value(names, i));
	}
	if (!count)
		evert_tls_text_add(to, "no name at all");
	GENERAL_NAMES_free(names);
}

static void add_wrong_name(struct evert_tls_text *to, X509 *certificate,
			   const char *name)
{
	evert_tls_text_add(to, "the certificate is not for ");
	add_owner(to, name);
	evert_tls_text_add(to, ", but for ");
	add_names(to, certificate);
}

/* Which of the chain it is about. */
static void add_which(struct evert_tls_text *to, X509 *certificate, int depth,
		      const char *name)
{
	if (depth == 0) {
		evert_tls_text_add(to, "the certificate of ");
		add_owner(to, name);
		return;
	}
	evert_tls_text_add(to, "the certificate of \"");
	evert_tls_text_add_name(to, X509_get_subject_name(certificate));
	evert_tls_text_add(to, "\", which stands behind that of ");
	add_owner(to, name);
	evert_tls_text_add(to, ",");
}

static void add_signer(struct evert_tls_text *to, X509 *certificate)
{
	evert_tls_text_add(to, "\"");
	evert_tls_text_add_name(to, X509_get_issuer_name(certificate));
	evert_tls_text_add(to, "\"");
}

static void add_fault(struct evert_tls_text *to, X509 *certificate, int error)
{
	switch (error) {
	case X509_V_ERR_CERT_HAS_EXPIRED:
		evert_tls_text_add(to, " expired on ");
		evert_tls_text_add_time(to, X509_get0_notAfter(certificate));
		break;
	case X509_V_ERR_CERT_NOT_YET_VALID:
		evert_tls_text_add(to, " is not valid before ");
		evert_tls_text_add_time(to, X509_get0_notBefore(certificate));
		break;
	case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
		evert_tls_text_add(to, " is signed by itself, and is not "
				       "among those that are trusted");
		break;
	case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
		evert_tls_text_add(to, " is a root that is not trusted");
		break;
	case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
	case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
	case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
		evert_tls_text_add(to, " is signed by ");
		add_signer(to, certificate);
		evert_tls_text_add(to, ", which is not trusted, and the other "
				       "side sent no certificate of it that "
				       "leads to a trusted root");
		break;
	default:
		evert_tls_text_add(to, " is refused: %s",
				   X509_verify_cert_error_string(error));
	}
}

/* Its own pin is told: it is the one to be added if all is well. */
static void add_unpinned(struct evert_tls_text *to, X509 *certificate,
			 const char *name)
{
	char pin[EVERT_TLS_PIN_TEXT_SIZE];

	evert_tls_pin_text(certificate, pin);
	evert_tls_text_add(to, "no pinned key is in the chain of ");
	add_owner(to, name);
	evert_tls_text_add(to, "; its own key is %s", pin);
}

static bool is_wrong_name(int error)
{
	return error == X509_V_ERR_HOSTNAME_MISMATCH ||
	       error == X509_V_ERR_IP_ADDRESS_MISMATCH;
}

struct evert_failure *evert_tls_verify_failure(X509_STORE_CTX *store,
					       const char *name)
{
	int error = X509_STORE_CTX_get_error(store);
	X509 *certificate = X509_STORE_CTX_get_current_cert(store);
	struct evert_failure *failure;
	struct evert_tls_text text = { 0 };

	if (!certificate)
		certificate = X509_STORE_CTX_get0_cert(store);
	if (is_wrong_name(error)) {
		add_wrong_name(&text, certificate, name);
	} else if (error == X509_V_ERR_APPLICATION_VERIFICATION) {
		add_unpinned(&text, X509_STORE_CTX_get0_cert(store), name);
	} else {
		add_which(&text, certificate,
			  X509_STORE_CTX_get_error_depth(store), name);
		add_fault(&text, certificate, error);
	}
	failure = evert_failure_create(EVERT_TLS_UNVERIFIED, 0, "%s",
				       text.bytes);
	evert_failure_set_code(failure, error);
	return failure;
}
