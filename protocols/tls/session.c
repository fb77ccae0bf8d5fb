/* SPDX-License-Identifier: MIT */
#include "session_internal.h"

#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <pthread.h>
#include <string.h>

#include "../../deferred/base/bug.h"
#include "../../deferred/base/memory.h"
#include "choice_internal.h"
#include "resumption_internal.h"

static pthread_once_t once = PTHREAD_ONCE_INIT;
static int slot; /* of an SSL, for its session; negative: none */

static void free_session(void *parent, void *data, CRYPTO_EX_DATA *all,
			 int index, long arg, void *pointer)
{
	struct evert_tls_session *session = data;

	(void)parent, (void)all, (void)index, (void)arg, (void)pointer;
	if (!session)
		return;
	evert_tls_choice_drop(session->choice);
	evert_failure_release(session->failure);
	evert_tls_context_release(session->chosen);
	evert_tls_context_release(session->context);
	evert_free(session);
}

static void find_slot(void)
{
	slot = SSL_get_ex_new_index(0, NULL, NULL, NULL, free_session);
}

struct evert_tls_session *evert_tls_session_of(const SSL *ssl)
{
	pthread_once(&once, find_slot);
	return slot < 0 ? NULL : SSL_get_ex_data(ssl, slot);
}

void evert_tls_session_refuse(struct evert_tls_session *session,
			      struct evert_failure *failure)
{
	if (session->failure)
		evert_failure_release(failure);
	else
		session->failure = failure;
}

struct evert_failure *evert_tls_session_take_failure(SSL *ssl)
{
	struct evert_tls_session *session = evert_tls_session_of(ssl);
	struct evert_failure *failure = session ? session->failure : NULL;

	if (session)
		session->failure = NULL;
	return failure;
}

/* The SSL has it from then on. */
static bool attach(SSL *ssl, struct evert_tls_context *context,
		   const char *name)
{
	size_t size = strlen(name) + 1;
	struct evert_tls_session *session =
		evert_allocate(offsetof(struct evert_tls_session, name) + size);

	pthread_once(&once, find_slot);
	if (!session)
		return false;
	memset(session, 0, offsetof(struct evert_tls_session, name));
	memcpy(session->name, name, size);
	if (slot < 0 || !SSL_set_ex_data(ssl, slot, session)) {
		evert_free(session);
		return false;
	}
	session->context = evert_tls_context_keep(context);
	return true;
}

/* Server name indication is for names alone (RFC 6066, 3). */
static bool expect(SSL *ssl, const char *name)
{
	X509_VERIFY_PARAM *param = SSL_get0_param(ssl);

	if (evert_tls_name_is_address(name))
		return X509_VERIFY_PARAM_set1_ip_asc(param, name) == 1;
	return X509_VERIFY_PARAM_set1_host(param, name, 0) == 1 &&
	       SSL_set_tlsext_host_name(ssl, name) == 1;
}

static SSL *make(struct evert_tls_context *context, const char *name)
{
	SSL *ssl = SSL_new(context->ssl);

	if (!ssl)
		return NULL;
	if (!attach(ssl, context, name) || (*name && !expect(ssl, name))) {
		SSL_free(ssl);
		return NULL;
	}
	if (context->side == EVERT_TLS_SERVER) {
		SSL_set_accept_state(ssl);
		return ssl;
	}
	SSL_set_connect_state(ssl);
	evert_tls_resumption_offer(context, ssl, name);
	return ssl;
}

struct evert_failure *
evert_tls_context_session(struct evert_tls_context *context, const char *name,
			  SSL **ssl)
{
	char checked[EVERT_TLS_NAME_SIZE] = "";
	struct evert_failure *failure;

	*ssl = NULL;
	if (context->side == EVERT_TLS_SERVER && name)
		evert_bug("a server's context of TLS was given the name \"%s\" "
			  "to be checked, which a client's does", name);
	if (context->side == EVERT_TLS_CLIENT) {
		if (!name)
			evert_bug("a client of TLS without the name of its "
				  "server: nothing could be checked");
		failure = evert_tls_name_check(name, checked);
		if (failure)
			return failure;
	}
	*ssl = make(context, checked);
	ERR_clear_error();
	return *ssl ? NULL : evert_failure_bare(EVERT_NO_MEMORY);
}
