/* SPDX-License-Identifier: MIT */
/* What a program may ask of a connection. */
#include "tls.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <string.h>

#include "../../deferred/base/memory.h"
#include "transport_internal.h"

SSL *evert_tls_ssl(const struct evert_transport *transport)
{
	return transport && transport->ops == &evert_tls_transport_ops ?
		       evert_tls_from(transport)->engine.ssl :
		       NULL;
}

/* NULL before the handshake is done. */
static SSL *done(const struct evert_transport *transport)
{
	SSL *ssl = evert_tls_ssl(transport);

	/* In the handshake it may be in use by a thread. */
	return ssl && !evert_tls_from(transport)->in_thread &&
			       SSL_is_init_finished(ssl) ?
		       ssl :
		       NULL;
}

const char *evert_tls_version(const struct evert_transport *transport)
{
	SSL *ssl = done(transport);

	return ssl ? SSL_get_version(ssl) : NULL;
}

const char *evert_tls_cipher(const struct evert_transport *transport)
{
	SSL *ssl = done(transport);

	return ssl ? SSL_get_cipher_name(ssl) : NULL;
}

const char *evert_tls_alpn(const struct evert_transport *transport,
			   size_t *length)
{
	SSL *ssl = done(transport);
	const unsigned char *alpn = NULL;
	unsigned size = 0;

	if (ssl)
		SSL_get0_alpn_selected(ssl, &alpn, &size);
	*length = size;
	return size ? (const char *)alpn : NULL;
}

const char *evert_tls_server_name(const struct evert_transport *transport)
{
	SSL *ssl = done(transport);

	return ssl ? SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name) : NULL;
}

bool evert_tls_resumed(const struct evert_transport *transport)
{
	SSL *ssl = done(transport);

	return ssl && SSL_session_reused(ssl);
}

/* What `print` writes of the other side's certificate. */
static char *certificate_text(const struct evert_transport *transport,
			      bool (*print)(BIO *to, X509 *certificate))
{
	SSL *ssl = done(transport);
	X509 *certificate = ssl ? SSL_get0_peer_certificate(ssl) : NULL;
	BIO *bio = certificate ? BIO_new(BIO_s_mem()) : NULL;
	char *text = NULL, *data;
	size_t length;

	if (bio && print(bio, certificate)) {
		length = (size_t)BIO_get_mem_data(bio, &data);
		text = evert_allocate(length + 1);
		if (text) {
			memcpy(text, data, length);
			text[length] = '\0';
		}
	}
	BIO_free(bio);
	ERR_clear_error();
	return text;
}

static bool print_pem(BIO *to, X509 *certificate)
{
	return PEM_write_bio_X509(to, certificate) == 1;
}

static bool print_subject(BIO *to, X509 *certificate)
{
	return X509_NAME_print_ex(to, X509_get_subject_name(certificate), 0,
				  XN_FLAG_ONELINE & ~XN_FLAG_SPC_EQ) >= 0;
}

char *evert_tls_peer_certificate(const struct evert_transport *transport)
{
	return certificate_text(transport, print_pem);
}

char *evert_tls_peer_subject(const struct evert_transport *transport)
{
	return certificate_text(transport, print_subject);
}
