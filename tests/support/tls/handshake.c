/* SPDX-License-Identifier: MIT */
#include "handshake.h"

#include <criterion/criterion.h>

#include "../../../protocols/tls/error_internal.h"

static SSL *session(struct evert_tls_context *context, const char *name)
{
	SSL *ssl;
	struct evert_failure *failure =
		evert_tls_context_session(context, name, &ssl);

	cr_assert(!failure, "%s", failure->message);
	return ssl;
}

static void join(SSL *a, SSL *b)
{
	BIO *a_to_b = BIO_new(BIO_s_mem()), *b_to_a = BIO_new(BIO_s_mem());

	BIO_up_ref(a_to_b);
	BIO_up_ref(b_to_a);
	SSL_set_bio(a, b_to_a, a_to_b);
	SSL_set_bio(b, a_to_b, b_to_a);
}

/* False: it can do no more. Reading takes what comes behind the handshake:
   tickets, and alerts of one who has been late in refusing. */
static bool step(SSL *ssl, struct evert_failure **failure)
{
	size_t before = (size_t)BIO_ctrl_pending(SSL_get_wbio(ssl)) +
			(size_t)BIO_ctrl_pending(SSL_get_rbio(ssl));
	bool finished = SSL_is_init_finished(ssl);
	char byte;
	int result, error;

	if (*failure)
		return false;
	result = finished ? SSL_read(ssl, &byte, 1) : SSL_do_handshake(ssl);
	error = SSL_get_error(ssl, result);
	if (error == SSL_ERROR_SSL || error == SSL_ERROR_SYSCALL)
		*failure = evert_tls_failure(ssl, error, EVERT_HERE);
	return finished != SSL_is_init_finished(ssl) ||
	       before != (size_t)BIO_ctrl_pending(SSL_get_wbio(ssl)) +
				 (size_t)BIO_ctrl_pending(SSL_get_rbio(ssl));
}

void handshake_go_on(struct handshake *handshake)
{
	bool moved;

	do {
		moved = step(handshake->client, &handshake->client_failure);
		moved |= step(handshake->server, &handshake->server_failure);
	} while (moved);
}

void handshake_begin(struct handshake *handshake,
		     struct evert_tls_context *client, const char *name,
		     struct evert_tls_context *server)
{
	*handshake = (struct handshake){
		.client = session(client, name),
		.server = session(server, NULL),
	};
	join(handshake->client, handshake->server);
	handshake_go_on(handshake);
}

void handshake_of(struct handshake *handshake, struct evert_tls_context *client,
		  struct evert_tls_context *server)
{
	handshake_begin(handshake, client, "localhost", server);
	evert_tls_context_release(client);
	evert_tls_context_release(server);
}

bool handshake_is_done(const struct handshake *handshake)
{
	return SSL_is_init_finished(handshake->client) &&
	       SSL_is_init_finished(handshake->server) &&
	       !handshake->client_failure && !handshake->server_failure;
}

void handshake_end(struct handshake *handshake)
{
	evert_failure_release(handshake->client_failure);
	evert_failure_release(handshake->server_failure);
	SSL_free(handshake->client);
	SSL_free(handshake->server);
}
