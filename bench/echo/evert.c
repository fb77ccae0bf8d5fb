/* SPDX-License-Identifier: MIT */
/* A protocol that writes what it gets. Reading halts while too much waits to
   be sent. */
#include <evert.h>

#include <stdlib.h>

#include "common/serve.h"

static void echo(struct evert_protocol *protocol, const char *data,
		 size_t length)
{
	evert_transport_write(protocol->transport, data, length);
}

static void pause_reading(struct evert_protocol *protocol)
{
	evert_transport_pause_reading(protocol->transport);
}

static void resume_reading(struct evert_protocol *protocol)
{
	evert_transport_resume_reading(protocol->transport);
}

static void destroy(struct evert_protocol *protocol)
{
	free(protocol);
}

static const struct evert_protocol_ops echo_ops = {
	.data_received = echo,
	.pause_writing = pause_reading,
	.resume_writing = resume_reading,
	.destroy = destroy,
};

static struct evert_protocol *build(struct evert_factory *factory,
				    const struct evert_address *peer)
{
	struct evert_protocol *protocol = malloc(sizeof(*protocol));

	(void)factory;
	(void)peer;
	if (protocol)
		protocol->ops = &echo_ops;
	return protocol;
}

int main(void)
{
	struct evert_factory factory = { build };

	return serve(&factory);
}
