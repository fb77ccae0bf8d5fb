/* SPDX-License-Identifier: MIT */
/* A protocol that writes what it gets. Reading halts while too much waits to
   be sent. */
#include <evert.h>

#include "common/serve.h"

static void echo(struct evert_protocol *protocol, const char *data,
		 size_t length)
{
	evert_transport_write(protocol->transport, data, length);
}

static const struct evert_protocol_ops echo_ops = {
	.data_received = echo,
	.pause_writing = evert_protocol_pause_reading,
	.resume_writing = evert_protocol_resume_reading,
};

struct echo {
	struct evert_protocol base;
};

static struct evert_factory factory =
	EVERT_FACTORY(struct echo, base, &echo_ops);

#ifndef SPIN
#define SPIN 0
#endif

int main(void)
{
	return serve_spinning(&factory, SPIN);
}
