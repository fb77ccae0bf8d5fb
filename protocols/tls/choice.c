/* SPDX-License-Identifier: MIT */
#include "choice_internal.h"

#include <errno.h>
#include <string.h>

#include "../../deferred/base/bug.h"
#include "../../deferred/base/memory.h"
#include "parts_internal.h"

/* Lives as long as the session waits, and as what is asked. */
struct evert_tls_choice {
	struct evert_tls_session *session; /* NULL: it is gone */
	struct evert_deferred *asked;	   /* while it is not known */
	void (*ready)(void *arg);
	void *arg;
	char name[EVERT_TLS_NAME_SIZE]; /* "": none */
};

static void release_context(void *context)
{
	evert_tls_context_release(context);
}

const struct evert_type evert_type_tls_context = {
	.name = "TLS context",
	.release = release_context,
};

struct evert_result evert_tls_context_result(struct evert_tls_context *context)
{
	return evert_result_of(&evert_type_tls_context, context);
}

/* ---- What the client asks for ---- */

/* A list of names, of which there is one, of type 0 (RFC 6066, 3). */
static bool find_name(SSL *ssl, const unsigned char **name, size_t *length)
{
	const unsigned char *at;
	size_t size;

	if (!SSL_client_hello_get0_ext(ssl, TLSEXT_TYPE_server_name, &at,
				       &size) ||
	    size < 5 || at[2] != TLSEXT_NAMETYPE_host_name)
		return false;
	*length = (size_t)at[3] << 8 | at[4];
	*name = at + 5;
	return *length <= size - 5;
}

static bool is_clean(const unsigned char *name, size_t length)
{
	return length <= EVERT_TLS_NAME_SIZE && !memchr(name, 0, length);
}

/* False: it can't be one's name. */
static bool read_name(SSL *ssl, char to[EVERT_TLS_NAME_SIZE])
{
	char text[EVERT_TLS_NAME_SIZE + 1];
	const unsigned char *name;
	struct evert_failure *failure;
	size_t length;
	char *c;

	to[0] = '\0';
	if (!find_name(ssl, &name, &length))
		return true;
	if (!is_clean(name, length))
		return false;
	memcpy(text, name, length);
	text[length] = '\0';
	failure = evert_tls_name_check(text, to);
	for (c = to; !failure && *c; c++)
		*c = (char)(*c >= 'A' && *c <= 'Z' ? *c - 'A' + 'a' : *c);
	evert_failure_release(failure);
	return !failure;
}

/* ---- What it gets ---- */

/* All that an SSL has taken of its context when it was made; the rest it looks
   up there. */
static bool use(SSL *ssl, const struct evert_tls_context *chosen)
{
	SSL_CTX *ctx = chosen->ssl;

	SSL_set_verify(ssl, SSL_CTX_get_verify_mode(ctx), NULL);
	return SSL_set_SSL_CTX(ssl, ctx) == ctx &&
	       SSL_set_min_proto_version(
		       ssl, (int)SSL_CTX_get_min_proto_version(ctx)) == 1 &&
	       SSL_set_max_proto_version(
		       ssl, (int)SSL_CTX_get_max_proto_version(ctx)) == 1;
}

static struct evert_failure *no_memory(void)
{
	return evert_failure_create(EVERT_TLS_FAILED, ENOMEM, "TLS failed");
}

static void refuse(struct evert_tls_session *session,
		   struct evert_failure *failure)
{
	session->has_chosen = true;
	evert_tls_session_refuse(session, failure);
}

/* What may wait is asked for later, on the reactor's thread: this is called
   wherever the handshake is at work. */
static int begin(SSL *ssl, struct evert_tls_session *session)
{
	struct evert_tls_choice *choice = evert_allocate(sizeof(*choice));

	if (!choice) {
		refuse(session, no_memory());
		return SSL_CLIENT_HELLO_ERROR;
	}
	memset(choice, 0, sizeof(*choice));
	choice->session = session;
	session->choice = choice;
	if (read_name(ssl, choice->name))
		return SSL_CLIENT_HELLO_RETRY;
	session->choice = NULL;
	evert_free(choice);
	session->unknown_name = true;
	refuse(session,
	       evert_failure_create(EVERT_TLS_FAILED, 0,
				    "the client asks for what is no name"));
	return SSL_CLIENT_HELLO_ERROR;
}

/* Called again when it has been chosen, and for a client's second hello. */
static int hello(SSL *ssl, int *alert, void *arg)
{
	struct evert_tls_session *session = evert_tls_session_of(ssl);
	int result = SSL_CLIENT_HELLO_SUCCESS;

	(void)arg;
	if (session->choice)
		return SSL_CLIENT_HELLO_RETRY;
	if (!session->has_chosen)
		result = begin(ssl, session);
	else if (session->failure ||
		 (session->chosen && !use(ssl, session->chosen)))
		result = SSL_CLIENT_HELLO_ERROR;
	*alert = session->unknown_name ? SSL_AD_UNRECOGNIZED_NAME :
					 SSL_AD_INTERNAL_ERROR;
	return result;
}

/* ---- The choice ---- */

static void take(struct evert_tls_session *session, struct evert_result *in)
{
	struct evert_tls_context *chosen;

	session->has_chosen = true;
	if (evert_result_is_none(in))
		return;
	if (in->type != &evert_type_tls_context)
		evert_bug("what a context's choose gave is a result of type "
			  "%s: evert_tls_context_result makes one of its own",
			  in->type->name);
	chosen = evert_result_as(in, &evert_type_tls_context);
	if (chosen->side != EVERT_TLS_SERVER)
		evert_bug("a client's TLS context was chosen for a server");
	session->chosen = evert_tls_context_keep(chosen);
}

static void refuse_for(const struct evert_tls_choice *choice,
		       const struct evert_failure *cause)
{
	struct evert_tls_session *session = choice->session;
	struct evert_failure *failure;

	session->unknown_name =
		evert_failure_is(cause, EVERT_TLS_UNKNOWN_NAME);
	failure = evert_failure_create(
		EVERT_TLS_FAILED, 0,
		session->unknown_name ?
			"the client is not served by the name \"%s\"" :
			"what a client gets that asks for \"%s\" could not be "
			"found out",
		choice->name);
	evert_failure_add_cause(failure, evert_failure_copy(cause));
	refuse(session, failure);
}

/* Last, it calls what may end all. */
static struct evert_result answered(struct evert_result *in, void *arg)
{
	struct evert_tls_choice *choice = arg;
	struct evert_tls_session *session = choice->session;
	struct evert_tls_choice had = *choice;

	if (session && evert_result_is_failure(in))
		refuse_for(choice, evert_result_as_failure(in));
	else if (session)
		take(session, in);
	if (session)
		session->choice = NULL;
	evert_free(choice);
	evert_deferred_release(had.asked);
	if (session && had.ready)
		had.ready(had.arg);
	return evert_result_none();
}

bool evert_tls_session_choose(SSL *ssl, void (*ready)(void *arg), void *arg)
{
	struct evert_tls_session *session = evert_tls_session_of(ssl);
	struct evert_tls_choice *choice = session->choice;
	struct evert_tls_context *context = session->context;
	struct evert_deferred *asked = context->choose(
		context->arg, choice->name[0] ? choice->name : NULL);

	evert_deferred_add_both(asked, answered, choice);
	if (!session->choice) {
		evert_deferred_release(asked);
		return true;
	}
	choice->asked = asked;
	choice->ready = ready;
	choice->arg = arg;
	return false;
}

void evert_tls_choice_drop(struct evert_tls_choice *choice)
{
	struct evert_deferred *asked;

	if (!choice)
		return;
	asked = choice->asked;
	if (!asked) { /* it was never asked for */
		evert_free(choice);
		return;
	}
	choice->session = NULL;
	choice->asked = NULL;
	evert_deferred_cancel(asked);
	evert_deferred_release(asked);
}

struct evert_failure *
evert_tls_use_choose(struct evert_tls_context *context,
		     const struct evert_tls_options *options)
{
	if (!options->choose)
		return NULL;
	if (context->side == EVERT_TLS_CLIENT)
		return evert_failure_create(EVERT_TLS_BAD_CONTEXT, 0,
					    "choose is an option of servers");
	context->choose = options->choose;
	SSL_CTX_set_client_hello_cb(context->ssl, hello, NULL);
	return NULL;
}
