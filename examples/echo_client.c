/* SPDX-License-Identifier: MIT */
/*
 * Sends a message, prints the echo, and waits for the end of the connection
 * by a Deferred that the protocol fires in connection_lost.
 */
#include <evert.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/example.h"

struct echo_client {
	struct evert_protocol base;
	struct evert_firing *lost; /* fired when the connection is gone */
	const char *message;
	size_t echoed; /* bytes */
};

static struct echo_client *client_from(struct evert_protocol *base)
{
	return evert_container_of(base, struct echo_client, base);
}

static void client_connection_made(struct evert_protocol *base)
{
	struct echo_client *self = client_from(base);

	evert_transport_write(base->transport, self->message,
			      strlen(self->message));
}

static void client_data_received(struct evert_protocol *base, const char *data,
				 size_t length)
{
	struct echo_client *self = client_from(base);

	fwrite(data, 1, length, stdout);
	self->echoed += length;
	if (self->echoed >= strlen(self->message))
		evert_transport_lose_connection(base->transport);
}

static void client_connection_lost(struct evert_protocol *base,
				   const struct evert_failure *reason)
{
	struct echo_client *self = client_from(base);
	struct evert_result result = evert_result_none();

	if (self->echoed < strlen(self->message))
		result = evert_result_fail(EVERT_CONNECTION_LOST, 0,
					   "the echo ended after %zu bytes: %s",
					   self->echoed, reason->message);
	evert_deferred_fire(&self->lost, result);
}

static const struct evert_protocol_ops client_ops = {
	.data_received = client_data_received,
	.connection_made = client_connection_made,
	.connection_lost = client_connection_lost,
};

/* There is one connection: the factory gives the one protocol it has. */
struct client_factory {
	struct evert_factory base;
	struct echo_client client;
};

static struct evert_protocol *build_client(struct evert_factory *base,
					   const struct evert_address *peer)
{
	struct client_factory *factory =
		evert_container_of(base, struct client_factory, base);

	(void)peer;
	return &factory->client.base;
}

static struct evert_result wait_for_end(struct evert_result *protocol,
					void *arg)
{
	struct echo_client *client =
		client_from(evert_result_as_protocol(protocol));

	(void)arg;
	return evert_result_wait(evert_deferred_create(&client->lost));
}

static struct evert_result complain(struct evert_result *in, void *status)
{
	example_complain(evert_result_as_failure(in));
	*(int *)status = 1;
	return evert_result_none();
}

static int run(struct evert_reactor *reactor, const char *endpoint,
	       const char *message)
{
	struct client_factory factory = {
		.base = { .build_protocol = build_client },
		.client = {
			.base = { .ops = &client_ops },
			.message = message,
		},
	};
	struct evert_deferred *d =
		evert_connect(reactor, endpoint, &factory.base);
	int status = 0;

	evert_deferred_add_callback(d, wait_for_end, NULL);
	evert_deferred_add_errback(d, complain, &status);
	evert_deferred_add_both(d, evert_reactor_stop_when_done, reactor);
	evert_deferred_release(d);
	if (evert_reactor_run(reactor))
		status = 1;
	return status;
}

int main(int argc, char **argv)
{
	const char *host = "127.0.0.1", *port = "8888";
	const struct example_option options[] = {
		{ "--host", "H", "the server (127.0.0.1)", &host, NULL },
		{ "--port", "P", "its port (8888)", &port, NULL },
		{ NULL, NULL, NULL, NULL, NULL },
	};
	const struct example example = {
		"Sends MESSAGE (\"Hello World!\") and prints the echo.",
		"[MESSAGE]", 0, 1, options,
	};
	char endpoint[EXAMPLE_ENDPOINT_SIZE];
	int i = example_begin(&example, argc, argv);
	struct evert_reactor *reactor = evert_reactor_create(NULL);
	int status;

	if (!reactor) {
		example_log("cannot make a reactor");
		return 1;
	}
	status = run(reactor, example_endpoint(endpoint, host, port),
		     i < argc ? argv[i] : "Hello World!");
	if (!status)
		putchar('\n');
	evert_reactor_destroy(reactor);
	return status;
}
