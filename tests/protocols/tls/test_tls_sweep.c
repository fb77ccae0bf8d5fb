/* SPDX-License-Identifier: MIT */
/* Memory runs out while contexts are made and used: evert's, then OpenSSL's
   own, at each allocation. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../../../protocols/tls/error_internal.h"
#include "../../support/memory.h"
#include "../../support/tls/certificates.h"
#include "../../support/tls/handshake.h"
#include "../../support/tls/openssl_memory.h"
#include "../../support/tls/staples.h"

TestSuite(tls_sweep, .timeout = 300);

static const char *const protocols[] = { "chat/1", "chat/2", NULL };
static char pin[45];
static const char *const pins[] = { pin, NULL };
static unsigned char *staple;
static size_t staple_length;

static void read_files(void)
{
	static const struct staple good = { "server.crt", "between.crt",
					    NULL, NULL, 0, 0, 0 };
	char *text = certificate_text("root.pin");

	snprintf(pin, sizeof(pin), "%s", text);
	free(text);
	staple = staple_make(&good, &staple_length);
}

static struct evert_tls_context *make(enum evert_tls_side side,
				      const struct evert_tls_options *options)
{
	struct evert_tls_context *context;
	struct evert_failure *failure =
		evert_tls_context_create(&context, side, options);

	cr_assert(context ? failure == NULL : failure != NULL);
	evert_failure_release(failure);
	return context;
}

static struct evert_deferred *choose(void *arg, const char *name)
{
	(void)arg, (void)name;
	return evert_deferred_create_fired(evert_result_none());
}

static struct evert_tls_context *make_server(void)
{
	struct evert_tls_options options = {
		.certificate_file = certificate_path("server.pem"),
		.trust_file = certificate_path("root.crt"),
		.client_certificate = EVERT_TLS_REQUIRED,
		.alpn = protocols,
		.staple = staple,
		.staple_length = staple_length,
		.choose = choose,
	};

	return make(EVERT_TLS_SERVER, &options);
}

static struct evert_tls_context *make_client(void)
{
	struct evert_tls_options options = {
		.certificate_file = certificate_path("client.pem"),
		.trust_file = certificate_path("root.crt"),
		.trust_only = true,
		.pins = pins,
		.alpn = protocols,
		.require_staple = true,
	};

	return make(EVERT_TLS_CLIENT, &options);
}

static bool done;

static SSL *session(struct evert_tls_context *context, const char *name)
{
	SSL *ssl = NULL;

	if (context)
		evert_failure_release(
			evert_tls_context_session(context, name, &ssl));
	return ssl;
}

static bool step(SSL *ssl, bool *failed)
{
	int result, error;

	if (*failed || SSL_is_init_finished(ssl))
		return false;
	result = SSL_do_handshake(ssl);
	error = SSL_get_error(ssl, result);
	if (result <= 0 && error == SSL_ERROR_WANT_CLIENT_HELLO_CB)
		return evert_tls_session_choose(ssl, NULL, NULL);
	*failed = result <= 0 && error != SSL_ERROR_WANT_READ;
	if (*failed)
		evert_failure_release(
			evert_tls_failure(ssl, error, EVERT_HERE));
	return result > 0 || BIO_ctrl_pending(SSL_get_wbio(ssl)) > 0;
}

static void shake(SSL *client, SSL *server)
{
	BIO *there = BIO_new(BIO_s_mem()), *back = BIO_new(BIO_s_mem());
	bool client_failed = false, server_failed = false;
	int turns;

	if (!there || !back) {
		BIO_free(there);
		BIO_free(back);
		return;
	}
	BIO_up_ref(there);
	BIO_up_ref(back);
	SSL_set_bio(client, back, there);
	SSL_set_bio(server, there, back);
	for (turns = 0; turns < 10; turns++) {
		step(client, &client_failed);
		step(server, &server_failed);
	}
	done = SSL_is_init_finished(client) && SSL_is_init_finished(server);
}

/* Both contexts, and a connection. */
static void scenario(void *arg)
{
	struct evert_tls_context *client = make_client();
	struct evert_tls_context *server = make_server();
	SSL *of_client = session(client, "localhost");
	SSL *of_server = session(server, NULL);

	(void)arg;
	done = false;
	if (of_client && of_server)
		shake(of_client, of_server);
	SSL_free(of_client);
	SSL_free(of_server);
	evert_tls_context_release(client);
	evert_tls_context_release(server);
	ERR_clear_error();
}

Test(tls_sweep, every_allocation_of_everts_may_fail)
{
	read_files();
	scenario(NULL);
	cr_assert(done);
	fail_every_allocation(scenario, NULL);
	OPENSSL_free(staple);
}

static char folder[] = "/tmp/evert-trust-XXXXXX";

static int count_trusted(struct evert_tls_context *context)
{
	X509_STORE *store = SSL_CTX_get_cert_store(context->ssl);

	return sk_X509_OBJECT_num(X509_STORE_get0_objects(store));
}

static void trust_folder(void *arg)
{
	struct evert_tls_options options = {
		.trust_folder = folder,
		.trust_only = true,
	};
	struct evert_tls_context *context = make(EVERT_TLS_CLIENT, &options);

	(void)arg;
	if (context)
		cr_expect(eq(int, count_trusted(context), 1));
	evert_tls_context_release(context);
}

Test(tls_sweep, a_folder_is_read_as_a_whole_or_refused)
{
	char file[64], *path;

	cr_assert(mkdtemp(folder) != NULL);
	snprintf(file, sizeof(file), "%s/root.crt", folder);
	path = realpath(certificate_path("root.crt"), NULL);
	cr_assert(zero(int, symlink(path, file)));
	free(path);
	fail_every_allocation(trust_folder, NULL);
	unlink(file);
	rmdir(folder);
}

/* ---- OpenSSL's ---- */

static void run(size_t n)
{
	openssl_memory_fail(n, false);
	scenario(NULL);
}

Test(tls_sweep, every_allocation_of_openssls_may_fail)
{
	size_t n, all, step, before;

	read_files();
	run(0);
	cr_assert(done);
	before = openssl_memory_counts().live;
	run(0);
	cr_expect(eq(sz, openssl_memory_counts().live, before));
	all = openssl_memory_counts().requests;
	step = openssl_memory_step(all);
	for (n = 1; n <= all; n += step)
		run(n);
	run(0);
	cr_expect(done, "it works again");
	fprintf(stderr, "%zu allocations of OpenSSL's\n", all);
	OPENSSL_free(staple);
}
