/* SPDX-License-Identifier: MIT */
/* Sends everything back: transports and protocols at their barest. */
#include <evert.h>

#include "common/example.h"

struct echo {
	struct evert_protocol base;
};

static void echo_data_received(struct evert_protocol *base, const char *data,
			       size_t length)
{
	evert_transport_write(base->transport, data, length);
}

static const struct evert_protocol_ops echo_ops = {
	.data_received = echo_data_received,
	/* Who does not read what it gets is not read from, either. */
	.pause_writing = evert_protocol_pause_reading,
	.resume_writing = evert_protocol_resume_reading,
};

static struct evert_factory echo_factory =
	EVERT_FACTORY(struct echo, base, &echo_ops);

int main(int argc, char **argv)
{
	struct example_listen wanted;

	example_server(&wanted, argc, argv, "Sends everything back.", "8888");
	return example_serve(&wanted, &echo_factory);
}
