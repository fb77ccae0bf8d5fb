/* SPDX-License-Identifier: MIT */
#include "tls_pair.h"

#include <string.h>
#include <unistd.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "../../../reactor/endpoint/listen.h"
#include "../../../reactor/transport/pipe.h"
#include "../unix.h"
#include "certificates.h"
#include "kernel_tls.h"

const char *const tls_carrier_names[TLS_CARRIERS] = {
	"tcp", "unix", "pipes", "memory", "tls", "tcp, 1.2",
	"ktls",
};

/* ---- By connecting and listening ---- */

static struct evert_port *listen_on(struct tls_pair *pair,
				    struct recorder_factory *factory,
				    const char *endpoint)
{
	struct evert_result result = turn_until_fired(
		pair->reactor,
		evert_tls_listen(pair->reactor, endpoint, &factory->base,
				 pair->server_context));

	if (evert_result_is_failure(&result))
		cr_fatal("it failed: %s",
			 evert_result_as_failure(&result)->message);
	return evert_port_take(&result);
}

struct evert_port *tls_listen_here(struct tls_pair *pair,
				   struct recorder_factory *factory)
{
	return listen_on(pair, factory, "tcp:127.0.0.1:0");
}

static void connect_to(struct tls_pair *pair, struct evert_port *port,
		       const char *endpoint)
{
	struct evert_result result = turn_until_fired(
		pair->reactor,
		evert_tls_connect(pair->reactor, endpoint, &pair->clients.base,
				  pair->client_context, "localhost"));

	pair->client = recorder_of(&result);
	pair->server = &pair->servers.recorders[0];
	turn_until_count(pair->reactor, &pair->server->made, 1);
	evert_result_release(turn_until_fired(
		pair->reactor, evert_port_stop_listening(port)));
}

static void connect_tcp(struct tls_pair *pair)
{
	struct evert_port *port = tls_listen_here(pair, &pair->servers);

	connect_to(pair, port, endpoint_of(port));
}

static void connect_unix(struct tls_pair *pair)
{
	char endpoint[256];

	unix_folder_make();
	snprintf(endpoint, sizeof(endpoint), "unix:%s", unix_path("socket"));
	connect_to(pair, listen_on(pair, &pair->servers, endpoint), endpoint);
	unix_folder_remove();
}

/* ---- By beginning in the middle ---- */

static void start(struct tls_pair *pair)
{
	struct evert_deferred *server =
		evert_tls_start(pair->server->base.transport,
				pair->server_context, NULL);
	struct evert_deferred *client =
		evert_tls_start(pair->client->base.transport,
				pair->client_context, "localhost");
	struct evert_result result = turn_until_fired(pair->reactor, client);

	cr_assert(recorder_of(&result) == pair->client);
	result = turn_until_fired(pair->reactor, server);
	cr_assert(recorder_of(&result) == pair->server);
}

static struct recorder *open_pipe(struct tls_pair *pair, int from, int to,
				  struct recorder_factory *factory)
{
	struct evert_protocol *protocol = evert_pipe_open(
		pair->reactor, from, to, &factory->base);

	cr_assert(protocol != NULL);
	return recorder_from(protocol);
}

static void connect_pipes(struct tls_pair *pair)
{
	int there[2], back[2];

	cr_assert(pipe(there) == 0);
	cr_assert(pipe(back) == 0);
	pair->client = open_pipe(pair, back[0], there[1], &pair->clients);
	pair->server = open_pipe(pair, there[0], back[1], &pair->servers);
	start(pair);
}

static struct recorder *build(struct recorder_factory *factory)
{
	static const struct evert_address nobody;

	return recorder_from(factory->base.build_protocol(&factory->base,
							  &nobody));
}

static void connect_memory(struct tls_pair *pair)
{
	pair->client = build(&pair->clients);
	pair->server = build(&pair->servers);
	pair->link = memory_link_create(pair->reactor, &pair->client->base,
					&pair->server->base);
	start(pair);
}

/* ---- All in all ---- */

void tls_pair_begin(struct tls_pair *pair)
{
	pair->descriptors = count_descriptors();
	test_system_init(&pair->system);
	pair->reactor = make_reactor(&pair->system.base);
	if (!pair->client_context)
		pair->client_context = client_context("root.crt");
	if (!pair->server_context)
		pair->server_context = server_context("server.pem");
}

void tls_pair_connect(struct tls_pair *pair, enum tls_carrier carrier,
		      const struct recorder_hooks *client,
		      const struct recorder_hooks *server, void *arg)
{
	pair->carrier = carrier;
	recorder_factory_init(&pair->clients, client, arg);
	recorder_factory_init(&pair->servers, server, arg);
	switch (carrier) {
	case OVER_UNIX:
		connect_unix(pair);
		break;
	case OVER_PIPES:
		connect_pipes(pair);
		break;
	case OVER_MEMORY:
		connect_memory(pair);
		break;
	default:
		connect_tcp(pair);
	}
	if (carrier == OVER_TLS)
		start(pair);
	turn_until_idle(pair->reactor);
}

void tls_pair_open(struct tls_pair *pair, enum tls_carrier carrier,
		   const struct recorder_hooks *client,
		   const struct recorder_hooks *server, void *arg)
{
	const struct evert_tls_options old = { .highest = EVERT_TLS_1_2 };
	const struct evert_tls_options ktls = { .ktls = true };

	if (carrier == OVER_TCP_1_2)
		pair->server_context = server_context_with("server.pem", &old);
	if (carrier == OVER_KTLS) {
		pair->server_context = server_context_with("server.pem", &ktls);
		pair->client_context = client_context_with("root.crt", &ktls);
	}
	tls_pair_begin(pair);
	if (carrier == OVER_KTLS)
		kernel_tls_install(&pair->system);
	tls_pair_connect(pair, carrier, client, server, arg);
}

void tls_pair_close(struct tls_pair *pair)
{
	if (pair->link)
		memory_link_destroy(pair->link);
	pair->link = NULL;
	evert_reactor_destroy(pair->reactor);
	pair->reactor = NULL;
	evert_tls_context_release(pair->client_context);
	evert_tls_context_release(pair->server_context);
	pair->client_context = pair->server_context = NULL;
	cr_assert(eq(sz, count_descriptors(), pair->descriptors));
}

/* Those in memory are the test's, and not destroyed. */
void tls_pair_turn_until_gone(struct tls_pair *pair)
{
	turn_until_count(pair->reactor, &pair->client->lost, 1);
	turn_until_count(pair->reactor, &pair->server->lost, 1);
	if (pair->link)
		return;
	turn_until_count(pair->reactor, &pair->client->destroyed, 1);
	turn_until_count(pair->reactor, &pair->server->destroyed, 1);
}
