/* SPDX-License-Identifier: MIT */
/*
 * A TLS session over memory: takes encrypted bytes where they lie, gives plain
 * ones, and sends encrypted ones by a function. It knows no protocol, no loop
 * and no transport.
 *
 * Thread rule: one thread at a time.
 */
#ifndef EVERT_PROTOCOLS_TLS_ENGINE_INTERNAL_H
#define EVERT_PROTOCOLS_TLS_ENGINE_INTERNAL_H

#include <linux/tls.h>
#include <openssl/ssl.h>

#include "../../deferred/base/base.h"

/*
 * What came and was not read yet. What a call leaves is to be given again, with
 * what comes next: nothing that stands behind a record is read with it.
 */
struct evert_tls_input {
	const char *at;
	size_t left;
	bool starved; /* the last call has read all there was */
};

struct evert_tls_engine;

/* Where what is to be sent goes. */
struct evert_tls_way {
	/* Takes all of it. `type` is that of a record which the kernel is to
	   make, or 0: bytes, of data where the kernel makes the records. */
	void (*send)(struct evert_tls_engine *engine, unsigned char type,
		     const char *data, size_t length);
	/* Of what is sent from now on the kernel makes the records, with such
	   keys. False, or NULL instead of a function: it does not. */
	bool (*encrypt)(struct evert_tls_engine *engine,
			const struct tls_crypto_info *keys);
};

/* Small: most sessions are idle. */
struct evert_tls_engine {
	SSL *ssl;
	/* To be set around calls of handshake and read; NULL: nothing came. */
	struct evert_tls_input *input;
	const struct evert_tls_way *way;
	bool in_kernel;		   /* the records are made there */
	unsigned char record_type; /* of the next one; 0: data */
};

/* What a call has come to. */
enum evert_tls_outcome {
	EVERT_TLS_DONE,
	EVERT_TLS_STARVED, /* it goes on when more has come */
	EVERT_TLS_WAITS,   /* when who makes it wait says so: a callback */
	EVERT_TLS_ENDED,   /* the other side has sent its end */
	EVERT_TLS_BROKEN,  /* evert_tls_failure says why; an alert was sent */
};

/* The most that a record holds: what evert_tls_engine_read needs room for. */
enum { EVERT_TLS_RECORD = 16384 };

/* Takes over the SSL. False: there was no memory, and it is the caller's. */
bool evert_tls_engine_init(struct evert_tls_engine *engine, SSL *ssl,
			   const struct evert_tls_way *way);
void evert_tls_engine_finish(struct evert_tls_engine *engine);

/* From now on the SSL is driven by `to`, which gets what `from` has, and sends
   that `way`; until it is moved back, `from` is of no use. */
void evert_tls_engine_move(struct evert_tls_engine *to,
			   const struct evert_tls_engine *from,
			   const struct evert_tls_way *way);

/* Goes on with the handshake. */
enum evert_tls_outcome
evert_tls_engine_handshake(struct evert_tls_engine *engine);

/* Reads one record, at most EVERT_TLS_RECORD bytes: `*size` of them. */
enum evert_tls_outcome evert_tls_engine_read(struct evert_tls_engine *engine,
					     char *to, size_t *size);

/* Encrypts and sends. False: BROKEN. After the handshake only. */
bool evert_tls_engine_write(struct evert_tls_engine *engine, const char *data,
			    size_t length);

/* Sends the end, once. After it nothing may be written. */
void evert_tls_engine_close(struct evert_tls_engine *engine);

#endif
