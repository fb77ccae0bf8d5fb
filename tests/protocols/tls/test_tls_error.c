/* SPDX-License-Identifier: MIT */
/* What OpenSSL says, as a failure. */
#include <errno.h>
#include <string.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <openssl/err.h>

#include "../../../protocols/tls/alert_internal.h"
#include "../../../protocols/tls/error_internal.h"
#include "../../support/tls/certificates.h"
#include "../../support/tls/handshake.h"

static SSL *ssl;

/* An SSL in its handshake, of which something is said next. */
static void begin(void)
{
	struct evert_tls_context *client = client_context("root.crt");

	cr_assert(evert_tls_context_session(client, "localhost", &ssl) == NULL);
	evert_tls_context_release(client);
}

static void end(void)
{
	SSL_free(ssl);
}

TestSuite(tls_error, .init = begin, .fini = end);

static void becomes(int ssl_error, const struct evert_error *kind, int error,
		    const char *words)
{
	struct evert_failure *failure =
		evert_tls_failure(ssl, ssl_error, "here");

	cr_expect(failure->kind == kind, "%s", failure->kind->name);
	cr_expect(eq(int, failure->error, error));
	cr_expect(strstr(failure->message, words) != NULL, "%s",
		  failure->message);
	cr_expect(eq(str, (char *)failure->place, "here"));
	cr_expect(ERR_peek_error() == 0);
	evert_failure_release(failure);
}

static void raise_ssl(int reason)
{
	ERR_raise(ERR_LIB_SSL, reason);
}

Test(tls_error, alerts_are_told_in_words)
{
	raise_ssl(SSL_AD_REASON_OFFSET + SSL_AD_UNKNOWN_CA);
	becomes(SSL_ERROR_SSL, EVERT_TLS_REFUSED, 0,
		"the other side refused: it does not trust who signed our "
		"certificate (alert 48)");
}

Test(tls_error, an_unknown_alert_keeps_its_number)
{
	struct evert_failure *failure = evert_tls_alert_failure(200, "here");

	cr_expect(eq(str, (char *)failure->message,
		     "the other side refused: an alert of an unknown kind "
		     "(alert 200)"));
	cr_expect(eq(int, failure->code, 200));
	evert_failure_release(failure);
}

Test(tls_error, plain_text_in_the_handshake_is_told_as_that)
{
	raise_ssl(SSL_R_WRONG_VERSION_NUMBER);
	becomes(SSL_ERROR_SSL, EVERT_TLS_NOT_TLS, 0, "wrong version number");
	raise_ssl(SSL_R_HTTP_REQUEST);
	becomes(SSL_ERROR_SSL, EVERT_TLS_NOT_TLS, 0, "http request");
}

Test(tls_error, an_end_without_the_end_of_tls_is_truncated)
{
	raise_ssl(SSL_R_UNEXPECTED_EOF_WHILE_READING);
	becomes(SSL_ERROR_SSL, EVERT_TLS_TRUNCATED, 0, "may be cut short");
	errno = 0;
	becomes(SSL_ERROR_SYSCALL, EVERT_TLS_TRUNCATED, 0, "may be cut short");
}

Test(tls_error, what_the_system_says_is_kept)
{
	errno = ECONNRESET;
	becomes(SSL_ERROR_SYSCALL, EVERT_TLS_FAILED, ECONNRESET,
		"Connection reset by peer");
	ERR_raise(ERR_LIB_SSL, ERR_R_MALLOC_FAILURE);
	becomes(SSL_ERROR_SSL, EVERT_TLS_FAILED, ENOMEM,
		"Cannot allocate memory");
}

Test(tls_error, the_first_error_counts_and_the_others_go)
{
	raise_ssl(SSL_R_NO_SHARED_CIPHER);
	raise_ssl(SSL_R_BAD_LENGTH);
	becomes(SSL_ERROR_SSL, EVERT_TLS_FAILED, 0, "no shared cipher");
}

Test(tls_error, an_error_of_no_words_is_one_all_the_same)
{
	becomes(SSL_ERROR_SSL, EVERT_TLS_FAILED, 0, "TLS failed");
}
