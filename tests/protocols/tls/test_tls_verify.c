/* SPDX-License-Identifier: MIT */
/* Each way in which a certificate can be wrong is told in words of its own. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <openssl/x509_vfy.h>
#include <string.h>

#include "../../support/tls/certificates.h"
#include "../../support/tls/handshake.h"

TestSuite(tls_verify);

/* What the client says of a server with that certificate. */
static struct evert_failure *outcome(const char *file, const char *name)
{
	struct evert_tls_context *server = server_context(file);
	struct evert_tls_context *client = client_context("root.crt");
	struct evert_failure *failure;
	struct handshake handshake;

	handshake_begin(&handshake, client, name, server);
	failure = handshake.client_failure;
	handshake.client_failure = NULL;
	if (failure)
		cr_assert(evert_failure_is(handshake.server_failure,
					   EVERT_TLS_REFUSED));
	handshake_end(&handshake);
	evert_tls_context_release(server);
	evert_tls_context_release(client);
	return failure;
}

static void is_refused(const char *file, const char *name, int code,
		       const char *words)
{
	struct evert_failure *failure = outcome(file, name);

	cr_assert(failure != NULL);
	cr_assert(evert_failure_is(failure, EVERT_TLS_UNVERIFIED));
	cr_assert(evert_failure_is(failure, EVERT_CONNECTION_LOST));
	cr_expect(eq(int, failure->code, code));
	cr_expect(eq(str, (char *)failure->message, (char *)words));
	evert_failure_release(failure);
}

static void is_accepted(const char *file, const char *name)
{
	struct evert_failure *failure = outcome(file, name);

	cr_assert(failure == NULL, "%s: %s", name, failure->message);
}

Test(tls_verify, a_name_and_an_address_of_the_certificate_are_accepted)
{
	is_accepted("server.pem", "localhost");
	is_accepted("server.pem", "LOCALHOST.");
	is_accepted("server.pem", "127.0.0.1");
	is_accepted("server.pem", "::1");
	is_accepted("server.pem", "a.wild.test");
	is_accepted("server-rsa.pem", "localhost");
}

Test(tls_verify, another_name_is_refused_and_those_it_is_for_are_told)
{
	is_refused("elsewhere.pem", "localhost",
		   X509_V_ERR_HOSTNAME_MISMATCH,
		   "the certificate is not for \"localhost\", but for "
		   "\"elsewhere.test\"");
	is_refused("server.pem", "127.0.0.2", X509_V_ERR_IP_ADDRESS_MISMATCH,
		   "the certificate is not for \"127.0.0.2\", but for "
		   "\"localhost\", 127.0.0.1, ::1, \"*.wild.test\"");
}

Test(tls_verify, a_wildcard_stands_for_one_label)
{
	static const char *const names[] = { "wild.test", "a.b.wild.test",
					     "a.wild.test.elsewhere" };
	struct evert_failure *failure;
	size_t i;

	for (i = 0; i < 3; i++) {
		failure = outcome("server.pem", names[i]);
		cr_assert(failure != NULL, "%s", names[i]);
		cr_expect(eq(int, failure->code,
			     X509_V_ERR_HOSTNAME_MISMATCH));
		evert_failure_release(failure);
	}
}

Test(tls_verify, the_subject_is_no_name)
{
	is_refused("nameless.pem", "nameless.evert.test",
		   X509_V_ERR_HOSTNAME_MISMATCH,
		   "the certificate is not for \"nameless.evert.test\", but "
		   "for no name at all");
}

Test(tls_verify, an_expired_one_is_refused_with_its_date)
{
	is_refused("expired.pem", "localhost", X509_V_ERR_CERT_HAS_EXPIRED,
		   "the certificate of \"localhost\" expired on "
		   "2021-01-01 00:00:00 UTC");
}

Test(tls_verify, one_that_is_not_yet_valid_is_refused_with_its_date)
{
	is_refused("future.pem", "localhost", X509_V_ERR_CERT_NOT_YET_VALID,
		   "the certificate of \"localhost\" is not valid before "
		   "2099-01-01 00:00:00 UTC");
}

Test(tls_verify, one_signed_by_itself_is_refused)
{
	is_refused("self-signed.pem", "localhost",
		   X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT,
		   "the certificate of \"localhost\" is signed by itself, and "
		   "is not among those that are trusted");
}

Test(tls_verify, one_of_an_unknown_root_is_refused_and_the_signer_told)
{
	is_refused("stranger.pem", "localhost",
		   X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY,
		   "the certificate of \"localhost\" is signed by "
		   "\"CN=other-root.evert.test\", which is not trusted, and the other "
		   "side sent no certificate of it that leads to a trusted "
		   "root");
}

Test(tls_verify, a_certificate_for_something_else_is_refused)
{
	struct evert_failure *failure = outcome("client.pem", "localhost");

	cr_assert(evert_failure_is(failure, EVERT_TLS_UNVERIFIED));
	cr_expect(eq(int, failure->code, X509_V_ERR_INVALID_PURPOSE));
	evert_failure_release(failure);
}

Test(tls_verify, one_signed_by_itself_is_accepted_where_it_is_trusted)
{
	struct evert_tls_context *server = server_context("self-signed.pem");
	struct evert_tls_context *client = client_context("self-signed.pem");
	struct handshake handshake;

	handshake_begin(&handshake, client, "localhost", server);
	cr_expect(handshake_is_done(&handshake));
	handshake_end(&handshake);
	evert_tls_context_release(server);
	evert_tls_context_release(client);
}

/* Names that would not be checked, or match too much. */
static void is_no_name(const char *name, const char *words)
{
	struct evert_tls_context *client = client_context("root.crt");
	SSL *ssl;
	struct evert_failure *failure =
		evert_tls_context_session(client, name, &ssl);

	cr_assert(failure != NULL, "%s", name);
	cr_expect(ssl == NULL);
	cr_expect(evert_failure_is(failure, EVERT_TLS_BAD_CONTEXT));
	cr_expect(strstr(failure->message, words) != NULL, "%s", failure->message);
	evert_failure_release(failure);
	evert_tls_context_release(client);
}

Test(tls_verify, a_name_that_can_not_be_checked_is_refused)
{
	is_no_name("", "the name is empty");
	is_no_name(".wild.test", "the name begins with a dot");
	is_no_name(".", "the name begins with a dot");
	is_no_name("a..b", "neither an address");
	is_no_name("a..", "neither an address");
	is_no_name("*.wild.test", "neither an address");
	is_no_name("b\303\274cher.test", "xn--");
	is_no_name("[::1]", "neither an address");
}

static void check_sni(const char *name, const char *sent)
{
	struct evert_tls_context *client = client_context("root.crt");
	const char *sni;
	SSL *ssl;
	struct evert_failure *failure =
		evert_tls_context_session(client, name, &ssl);

	cr_assert(failure == NULL);
	sni = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);
	cr_expect(sent ? sni && strcmp(sni, sent) == 0 : !sni);
	SSL_free(ssl);
	evert_tls_context_release(client);
}

Test(tls_verify, a_name_is_sent_without_its_last_dot_and_an_address_is_not)
{
	check_sni("localhost.", "localhost");
	check_sni("127.0.0.1", NULL);
	check_sni("fe80::1%eth0", NULL);
}
