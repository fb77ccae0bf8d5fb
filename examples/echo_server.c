/* SPDX-License-Identifier: MIT */
/* Sends everything back: transports and protocols at their barest. */
#include <evert.h>

#include <stdlib.h>

#include "common/example.h"

struct echo {
	struct evert_protocol base;
};

static void echo_data_received(struct evert_protocol *base, const char *data,
			       size_t length)
{
	evert_transport_write(base->transport, data, length);
}

/* Who does not read what it gets is not read from, either. */
static void echo_pause_writing(struct evert_protocol *base)
{
	evert_transport_pause_reading(base->transport);
}

static void echo_resume_writing(struct evert_protocol *base)
{
	evert_transport_resume_reading(base->transport);
}

static void echo_destroy(struct evert_protocol *base)
{
	free(evert_container_of(base, struct echo, base));
}

static const struct evert_protocol_ops echo_ops = {
	.data_received = echo_data_received,
	.pause_writing = echo_pause_writing,
	.resume_writing = echo_resume_writing,
	.destroy = echo_destroy,
};

static struct evert_protocol *build_echo(struct evert_factory *factory,
					 const struct evert_address *peer)
{
	struct echo *self = malloc(sizeof(*self));

	(void)factory;
	(void)peer;
	if (!self)
		return NULL;
	self->base.ops = &echo_ops;
	return &self->base;
}

static struct evert_factory echo_factory = { build_echo };

int main(int argc, char **argv)
{
	const char *host = "127.0.0.1", *port = "8888";
	const struct example_option options[] = {
		{ "--host", "H", "the address to listen on (127.0.0.1)", &host,
		  NULL },
		{ "--port", "P", "the port (8888); 0 picks a free one", &port,
		  NULL },
		{ NULL, NULL, NULL, NULL, NULL },
	};
	const struct example example = {
		"Sends everything back.", "", 0, 0, options,
	};
	char endpoint[EXAMPLE_ENDPOINT_SIZE];

	example_begin(&example, argc, argv);
	return example_serve(example_endpoint(endpoint, host, port),
			     &echo_factory);
}
