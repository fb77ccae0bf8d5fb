/* SPDX-License-Identifier: MIT */
/* TLS by endpoint strings. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <criterion/redirect.h>

#include "../../support/reactor.h"
#include "../../support/tls/certificates.h"

static struct evert_reactor *reactor;
static struct recorder_factory clients, servers;
static char text[2048];

static void begin(void)
{
	cr_assert(eq(int, evert_tls_register(), 0));
	cr_assert(eq(int, evert_tls_register(), 0));
	reactor = make_reactor(NULL);
	recorder_factory_init(&clients, NULL, NULL);
	recorder_factory_init(&servers, NULL, NULL);
}

static void end(void)
{
	turn_until_idle(reactor);
	evert_reactor_destroy(reactor);
}

TestSuite(tls_scheme, .init = begin, .fini = end);

/* What a string of options needs: the paths of certificates. */
static const char *with(const char *format, const char *a, const char *b)
{
	snprintf(text, sizeof(text), format, a ? certificate_path(a) : "",
		 b ? certificate_path(b) : "");
	return text;
}

static struct evert_port *listens(const char *endpoint)
{
	struct evert_result result = turn_until_fired(
		reactor, evert_listen(reactor, endpoint, &servers.base));

	if (evert_result_is_failure(&result))
		cr_fatal("%s: %s", endpoint,
			 evert_result_as_failure(&result)->message);
	return evert_port_take(&result);
}

/* "tls:127.0.0.1:PORT" and options. */
static const char *at(struct evert_port *port, const char *options)
{
	static char endpoint[4096];

	snprintf(endpoint, sizeof(endpoint), "tls:%s%s",
		 endpoint_of(port) + strlen("tcp:"), options);
	return endpoint;
}

static struct recorder *connects(const char *endpoint)
{
	struct evert_result result = turn_until_fired(
		reactor, evert_connect(reactor, endpoint, &clients.base));

	if (evert_result_is_failure(&result))
		cr_fatal("%s: %s", endpoint,
			 evert_result_as_failure(&result)->message);
	return recorder_of(&result);
}

static void fails(struct evert_deferred *deferred,
		  const struct evert_error *kind, const char *words)
{
	struct evert_result result = turn_until_fired(reactor, deferred);
	const struct evert_failure *failure;

	cr_assert(evert_result_is_failure(&result), "%s", words);
	failure = evert_result_as_failure(&result);
	cr_expect(evert_failure_is(failure, kind), "%s: %s",
		  failure->kind->name, failure->message);
	cr_expect(strstr(failure->message, words) != NULL, "%s",
		  failure->message);
	evert_result_release(result);
}

static void does_not_connect(const char *endpoint,
			     const struct evert_error *kind, const char *words)
{
	fails(evert_connect(reactor, endpoint, &clients.base), kind, words);
}

static void does_not_listen(const char *endpoint,
			    const struct evert_error *kind, const char *words)
{
	fails(evert_listen(reactor, endpoint, &servers.base), kind, words);
}

static struct evert_port *listens_here(const char *options)
{
	char format[256];

	snprintf(format, sizeof(format), "tls:127.0.0.1:0:certificate=%%s%s",
		 options);
	return listens(with(format, "server.pem", "root.crt"));
}

Test(tls_scheme, a_client_and_a_server_talk)
{
	struct evert_port *port = listens_here("");
	struct recorder *client =
		connects(at(port, with(":trust=%s:name=localhost", "root.crt",
				       NULL)));

	recorder_write(client, "hello");
	turn_until_count(reactor, &servers.recorders[0].received, 5);
	cr_expect(eq(str, servers.recorders[0].data, "hello"));
	cr_expect(evert_tls_version(client->base.transport) != NULL);
}

Test(tls_scheme, the_host_is_the_name_where_none_is_given)
{
	struct evert_port *port = listens_here("");

	connects(at(port, with(":trust=%s", "root.crt", NULL)));
	does_not_connect(at(port, with(":trust=%s:name=elsewhere.test",
				       "root.crt", NULL)),
			 EVERT_TLS_UNVERIFIED, "not for \"elsewhere.test\"");
}

Test(tls_scheme, the_systems_roots_do_not_know_the_tests)
{
	struct evert_port *port = listens_here("");

	does_not_connect(at(port, ""), EVERT_TLS_UNVERIFIED,
			 "is signed by \"CN=root.evert.test\"");
}

Test(tls_scheme, options_are_those_of_contexts)
{
	struct evert_port *port =
		listens_here(":client-certificate=required:trust=%s:"
			     "alpn=b,a:highest=1.2:handshake-timeout=5");
	struct recorder *client = connects(
		at(port, with(":alpn=a,b,c:trust=%s:certificate=%s",
			      "root.crt", "client.pem")));
	size_t length;
	const char *alpn = evert_tls_alpn(client->base.transport, &length);

	cr_expect(length == 1 && *alpn == 'b');
	cr_expect(eq(str, (char *)evert_tls_version(client->base.transport),
		     "TLSv1.2"));
}

Test(tls_scheme, a_staple_is_required)
{
	struct evert_port *port = listens_here("");

	fails(evert_connect(reactor,
			    at(port, with(":require-staple=yes:trust=%s",
					  "root.crt", NULL)),
			    &clients.base),
	      EVERT_TLS_UNVERIFIED, "has no staple (OCSP), which is required");
}

Test(tls_scheme, a_unix_socket_carries_it_too)
{
	char folder[] = "/tmp/evert-tls-XXXXXX", endpoint[4096];

	cr_assert(mkdtemp(folder) != NULL);
	snprintf(endpoint, sizeof(endpoint), "tls-unix:%s/s:certificate=%s",
		 folder, certificate_path("server.pem"));
	listens(endpoint);
	snprintf(endpoint, sizeof(endpoint),
		 "tls-unix:%s/s:name=localhost:trust=%s", folder,
		 certificate_path("root.crt"));
	connects(endpoint);
	snprintf(endpoint, sizeof(endpoint), "tls-unix:%s/s", folder);
	does_not_connect(endpoint, EVERT_BAD_ENDPOINT,
			 "name= is needed: whom the certificate has to be of");
	snprintf(endpoint, sizeof(endpoint), "%s/s", folder);
	unlink(endpoint);
	rmdir(folder);
}

Test(tls_scheme, trust_to_listen_says_whether_certificates_are_asked_for)
{
	does_not_listen(with("tls:127.0.0.1:0:certificate=%s:trust=%s",
			     "server.pem", "root.crt"),
			EVERT_TLS_BAD_CONTEXT, "all would be let in");
}

static void fail_a_handshake(const char *options)
{
	struct evert_port *port = listens_here(options);

	does_not_connect(at(port, ""), EVERT_TLS_UNVERIFIED, "not trusted");
	turn_until_idle(reactor);
	fflush(stderr);
}

Test(tls_scheme, says_why_handshakes_fail_to_an_operator_who_wants_it)
{
	char said[256] = "";
	FILE *heard;

	cr_redirect_stderr();
	fail_a_handshake("");
	fail_a_handshake(":report-failures=yes");
	heard = cr_get_redirected_stderr();
	said[fread(said, 1, sizeof(said) - 1, heard)] = '\0';
	cr_expect(strncmp(said, "evert: no TLS with 127.0.0.1:", 29) == 0,
		  "%s", said);
	cr_expect(strstr(said, ": the other side refused: ") != NULL, "%s",
		  said);
	cr_expect(strchr(said, '\n')[1] == '\0', "%s", said);
}

/* In TLS 1.3 it is looked at when the client is done (RFC 8446, 4.4.2.4). */
Test(tls_scheme, a_client_is_refused_for_its_certificate_after_it_was_connected)
{
	struct evert_port *port = listens_here(
		":client-certificate=required:trust=%s:lowest=1.3");
	struct recorder *client =
		connects(at(port, with(":trust=%s", "root.crt", NULL)));

	turn_until_count(reactor, &client->lost, 1);
	cr_expect(client->lost_kind == EVERT_TLS_REFUSED);
	cr_expect(strncmp(client->events, "ML", 2) == 0);
	turn_until_count(reactor, &servers.recorders[0].destroyed, 1);
	cr_expect(eq(str, servers.recorders[0].events, "X"));
}

/* ---- context=NAME ---- */

static void registers(struct evert_tls_context *context, const char *name)
{
	cr_assert(eq(int, evert_tls_context_register(context, name), 0));
	evert_tls_context_release(context);
}

Test(tls_scheme, a_registered_context_is_used_and_sessions_are_resumed)
{
	struct evert_port *port;
	struct recorder *client;

	registers(server_context("server.pem"), "mine");
	registers(client_context("root.crt"), "theirs");
	port = listens("tls:127.0.0.1:0:context=mine");
	client = connects(at(port, ":context=theirs"));
	cr_expect(evert_tls_resumed(client->base.transport) == false);
	recorder_write(&servers.recorders[0], "x");
	turn_until_count(reactor, &client->received, 1);
	client = connects(at(port, ":context=theirs"));
	cr_expect(evert_tls_resumed(client->base.transport));
	registers(NULL, "mine");
	registers(NULL, "theirs");
	registers(NULL, "nobody's");
}

Test(tls_scheme, another_context_takes_the_name)
{
	struct evert_port *port;

	registers(server_context("elsewhere.pem"), "mine");
	registers(server_context("server.pem"), "mine");
	port = listens("tls:127.0.0.1:0:context=mine");
	registers(NULL, "mine");
	connects(at(port, with(":trust=%s", "root.crt", NULL)));
	does_not_listen("tls:127.0.0.1:0:context=mine", EVERT_BAD_ENDPOINT,
			"\"context\" is none that is registered");
}

Test(tls_scheme, a_context_of_the_other_side_is_refused)
{
	registers(server_context("server.pem"), "mine");
	does_not_connect("tls:127.0.0.1:1:context=mine", EVERT_BAD_ENDPOINT,
			 "\"context\" is a server's");
	does_not_connect("tls:127.0.0.1:1:context=mine:alpn=a",
			 EVERT_BAD_ENDPOINT,
			 "\"alpn\" stands beside a context that is made");
	registers(NULL, "mine");
	registers(client_context("root.crt"), "theirs");
	does_not_listen("tls:127.0.0.1:0:context=theirs", EVERT_BAD_ENDPOINT,
			"\"context\" is a client's");
	registers(NULL, "theirs");
}

/* ---- What is refused ---- */

Test(tls_scheme, what_is_wrong_is_refused)
{
	does_not_listen("tls:127.0.0.1:0", EVERT_BAD_ENDPOINT,
			"\"certificate\" is needed to listen");
	does_not_listen("tls:127.0.0.1:0:certificate=/no/such/file",
			EVERT_TLS_BAD_CONTEXT,
			"certificate /no/such/file: No such file");
	does_not_listen("tls:127.0.0.1:0:certificate=a:name=b",
			EVERT_BAD_ENDPOINT, "name");
	does_not_listen(with("tls:127.0.0.1:0:certificate=%s:"
			     "client-certificate=maybe",
			     "server.pem", NULL),
			EVERT_BAD_ENDPOINT, "is wanted or required");
	does_not_listen(with("tls:127.0.0.1:0:certificate=%s:"
			     "client-certificate=wanted",
			     "server.pem", NULL),
			EVERT_TLS_BAD_CONTEXT, "whose certificates are good");
	does_not_listen(with("tls:127.0.0.1:0:certificate=%s:staple=%s",
			     "server.pem", "root.crt"),
			EVERT_TLS_BAD_CONTEXT, "root.crt: it is no");
	does_not_connect("tls:127.0.0.1:1:require-staple=perhaps",
			 EVERT_BAD_ENDPOINT, "yes");
	does_not_connect("tls:127.0.0.1:1:lowest=1.1", EVERT_BAD_ENDPOINT,
			 "\"lowest\" is 1.2 or 1.3");
	does_not_connect("tls:127.0.0.1:1:lowest=1.3:highest=1.2",
			 EVERT_TLS_BAD_CONTEXT, "is above the highest");
	does_not_connect("tls:127.0.0.1:1:alpn=a,,b", EVERT_TLS_BAD_CONTEXT,
			 "it takes 1 to 255 bytes");
	does_not_connect("tls:127.0.0.1:1:handshake-timeout=1000000001",
			 EVERT_BAD_ENDPOINT, "handshake-timeout");
	does_not_connect("tls:127.0.0.1:1:client-certificate=wanted",
			 EVERT_BAD_ENDPOINT, "client-certificate");
	does_not_connect("tls:127.0.0.1:1:name=.local",
			 EVERT_TLS_BAD_CONTEXT, "begins with a dot");
}
