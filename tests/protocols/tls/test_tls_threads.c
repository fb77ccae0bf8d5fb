/* SPDX-License-Identifier: MIT */
/* Threads share contexts: what they keep for each other is under locks. */
#include <pthread.h>
#include <stdio.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "../../../protocols/tls/registry_internal.h"
#include "../../../protocols/tls/tickets_internal.h"
#include "../../support/tls/certificates.h"
#include "../../support/tls/handshake.h"

enum { THREADS = 4, TIMES = 25 };

static struct evert_tls_context *server, *client;

/* A key for each few handshakes. */
static double now_in_steps(void)
{
	static _Atomic unsigned steps;

	return 0.3 * steps++;
}

static void *talk(void *arg)
{
	size_t *resumed = arg;
	int i;

	for (i = 0; i < TIMES; i++) {
		struct evert_tls_context *ours =
			evert_tls_registry_find("shared");
		struct handshake handshake;

		handshake_begin(&handshake, ours, "localhost", server);
		cr_assert(handshake_is_done(&handshake));
		*resumed += (size_t)SSL_session_reused(handshake.client);
		handshake_end(&handshake);
		evert_tls_context_release(ours);
		evert_tls_context_register(client, "shared");
	}
	return NULL;
}

Test(tls_threads, share_contexts_tickets_and_sessions)
{
	struct evert_tls_options short_lived = { .ticket_seconds = 1 };
	pthread_t threads[THREADS];
	size_t i, resumed[THREADS] = { 0 }, all = 0;

	server = server_context_with("server.pem", &short_lived);
	server->tickets->now = now_in_steps;
	client = client_context("root.crt");
	cr_assert(eq(int, evert_tls_context_register(client, "shared"), 0));
	for (i = 0; i < THREADS; i++)
		pthread_create(&threads[i], NULL, talk, &resumed[i]);
	for (i = 0; i < THREADS; i++) {
		pthread_join(threads[i], NULL);
		all += resumed[i];
	}
	cr_expect(all > 0 && all < THREADS * TIMES);
	evert_tls_context_register(NULL, "shared");
	evert_tls_context_release(server);
	evert_tls_context_release(client);
}
