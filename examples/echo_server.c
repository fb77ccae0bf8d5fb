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
	char endpoint[EXAMPLE_ENDPOINT_SIZE];

	example_server(endpoint, argc, argv, "Sends everything back.", "8888");
	return example_serve(endpoint, &echo_factory);
}
