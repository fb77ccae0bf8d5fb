/* SPDX-License-Identifier: MIT */
/* What a context is made of, and how what is of no use is told. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <fcntl.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../../support/death.h"
#include "../../support/tls/certificates.h"
#include "../../support/tls/handshake.h"

TestSuite(tls_context);

static void handshake_works(struct evert_tls_context *client,
			    struct evert_tls_context *server)
{
	struct handshake handshake;

	handshake_begin(&handshake, client, "localhost", server);
	cr_expect(handshake_is_done(&handshake));
	handshake_end(&handshake);
	evert_tls_context_release(client);
	evert_tls_context_release(server);
}

Test(tls_context, a_client_needs_no_options)
{
	struct evert_tls_context *context;

	cr_assert(evert_tls_context_create(&context, EVERT_TLS_CLIENT, NULL) ==
		  NULL);
	cr_expect(evert_tls_context_keep(context) == context);
	evert_tls_context_release(context);
	evert_tls_context_release(context);
	evert_tls_context_release(NULL);
}

Test(tls_context, a_context_that_goes_closes_nothing_of_others)
{
	evert_tls_context_release(client_context("root.crt"));
	is_of_no_use(EVERT_TLS_SERVER, &(struct evert_tls_options){ 0 }, "");
	cr_expect(fcntl(0, F_GETFD) >= 0);
}

Test(tls_context, what_is_in_files_may_be_in_texts)
{
	char *certificate = certificate_text("server.pem");
	char *key = certificate_text("server.key");
	char *trust = certificate_text("root.crt");
	struct evert_tls_options of_server = {
		.certificate_text = certificate,
		.key_text = key,
	};
	struct evert_tls_options of_client = {
		.trust_text = trust,
		.trust_only = true,
	};

	handshake_works(client_context_with(NULL, &of_client),
			server_context_with(NULL, &of_server));
	free(certificate);
	free(key);
	free(trust);
}

Test(tls_context, a_key_may_be_in_the_file_of_its_certificate)
{
	handshake_works(client_context("root.crt"),
			server_context("server.pem"));
}

Test(tls_context, a_server_without_a_certificate_is_refused)
{
	is_of_no_use(EVERT_TLS_SERVER, NULL, "a server needs a certificate");
}

Test(tls_context, a_file_that_can_not_be_read_is_named)
{
	struct evert_tls_options options = {
		.certificate_file = "/no/such/file",
	};

	is_of_no_use(EVERT_TLS_SERVER, &options,
		     "certificate /no/such/file: No such file or directory");
	options.certificate_file = "/";
	is_of_no_use(EVERT_TLS_SERVER, &options,
		     "certificate /: Is a directory");
	options.certificate_file = "/dev/null";
	is_of_no_use(EVERT_TLS_SERVER, &options,
		     "certificate /dev/null: it is no regular file");
	/* A regular file, that the kernel does not read. */
	if (access("/sys/class/net/lo/speed", R_OK) == 0) {
		options.certificate_file = "/sys/class/net/lo/speed";
		is_of_no_use(EVERT_TLS_SERVER, &options,
			     "lo/speed: Invalid argument");
	}
	options.certificate_file = certificate_path("server.crt");
	options.key_file = "/no/such/key";
	is_of_no_use(EVERT_TLS_SERVER, &options,
		     "key /no/such/key: No such file or directory");
	options = (struct evert_tls_options){ .trust_file = "/no/such/root" };
	is_of_no_use(EVERT_TLS_CLIENT, &options,
		     "trusted certificates /no/such/root: No such file");
}

Test(tls_context, a_file_that_is_too_large_to_be_a_certificate_is_not_read)
{
	char path[] = "/tmp/evert-large-XXXXXX";
	int fd = mkstemp(path);
	struct evert_tls_options options = { .certificate_file = path };

	cr_assert(ftruncate(fd, (16 << 20) + 1) == 0);
	is_of_no_use(EVERT_TLS_SERVER, &options, ": File too large");
	close(fd);
	unlink(path);
}

Test(tls_context, a_text_that_ends_in_the_first_line_of_a_certificate)
{
	struct evert_tls_options options = {
		.certificate_text = "-----BEGIN CERTIFICATE-----",
	};

	is_of_no_use(EVERT_TLS_SERVER, &options,
		     "certificate text, line 1: the certificate can't be read");
}

Test(tls_context, a_file_without_pem_is_named)
{
	struct evert_tls_options options = {
		.certificate_file = certificate_path("ca.conf"),
	};

	is_of_no_use(EVERT_TLS_SERVER, &options,
		     "ca.conf, line 1: there is no certificate in PEM");
	options.certificate_file = certificate_path("server.crt");
	is_of_no_use(EVERT_TLS_SERVER, &options,
		     "server.crt, line 1: there is no key in PEM");
	options = (struct evert_tls_options){
		.trust_file = certificate_path("server.key"),
	};
	is_of_no_use(EVERT_TLS_CLIENT, &options,
		     "server.key, line 1: there is no certificate in PEM");
}

Test(tls_context, the_line_of_a_broken_certificate_is_told)
{
	char *text = certificate_text("server.pem");
	char *second = strstr(strstr(text, "-----BEGIN") + 1, "-----BEGIN");
	struct evert_tls_options options = { .certificate_text = text };
	char words[100];
	char *at;
	int line = 1;

	for (at = text; at < second; at++)
		line += *at == '\n';
	snprintf(words, sizeof(words),
		 "certificate text, line %d: the certificate can't be read",
		 line);
	memcpy(strchr(second, '\n') + 1, "AAAA", 4);
	is_of_no_use(EVERT_TLS_SERVER, &options, words);
	options = (struct evert_tls_options){ .trust_text = text };
	is_of_no_use(EVERT_TLS_CLIENT, &options, "the certificate can't be");
	free(text);
}

Test(tls_context, the_key_of_another_certificate_is_refused)
{
	struct evert_tls_options options = {
		.certificate_file = certificate_path("server.crt"),
		.key_file = certificate_path("client.key"),
	};

	is_of_no_use(EVERT_TLS_SERVER, &options,
		     "client.key, line 1: it is not the certificate's key");
	options.key_file = certificate_path("server-rsa.key");
	is_of_no_use(EVERT_TLS_SERVER, &options,
		     "server-rsa.key, line 1: it is not the certificate's");
}

Test(tls_context, a_key_that_is_too_short_is_refused)
{
	struct evert_tls_options options = {
		.certificate_file = certificate_path("weak.pem"),
	};

	is_of_no_use(EVERT_TLS_SERVER, &options,
		     "weak.pem, line 1: the certificate is of no use: ee key "
		     "too small");
}

Test(tls_context, what_contradicts_itself_is_refused)
{
	struct evert_tls_options options = {
		.certificate_file = "a",
		.certificate_text = "b",
	};

	is_of_no_use(EVERT_TLS_SERVER, &options,
		     "a certificate as a file and as a text");
	options = (struct evert_tls_options){
		.certificate_file = "a",
		.key_file = "a",
		.key_text = "b",
	};
	is_of_no_use(EVERT_TLS_SERVER, &options,
		     "a key as a file and as a text");
	options = (struct evert_tls_options){ .key_file = "a" };
	is_of_no_use(EVERT_TLS_CLIENT, &options,
		     "a key without a certificate");
	options = (struct evert_tls_options){ .trust_only = true };
	is_of_no_use(EVERT_TLS_CLIENT, &options,
		     "trust_only, and nobody to trust");
}

Test(tls_context, a_time_that_can_not_be_is_refused)
{
	struct evert_tls_options options = { .handshake_seconds = -1 };

	is_of_no_use(EVERT_TLS_CLIENT, &options, "handshake_seconds of -1");
	options.handshake_seconds = INFINITY;
	is_of_no_use(EVERT_TLS_CLIENT, &options, "handshake_seconds of inf");
}

static void ask_for_nobody(void *context)
{
	SSL *ssl;

	evert_tls_context_session(context, NULL, &ssl);
}

Test(tls_context, a_client_that_does_not_name_its_server_is_a_bug)
{
	struct evert_tls_context *context = client_context("root.crt");

	dies(ask_for_nobody, context, SIGABRT,
	     "a client of TLS without the name of its server: nothing could be "
	     "checked");
	evert_tls_context_release(context);
}

Test(tls_context, a_session_outlives_its_context)
{
	struct evert_tls_context *client = client_context("root.crt");
	struct evert_tls_context *server = server_context("server.pem");
	struct handshake handshake;

	handshake_begin(&handshake, client, "localhost", server);
	evert_tls_context_release(client);
	evert_tls_context_release(server);
	cr_expect(handshake_is_done(&handshake));
	handshake_end(&handshake);
}

static const char *secret(void *arg)
{
	return arg;
}

Test(tls_context, a_locked_key_is_unlocked_by_its_password)
{
	struct evert_tls_options options = {
		.key_file = certificate_path("server-locked.key"),
		.key_password = secret,
		.arg = "secret",
	};

	handshake_works(client_context("root.crt"),
			server_context_with("server.pem", &options));
}

Test(tls_context, a_locked_key_without_its_password_is_refused)
{
	static char much[4096];
	struct evert_tls_options options = {
		.certificate_file = certificate_path("server.crt"),
		.key_file = certificate_path("server-locked.key"),
	};

	is_of_no_use(EVERT_TLS_SERVER, &options,
		     "server-locked.key, line 1: the key is locked, and there "
		     "is no key_password");
	options.key_password = secret;
	is_of_no_use(EVERT_TLS_SERVER, &options,
		     "server-locked.key, line 1: the key is locked, and "
		     "key_password knows none");
	options.arg = "wrong";
	is_of_no_use(EVERT_TLS_SERVER, &options,
		     "server-locked.key, line 1: the key can't be read, or its "
		     "password is wrong");
	memset(much, 'x', sizeof(much) - 1);
	options.arg = much;
	is_of_no_use(EVERT_TLS_SERVER, &options,
		     "server-locked.key, line 1: the key's password is too "
		     "long");
}

static void copy(const char *from, const char *to)
{
	char *text = certificate_text(from);
	FILE *file = fopen(to, "we");

	cr_assert(file != NULL);
	fputs(text, file);
	fclose(file);
	free(text);
}

Test(tls_context, a_folder_of_trusted_certificates_needs_no_hashes)
{
	char folder[] = "/tmp/evert-trust-XXXXXX", file[64], other[64];
	struct evert_tls_options options = {
		.trust_folder = folder,
		.trust_only = true,
	};

	cr_assert(mkdtemp(folder) != NULL);
	is_of_no_use(EVERT_TLS_CLIENT, &options,
		     ": there is no file *.pem, *.crt or *.cer");
	snprintf(file, sizeof(file), "%s/root.crt", folder);
	copy("root.crt", file);
	snprintf(other, sizeof(other), "%s/README", folder);
	copy("ca.conf", other);
	handshake_works(client_context_with(NULL, &options),
			server_context("server.pem"));
	copy("ca.conf", file);
	is_of_no_use(EVERT_TLS_CLIENT, &options,
		     "/root.crt, line 1: there is no certificate in PEM");
	unlink(file);
	unlink(other);
	rmdir(folder);
	is_of_no_use(EVERT_TLS_CLIENT, &options, "No such file or directory");
}

/* And not that of the library's own line. */
Test(tls_context, what_is_of_no_use_is_told_with_the_place_that_asked)
{
	struct evert_tls_options options = { .trust_file = "/nowhere.crt" };
	struct evert_tls_context *made;
	struct evert_failure *failure = evert_tls_context_create_at(
		&made, EVERT_TLS_CLIENT, &options, "program.c:42");

	cr_assert(failure != NULL);
	cr_expect(eq(str, (char *)failure->place, "program.c:42"));
	evert_failure_release(failure);
	failure = evert_tls_context_create(&made, EVERT_TLS_CLIENT, &options);
	cr_expect(strstr(failure->place, "test_tls_context.c:") != NULL);
	evert_failure_release(failure);
}
