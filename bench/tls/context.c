/* SPDX-License-Identifier: MIT */
#include "context.h"

#include <openssl/err.h>
#include <stdlib.h>

const char *tls_certificate(void)
{
	return getenv("BENCH_TLS");
}

/* Tickets need no cache. */
static SSL_CTX *make_context(void)
{
	SSL_CTX *made = SSL_CTX_new(TLS_server_method());

	if (!made ||
	    SSL_CTX_use_certificate_chain_file(made, tls_certificate()) != 1 ||
	    SSL_CTX_use_PrivateKey_file(made, tls_certificate(),
					SSL_FILETYPE_PEM) != 1) {
		ERR_print_errors_fp(stderr);
		exit(1);
	}
	SSL_CTX_set_min_proto_version(made, TLS1_2_VERSION);
	SSL_CTX_set_mode(made, SSL_MODE_ENABLE_PARTIAL_WRITE |
				       SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
				       SSL_MODE_RELEASE_BUFFERS);
	SSL_CTX_set_session_cache_mode(made, SSL_SESS_CACHE_OFF);
	return made;
}

SSL *tls_session(void)
{
	static SSL_CTX *context;
	SSL *ssl;

	if (!context)
		context = make_context();
	ssl = SSL_new(context);
	if (!ssl)
		abort();
	SSL_set_accept_state(ssl);
	return ssl;
}
