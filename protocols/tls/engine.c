/* SPDX-License-Identifier: MIT */
/*
 * OpenSSL reads and writes by a BIO of our own: straight from the bytes that
 * came, straight to where they are sent. It never waits for room.
 */
#include "engine_internal.h"

#include <limits.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <pthread.h>
#include <string.h>

/* ---- The BIO ---- */

static int bio_read(BIO *bio, char *to, size_t size, size_t *got)
{
	struct evert_tls_engine *engine = BIO_get_data(bio);
	struct evert_tls_input *input = engine->input;

	BIO_clear_retry_flags(bio);
	if (!input || !input->left) {
		if (input)
			input->starved = true;
		BIO_set_retry_read(bio);
		return 0;
	}
	if (size > input->left)
		size = input->left;
	memcpy(to, input->at, size);
	input->at += size;
	input->left -= size;
	*got = size;
	return 1;
}

static int bio_write(BIO *bio, const char *data, size_t size, size_t *written)
{
	struct evert_tls_engine *engine = BIO_get_data(bio);
	unsigned char type = engine->record_type;

	BIO_clear_retry_flags(bio);
	engine->record_type = 0;
	engine->way->send(engine, type, data, size);
	*written = size;
	return 1;
}

/* OpenSSL's commands of kTLS; two have no public name. */
enum {
	SET_KEYS = 72,
	ASK_SENDING = BIO_CTRL_GET_KTLS_SEND,
	SET_RECORD_TYPE = 74,
};

/* Reading stays with OpenSSL. */
static bool set_keys(struct evert_tls_engine *engine, bool to_send,
		     const struct tls_crypto_info *keys)
{
	if (to_send && engine->way->encrypt)
		engine->in_kernel = engine->way->encrypt(engine, keys);
	return to_send && engine->in_kernel;
}

static EVERT_APART long tell_kernel(BIO *bio, int command, long number,
				    void *pointer)
{
	struct evert_tls_engine *engine = BIO_get_data(bio);

	if (command == SET_KEYS)
		return set_keys(engine, number, pointer);
	engine->record_type = (unsigned char)number;
	return 0;
}

static EVERT_APART long sends_by_kernel(BIO *bio)
{
	const struct evert_tls_engine *engine = BIO_get_data(bio);

	return engine->in_kernel;
}

/* Called a dozen times for each echo, nearly always in vain. */
static long bio_control(BIO *bio, int command, long number, void *pointer)
{
	if (command == BIO_CTRL_FLUSH)
		return 1;
	if (command == ASK_SENDING)
		return sends_by_kernel(bio);
	if (command == SET_KEYS || command == SET_RECORD_TYPE)
		return tell_kernel(bio, command, number, pointer);
	return 0;
}

static int bio_create(BIO *bio)
{
	BIO_set_init(bio, 1);
	return 1;
}

static pthread_once_t once = PTHREAD_ONCE_INIT;
static BIO_METHOD *method; /* for good; NULL: there was no memory */

static void make_method(void)
{
	int type = BIO_get_new_index();

	if (type < 0)
		return;
	method = BIO_meth_new(type | BIO_TYPE_SOURCE_SINK, "evert");
	if (!method)
		return;
	BIO_meth_set_read_ex(method, bio_read);
	BIO_meth_set_write_ex(method, bio_write);
	BIO_meth_set_ctrl(method, bio_control);
	BIO_meth_set_create(method, bio_create);
}

static BIO *make_bio(struct evert_tls_engine *engine)
{
	BIO *bio;

	pthread_once(&once, make_method);
	bio = method ? BIO_new(method) : NULL;
	if (bio)
		BIO_set_data(bio, engine);
	else
		ERR_clear_error();
	return bio;
}

/* ---- Life and death ---- */

bool evert_tls_engine_init(struct evert_tls_engine *engine, SSL *ssl,
			   const struct evert_tls_way *way)
{
	BIO *bio = make_bio(engine);

	if (!bio)
		return false;
	*engine = (struct evert_tls_engine){ .ssl = ssl, .way = way };
	SSL_set_bio(ssl, bio, bio);
	return true;
}

void evert_tls_engine_finish(struct evert_tls_engine *engine)
{
	SSL_free(engine->ssl);
	engine->ssl = NULL;
}

void evert_tls_engine_move(struct evert_tls_engine *to,
			   const struct evert_tls_engine *from,
			   const struct evert_tls_way *way)
{
	*to = *from;
	to->way = way;
	BIO_set_data(SSL_get_rbio(to->ssl), to);
}

/* ---- What a call has come to ---- */

/* An end, not a fatal alert, which OpenSSL counts as one, too, but is then in no
   state to go on. What others may have left in the queue of errors does not
   count. */
static bool has_ended(const SSL *ssl)
{
	return SSL_get_shutdown(ssl) & SSL_RECEIVED_SHUTDOWN &&
	       !SSL_in_init(ssl);
}

static enum evert_tls_outcome look_why(const struct evert_tls_engine *engine)
{
	if (engine->input->starved)
		return EVERT_TLS_STARVED;
	if (has_ended(engine->ssl))
		return EVERT_TLS_ENDED;
	switch (SSL_want(engine->ssl)) {
	case SSL_X509_LOOKUP:
	case SSL_CLIENT_HELLO_CB:
	case SSL_RETRY_VERIFY:
		return EVERT_TLS_WAITS;
	default:
		return EVERT_TLS_BROKEN;
	}
}

enum evert_tls_outcome
evert_tls_engine_handshake(struct evert_tls_engine *engine)
{
	ERR_clear_error();
	engine->input->starved = false;
	return SSL_do_handshake(engine->ssl) == 1 ? EVERT_TLS_DONE :
						    look_why(engine);
}

/* That there is nothing to be read is most often known without asking. */
enum evert_tls_outcome evert_tls_engine_read(struct evert_tls_engine *engine,
					     char *to, size_t *size)
{
	int got;

	engine->input->starved = false;
	got = SSL_read(engine->ssl, to, EVERT_TLS_RECORD);
	if (got <= 0)
		return look_why(engine);
	*size = (size_t)got;
	return EVERT_TLS_DONE;
}

bool evert_tls_engine_write(struct evert_tls_engine *engine, const char *data,
			    size_t length)
{
	int written;

	while (length) {
		written = SSL_write(engine->ssl, data,
				    length < INT_MAX ? (int)length : INT_MAX);
		if (written <= 0)
			return false;
		data += written;
		length -= (size_t)written;
	}
	return true;
}

void evert_tls_engine_close(struct evert_tls_engine *engine)
{
	if (SSL_get_shutdown(engine->ssl) & SSL_SENT_SHUTDOWN)
		return;
	SSL_shutdown(engine->ssl);
	ERR_clear_error();
}
