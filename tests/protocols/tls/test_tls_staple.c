/* SPDX-License-Identifier: MIT */
/* Staples: what is said of a certificate, handed over with it. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <openssl/x509_vfy.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../../../deferred/base/memory.h"
#include "../../support/tls/certificates.h"
#include "../../support/tls/handshake.h"
#include "../../support/tls/staples.h"

TestSuite(tls_staple);

static const struct staple good = {
	.certificate = "server.crt",
	.issuer = "between.crt",
};

/* A server with that staple; what is wrong with it passes where the server does
   not look at it itself. */
static struct evert_tls_context *staples(const struct staple *staple)
{
	struct evert_tls_options options = { 0 };
	struct evert_tls_context *context;
	unsigned char *bytes = staple_make(staple, &options.staple_length);

	options.staple = bytes;
	context = server_context_with("server.pem", &options);
	OPENSSL_free(bytes);
	return context;
}

/* With a client that requires one, of both versions. Takes `server` over. */
static void outcome(struct evert_tls_context *server, const char *words,
		    int code)
{
	static const enum evert_tls_version versions[] = { EVERT_TLS_1_2,
							   EVERT_TLS_1_3 };
	size_t i;

	for (i = 0; i < 2; i++) {
		struct evert_tls_options options = {
			.require_staple = true,
			.highest = versions[i],
		};
		struct handshake handshake;

		handshake_of(&handshake,
			     client_context_with("root.crt", &options),
			     evert_tls_context_keep(server));
		if (!words) {
			cr_expect(handshake_is_done(&handshake));
			handshake_end(&handshake);
			continue;
		}
		cr_assert(handshake.client_failure != NULL, "%s", words);
		cr_expect(evert_failure_is(handshake.client_failure,
					   EVERT_TLS_UNVERIFIED));
		cr_expect(eq(int, handshake.client_failure->code, code));
		cr_expect(eq(str, (char *)handshake.client_failure->message,
			     (char *)words));
		handshake_end(&handshake);
	}
	evert_tls_context_release(server);
}

Test(tls_staple, a_good_one_is_accepted)
{
	outcome(staples(&good), NULL, 0);
}

Test(tls_staple, a_server_without_one_is_refused)
{
	outcome(server_context("server.pem"),
		"the certificate of \"localhost\" has no staple (OCSP), which "
		"is required",
		X509_V_ERR_OCSP_VERIFY_NEEDED);
}

Test(tls_staple, a_revoked_certificate_is_refused_with_date_and_reason)
{
	struct staple revoked = good;

	revoked.status = V_OCSP_CERTSTATUS_REVOKED;
	outcome(staples(&revoked),
		"the certificate of \"localhost\" was revoked on "
		"2024-01-02 03:04:05 UTC (keyCompromise)",
		X509_V_ERR_CERT_REVOKED);
}

Test(tls_staple, an_unknown_certificate_is_refused)
{
	struct staple unknown = good;

	unknown.status = V_OCSP_CERTSTATUS_UNKNOWN;
	outcome(staples(&unknown),
		"the certificate of \"localhost\" is not known to who signed "
		"it, says its staple",
		X509_V_ERR_OCSP_CERT_UNKNOWN);
}

static void is_not_believed(const struct staple *staple)
{
	outcome(staples(staple),
		"the certificate of \"localhost\" has a staple that is not "
		"signed by who may do so",
		X509_V_ERR_OCSP_VERIFY_FAILED);
}

Test(tls_staple, one_signed_by_anybody_is_refused)
{
	struct staple forged = good;

	forged.signer = "stranger.crt";
	forged.key = "stranger.key";
	is_not_believed(&forged);
	forged.signer = "server.crt";
	forged.key = "server.key";
	is_not_believed(&forged);
}

Test(tls_staple, one_of_another_issuer_is_refused)
{
	struct staple other = good;

	other.issuer = "root.crt";
	other.key = "root.key";
	is_not_believed(&other);
}

/* What a server says of options. */
static void is_refused(const struct evert_tls_options *options,
		       const char *words)
{
	struct evert_tls_options all = *options;

	all.certificate_file = certificate_path("server.pem");
	is_of_no_use(EVERT_TLS_SERVER, &all, words);
}

static void staple_of_no_use(const struct staple *staple, const char *words)
{
	struct evert_tls_options options = { 0 };
	unsigned char *bytes = staple_make(staple, &options.staple_length);

	options.staple = bytes;
	is_refused(&options, words);
	OPENSSL_free(bytes);
}

Test(tls_staple, a_server_refuses_one_that_no_client_would_take)
{
	struct staple wrong = good;
	struct evert_tls_options options = {
		.staple = "no DER",
		.staple_length = 6,
	};

	is_refused(&options,
		   "staple in memory: it is no response of OCSP, in DER");
	wrong.certificate = "server-rsa.crt";
	staple_of_no_use(&wrong, "it is of another certificate");
	wrong = good;
	wrong.begins = -7200;
	wrong.ends = -3600;
	staple_of_no_use(&wrong, "its time is over, or has not come yet");
	wrong.begins = 3600;
	wrong.ends = 7200;
	staple_of_no_use(&wrong, "its time is over, or has not come yet");
	options.staple_file = certificate_path("server.pem");
	is_refused(&options, "a staple in a file and in memory");
	options.staple = NULL;
	is_refused(&options, "server.pem: it is no response of OCSP");
	options.staple_file = "/no/such/staple";
	is_refused(&options,
		   "staple /no/such/staple: No such file or directory");
}

/* A server that sends anything. */
static int send_staple(SSL *ssl, void *arg)
{
	struct evert_tls_context *server = arg;
	unsigned char *copy =
		OPENSSL_memdup(server->staple, server->staple_length);

	SSL_set_tlsext_status_ocsp_resp(ssl, copy,
					(long)server->staple_length);
	return SSL_TLSEXT_ERR_OK;
}

static struct evert_tls_context *sends(const void *bytes, size_t length)
{
	struct evert_tls_context *server = server_context("server.pem");

	server->staple = evert_allocate(length);
	memcpy(server->staple, bytes, length);
	server->staple_length = length;
	SSL_CTX_set_tlsext_status_cb(server->ssl, send_staple);
	SSL_CTX_set_tlsext_status_arg(server->ssl, server);
	return server;
}

static void is_refused_by_the_client(const struct staple *staple,
				     const char *words)
{
	size_t length;
	unsigned char *bytes = staple_make(staple, &length);

	outcome(sends(bytes, length), words, X509_V_ERR_OCSP_VERIFY_FAILED);
	OPENSSL_free(bytes);
}

Test(tls_staple, a_client_takes_none_that_is_no_response)
{
	outcome(sends("no DER", 6),
		"the certificate of \"localhost\" has a staple that is no "
		"response of OCSP",
		X509_V_ERR_OCSP_VERIFY_FAILED);
}

Test(tls_staple, a_client_takes_none_of_another_certificate)
{
	const struct staple wrong = {
		.certificate = "server-rsa.crt",
		.issuer = "root.crt",
		.key = "root.key",
	};

	is_refused_by_the_client(&wrong,
				 "the certificate of \"localhost\" has a "
				 "staple of another certificate");
}

Test(tls_staple, a_client_takes_none_whose_time_is_not_now)
{
	static const char words[] =
		"the certificate of \"localhost\" has a staple whose time is "
		"over, or has not come yet";
	struct staple wrong = good;

	wrong.begins = -7200;
	wrong.ends = -3600;
	is_refused_by_the_client(&wrong, words);
	wrong.begins = 3600;
	wrong.ends = 7200;
	is_refused_by_the_client(&wrong, words);
}

Test(tls_staple, a_server_requires_none)
{
	is_refused(&(struct evert_tls_options){ .require_staple = true },
		   "require_staple is an option of clients");
}

Test(tls_staple, a_client_has_none)
{
	struct evert_tls_options options = { .staple_length = 0 };
	unsigned char *bytes = staple_make(&good, &options.staple_length);

	options.staple = bytes;
	is_of_no_use(EVERT_TLS_CLIENT, &options,
		     "a staple is an option of servers");
	OPENSSL_free(bytes);
}

/* As if time had gone on. */
static void replace_staple(struct evert_tls_context *server,
			   const struct staple *staple)
{
	size_t length;
	unsigned char *bytes = staple_make(staple, &length);

	evert_free(server->staple);
	server->staple = evert_allocate(length);
	memcpy(server->staple, bytes, length);
	server->staple_length = length;
	OPENSSL_free(bytes);
}

Test(tls_staple, one_whose_time_is_over_is_sent_no_more)
{
	struct evert_tls_context *server = staples(&good);
	struct staple old = good;

	old.begins = -7200;
	old.ends = -3600;
	replace_staple(server, &old);
	outcome(server,
		"the certificate of \"localhost\" has no staple (OCSP), which "
		"is required",
		X509_V_ERR_OCSP_VERIFY_NEEDED);
}

Test(tls_staple, a_file_is_read)
{
	char path[] = "/tmp/evert-staple-XXXXXX";
	int fd = mkstemp(path);
	struct evert_tls_options options = { .staple_file = path };
	struct evert_tls_context *server;
	size_t length;
	unsigned char *bytes = staple_make(&good, &length);

	write(fd, bytes, length);
	close(fd);
	OPENSSL_free(bytes);
	server = server_context_with("server.pem", &options);
	unlink(path);
	outcome(server, NULL, 0);
}

Test(tls_staple, who_asks_for_none_is_served)
{
	struct handshake handshake;

	handshake_of(&handshake, client_context("root.crt"), staples(&good));
	cr_expect(handshake_is_done(&handshake));
	handshake_end(&handshake);
}
