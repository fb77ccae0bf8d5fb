/* SPDX-License-Identifier: MIT */
/* What two contexts agree on: versions, ALPN, clients' certificates, pins. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../../protocols/tls/parts_internal.h"
#include "../../support/tls/certificates.h"
#include "../../support/tls/handshake.h"

TestSuite(tls_options);

static void is_refused(enum evert_tls_side side,
		       const struct evert_tls_options *options,
		       const char *words)
{
	struct evert_tls_options all = *options;

	if (side == EVERT_TLS_SERVER)
		all.certificate_file = certificate_path("server.pem");
	is_of_no_use(side, &all, words);
}

static void says(const struct evert_failure *failure,
		 const struct evert_error *kind, const char *words)
{
	cr_assert(failure != NULL, "%s", words);
	cr_expect(evert_failure_is(failure, kind), "%s: %s",
		  failure->kind->name, failure->message);
	cr_expect(strstr(failure->message, words) != NULL, "%s",
		  failure->message);
}

/* ---- Versions ---- */

static void agree(const struct evert_tls_options *client,
		  const struct evert_tls_options *server, int version)
{
	struct handshake handshake;

	handshake_of(&handshake, client_context_with("root.crt", client),
		     server_context_with("server.pem", server));
	cr_expect(handshake_is_done(&handshake));
	cr_expect(eq(int, SSL_version(handshake.client), version));
	handshake_end(&handshake);
}

Test(tls_options, the_highest_version_of_both_is_taken)
{
	struct evert_tls_options any = { 0 };
	struct evert_tls_options old = { .highest = EVERT_TLS_1_2 };
	struct evert_tls_options young = { .lowest = EVERT_TLS_1_3 };

	agree(&any, &any, TLS1_3_VERSION);
	agree(&any, &old, TLS1_2_VERSION);
	agree(&old, &any, TLS1_2_VERSION);
	agree(&young, &any, TLS1_3_VERSION);
}

Test(tls_options, versions_that_do_not_meet_are_told_to_both)
{
	struct evert_tls_options old = { .highest = EVERT_TLS_1_2 };
	struct evert_tls_options young = { .lowest = EVERT_TLS_1_3 };
	struct handshake handshake;

	handshake_of(&handshake, client_context_with("root.crt", &old),
		     server_context_with("server.pem", &young));
	says(handshake.client_failure, EVERT_TLS_REFUSED,
	     "it does not speak our versions of TLS (alert 70)");
	says(handshake.server_failure, EVERT_TLS_FAILED,
	     "unsupported protocol");
	handshake_end(&handshake);
}

Test(tls_options, a_lowest_version_above_the_highest_is_refused)
{
	struct evert_tls_options options = {
		.lowest = EVERT_TLS_1_3,
		.highest = EVERT_TLS_1_2,
	};

	is_refused(EVERT_TLS_CLIENT, &options, "is above the highest");
}

/* ---- ALPN ---- */

static void alpn_is(const struct handshake *handshake, const char *name)
{
	const unsigned char *chosen;
	unsigned length;

	SSL_get0_alpn_selected(handshake->client, &chosen, &length);
	cr_expect(eq(u32, length, strlen(name)));
	cr_expect(length == 0 ||
		  strncmp((const char *)chosen, name, length) == 0);
}

static void alpn_of(struct handshake *handshake, const char *const *client,
		    const char *const *server)
{
	struct evert_tls_options of_client = { .alpn = client };
	struct evert_tls_options of_server = { .alpn = server };

	handshake_of(handshake, client_context_with("root.crt", &of_client),
		     server_context_with("server.pem", &of_server));
}

static const char *const one[] = { "chat/1", NULL };
static const char *const both[] = { "chat/2", "chat/1", NULL };
static const char *const both_turned[] = { "chat/1", "chat/2", NULL };
static const char *const other[] = { "mail", NULL };

Test(tls_options, the_servers_order_of_protocols_decides)
{
	struct handshake handshake;

	alpn_of(&handshake, both_turned, both);
	cr_expect(handshake_is_done(&handshake));
	alpn_is(&handshake, "chat/2");
	handshake_end(&handshake);
	alpn_of(&handshake, both, one);
	alpn_is(&handshake, "chat/1");
	handshake_end(&handshake);
}

Test(tls_options, a_protocol_may_have_a_name_of_one_byte)
{
	static const char *const shortest[] = { "x", NULL };
	struct handshake handshake;

	alpn_of(&handshake, shortest, shortest);
	cr_expect(handshake_is_done(&handshake));
	alpn_is(&handshake, "x");
	handshake_end(&handshake);
}

Test(tls_options, who_offers_no_protocol_gets_none)
{
	struct handshake handshake;

	alpn_of(&handshake, NULL, both);
	cr_expect(handshake_is_done(&handshake));
	alpn_is(&handshake, "");
	handshake_end(&handshake);
	alpn_of(&handshake, both, NULL);
	cr_expect(handshake_is_done(&handshake));
	alpn_is(&handshake, "");
	handshake_end(&handshake);
}

Test(tls_options, no_protocol_in_common_is_told_to_both)
{
	struct handshake handshake;

	alpn_of(&handshake, other, both);
	says(handshake.client_failure, EVERT_TLS_REFUSED,
	     "it speaks none of our protocols (ALPN mail, alert 120)");
	says(handshake.server_failure, EVERT_TLS_FAILED,
	     "the client speaks mail (ALPN), and we speak chat/2, chat/1");
	handshake_end(&handshake);
}

/* What another one says may be shown, and is no longer than a line. */
Test(tls_options, names_of_protocols_are_written_safely)
{
	static const unsigned char odd[] = "\3h2\n\0\5a\tb c\2xy";
	unsigned char many[256] = { 254 };
	char text[EVERT_TLS_ALPN_TEXT_SIZE];

	evert_tls_alpn_text(odd, sizeof(odd) - 1, text);
	cr_expect(eq(str, text, "h2?, , a?b?c, xy"));
	memset(many + 1, 'a', 254);
	evert_tls_alpn_text(many, 255, text);
	cr_expect(eq(str, text, "..."));
	memset(many, 1, sizeof(many));
	evert_tls_alpn_text(many, sizeof(many), text);
	cr_expect(strcmp(text + strlen(text) - 5, ", ...") == 0);
	evert_tls_alpn_text(many, 1, text);
	cr_expect(eq(str, text, ""));
}

/* There is still room for ", ..." behind it. */
Test(tls_options, names_of_protocols_are_cut_only_where_they_are_too_long)
{
	enum { MOST = EVERT_TLS_ALPN_TEXT_SIZE - sizeof(", ...") };
	unsigned char names[2 + MOST] = { MOST };
	char text[EVERT_TLS_ALPN_TEXT_SIZE];

	memset(names + 1, 'a', MOST);
	evert_tls_alpn_text(names, 1 + MOST, text);
	cr_expect(eq(sz, strspn(text, "a"), MOST));
	cr_expect(eq(str, text + MOST, ""));
	names[0] = MOST + 1;
	names[1 + MOST] = 'a';
	evert_tls_alpn_text(names, 2 + MOST, text);
	cr_expect(eq(str, text, "..."));
}

Test(tls_options, a_protocol_that_has_no_possible_name_is_refused)
{
	static char long_name[257];
	const char *const none[] = { NULL };
	const char *const empty[] = { "", NULL };
	const char *const too_long[] = { long_name, NULL };
	struct evert_tls_options options = { .alpn = none };

	memset(long_name, 'a', 256);
	is_refused(EVERT_TLS_CLIENT, &options, "alpn with no protocols");
	options.alpn = empty;
	is_refused(EVERT_TLS_CLIENT, &options, "no protocol can have");
	options.alpn = too_long;
	is_refused(EVERT_TLS_SERVER, &options, "no protocol can have");
}

/* ---- Clients' certificates ---- */

static void clients(struct handshake *handshake, const char *certificate,
		    enum evert_tls_client_certificate how)
{
	struct evert_tls_options of_client = {
		.certificate_file =
			certificate ? certificate_path(certificate) : NULL,
	};
	struct evert_tls_options of_server = {
		.trust_file = how == EVERT_TLS_NOT_ASKED ?
				      NULL : certificate_path("root.crt"),
		.client_certificate = how,
	};

	handshake_of(handshake, client_context_with("root.crt", &of_client),
		     server_context_with("server.pem", &of_server));
}

Test(tls_options, a_clients_certificate_comes_where_it_is_asked_for)
{
	struct handshake handshake;
	X509 *certificate;

	clients(&handshake, "client.pem", EVERT_TLS_REQUIRED);
	cr_expect(handshake_is_done(&handshake));
	certificate = SSL_get1_peer_certificate(handshake.server);
	cr_expect(certificate != NULL);
	X509_free(certificate);
	handshake_end(&handshake);

	clients(&handshake, "client.pem", EVERT_TLS_NOT_ASKED);
	cr_expect(handshake_is_done(&handshake));
	certificate = SSL_get1_peer_certificate(handshake.server);
	cr_expect(certificate == NULL);
	handshake_end(&handshake);
}

Test(tls_options, a_client_without_one_is_refused_only_where_it_is_required)
{
	struct handshake handshake;

	clients(&handshake, NULL, EVERT_TLS_WANTED);
	cr_expect(handshake_is_done(&handshake));
	handshake_end(&handshake);

	clients(&handshake, NULL, EVERT_TLS_REQUIRED);
	says(handshake.server_failure, EVERT_TLS_UNVERIFIED,
	     "the client sent no certificate, and needs one");
	says(handshake.client_failure, EVERT_TLS_REFUSED,
	     "it asks for a certificate, and we have none (alert 116)");
	handshake_end(&handshake);
}

Test(tls_options, a_clients_certificate_that_is_not_good_is_refused)
{
	static const enum evert_tls_client_certificate hows[] = {
		EVERT_TLS_WANTED,
		EVERT_TLS_REQUIRED,
	};
	struct handshake handshake;
	size_t i;

	for (i = 0; i < 2; i++) {
		clients(&handshake, "stranger.pem", hows[i]);
		says(handshake.server_failure, EVERT_TLS_UNVERIFIED,
		     "the certificate of the client is signed by "
		     "\"CN=other-root.evert.test\", which is not trusted");
		says(handshake.client_failure, EVERT_TLS_REFUSED,
		     "it does not trust who signed our certificate");
		handshake_end(&handshake);
	}
}

Test(tls_options, a_servers_certificate_is_none_of_a_client)
{
	struct handshake handshake;

	clients(&handshake, "elsewhere.pem", EVERT_TLS_REQUIRED);
	says(handshake.server_failure, EVERT_TLS_UNVERIFIED,
	     "the certificate of the client is refused");
	handshake_end(&handshake);
}

/* Who has several certificates chooses by that. */
Test(tls_options, a_client_is_told_whose_certificates_are_good)
{
	struct handshake handshake;

	clients(&handshake, "client.pem", EVERT_TLS_REQUIRED);
	cr_expect(eq(int,
		     sk_X509_NAME_num(SSL_get0_peer_CA_list(handshake.client)),
		     1));
	handshake_end(&handshake);
}

Test(tls_options, clients_are_asked_only_where_it_is_said_whom_to_trust)
{
	struct evert_tls_options options = {
		.client_certificate = EVERT_TLS_WANTED,
	};

	is_refused(EVERT_TLS_SERVER, &options, "whose certificates are");
	options.trust_file = certificate_path("root.crt");
	is_refused(EVERT_TLS_CLIENT, &options, "an option of servers");
}

/* ---- Pins ---- */

static void pinned(struct handshake *handshake, const char *const *pins)
{
	struct evert_tls_options options = { .pins = pins };

	handshake_of(handshake, client_context_with("root.crt", &options),
		     server_context("server.pem"));
}

/* What openssl says: pkey -pubout -outform der | dgst -sha256 | base64. */
static void read_pin(char *pin, const char *name)
{
	char *text = certificate_text(name);

	snprintf(pin, 45, "%s", text);
	free(text);
}

static const char wrong_pin[] = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";

Test(tls_options, a_pinned_key_anywhere_in_the_chain_is_accepted)
{
	static const char *const names[] = { "server.pin", "between.pin",
					     "root.pin" };
	char pin[45];
	const char *const pins[] = { wrong_pin, pin, NULL };
	struct handshake handshake;
	size_t i;

	for (i = 0; i < 3; i++) {
		read_pin(pin, names[i]);
		pinned(&handshake, pins);
		cr_expect(handshake_is_done(&handshake), "%s", names[i]);
		handshake_end(&handshake);
	}
}

Test(tls_options, a_chain_without_a_pinned_key_is_refused_and_its_pin_told)
{
	const char *const pins[] = { wrong_pin, NULL };
	char pin[45], words[200];
	struct handshake handshake;

	read_pin(pin, "server.pin");
	snprintf(words, sizeof(words),
		 "no pinned key is in the chain of \"localhost\"; its own key "
		 "is %s",
		 pin);
	pinned(&handshake, pins);
	says(handshake.client_failure, EVERT_TLS_UNVERIFIED, words);
	handshake_end(&handshake);
}

Test(tls_options, what_is_no_pin_is_refused)
{
	const char *const none[] = { NULL };
	const char *const wrong[] = { "abc", NULL };
	const char *const longer[] = {
		"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", NULL
	};
	struct evert_tls_options options = { .pins = none };

	is_refused(EVERT_TLS_CLIENT, &options, "pins without a pin");
	options.pins = wrong;
	is_refused(EVERT_TLS_CLIENT, &options, "the pin \"abc\" is no");
	options.pins = longer;
	is_refused(EVERT_TLS_CLIENT, &options, "is no SHA-256 in base64");
}

/* Who says which clients are good means to ask them. */
Test(tls_options, trust_or_pins_of_a_server_that_does_not_ask_are_refused)
{
	static const char *const pins[] = {
		"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
		NULL,
	};
	struct evert_tls_options options = {
		.certificate_file = certificate_path("server.pem"),
		.pins = pins,
	};

	is_refused(EVERT_TLS_SERVER, &options, "all would be let in");
	options.pins = NULL;
	options.trust_folder = "/etc";
	is_refused(EVERT_TLS_SERVER, &options, "all would be let in");
}
