/* SPDX-License-Identifier: MIT */
/*
 * TLS by OpenSSL, directly on the socket. All servers are asked for the same
 * cipher and the same curve, so that none chooses a cheaper one. The
 * certificate is checked, and so is each record.
 */
#include "channel.h"

#include <errno.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "client.h"

enum { BLOCK = 1 << 18 };

const char *channel_version;
bool channel_resumes;

static SSL_CTX *context;
static SSL_SESSION *session; /* the last one that the server gave us */

static _Noreturn void fail(const char *what)
{
	ERR_print_errors_fp(stderr);
	client_fail(what);
}

/* ---- The context ---- */

static int keep_session(SSL *ssl, SSL_SESSION *given)
{
	(void)ssl;
	SSL_SESSION_free(session);
	session = SSL_SESSION_dup(given);
	return 0;
}

static SSL_CTX *make_context(void)
{
	int version = channel_version && !strcmp(channel_version, "1.2") ?
			      TLS1_2_VERSION :
			      TLS1_3_VERSION;
	SSL_CTX *made = SSL_CTX_new(TLS_client_method());
	const char *path = getenv("BENCH_TLS");

	if (!made || !SSL_CTX_set_min_proto_version(made, version) ||
	    !SSL_CTX_set_max_proto_version(made, version) ||
	    !SSL_CTX_set_cipher_list(made, "ECDHE-ECDSA-AES256-GCM-SHA384") ||
	    !SSL_CTX_set_ciphersuites(made, "TLS_AES_256_GCM_SHA384") ||
	    !SSL_CTX_set1_groups_list(made, "X25519:P-256") ||
	    !SSL_CTX_load_verify_locations(made, path, NULL))
		fail(path);
	SSL_CTX_set_verify(made, SSL_VERIFY_PEER, NULL);
	SSL_CTX_set_mode(made, SSL_MODE_ENABLE_PARTIAL_WRITE |
				       SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
				       SSL_MODE_RELEASE_BUFFERS);
	SSL_CTX_set_session_cache_mode(
		made, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
	SSL_CTX_sess_set_new_cb(made, keep_session);
	signal(SIGPIPE, SIG_IGN);
	return made;
}

/* ---- A connection ---- */

static long count_call(BIO *bio, int operation, const char *data, size_t size,
		       int command, long number, int result, size_t *done)
{
	(void)bio;
	(void)data;
	(void)size;
	(void)command;
	(void)number;
	(void)done;
	client_calls += operation == BIO_CB_READ || operation == BIO_CB_WRITE;
	return result;
}

/* As of a system call: what came of it, or -1 and errno. An end without
   close_notify is a reset. */
static ssize_t outcome(SSL *ssl, int result, const char *what)
{
	int error;

	if (result > 0)
		return result;
	error = SSL_get_error(ssl, result);
	if (error == SSL_ERROR_ZERO_RETURN)
		return 0;
	if (error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE)
		errno = EAGAIN;
	else if (error == SSL_ERROR_SYSCALL ||
		 ERR_GET_REASON(ERR_peek_error()) ==
			 SSL_R_UNEXPECTED_EOF_WHILE_READING)
		errno = ECONNRESET;
	else
		fail(what);
	return -1;
}

/* Each has a session of its own: if its end is not heard any more by the server,
   OpenSSL won't have that session resumed. */
static void resume(SSL *ssl)
{
	SSL_SESSION *copy = SSL_SESSION_dup(session);

	if (!copy || !SSL_set_session(ssl, copy))
		fail("SSL_set_session");
	SSL_SESSION_free(copy);
}

void channel_open(struct client *client)
{
	SSL *ssl;

	if (!context)
		context = make_context();
	ssl = SSL_new(context);
	client->channel = ssl;
	if (!ssl || !SSL_set_fd(ssl, client->fd) ||
	    !SSL_set_tlsext_host_name(ssl, "localhost") ||
	    !SSL_set1_host(ssl, "localhost"))
		fail("SSL_new");
	BIO_set_callback_ex(SSL_get_rbio(ssl), count_call);
	client->resumes = channel_resumes && session;
	if (client->resumes)
		resume(ssl);
	outcome(ssl, SSL_connect(ssl), "handshake");
}

ssize_t channel_send(struct client *client, const void *data, size_t size)
{
	ERR_clear_error();
	return outcome(client->channel,
		       SSL_write(client->channel, data, (int)size), "send");
}

ssize_t channel_receive(struct client *client, void *buffer, size_t size)
{
	ssize_t got;

	ERR_clear_error();
	got = outcome(client->channel,
		      SSL_read(client->channel, buffer, (int)size), "receive");
	if (got >= 0 && client->resumes &&
	    !SSL_session_reused(client->channel))
		fail("not resumed");
	return got;
}

void channel_shutdown(struct client *client)
{
	ERR_clear_error();
	if (SSL_shutdown(client->channel) < 0)
		fail("SSL_shutdown");
	client_calls++;
	if (shutdown(client->fd, SHUT_WR))
		client_fail("shutdown");
}

/* A close_notify is answered, whether or not anybody is there any more. */
void channel_close(struct client *client)
{
	SSL_shutdown(client->channel);
	SSL_free(client->channel);
	ERR_clear_error();
}

ssize_t channel_drop(struct client *client)
{
	static char nowhere[BLOCK];

	return channel_receive(client, nowhere, sizeof(nowhere));
}

ssize_t channel_fill(struct client *client)
{
	static const char zeros[BLOCK];

	return channel_send(client, zeros, sizeof(zeros));
}
