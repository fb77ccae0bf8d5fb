/* SPDX-License-Identifier: MIT */
#include "verify_internal.h"

#include <openssl/x509_vfy.h>


/* Note it while all that is wrong is at hand: of what was refused OpenSSL keeps
   a number. */
static int verify(X509_STORE_CTX *store, void *arg)
{
	SSL *ssl = X509_STORE_CTX_get_ex_data(
		store, SSL_get_ex_data_X509_STORE_CTX_idx());
	struct evert_tls_session *session = evert_tls_session_of(ssl);
	int good = X509_verify_cert(store);

	(void)arg;
	if (good > 0)
		return 1;
	if (session && !session->failure)
		session->failure =
			evert_tls_verify_failure(store, session->name);
	return 0;
}

void evert_tls_verify_use(SSL_CTX *ctx)
{
	SSL_CTX_set_cert_verify_callback(ctx, verify, NULL);
}
