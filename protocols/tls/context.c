/* SPDX-License-Identifier: MIT */
#include "context_internal.h"

#include <math.h>
#include <openssl/err.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>
#include <unistd.h>

#include "../../deferred/base/memory.h"
#include "error_internal.h"
#include "parts_internal.h"
#include "resumption_internal.h"
#include "tickets_internal.h"
#include "verify_internal.h"

/* The buffers of an idle connection are not kept; what is written may lie
   elsewhere when it is tried again. Of our chain is sent what was given: OpenSSL
   would look for more among those we trust, in each handshake. */
enum {
	MODES = SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE |
		SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER | SSL_MODE_NO_AUTO_CHAIN,
};

static const double DEFAULT_SECONDS = 30;

static void set_modes(SSL_CTX *ctx)
{
	SSL_CTX_set_mode(ctx, MODES);
	SSL_CTX_set_options(ctx, SSL_OP_NO_RENEGOTIATION |
					 SSL_OP_NO_COMPRESSION |
					 SSL_OP_CIPHER_SERVER_PREFERENCE |
					 SSL_OP_PRIORITIZE_CHACHA);
	SSL_CTX_clear_options(ctx, SSL_OP_IGNORE_UNEXPECTED_EOF |
					   SSL_OP_LEGACY_SERVER_CONNECT);
	SSL_CTX_set_security_level(ctx, 2);
	SSL_CTX_set_max_early_data(ctx, 0);
	SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF);
}

/* A name is one of those that the certificate is for, not what stands as its
   subject (RFC 9525, 6.3); and part of a label is no label. */
static void set_names(SSL_CTX *ctx)
{
	X509_VERIFY_PARAM_set_hostflags(
		SSL_CTX_get0_param(ctx),
		X509_CHECK_FLAG_NEVER_CHECK_SUBJECT |
			X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
}

/* What is called of the program, and how long a handshake may take. */
static struct evert_failure *
use_program(struct evert_tls_context *context,
	    const struct evert_tls_options *options)
{
	double seconds = options->handshake_seconds;

	if (!isfinite(seconds) || seconds < 0)
		return evert_failure_create(EVERT_TLS_BAD_CONTEXT, 0,
					    "handshake_seconds of %g", seconds);
	context->handshake_seconds = seconds > 0 ? seconds : DEFAULT_SECONDS;
	if (options->ktls && options->handshake_in_threads)
		return evert_failure_create(
			EVERT_TLS_BAD_CONTEXT, 0,
			"ktls with handshake_in_threads: the kernel gets its "
			"keys in the handshake, on the reactor's thread");
	if (options->ktls)
		SSL_CTX_set_options(context->ssl, SSL_OP_ENABLE_KTLS);
	context->handshake_in_threads = options->handshake_in_threads;
	context->handshake_failed = options->handshake_failed;
	context->arg = options->arg;
	return NULL;
}

/* A session that was agreed on in one context is not good in another, which may
   ask more of its clients. */
static struct evert_failure *use_id(struct evert_tls_context *context,
				    const struct evert_tls_options *options)
{
	unsigned char id[SSL_MAX_SID_CTX_LENGTH];

	(void)options;
	if (RAND_bytes(id, sizeof(id)) == 1 &&
	    SSL_CTX_set_session_id_context(context->ssl, id, sizeof(id)) == 1)
		return NULL;
	return evert_tls_bad_context(EVERT_HERE, "random bytes");
}

/* What there is to a context, in order. */
static struct evert_failure *(*const parts[])(
	struct evert_tls_context *context,
	const struct evert_tls_options *options) = {
	evert_tls_use_versions,
	evert_tls_use_certificate,
	evert_tls_use_trust,
	evert_tls_use_pins,
	evert_tls_use_alpn,
	evert_tls_use_choose,
	evert_tls_use_tickets,
	evert_tls_use_resumption,
	evert_tls_use_staple,	  evert_tls_use_staple_check,
	evert_tls_use_keylog,
	use_program,
	use_id,
};

static struct evert_failure *set_all(struct evert_tls_context *context,
				     const struct evert_tls_options *options)
{
	struct evert_failure *failure = NULL;
	size_t i;

	set_modes(context->ssl);
	set_names(context->ssl);
	evert_tls_verify_use(context);
	if (context->side == EVERT_TLS_CLIENT)
		SSL_CTX_set_verify(context->ssl, SSL_VERIFY_PEER, NULL);
	for (i = 0; !failure && i < sizeof(parts) / sizeof(parts[0]); i++)
		failure = parts[i](context, options);
	return failure;
}

static struct evert_tls_context *allocate(enum evert_tls_side side)
{
	struct evert_tls_context *context = evert_allocate(sizeof(*context));

	if (!context)
		return NULL;
	*context = (struct evert_tls_context){.side = side, .keylog = -1};
	atomic_init(&context->references, 1);
	context->ssl = SSL_CTX_new(TLS_method());
	if (context->ssl)
		return context;
	evert_free(context);
	return NULL;
}

struct evert_failure *
evert_tls_context_create_at(struct evert_tls_context **made,
			    enum evert_tls_side side,
			    const struct evert_tls_options *options,
			    const char *place)
{
	static const struct evert_tls_options none;
	struct evert_tls_context *context = allocate(side);
	struct evert_failure *failure;

	*made = NULL;
	if (!context) {
		ERR_clear_error();
		return evert_failure_bare(EVERT_NO_MEMORY);
	}
	failure = set_all(context, options ? options : &none);
	if (failure)
		evert_tls_context_release(context);
	else
		*made = context;
	return evert_tls_failure_at(failure, place);
}

struct evert_tls_context *
evert_tls_context_keep(struct evert_tls_context *context)
{
	atomic_fetch_add_explicit(&context->references, 1,
				  memory_order_relaxed);
	return context;
}

void evert_tls_context_release(struct evert_tls_context *context)
{
	if (!context || atomic_fetch_sub_explicit(&context->references, 1,
						  memory_order_acq_rel) > 1)
		return;
	SSL_CTX_free(context->ssl);
	evert_tls_tickets_destroy(context->tickets);
	evert_tls_resumption_destroy(context->resumption);
	if (context->keylog >= 0)
		close(context->keylog);
	evert_free(context->staple);
	evert_free(context->alpn);
	evert_free(context->pins);
	evert_free(context);
}
