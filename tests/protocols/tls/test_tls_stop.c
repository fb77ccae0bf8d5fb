/* SPDX-License-Identifier: MIT */
/* A reactor stops while connections over TLS are open. */
#include <string.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "../../support/tls/certificates.h"
#include "../../support/tls/tls_pair.h"

static struct tls_pair pair; /* its reactor is the server's */
static struct evert_reactor *other;
static bool failed;

static struct evert_result note(struct evert_result *in, void *arg)
{
	(void)arg;
	failed = evert_result_is_failure(in);
	return evert_result_none();
}

static void turn_both(const size_t *count)
{
	int i;

	for (i = 0; i < 10000 && !*count; i++) {
		evert_reactor_turn(pair.reactor, 0);
		evert_reactor_turn(other, 0);
	}
	cr_assert(lt(int, i, 10000));
}

/* Of the server, the client, that are of two reactors. */
static void connect_across(void)
{
	struct evert_port *port;
	struct evert_deferred *connected;

	tls_pair_begin(&pair);
	other = make_reactor(NULL);
	recorder_factory_init(&pair.clients, NULL, NULL);
	recorder_factory_init(&pair.servers, NULL, NULL);
	port = tls_listen_here(&pair, &pair.servers);
	pair.client = &pair.clients.recorders[0];
	pair.server = &pair.servers.recorders[0];
	connected = evert_tls_connect(other, endpoint_of(port),
				      &pair.clients.base, pair.client_context,
				      "localhost");
	evert_deferred_add_both(connected, note, NULL);
	evert_deferred_release(connected);
	turn_both(&pair.client->made);
	turn_both(&pair.server->made);
}

static void finish(void)
{
	evert_reactor_destroy(other);
	tls_pair_close(&pair);
}

static void stop(void *arg)
{
	(void)arg;
	recorder_write(pair.server, "the last words");
	evert_reactor_stop(pair.reactor);
}

Test(tls_stop, p44_p82_sends_what_was_written_and_the_end_of_TLS,
     .fini = finish)
{
	connect_across();
	evert_reactor_call_later(pair.reactor, 0, stop, NULL);
	run_reactor(pair.reactor);
	cr_expect(pair.server->lost_kind == EVERT_REACTOR_STOPPED);
	turn_both(&pair.client->lost);

	cr_expect(eq(str, pair.client->data, "the last words"));
	cr_expect(pair.client->lost_kind == EVERT_CONNECTION_DONE);
}


Test(tls_stop, p44_one_in_its_handshake_is_told, .fini = finish)
{
	struct evert_deferred *connected;
	struct evert_port *port;

	tls_pair_begin(&pair);
	other = make_reactor(NULL);
	recorder_factory_init(&pair.clients, NULL, NULL);
	recorder_factory_init(&pair.servers, NULL, NULL);
	port = listen_here(pair.reactor, &pair.servers);
	connected = evert_tls_connect(other, endpoint_of(port),
				      &pair.clients.base, pair.client_context,
				      "localhost");
	evert_deferred_add_both(connected, note, NULL);
	evert_deferred_release(connected);
	turn_both(&pair.clients.built);
	evert_reactor_stop(other);
	run_reactor(other);

	cr_expect(eq(int, failed, true));
	cr_expect(eq(str, pair.clients.recorders[0].events, "X"));
}
