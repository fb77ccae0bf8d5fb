/* SPDX-License-Identifier: MIT */
#include "verify_internal.h"

#include <openssl/x509_vfy.h>

#include "parts_internal.h"

static bool is_good(X509_STORE_CTX *store,
		    const struct evert_tls_context *context)
{
	if (X509_verify_cert(store) <= 0)
		return false;
	if (evert_tls_pins_hold(context, X509_STORE_CTX_get0_chain(store)))
		return true;
	X509_STORE_CTX_set_error(store, X509_V_ERR_APPLICATION_VERIFICATION);
	return false;
}

/* Note it while all that is wrong is at hand: of what was refused OpenSSL keeps
   a number. `arg` is the context that counts now: the one that was chosen. */
static int verify(X509_STORE_CTX *store, void *arg)
{
	SSL *ssl = X509_STORE_CTX_get_ex_data(
		store, SSL_get_ex_data_X509_STORE_CTX_idx());
	struct evert_tls_session *session = evert_tls_session_of(ssl);

	if (session && is_good(store, arg))
		return 1;
	if (session && !session->failure)
		session->failure =
			evert_tls_verify_failure(store, session->name);
	return 0;
}

void evert_tls_verify_use(struct evert_tls_context *context)
{
	SSL_CTX_set_cert_verify_callback(context->ssl, verify, context);
}
