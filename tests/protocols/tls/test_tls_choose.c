/* SPDX-License-Identifier: MIT */
/* Which context a client gets, by the name it asks for. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../../protocols/tls/session_internal.h"
#include "../../support/death.h"
#include "../../support/tls/certificates.h"
#include "../../support/tls/handshake.h"

TestSuite(tls_choose);

/* A program that chooses; it answers at once, or when it is told to. */
static struct chooser {
	int asked;
	char name[300]; /* "-": none */
	struct evert_result answer;
	bool later;
	struct evert_firing *pending;
	int cancelled, ready;
} chooser;

static bool cancel(struct evert_deferred *deferred, void *arg)
{
	(void)deferred, (void)arg;
	chooser.cancelled++;
	return false;
}

static struct evert_deferred *choose(void *arg, const char *name)
{
	cr_assert(arg == &chooser);
	chooser.asked++;
	snprintf(chooser.name, sizeof(chooser.name), "%s", name ? name : "-");
	if (chooser.later)
		return evert_deferred_create_cancellable(&chooser.pending,
							 cancel, NULL);
	return evert_deferred_create_fired(evert_result_take(&chooser.answer));
}

static void ready(void *arg)
{
	cr_assert(arg == &chooser);
	chooser.ready++;
}

static struct evert_tls_context *chooses(void)
{
	struct evert_tls_options options = { .choose = choose,
					     .arg = &chooser };

	return server_context_with("server.pem", &options);
}

/* Until the server has to know. */
static void begin(struct handshake *handshake, const char *name)
{
	struct evert_tls_context *client = client_context("root.crt");
	struct evert_tls_context *server = chooses();

	handshake_begin(handshake, client, name, server);
	evert_tls_context_release(client);
	evert_tls_context_release(server);
	cr_assert(handshake_is_done(handshake) == false);
	cr_assert(eq(int, SSL_get_error(handshake->server, -1),
		     SSL_ERROR_WANT_CLIENT_HELLO_CB));
}

static bool is_known(struct handshake *handshake)
{
	return evert_tls_session_choose(handshake->server, ready, &chooser);
}

static void answer_with(const char *file)
{
	chooser.answer = evert_tls_context_result(server_context(file));
}

Test(tls_choose, another_context_serves_its_own_certificate)
{
	struct handshake handshake;

	answer_with("elsewhere.pem");
	begin(&handshake, "elsewhere.test");
	cr_assert(is_known(&handshake));
	handshake_go_on(&handshake);
	cr_expect(handshake_is_done(&handshake));
	cr_expect(eq(int, chooser.asked, 1));
	cr_expect(eq(str, chooser.name, "elsewhere.test"));
	handshake_end(&handshake);
}

Test(tls_choose, it_may_take_its_time)
{
	struct handshake handshake;

	chooser.later = true;
	begin(&handshake, "elsewhere.test");
	cr_assert(is_known(&handshake) == false);
	handshake_go_on(&handshake);
	cr_expect(eq(int, chooser.asked, 1));
	cr_expect(eq(int, chooser.ready, 0));
	answer_with("elsewhere.pem");
	evert_deferred_fire(&chooser.pending, chooser.answer);
	cr_expect(eq(int, chooser.ready, 1));
	handshake_go_on(&handshake);
	cr_expect(handshake_is_done(&handshake));
	handshake_end(&handshake);
	cr_expect(eq(int, chooser.cancelled, 0));
}

Test(tls_choose, nothing_is_the_context_itself)
{
	struct handshake handshake;

	begin(&handshake, "LOCALHOST.");
	cr_assert(is_known(&handshake));
	handshake_go_on(&handshake);
	cr_expect(handshake_is_done(&handshake));
	cr_expect(eq(str, chooser.name, "localhost"));
	handshake_end(&handshake);
}

Test(tls_choose, the_name_is_told_in_small_letters)
{
	struct handshake handshake;

	begin(&handshake, "AZ-az_09.Test");
	cr_assert(is_known(&handshake));
	cr_expect(eq(str, chooser.name, "az-az_09.test"));
	handshake_end(&handshake);
}

Test(tls_choose, a_client_that_names_none_is_asked_for_too)
{
	struct handshake handshake;

	begin(&handshake, "127.0.0.1");
	cr_assert(is_known(&handshake));
	handshake_go_on(&handshake);
	cr_expect(handshake_is_done(&handshake));
	cr_expect(eq(str, chooser.name, "-"));
	handshake_end(&handshake);
}

Test(tls_choose, another_failure_is_an_error_of_ours)
{
	struct handshake handshake;

	chooser.answer = evert_result_failure(evert_failure_create(
		EVERT_SYSTEM, EIO, "the certificate can't be read"));
	begin(&handshake, "localhost");
	cr_assert(is_known(&handshake));
	handshake_go_on(&handshake);
	cr_assert(handshake.server_failure != NULL);
	cr_expect(eq(str, (char *)handshake.server_failure->message,
		     "what a client gets that asks for \"localhost\" could not "
		     "be found out"));
	cr_expect(eq(int, handshake.server_failure->cause->error, EIO));
	cr_assert(handshake.client_failure != NULL);
	cr_expect(eq(str, (char *)handshake.client_failure->message,
		     "the other side refused: it has an internal error (alert "
		     "80)"));
	handshake_end(&handshake);
}

Test(tls_choose, an_unknown_name_refuses_the_client_and_is_the_cause)
{
	struct handshake handshake;

	chooser.answer = evert_result_failure(evert_failure_create(
		EVERT_TLS_UNKNOWN_NAME, 0, "no such customer"));
	begin(&handshake, "unknown.test");
	cr_assert(is_known(&handshake));
	handshake_go_on(&handshake);
	cr_assert(handshake.server_failure != NULL);
	cr_expect(eq(str, (char *)handshake.server_failure->message,
		     "the client is not served by the name \"unknown.test\""));
	cr_expect(eq(str, (char *)handshake.server_failure->cause->message,
		     "no such customer"));
	cr_assert(handshake.client_failure != NULL);
	cr_expect(evert_failure_is(handshake.client_failure,
				   EVERT_TLS_REFUSED));
	cr_expect(eq(str, (char *)handshake.client_failure->message,
		     "the other side refused: it does not serve the name we "
		     "asked for (alert 112)"));
	handshake_end(&handshake);
}

/* Before it says hello; SSL_set_tlsext_host_name takes any letters. */
static void ask_for(const SSL *ssl, int where, int result)
{
	(void)result;
	if (where & SSL_CB_HANDSHAKE_START && !SSL_is_server(ssl))
		SSL_set_tlsext_host_name((SSL *)(uintptr_t)ssl, chooser.name);
}

static void is_refused_unasked(const char *name)
{
	struct evert_tls_context *client = client_context("root.crt");
	struct evert_tls_context *server = chooses();
	struct handshake handshake;

	snprintf(chooser.name, sizeof(chooser.name), "%s", name);
	SSL_CTX_set_info_callback(client->ssl, ask_for);
	handshake_begin(&handshake, client, "localhost", server);
	evert_tls_context_release(client);
	evert_tls_context_release(server);
	cr_assert(handshake.server_failure != NULL, "%s", name);
	cr_expect(eq(str, (char *)handshake.server_failure->message,
		     "the client asks for what is no name"));
	cr_assert(handshake.client_failure != NULL);
	cr_expect(eq(str, (char *)handshake.client_failure->message,
		     "the other side refused: it does not serve the name we "
		     "asked for (alert 112)"));
	cr_expect(eq(int, chooser.asked, 0));
	handshake_end(&handshake);
}

Test(tls_choose, a_client_that_asks_for_what_is_no_name_is_refused)
{
	is_refused_unasked(".test");
	is_refused_unasked("a..test");
}

/* A client's first bytes, in which its name can be changed. */
struct hello {
	char bytes[2048];
	int length;
	char *name; /* behind its type and its length */
};

static void say(struct hello *hello, const char *name)
{
	struct evert_tls_context *client = client_context("root.crt");
	BIO *said = BIO_new(BIO_s_mem());
	SSL *ssl;

	cr_assert(zero(ptr, evert_tls_context_session(client, "localhost",
						      &ssl)));
	SSL_set_tlsext_host_name(ssl, name);
	SSL_set_bio(ssl, BIO_new(BIO_s_mem()), said);
	SSL_do_handshake(ssl);
	hello->length = BIO_read(said, hello->bytes, sizeof(hello->bytes));
	hello->name = memmem(hello->bytes, (size_t)hello->length, name,
			     strlen(name));
	cr_assert(hello->name != NULL);
	SSL_free(ssl);
	evert_tls_context_release(client);
}

/* The name that a server asks its program for; "refused": it asks nothing. */
static char *heard(const struct hello *hello)
{
	struct evert_tls_context *server = chooses();
	BIO *to = BIO_new(BIO_s_mem());
	SSL *ssl;

	cr_assert(zero(ptr, evert_tls_context_session(server, NULL, &ssl)));
	SSL_set_bio(ssl, to, BIO_new(BIO_s_mem()));
	BIO_write(to, hello->bytes, hello->length);
	strcpy(chooser.name, "refused");
	if (SSL_get_error(ssl, SSL_do_handshake(ssl)) ==
	    SSL_ERROR_WANT_CLIENT_HELLO_CB)
		evert_tls_session_choose(ssl, ready, &chooser);
	SSL_free(ssl);
	evert_tls_context_release(server);
	return chooser.name;
}

Test(tls_choose, a_name_that_was_tampered_with_is_none_or_refused)
{
	struct hello hello;

	say(&hello, "localhost");
	cr_expect(eq(str, heard(&hello), "localhost"));
	hello.name[-1] = 10; /* one more than there are */
	cr_expect(eq(str, heard(&hello), "-"));
	hello.name[-1] = 9;
	hello.name[-2] = 1;
	cr_expect(eq(str, heard(&hello), "-"));
	hello.name[-2] = 0;
	hello.name[-1] = 0;
	cr_expect(eq(str, heard(&hello), "refused"));
	hello.name[-1] = 9;
	hello.name[5] = '\0';
	cr_expect(eq(str, heard(&hello), "refused"));
	hello.name[5] = 'h';
	hello.name[-3] = 1; /* no host's */
	cr_expect(eq(str, heard(&hello), "-"));
}

Test(tls_choose, the_longest_name_is_asked_for_and_one_more_is_refused)
{
	char name[EVERT_TLS_NAME_SIZE + 2];
	struct hello hello;

	memset(name, 'a', sizeof(name));
	strcpy(name + EVERT_TLS_NAME_SIZE - 1, ".");
	say(&hello, name);
	name[EVERT_TLS_NAME_SIZE - 1] = '\0';
	cr_expect(eq(str, heard(&hello), name));
	strcpy(name + EVERT_TLS_NAME_SIZE - 1, "a.");
	say(&hello, name);
	cr_expect(eq(str, heard(&hello), "refused"));
}

Test(tls_choose, the_choice_is_cancelled_with_the_handshake)
{
	struct handshake handshake;

	chooser.later = true;
	begin(&handshake, "localhost");
	cr_assert(is_known(&handshake) == false);
	handshake_end(&handshake);
	cr_expect(eq(int, chooser.cancelled, 1));
	cr_expect(eq(int, chooser.ready, 0));
	evert_deferred_abandon(&chooser.pending);
}

Test(tls_choose, a_handshake_that_ends_before_it_was_asked_leaves_nothing)
{
	struct handshake handshake;

	begin(&handshake, "localhost");
	handshake_end(&handshake);
	cr_expect(eq(int, chooser.asked, 0));
}

/* What the chosen one asks of clients counts, and its versions. */
Test(tls_choose, the_options_of_the_chosen_context_count)
{
	struct evert_tls_options strict = {
		.trust_file = certificate_path("root.crt"),
		.client_certificate = EVERT_TLS_REQUIRED,
		.highest = EVERT_TLS_1_2,
	};
	struct handshake handshake;

	chooser.answer = evert_tls_context_result(
		server_context_with("elsewhere.pem", &strict));
	begin(&handshake, "elsewhere.test");
	cr_assert(is_known(&handshake));
	handshake_go_on(&handshake);
	cr_expect(eq(int, SSL_version(handshake.server), TLS1_2_VERSION));
	cr_assert(handshake.server_failure != NULL);
	cr_expect(evert_failure_is(handshake.server_failure,
				   EVERT_TLS_UNVERIFIED));
	handshake_end(&handshake);
}

/* What the chosen one says of a client with a certificate of the tests' root,
   which the first context would let in. */
static void chosen_refuses(struct evert_tls_options *chosen, const char *words)
{
	struct evert_tls_options lenient = {
		.trust_file = certificate_path("root.crt"),
		.client_certificate = EVERT_TLS_WANTED,
		.choose = choose,
		.arg = &chooser,
	};
	struct evert_tls_options with_one = {
		.certificate_file = certificate_path("client.pem"),
	};
	struct handshake handshake;

	chosen->client_certificate = EVERT_TLS_REQUIRED;
	chooser.answer = evert_tls_context_result(
		server_context_with("server.pem", chosen));
	handshake_of(&handshake, client_context_with("root.crt", &with_one),
		     server_context_with("server.pem", &lenient));
	cr_assert(is_known(&handshake));
	handshake_go_on(&handshake);
	cr_assert(handshake.server_failure != NULL);
	cr_expect(strstr(handshake.server_failure->message, words) != NULL,
		  "%s", handshake.server_failure->message);
	handshake_end(&handshake);
}

Test(tls_choose, the_trust_and_the_pins_of_the_chosen_context_count)
{
	static const char *const pins[] = {
		"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=", NULL
	};
	struct evert_tls_options stranger = {
		.trust_file = certificate_path("other-root.crt"),
	};
	struct evert_tls_options pinned = { .pins = pins };

	chosen_refuses(&stranger, "which is not trusted");
	pinned.trust_file = certificate_path("root.crt");
	chosen_refuses(&pinned, "no pinned key is in the chain of the client");
}

/* The first context asks for no certificate, the second one does: who resumed
   what was agreed on with the first would be in without. */
Test(tls_choose, a_session_of_one_context_is_not_good_in_another)
{
	struct evert_tls_options strict = {
		.trust_file = certificate_path("root.crt"),
		.client_certificate = EVERT_TLS_REQUIRED,
	};
	struct evert_tls_context *client = client_context("root.crt");
	struct evert_tls_context *server = chooses();
	struct handshake handshake;
	SSL_SESSION *agreed;

	handshake_begin(&handshake, client, "localhost", server);
	cr_assert(is_known(&handshake));
	handshake_go_on(&handshake);
	cr_assert(handshake_is_done(&handshake));
	agreed = SSL_get1_session(handshake.client);
	cr_assert(SSL_SESSION_is_resumable(agreed));
	SSL_SESSION_free(agreed);
	handshake_end(&handshake);

	chooser.answer = evert_tls_context_result(
		server_context_with("server.pem", &strict));
	handshake_begin(&handshake, client, "localhost", server);
	cr_expect(SSL_get0_session(handshake.client) != NULL);
	cr_assert(is_known(&handshake));
	handshake_go_on(&handshake);
	cr_expect(SSL_session_reused(handshake.client) == 0);
	cr_assert(handshake.server_failure != NULL);
	cr_expect(evert_failure_is(handshake.server_failure,
				   EVERT_TLS_UNVERIFIED));
	handshake_end(&handshake);

	/* But it is in the first one. */
	handshake_begin(&handshake, client, "localhost", server);
	cr_assert(is_known(&handshake));
	handshake_go_on(&handshake);
	cr_assert(handshake_is_done(&handshake));
	cr_expect(SSL_session_reused(handshake.client) == 1);
	evert_tls_context_release(client);
	evert_tls_context_release(server);
	handshake_end(&handshake);
}

static void choose_a_client(void *arg)
{
	struct handshake handshake;

	(void)arg;
	chooser.answer = evert_tls_context_result(client_context("root.crt"));
	begin(&handshake, "localhost");
	(void)!is_known(&handshake);
}

Test(tls_choose, a_clients_context_for_a_server_is_a_bug)
{
	dies(choose_a_client, NULL, SIGABRT, "was chosen for a server");
}

static void choose_a_number(void *arg)
{
	struct handshake handshake;

	(void)arg;
	chooser.answer = evert_result_integer(3);
	begin(&handshake, "localhost");
	(void)!is_known(&handshake);
}

Test(tls_choose, anything_else_than_a_context_is_a_bug)
{
	dies(choose_a_number, NULL, SIGABRT,
	     "what a context's choose gave is a result of type integer");
}

Test(tls_choose, choose_is_for_servers)
{
	struct evert_tls_options options = { .choose = choose };
	struct evert_tls_context *context;
	struct evert_failure *failure = evert_tls_context_create(
		&context, EVERT_TLS_CLIENT, &options);

	cr_assert(failure != NULL);
	cr_expect(eq(str, (char *)failure->message,
		     "choose is an option of servers"));
	evert_failure_release(failure);
}
