/* SPDX-License-Identifier: MIT */
/*
 * Sends a message, prints the echo, and waits for the end of the connection
 * by a Deferred that the protocol fires in connection_lost.
 */
#include <evert.h>

#include <stdio.h>
#include <string.h>

#include "common/example.h"

struct echo_client {
	struct evert_protocol base;
	struct evert_firing *done; /* fired when the connection is gone */
	size_t missing;		   /* bytes of the echo */
};

static void client_data_received(struct evert_protocol *base, const char *data,
				 size_t length)
{
	struct echo_client *self =
		evert_container_of(base, struct echo_client, base);

	fwrite(data, 1, length, stdout);
	self->missing -= length < self->missing ? length : self->missing;
	if (!self->missing)
		evert_transport_lose_connection(base->transport);
}

static void client_connection_lost(struct evert_protocol *base,
				   const struct evert_failure *reason)
{
	struct echo_client *self =
		evert_container_of(base, struct echo_client, base);
	struct evert_result result = evert_result_none();

	if (self->missing)
		result = evert_result_fail(EVERT_CONNECTION_LOST, 0,
					   "the echo lacks %zu bytes: %s",
					   self->missing, reason->message);
	evert_deferred_fire(&self->done, result);
}

static const struct evert_protocol_ops client_ops = {
	.data_received = client_data_received,
	.connection_lost = client_connection_lost,
};

static struct evert_factory client_factory =
	EVERT_FACTORY(struct echo_client, base, &client_ops);

struct wanted {
	char endpoint[EXAMPLE_ENDPOINT_SIZE];
	const char *message;
};

/* The chain goes on when the echo is there, and the connection gone. */
static struct evert_result send_message(struct evert_result *connected,
					void *message)
{
	struct evert_protocol *protocol = evert_result_as_protocol(connected);
	struct echo_client *self =
		evert_container_of(protocol, struct echo_client, base);

	self->missing = strlen(message);
	evert_transport_write(protocol->transport, message, self->missing);
	if (!self->missing)
		evert_transport_lose_connection(protocol->transport);
	return evert_result_wait(evert_deferred_create(&self->done));
}

static struct evert_result end_line(struct evert_result *in, void *arg)
{
	(void)arg;
	putchar('\n');
	return *in;
}

static struct evert_result run(void *arg)
{
	struct wanted *wanted = arg;
	struct evert_deferred *d = evert_connect(
		evert_reactor_current(), wanted->endpoint, &client_factory);

	evert_deferred_add_callback(d, send_message, (void *)wanted->message);
	evert_deferred_add_callback(d, end_line, NULL);
	return evert_result_wait(d);
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
	struct wanted wanted = { .message = "Hello World!" };
	int i = example_begin(&example, argc, argv);

	if (i < argc)
		wanted.message = argv[i];
	example_endpoint(wanted.endpoint, host, port);
	return evert_run(run, &wanted);
}
