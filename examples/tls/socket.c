/* SPDX-License-Identifier: MIT */
/* OpenSSL on a socket that blocks, without evert. */
#include "../common/secure.h"

#include <arpa/inet.h>
#include <errno.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <signal.h>
#include <string.h>

#include "../common/example.h"

static const char *why(const SSL *ssl)
{
	long verified = ssl ? SSL_get_verify_result(ssl) : X509_V_OK;
	unsigned long error = ERR_peek_error();

	if (verified != X509_V_OK)
		return X509_verify_cert_error_string(verified);
	if (error)
		return ERR_reason_error_string(error);
	return ssl && SSL_want_read(ssl) ? strerror(ETIMEDOUT) :
					   "the connection ended";
}

static SSL_CTX *make_context(const char *trust)
{
	SSL_CTX *context = SSL_CTX_new(TLS_client_method());

	if (!context)
		return NULL;
	SSL_CTX_set_verify(context, SSL_VERIFY_PEER, NULL);
	if (SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION) == 1 &&
	    (*trust ? SSL_CTX_load_verify_file(context, trust) :
		      SSL_CTX_set_default_verify_paths(context)) == 1)
		return context;
	SSL_CTX_free(context);
	return NULL;
}

/* An address is not told to the server: RFC 6066, 3. */
static int set_name(SSL *ssl, const char *name)
{
	unsigned char address[16];

	if (inet_pton(AF_INET, name, address) == 1 ||
	    inet_pton(AF_INET6, name, address) == 1)
		return X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), name);
	return SSL_set1_host(ssl, name) == 1 &&
	       SSL_set_tlsext_host_name(ssl, name) == 1;
}

struct ssl_st *example_secure_begin(int fd, const char *name,
				    const char *trust)
{
	SSL_CTX *context = make_context(trust);
	SSL *ssl = context ? SSL_new(context) : NULL;

	signal(SIGPIPE, SIG_IGN);
	SSL_CTX_free(context);
	if (ssl && set_name(ssl, name) == 1 && SSL_set_fd(ssl, fd) == 1 &&
	    SSL_connect(ssl) == 1)
		return ssl;
	example_log("no TLS with %s: %s", name, why(ssl));
	SSL_free(ssl);
	return NULL;
}

/* What send and recv would return, and errno; a time-out is EAGAIN. */
static ssize_t outcome(SSL *ssl, int done, size_t length)
{
	if (done == 1)
		return (ssize_t)length;
	switch (SSL_get_error(ssl, done)) {
	case SSL_ERROR_ZERO_RETURN:
		return 0;
	case SSL_ERROR_WANT_READ:
	case SSL_ERROR_WANT_WRITE:
		errno = EAGAIN;
		return -1;
	default:
		errno = ECONNRESET;
		return -1;
	}
}

ssize_t example_secure_send(struct ssl_st *ssl, const void *data, size_t length)
{
	size_t sent = 0;
	int done = SSL_write_ex(ssl, data, length, &sent);

	return outcome(ssl, done, sent);
}

ssize_t example_secure_receive(struct ssl_st *ssl, void *data, size_t size)
{
	size_t got = 0;
	int done = SSL_read_ex(ssl, data, size, &got);

	return outcome(ssl, done, got);
}

void example_secure_end(struct ssl_st *ssl)
{
	if (ssl)
		SSL_shutdown(ssl);
	SSL_free(ssl);
}
