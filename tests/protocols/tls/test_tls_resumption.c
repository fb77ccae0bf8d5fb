/* SPDX-License-Identifier: MIT */
/* What was agreed on once is good for the next connection, for a while. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "../../../protocols/tls/resumption_internal.h"
#include "../../../protocols/tls/tickets_internal.h"
#include "../../support/tls/certificates.h"
#include "../../support/tls/handshake.h"

TestSuite(tls_resumption);

static double time_by_hand;

static double by_hand(void)
{
	return time_by_hand;
}

static struct evert_tls_options v1_2 = { .highest = EVERT_TLS_1_2 };
static struct evert_tls_options v1_3 = { .lowest = EVERT_TLS_1_3 };

/* Two contexts, with 100 seconds for a key, by a clock of our own. */
static struct evert_tls_context *server, *client;

static void set_up_with(const struct evert_tls_options *of_client)
{
	struct evert_tls_options of_server = { .ticket_seconds = 100 };

	server = server_context_with("server.pem", &of_server);
	client = client_context_with("root.crt", of_client);
	server->tickets->now = by_hand;
	time_by_hand = 1000;
}

static void tear_down(void)
{
	evert_tls_context_release(server);
	evert_tls_context_release(client);
}

/* Was it resumed? */
static bool talk_to(const char *name)
{
	struct handshake handshake;
	bool resumed;

	handshake_begin(&handshake, client, name, server);
	cr_assert(handshake_is_done(&handshake));
	resumed = SSL_session_reused(handshake.client);
	cr_assert(resumed == SSL_session_reused(handshake.server));
	handshake_end(&handshake);
	return resumed;
}

static bool talk(void)
{
	return talk_to("localhost");
}

Test(tls_resumption, the_second_connection_resumes_the_first)
{
	set_up_with(&v1_3);
	cr_expect(talk() == false);
	cr_expect(talk());
	cr_expect(talk());
	tear_down();
	set_up_with(&v1_2);
	cr_expect(talk() == false);
	cr_expect(talk());
	cr_expect(talk());
	tear_down();
}

Test(tls_resumption, only_under_the_same_name)
{
	set_up_with(&v1_3);
	talk();
	cr_expect(talk_to("127.0.0.1") == false);
	cr_expect(talk_to("a.wild.test") == false);
	cr_expect(talk_to("a.wild.test"));
	cr_expect(talk());
	tear_down();
}

Test(tls_resumption, a_ticket_of_1_3_is_used_once)
{
	set_up_with(&v1_3);
	talk();
	cr_expect(eq(sz, client->resumption->count, 2));
	talk();
	cr_expect(eq(sz, client->resumption->count, 2));
	tear_down();
}

Test(tls_resumption, a_key_is_replaced_and_forgotten)
{
	const struct evert_tls_options *versions[] = { &v1_2, &v1_3 };
	size_t i;

	for (i = 0; i < 2; i++) {
		set_up_with(versions[i]);
		talk();
		time_by_hand += 150; /* the former key, still taken */
		cr_expect(talk());
		/* So the ticket was renewed. OpenSSL doesn't tell a client of
		   1.2 that it was. */
		time_by_hand += 100;
		cr_expect(talk() == (versions[i] == &v1_3));
		time_by_hand += 201;
		cr_expect(talk() == false);
		tear_down();
	}
}

static size_t tickets; /* that the server has sent */

static void count_ticket(int sent, int version, int type, const void *data,
			 size_t length, SSL *ssl, void *arg)
{
	(void)version, (void)length, (void)ssl, (void)arg;
	if (sent && type == SSL3_RT_HANDSHAKE &&
	    *(const unsigned char *)data == SSL3_MT_NEWSESSION_TICKET)
		tickets++;
}

Test(tls_resumption, a_ticket_of_1_2_is_replaced_only_with_its_key)
{
	set_up_with(&v1_2);
	SSL_CTX_set_msg_callback(server->ssl, count_ticket);
	talk();
	talk();
	cr_expect(eq(sz, tickets, 1));
	time_by_hand += 150;
	talk();
	cr_expect(eq(sz, tickets, 2));
	tear_down();
}

Test(tls_resumption, the_former_key_goes_though_nobody_asks_meanwhile)
{
	set_up_with(&v1_2);
	talk();
	time_by_hand += 199;
	cr_expect(talk());
	tear_down();
	set_up_with(&v1_2);
	talk();
	time_by_hand += 200;
	cr_expect(talk() == false);
	tear_down();
}

/* Each is taken for 200 seconds, and makes room for the next after 100. */
Test(tls_resumption, a_former_key_goes_before_it_has_a_successor)
{
	set_up_with(&v1_2);
	talk();
	time_by_hand += 150; /* now there is another one */
	cr_expect(talk());
	time_by_hand += 49;
	cr_expect(talk());
	time_by_hand += 1;
	cr_expect(talk() == false);
	tear_down();
}

Test(tls_resumption, another_server_does_not_know_the_ticket)
{
	struct evert_tls_context *first;

	set_up_with(&v1_3);
	talk();
	first = server;
	server = server_context("server.pem");
	cr_expect(talk() == false);
	evert_tls_context_release(first);
	tear_down();
}

Test(tls_resumption, each_side_can_do_without)
{
	struct evert_tls_options none = { .no_resumption = true };
	struct evert_tls_options none_1_2 = { .no_resumption = true,
					      .highest = EVERT_TLS_1_2 };

	client = client_context_with("root.crt", &none);
	server = server_context("server.pem");
	talk();
	cr_expect(talk() == false);
	tear_down();
	client = client_context("root.crt");
	server = server_context_with("server.pem", &none);
	talk();
	cr_expect(talk() == false);
	cr_expect(eq(sz, client->resumption->count, 0));
	evert_tls_context_release(server);
	server = server_context_with("server.pem", &none_1_2);
	talk();
	cr_expect(talk() == false);
	tear_down();
}

Test(tls_resumption, no_more_are_kept_than_is_said)
{
	struct evert_tls_options few = { .resume_most = 3 };
	char name[32];
	int i;

	set_up_with(&few);
	for (i = 0; i < 5; i++) {
		snprintf(name, sizeof(name), "%d.wild.test", i);
		talk_to(name);
		cr_expect(client->resumption->count <= 3);
	}
	cr_expect(talk_to("4.wild.test"));
	cr_expect(talk_to("0.wild.test") == false);
	tear_down();
	set_up_with(&(struct evert_tls_options){ 0 });
	cr_expect(eq(sz, client->resumption->most, 256));
	for (i = 0; i < 5; i++) {
		struct handshake handshakes[4];
		int j;

		for (j = 0; j < 4; j++)
			handshake_begin(&handshakes[j], client, "localhost",
					server);
		for (j = 0; j < 4; j++)
			handshake_end(&handshakes[j]);
		cr_expect(client->resumption->count <= 4);
	}
	tear_down();
}

Test(tls_resumption, a_required_certificate_is_known_after_it)
{
	struct evert_tls_options of_server = {
		.trust_file = certificate_path("root.crt"),
		.client_certificate = EVERT_TLS_REQUIRED,
	};
	struct evert_tls_options of_client = {
		.certificate_file = certificate_path("client.pem"),
	};
	struct handshake handshake;
	X509 *certificate;

	server = server_context_with("server.pem", &of_server);
	client = client_context_with("root.crt", &of_client);
	talk();
	handshake_begin(&handshake, client, "localhost", server);
	cr_assert(handshake_is_done(&handshake));
	cr_expect(SSL_session_reused(handshake.server) == 1);
	certificate = SSL_get1_peer_certificate(handshake.server);
	cr_expect(certificate != NULL);
	X509_free(certificate);
	handshake_end(&handshake);
	tear_down();
}

static void is_refused(double seconds)
{
	struct evert_tls_options options = { .ticket_seconds = seconds };

	is_of_no_use(EVERT_TLS_CLIENT, &options, "ticket_seconds of ");
}

Test(tls_resumption, seconds_that_can_not_be_are_refused)
{
	is_refused(-1);
	is_refused(0.5);
	is_refused(8 * 24 * 3600);
	is_refused(0.0 / 0.0);
}

/* ---- SSLKEYLOGFILE ---- */

Test(tls_keylog, the_keys_are_added_to_the_file_that_is_named)
{
	char path[] = "/tmp/evert-keylog-XXXXXX", text[4096] = "";
	int fd = mkstemp(path);
	struct stat is;

	setenv("SSLKEYLOGFILE", path, 1);
	set_up_with(&v1_3);
	unsetenv("SSLKEYLOGFILE");
	talk();
	tear_down();
	cr_assert(read(fd, text, sizeof(text) - 1) > 0);
	cr_expect(strncmp(text, "CLIENT_", 7) == 0 ||
		  strncmp(text, "SERVER_", 7) == 0);
	cr_expect(strstr(text, "\nCLIENT_TRAFFIC_SECRET_0 ") != NULL);
	cr_expect(text[strlen(text) - 1] == '\n');
	fstat(fd, &is);
	cr_expect(eq(int, is.st_mode & 0777, 0600));
	close(fd);
	unlink(path);
}

Test(tls_keylog, a_file_that_can_not_be_written_is_named)
{
	struct evert_tls_context *context;
	struct evert_failure *failure;

	setenv("SSLKEYLOGFILE", "/no/such/folder/keys", 1);
	failure = evert_tls_context_create(&context, EVERT_TLS_CLIENT, NULL);
	cr_assert(failure != NULL);
	cr_expect(eq(str, (char *)failure->message,
		     "SSLKEYLOGFILE /no/such/folder/keys: No such file or "
		     "directory"));
	evert_failure_release(failure);
}

Test(tls_keylog, without_room_for_the_keys_the_connection_works)
{
	setenv("SSLKEYLOGFILE", "/dev/full", 1);
	set_up_with(&v1_3);
	unsetenv("SSLKEYLOGFILE");
	talk();
	tear_down();
}
