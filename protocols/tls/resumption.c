/* SPDX-License-Identifier: MIT */
#include "resumption_internal.h"

#include <openssl/err.h>
#include <openssl/x509.h>
#include <string.h>
#include <time.h>

#include "../../deferred/base/memory.h"
#include "parts_internal.h"
#include "session_internal.h"

enum {
	DEFAULT_MOST = 256,
	/* A server of TLS 1.3 gives two each time, and each is used once (RFC
	   8446, C.4). */
	MOST_OF_A_NAME = 4,
};

struct evert_tls_kept {
	struct evert_tls_kept *older;
	SSL_SESSION *session;
	char name[];
};

static void drop(struct evert_tls_resumption *resumption,
		 struct evert_tls_kept **at)
{
	struct evert_tls_kept *kept = *at;

	*at = kept->older;
	resumption->count--;
	SSL_SESSION_free(kept->session);
	evert_free(kept);
}

/* Those beyond the most of a name, and the oldest one beyond the most of all.
 */
static void make_room(struct evert_tls_resumption *resumption, const char *name)
{
	struct evert_tls_kept **at = &resumption->newest;
	size_t count = 0, of_name = 0;

	while (*at) {
		of_name += strcmp((*at)->name, name) == 0;
		count++;
		if (of_name > MOST_OF_A_NAME || count > resumption->most)
			drop(resumption, at);
		else
			at = &(*at)->older;
	}
}

static bool put(struct evert_tls_resumption *resumption, const char *name,
		SSL_SESSION *session)
{
	size_t size = strlen(name) + 1;
	struct evert_tls_kept *kept = evert_allocate(sizeof(*kept) + size);

	if (!kept)
		return false;
	kept->session = session;
	memcpy(kept->name, name, size);
	pthread_mutex_lock(&resumption->lock);
	kept->older = resumption->newest;
	resumption->newest = kept;
	resumption->count++;
	make_room(resumption, name);
	pthread_mutex_unlock(&resumption->lock);
	return true;
}

/* A copy: the session itself is spoiled when its connection goes without an end
   of TLS, which since TLS 1.1 is no reason not to resume it (RFC 4346, 7.2.1).
   0: what was given is not ours. */
static int keep(SSL *ssl, SSL_SESSION *session)
{
	struct evert_tls_session *ours = evert_tls_session_of(ssl);
	SSL_SESSION *copy = NULL;

	if (ours && SSL_SESSION_is_resumable(session))
		copy = SSL_SESSION_dup(session);
	if (copy && !put(ours->context->resumption, ours->name, copy))
		SSL_SESSION_free(copy);
	return 0;
}

/* A certificate that has expired meanwhile would be refused now. */
static bool is_good(SSL_SESSION *session)
{
	X509 *certificate = SSL_SESSION_get0_peer(session);
	long now = (long)time(NULL);

	return certificate &&
	       now < SSL_SESSION_get_time(session) +
			       SSL_SESSION_get_timeout(session) &&
	       X509_cmp_current_time(X509_get0_notAfter(certificate)) > 0;
}

/* The newest one that is good; those that are not go. */
static struct evert_tls_kept **find(struct evert_tls_resumption *resumption,
				    const char *name)
{
	struct evert_tls_kept **at = &resumption->newest;

	while (*at) {
		if (strcmp((*at)->name, name) != 0)
			at = &(*at)->older;
		else if (is_good((*at)->session))
			break;
		else
			drop(resumption, at);
	}
	return at;
}

static SSL_SESSION *take(struct evert_tls_resumption *resumption,
			 const char *name)
{
	SSL_SESSION *session = NULL;
	struct evert_tls_kept **at;

	pthread_mutex_lock(&resumption->lock);
	at = find(resumption, name);
	if (*at)
		session = SSL_SESSION_dup((*at)->session);
	if (session &&
	    SSL_SESSION_get_protocol_version(session) >= TLS1_3_VERSION)
		drop(resumption, at);
	pthread_mutex_unlock(&resumption->lock);
	return session;
}

void evert_tls_resumption_offer(struct evert_tls_context *context, SSL *ssl,
				const char *name)
{
	SSL_SESSION *session;

	if (!context->resumption)
		return;
	session = take(context->resumption, name);
	if (session)
		SSL_set_session(ssl, session);
	SSL_SESSION_free(session);
}

struct evert_failure *
evert_tls_use_resumption(struct evert_tls_context *context,
			 const struct evert_tls_options *options)
{
	struct evert_tls_resumption *resumption;

	if (context->side == EVERT_TLS_SERVER || options->no_resumption ||
	    options->require_staple)
		return NULL;
	resumption = evert_allocate(sizeof(*resumption));
	if (!resumption)
		return evert_failure_bare(EVERT_NO_MEMORY);
	memset(resumption, 0, sizeof(*resumption));
	pthread_mutex_init(&resumption->lock, NULL);
	resumption->most = options->resume_most ? options->resume_most
						: DEFAULT_MOST;
	context->resumption = resumption;
	SSL_CTX_set_session_cache_mode(context->ssl,
				       SSL_SESS_CACHE_CLIENT |
					       SSL_SESS_CACHE_NO_INTERNAL);
	SSL_CTX_sess_set_new_cb(context->ssl, keep);
	return NULL;
}

void evert_tls_resumption_destroy(struct evert_tls_resumption *resumption)
{
	if (!resumption)
		return;
	while (resumption->newest)
		drop(resumption, &resumption->newest);
	pthread_mutex_destroy(&resumption->lock);
	evert_free(resumption);
}
