/* SPDX-License-Identifier: MIT */
#include "error_internal.h"

#include <errno.h>
#include <openssl/err.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "alert_internal.h"
#include "parts_internal.h"
#include "session_internal.h"

const struct evert_error evert_error_tls_bad_context =
	EVERT_ERROR_INIT(evert_error_tls_bad_context, EVERT_ERROR,
			 "TLS_BAD_CONTEXT", "no context for TLS");
const struct evert_error evert_error_tls_failed =
	EVERT_ERROR_INIT(evert_error_tls_failed, EVERT_CONNECTION_LOST,
			 "TLS_FAILED", "TLS failed");
const struct evert_error evert_error_tls_unverified = EVERT_ERROR_INIT(
	evert_error_tls_unverified, EVERT_TLS_FAILED, "TLS_UNVERIFIED",
	"the other side's certificate is not to be trusted");
const struct evert_error evert_error_tls_refused =
	EVERT_ERROR_INIT(evert_error_tls_refused, EVERT_TLS_FAILED,
			 "TLS_REFUSED", "the other side refused");
const struct evert_error evert_error_tls_unknown_name =
	EVERT_ERROR_INIT(evert_error_tls_unknown_name, EVERT_ERROR,
			 "TLS_UNKNOWN_NAME", "nobody has the name");
const struct evert_error evert_error_tls_not_tls = EVERT_ERROR_INIT(
	evert_error_tls_not_tls, EVERT_TLS_FAILED, "TLS_NOT_TLS",
	"plain text came where TLS was meant");
const struct evert_error evert_error_tls_truncated = EVERT_ERROR_INIT(
	evert_error_tls_truncated, EVERT_TLS_FAILED, "TLS_TRUNCATED",
	"the connection ended without the end of TLS (close_notify): "
	"what came may be cut short");
const struct evert_error evert_error_tls_timed_out =
	EVERT_ERROR_INIT(evert_error_tls_timed_out, EVERT_TLS_FAILED,
			 "TLS_TIMED_OUT", "the TLS handshake took too long");

static unsigned long take_first(void)
{
	unsigned long first = ERR_get_error();

	ERR_clear_error();
	return first;
}

static const char *reason_of(unsigned long error)
{
	const char *reason = NULL;

	if (ERR_SYSTEM_ERROR(error))
		return strerror((int)ERR_GET_REASON(error));
	if (error)
		reason = ERR_reason_error_string(error);
	return reason ? reason : "";
}

void evert_tls_words(char *to)
{
	snprintf(to, EVERT_TLS_WORDS_SIZE, "%s",
		 reason_of(ERR_peek_last_error()));
	ERR_clear_error();
}

struct evert_failure *evert_tls_bad_context(const char *place,
					    const char *format, ...)
{
	char words[EVERT_TLS_WORDS_SIZE], text[1024];
	va_list args;

	evert_tls_words(words);
	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	return evert_failure_create_at(place, EVERT_TLS_BAD_CONTEXT, 0,
				       "%s%s%s", text, words[0] ? ": " : "",
				       words);
}

struct evert_failure *evert_tls_failure_at(struct evert_failure *failure,
					   const char *place)
{
	if (failure && failure->kind == EVERT_TLS_BAD_CONTEXT &&
	    failure != evert_failure_bare(EVERT_TLS_BAD_CONTEXT))
		failure->place = place;
	return failure;
}

/* The first record was none: what else could it be? */
static bool is_plain_text(unsigned long error)
{
	switch (ERR_GET_REASON(error)) {
	case SSL_R_WRONG_VERSION_NUMBER:
	case SSL_R_HTTP_REQUEST:
	case SSL_R_HTTPS_PROXY_REQUEST:
		return true;
	default:
		return false;
	}
}

/* By an alert, which does not say of what it speaks. */
static struct evert_failure *refused(const SSL *ssl, int alert,
				     const char *place)
{
	const struct evert_tls_session *session = evert_tls_session_of(ssl);
	char offered[EVERT_TLS_ALPN_TEXT_SIZE];
	struct evert_failure *failure;

	if (alert != SSL_AD_NO_APPLICATION_PROTOCOL || !session ||
	    !session->context->alpn)
		return evert_tls_alert_failure(alert, place);
	evert_tls_alpn_text(session->context->alpn,
			    session->context->alpn_length, offered);
	failure = evert_failure_create_at(
		place, EVERT_TLS_REFUSED, 0,
		"the other side refused: it speaks none of our protocols (ALPN "
		"%s, alert %d)", offered, alert);
	evert_failure_set_code(failure, alert);
	return failure;
}

static struct evert_failure *of_library(SSL *ssl, unsigned long error,
					const char *place)
{
	int reason = ERR_GET_REASON(error);

	if (reason == ERR_R_MALLOC_FAILURE)
		return evert_failure_create_at(place, EVERT_TLS_FAILED, ENOMEM,
					       "TLS failed");
	if (ERR_GET_LIB(error) != ERR_LIB_SSL)
		return evert_failure_create_at(place, EVERT_TLS_FAILED, 0,
					       "TLS failed: %s",
					       reason_of(error));
	if (reason == SSL_R_UNEXPECTED_EOF_WHILE_READING)
		return evert_failure_at(place, EVERT_TLS_TRUNCATED);
	if (reason == SSL_R_PEER_DID_NOT_RETURN_A_CERTIFICATE)
		return evert_failure_create_at(
			place, EVERT_TLS_UNVERIFIED, 0,
			"the client sent no certificate, and needs one");
	if (reason > SSL_AD_REASON_OFFSET)
		return refused(ssl, reason - SSL_AD_REASON_OFFSET, place);
	if (!SSL_is_init_finished(ssl) && is_plain_text(error))
		return evert_failure_create_at(
			place, EVERT_TLS_NOT_TLS, 0,
			"plain text came where TLS was meant (%s)",
			reason_of(error));
	return evert_failure_create_at(place, EVERT_TLS_FAILED, 0,
				       "TLS failed: %s", reason_of(error));
}

struct evert_failure *evert_tls_failure(SSL *ssl, int ssl_error,
					const char *place)
{
	int system = errno;
	struct evert_failure *noted = evert_tls_session_take_failure(ssl);
	unsigned long error = take_first();

	if (noted)
		return noted;
	if (error)
		return of_library(ssl, error, place);
	if (ssl_error == SSL_ERROR_SYSCALL && system)
		return evert_failure_create_at(place, EVERT_TLS_FAILED, system,
					       "TLS failed");
	return evert_failure_at(place, ssl_error == SSL_ERROR_SYSCALL
					       ? EVERT_TLS_TRUNCATED
					       : EVERT_TLS_FAILED);
}
